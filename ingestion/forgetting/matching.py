"""Finding forgotten identifiers in texts, by their hashes alone."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote

from ingestion.forgetting.identifiers import (
    WORD,
    Hashes,
    Key,
    Kind,
    Normal,
    normal_document,
    normal_phone,
    normal_text,
)

# What stands between the digits of one number.
_BETWEEN_DIGITS = re.compile(r"[.\-/() +]{1,3}")
_MOST_GROUPS = 8
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|%[0-9a-fA-F]{2}")


class Hit(NamedTuple):
    """A part of a text that is an identifier."""

    start: int
    end: int
    kind: Kind
    # what stands in its place
    pseudonym: str


class Matcher:
    """Knows forgotten identifiers when it sees them."""

    def __init__(self, key: Key, lists: list[Hashes]) -> None:
        self._key = key
        self._hashes: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        shapes: dict[Kind, set[tuple[int, int]]] = {kind: set() for kind in Kind}
        for one in lists:
            for kind, found in one.by_kind.items():
                self._hashes[kind].update(found)
                shapes[kind].update((words, length) for words, length in one.shapes[kind])
        self._lengths = {kind: {length for _, length in of} for kind, of in shapes.items()}
        self._word_counts = sorted({words for words, _ in shapes[Kind.TEXT]})
        self.has_short = bool(self._lengths[Kind.PERSON] or self._lengths[Kind.ADDRESS])

    def hits(self, text: str) -> list[Hit]:
        """Find identifiers in a text, from left to right, none within another."""
        found = [*self._in(text)]
        if not found and _ESCAPED.search(text):
            # Escaped once more, as in a URL or in JSON within a text.
            plain = unquote(_ESCAPED.sub(_unescaped, text))
            found = [one._replace(start=0, end=len(text)) for one in self._in(plain)]
        kept: list[Hit] = []
        for one in sorted(found, key=lambda hit: (hit.start, -hit.end)):
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
        return kept

    def replaced(self, text: str) -> str:
        """Give a text in which pseudonyms stand for identifiers."""
        return spliced(text, self.hits(text))

    def is_short(self, kind: Kind, text: str) -> bool:
        """Tell whether a text is a short id: of a person, or of an address."""
        return self._has(kind, normal_text(text))

    def may_be_short(self, text: str) -> bool:
        """Tell whether a text is a short id of anything."""
        return self.is_short(Kind.PERSON, text) or self.is_short(Kind.ADDRESS, text)

    def pseudonym(self, text: str) -> str:
        """Give what stands in an id's place."""
        return self._key.pseudonym(normal_text(text))

    def _in(self, text: str) -> Iterator[Hit]:
        words = [match.span() for match in WORD.finditer(text)]
        for count in self._word_counts:
            for first in range(len(words) - count + 1):
                start, end = words[first][0], words[first + count - 1][1]
                if self._has(Kind.TEXT, value := text[start:end].casefold()):
                    yield Hit(start, end, Kind.TEXT, self._key.pseudonym(value))
        if self._lengths[Kind.DOCUMENT] or self._lengths[Kind.PHONE]:
            for number in _numbers(text, words):
                yield from self._in_number(text, number)

    def _in_number(self, text: str, groups: list[tuple[int, int]]) -> Iterator[Hit]:
        for first in range(len(groups)):
            digits = ""
            for start, end in groups[first : first + _MOST_GROUPS]:
                digits += text[start:end]
                for kind, value in (
                    (Kind.DOCUMENT, normal_document(digits)),
                    (Kind.PHONE, normal_phone(digits)),
                ):
                    if self._has(kind, value):
                        yield Hit(groups[first][0], end, kind, self._key.pseudonym(value))

    def _has(self, kind: Kind, value: str) -> bool:
        if len(value) not in self._lengths[kind]:
            return False
        return self._key.hash(Normal(kind, value)) in self._hashes[kind]


def spliced(text: str, hits: list[Hit]) -> str:
    """Put pseudonyms into a text's places, which are from left to right."""
    position, pieces = 0, []
    for hit in hits:
        pieces += [text[position : hit.start], hit.pseudonym]
        position = hit.end
    return "".join([*pieces, text[position:]])


def _numbers(text: str, words: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Give the groups of digits that may be one number."""
    groups: list[tuple[int, int]] = []
    for last, word in pairwise([(0, 0), *words]):
        if groups and not _BETWEEN_DIGITS.fullmatch(text, last[1], word[0]):
            yield groups
            groups = []
        if text[slice(*word)].isdecimal():
            groups.append(word)
        elif groups:
            yield groups
            groups = []
    if groups:
        yield groups


def _unescaped(match: "re.Match[str]") -> str:
    return json.loads(f'"{match[0]}"') if match[1] else match[0]
