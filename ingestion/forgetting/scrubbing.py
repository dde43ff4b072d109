"""Payloads without a forgotten person: the same JSON, but for the values that are personal.

A message that has one of the person's identifiers loses all that is personal in it; what is an id
there becomes a pseudonym, the same everywhere, so that documents still belong together. A phone
alone, which a household may share, takes only itself away where the message is somebody else's.
Nothing else changes, not by a space; and scrubbing for one person and then for another gives what
scrubbing for both gives: copies of a message stay copies, whenever they were landed.
"""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ingestion.forgetting import personal
from ingestion.forgetting.identifiers import Kind
from ingestion.forgetting.matching import Hit, Matcher, spliced
from ingestion.forgetting.personal import Form, Path

# Stands in the place of what is no JSON. It is none either.
FORGOTTEN = "forgotten"

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(rf"{_STRING}|[{{}}\[\]:,]|[^\s{{}}\[\]:,\"]+", re.DOTALL)
_STRINGS = re.compile(_STRING, re.DOTALL)
_NUMBERS = re.compile(r"(?<![\w.\"])\d{8,}(?![\w.\"])")
_ANY_NUMBERS = re.compile(r"(?<![\w.\"])\d+(?![\w.\"])")
_SYNTAX = msgspec.json.Decoder(msgspec.Raw)
_CONSTANTS = {"null", "true", "false"}
_MOST_REMEMBERED = 100_000


class _Value(NamedTuple):
    """A scalar of a payload, or a key: where it is written, and at which path of names."""

    start: int
    end: int
    written: str
    path: Path
    is_key: bool

    @property
    def text(self) -> str:
        return json.loads(self.written) if self.written.startswith('"') else self.written


class Scrubber:
    """Scrubs payloads for all persons that a matcher knows."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        # Most texts of payloads come again and again.
        self._harmless: set[str] = set()

    def scrub(self, payload: str, contract: str | None) -> str:
        """Give the payload without them; it is the very same if they are not in it."""
        if not self._may_have(payload):
            return payload
        if not _is_json(payload):
            return FORGOTTEN if self._hits(payload) else payload
        return self._scrub(payload, contract)

    def scrub_bytes(self, payload: bytes) -> bytes:
        """Scrub a dead letter, which may be anything."""
        text = payload.decode("utf-8", "surrogateescape")
        scrubbed = self.scrub(text, None)
        return payload if scrubbed == text else scrubbed.encode("utf-8", "surrogateescape")

    def scrub_attributes(self, attributes: str) -> str:
        """Scrub attributes (a JSON object): identifiers become pseudonyms; nothing else goes."""
        return self._scrub(attributes, "attributes") if self._may_have(attributes) else attributes

    def is_theirs(self, payload: str, contract: str | None) -> bool:
        """Tell whether a payload is a forgotten person's, and not just names one."""
        if not self._may_have(payload) or not _is_json(payload):
            return False
        hits = {one: self._hits_of(one, contract) for one in _values(payload)}
        return _is_theirs(hits, personal.form_of(contract), contract)

    def _may_have(self, payload: str) -> bool:
        """Tell quickly of most payloads that there is nothing in them."""
        if not _is_json(payload):
            return bool(self._hits(payload))
        numbers = _ANY_NUMBERS if self._matcher.has_short else _NUMBERS
        new = {*_STRINGS.findall(payload), *numbers.findall(payload)} - self._harmless
        for token in new:
            text = json.loads(token) if token.startswith('"') else token
            if self._hits(text) or self._matcher.may_be_short(text):
                return True
        if len(self._harmless) + len(new) > _MOST_REMEMBERED:
            self._harmless.clear()
        self._harmless |= new
        return False

    def _hits(self, text: str) -> list[Hit]:
        return self._matcher.hits(text)

    def _scrub(self, payload: str, contract: str | None) -> str:
        form = personal.form_of(contract)
        values = [*_values(payload)]
        hits = {one: self._hits_of(one, contract) for one in values}
        is_theirs = _is_theirs(hits, form, contract)
        hits |= _in_composed_ids(hits, contract)
        pieces, position = [], 0
        for one, found in hits.items():
            replaced = self._replaced(one, found, form, is_theirs)
            if replaced != one.written:
                pieces += [payload[position : one.start], replaced]
                position = one.end
        return "".join([*pieces, payload[position:]])

    def _hits_of(self, one: _Value, contract: str | None) -> list[Hit]:
        if found := self._hits(one.text):
            return found
        for kind, is_id in (
            (Kind.PERSON, personal.is_person),
            (Kind.ADDRESS, personal.is_address),
        ):
            if is_id(one.path, contract) and self._matcher.is_short(kind, one.text):
                return [Hit(0, len(one.text), kind, self._matcher.pseudonym(one.text))]
        return []

    def _replaced(self, one: _Value, found: list[Hit], form: Form, is_theirs: bool) -> str:
        is_constant = one.is_key or one.written in _CONSTANTS
        if is_theirs and not is_constant and personal.is_personal(one.path, form):
            is_region = form is Form.ACT and personal.is_postal_code(one.path) and not found
            return _region(one) if is_region else "null"
        if is_theirs and one.written == "true" and personal.is_consent(one.path):
            return "false"
        if not found:
            return one.written
        if not one.written.startswith('"'):
            # A number stays one, of a length that no id of a shop has.
            return str(9 * 10**17 + int(found[0].pseudonym[-12:], 16))
        return json.dumps(spliced(one.text, found))


