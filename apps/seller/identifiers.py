"""What a clerk typed or scanned: what it may be, in the normal forms of the warehouse's hashes.

The forms are those of the macros `normalised_email`, `normalised_document` and `normalised_phone`;
a test compares them.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_LONGEST = 200
_SAID_FOR_WANT_OF_ONE = (
    r"(?:nao|não|sem|no|n)[._-]?(?:tem|tenho|possui|informado|informou|mail|e-?mail|reply)+"
    r"|teste?|e?mail|x+"
)
_NO_EMAIL = re.compile(rf"(?:(?:{_SAID_FOR_WANT_OF_ONE})@.*|[^@]*|[^@]*@)")
_FOREIGN_PHONE = re.compile(r" *[+] *(?:[1-46-9]|5[0-46-9])")
_BRAZILIAN_PHONE = re.compile(
    r"(?:00?)?(?:55)?(?:0(?:[1-9][0-9])?)?([1-9][1-9](?:9[0-9]{8}|[2-9][0-9]{7}))"
)
_NO_NUMBER = re.compile(r"12345678|87654321|([0-9])\1{7}")
_CPF_WEIGHTS: tuple[Sequence[int], ...] = (range(10, 1, -1), range(11, 1, -1))
_CNPJ_WEIGHTS: tuple[Sequence[int], ...] = (
    (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2),
    (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2),
)
# An order's number, or that of its group: `1234567890123-01`, `v123abc-01`, `SLR-123-01`.
_ORDER = re.compile(r"(?=[^@]*[0-9])[A-Za-z0-9][A-Za-z0-9-]{4,99}")


class Candidate(NamedTuple):
    """One thing that the text may be."""

    # email, order, document or phone
    kind: str
    # the normal form; an order's number as it is
    value: str


def candidates(text: str) -> list[Candidate]:
    """Tell what a text may be, the likeliest first; eleven digits can be a CPF and a mobile."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return []
    if "@" in text:
        found = {"email": normal_email(text)}
    else:
        found = {
            "document": normal_document(text) if re.fullmatch(r"[\d./ -]+", text) else None,
            "phone": normal_phone(text) if re.fullmatch(r"[\d()+. -]+", text) else None,
            "order": text if _ORDER.fullmatch(text) else None,
        }
        if re.search(r"[A-Za-z]|[0-9]{13}-[0-9]{2}$", text):
            found = {"order": found["order"], **found}
    return [Candidate(kind, value) for kind, value in found.items() if value]


def normal_email(text: str) -> str | None:
    """Give an e-mail's form: lower case, without the tag of `name+tag@`."""
    plain = re.sub(r"^([^+@]+)[+][^@]*@", r"\1@", text.strip(" ").lower())
    return None if _NO_EMAIL.fullmatch(plain) else plain


def normal_document(text: str) -> str | None:
    """Give the digits of a CPF or CNPJ whose check digits hold, or of another document."""
    digits = _digits(text)
    if not 6 <= len(digits) <= 20 or len(set(digits)) == 1:
        return None
    checks = {11: _CPF_WEIGHTS, 14: _CNPJ_WEIGHTS}.get(len(digits), ())
    return digits if all(_has_check_digit(digits, weights) for weights in checks) else None


def normal_phone(text: str) -> str | None:
    """Give `+55`, area code and number, the ninth digit of mobiles included."""
    digits = _digits(text)
    if _FOREIGN_PHONE.match(text):
        return f"+{digits}" if 8 <= len(digits) <= 15 else None
    match = _BRAZILIAN_PHONE.fullmatch(digits)
    if not match:
        return None
    area, number = match[1][:2], match[1][2:]
    if len(number) == 8 and number[0] in "6789":
        number = f"9{number}"
    return None if _NO_NUMBER.fullmatch(number[-8:]) else f"+55{area}{number}"


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _has_check_digit(digits: str, weights: Sequence[int]) -> bool:
    """Brazil's modulo 11: ten counts as zero."""
    total = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False))
    return 10 * total % 11 % 10 == int(digits[len(weights)])
