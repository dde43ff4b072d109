"""What identifies a person, in one normal form however it is written, and keyed hashes of that.

An e-mail, an id and a document's hash are texts: any case. A document (CPF, CNPJ) is its digits,
with or without dots; a phone is its digits, with or without the country's code. An id that other
things may be equal to (`749`, `Casa`) counts only where a payload has a person's or an address's
id. What somebody typed to be rid of a form (`000.000.000-00`) identifies nobody.
"""

import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import msgspec

from ingestion import settings
from ingestion.errors import LandingError

# A word: letters and digits of any alphabet. Identifiers are words and what stands between them.
WORD = re.compile(r"[^\W_]+")
# An id that nothing else is equal to by chance has so many characters, and so many digits in them.
_OPAQUE, _OPAQUE_DIGITS = 12, 4
_PASSPORT = 8
_PHONE = range(8, 16)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
# A CPF has eleven digits, and may have lost its first zeros.
_CPF, _DOCUMENT = 11, 9
_BRAZIL = "55"
# Stands before a till's id of a customer where the warehouse calls the customer so.
_TILL = "till-"


class Kind(StrEnum):
    """How an identifier is recognised."""

    TEXT = "text"
    DOCUMENT = "document"
    PHONE = "phone"
    # ids that other things may be equal to
    PERSON = "person"
    ADDRESS = "address"


class Identifier(NamedTuple):
    """One thing that identifies a person, as `pii.customer_identifiers` has it."""

    # profile_id, client_id, till_customer_id, address_id, document, document_digest, email or phone
    type: str
    value: str


class Normal(NamedTuple):
    """An identifier in its normal form."""

    kind: Kind
    value: str


class Hashes(msgspec.Struct, forbid_unknown_fields=True):
    """Keyed hashes of normal forms, by kind; and what spares hashing most of what is no identifier.

    `key` tells which key they were made with: a hash of nothing by it.
    """

    key: str
    by_kind: dict[Kind, list[str]]
    # of texts: (words, characters); of the others: characters
    shapes: dict[Kind, list[tuple[int, int]]]


def normal_forms(identifier: Identifier) -> list[Normal]:
    """Give the forms that payloads may have of an identifier; none if nothing is left of it."""
    if identifier.type == "phone":
        phone = normal_phone(_digits(identifier.value))
        is_phone = len(phone) in _PHONE and len(set(phone[2:])) > 1
        return [Normal(Kind.PHONE, phone)] if is_phone else []
    if identifier.type == "document":
        return _of_document(identifier.value)
    text = normal_text(identifier.value)
    if identifier.type == "email":
        return [Normal(Kind.TEXT, text)] if _EMAIL.fullmatch(text) else []
    if _is_opaque(text):
        return [Normal(Kind.TEXT, text)]
    kind = Kind.ADDRESS if identifier.type == "address_id" else Kind.PERSON
    return [Normal(kind, text)] if text else []


def normal_text(text: str) -> str:
    """Give a text's form: lower case, from its first word to its last."""
    words = [*WORD.finditer(text)]
    return text[words[0].start() : words[-1].end()].casefold() if words else ""


def normal_document(digits: str) -> str:
    """Give a document's form: a number may have lost its leading zeros."""
    return digits.lstrip("0")


def normal_phone(digits: str) -> str:
    """Give a phone's form: without zeros to dial before, and without Brazil's code."""
    phone = digits.lstrip("0")
    is_long = len(phone) in (12, 13)
    return phone[2:] if is_long and phone.startswith(_BRAZIL) else phone


def guess(text: str) -> list[Identifier]:
    """Tell what somebody's written identifier may be; raises LandingError if it is none."""
    value, digits = text.strip(), _digits(text)
    if "@" in value:
        return [Identifier("email", value)]
    if re.fullmatch(r"[\d\s().+/-]+", value) and len(digits) >= _PHONE.start:
        # Eleven digits are a CPF or a mobile phone.
        types = ["phone"] if value.startswith(("+", "(")) else ["phone", "document"]
        return [Identifier(each, value) for each in types]
    if not _is_opaque(normal_text(value)):
        raise LandingError(
            "a line is too short or too common to be searched for; write e-mails, documents, "
            "phones with their area code, or VTEX's ids, one a line."
        )
    return [Identifier("profile_id", value)]


def split_customer_id(customer_id: str) -> tuple[str, str]:
    """Part what the warehouse calls a customer into `till-`, if it is there, and an id of raw."""
    name = customer_id.removeprefix(_TILL)
    return customer_id[: len(customer_id) - len(name)], name


class Key:
    """The key of hashes and pseudonyms."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def check(self) -> str:
        """Tell this key from others."""
        return self._hash("key", "")

    def hash(self, normal: Normal) -> str:
        """Hash a normal form."""
        return self._hash(normal.kind, normal.value)

    def pseudonym(self, text: str) -> str:
        """Give what stands in an identifier's place, the same wherever it was."""
        return f"forgotten-{self._hash('pseudonym', text)}"

    def mark(self, text: str) -> str:
        """Hash a text for who has to know it again, and not from the list."""
        return self._hash("mark", text)

    def hashes(self, normals: Iterable[Normal]) -> Hashes:
        """Hash normal forms."""
        by_kind: dict[Kind, set[str]] = {}
        shapes: dict[Kind, set[tuple[int, int]]] = {}
        for one in normals:
            by_kind.setdefault(one.kind, set()).add(self.hash(one))
            words = len(WORD.findall(one.value)) if one.kind is Kind.TEXT else 1
            shapes.setdefault(one.kind, set()).add((words, len(one.value)))
        return Hashes(
            self.check,
            {kind: sorted(found) for kind, found in sorted(by_kind.items())},
            {kind: sorted(found) for kind, found in sorted(shapes.items())},
        )

    def _hash(self, kind: str, text: str) -> str:
        return hmac.digest(
            self._secret, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), "sha256"
        ).hex()[:32]


def _of_document(value: str) -> list[Normal]:
    digits = _digits(value)
    if len(digits) < _DOCUMENT or re.search(r"[^\W\d_]", value):
        text = normal_text(value)  # A passport, say.
        is_one = len(text) >= _PASSPORT and len(digits) >= _OPAQUE_DIGITS
        return [Normal(Kind.TEXT, text)] if is_one else []
    if len(set(digits)) == 1:
        return []
    # Tills send the hash of a CPF's digits.
    hashed = settings.till_digest(digits.zfill(_CPF))
    return [Normal(Kind.DOCUMENT, normal_document(digits)), Normal(Kind.TEXT, hashed)]


def _is_opaque(text: str) -> bool:
    has_space = any(letter.isspace() for letter in text)
    return len(text) >= _OPAQUE and len(_digits(text)) >= _OPAQUE_DIGITS and not has_space


def _digits(text: str) -> str:
    return "".join(re.findall(r"\d", text))