def _is_theirs(hits: dict[_Value, list[Hit]], form: Form, contract: str | None) -> bool:
    """Tell whether a message is of a forgotten person, and not just names one."""
    if form is Form.LIST:
        return False
    kinds = {hit.kind for found in hits.values() for hit in found}
    if kinds - {Kind.PHONE}:
        return True
    is_of_somebody = any(
        personal.names_a_person(one.path, contract) and one.written not in {*_CONSTANTS, '""'}
        for one in hits
        if not one.is_key
    )
    return bool(kinds) and not is_of_somebody


def _in_composed_ids(
    hits: dict[_Value, list[Hit]], contract: str | None
) -> dict[_Value, list[Hit]]:
    """Find a person's short id where the id of what they did is made of it, among other things."""
    names = {
        re.escape(one.text): hit
        for one, found in hits.items()
        for hit in found
        if hit.kind is Kind.PERSON
    }
    if not names:
        return {}
    words = re.compile(rf"(?<![^\W_])(?:{'|'.join(names)})(?![^\W_])")
    return {
        one: [
            Hit(*word.span(), Kind.PERSON, names[re.escape(word[0])].pseudonym)
            for word in words.finditer(one.text)
        ]
        for one, found in hits.items()
        if not found and personal.is_composed_id(one.path, contract)
    }


def _region(one: _Value) -> str:
    """Leave of a postal code what facts have of it."""
    digits = re.sub("[^0-9]", "", one.text)
    return json.dumps(digits[:5]) if one.written.startswith('"') and len(digits) >= 5 else "null"


def _is_json(payload: str) -> bool:
    try:
        _SYNTAX.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def _values(payload: str) -> Iterator[_Value]:
    """Give the keys and scalars of valid JSON, in the order in which they are written."""
    # Of each open object the name of its last key; of an array None.
    names: list[str | None] = []
    is_key = False
    for found in _TOKEN.finditer(payload):
        written = found[0]
        match written:
            case "{" | "[":
                is_key = written == "{"
                names.append("" if is_key else None)
            case "}" | "]":
                names.pop()
                is_key = False
            case ",":
                is_key = names[-1] is not None
            case ":":
                is_key = False
            case _:
                if is_key:
                    names[-1] = personal.name(json.loads(written))
                path = tuple(name for name in names if name is not None)
                yield _Value(*found.span(), written, path, is_key)
