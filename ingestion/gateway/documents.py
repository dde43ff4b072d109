"""Documents: the JSON objects of a body, each in the very bytes it came in."""

import json
from http import HTTPStatus
from typing import NoReturn

import msgspec

from ingestion.gateway.problems import Refusal

_WHITESPACE = b" \t\r\n"
_VALUE = msgspec.json.Decoder(msgspec.Raw)
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])


def split(body: bytes, limit: int, *, is_lines: bool = False) -> list[bytes]:
    """Take a body apart: one object, an array of objects or, if told so, an object a line.

    Raises Refusal: 400 if it is not that, 413 if it has more than `limit` objects.
    """
    if is_lines:
        lines = {f"line {n}": one for n, one in enumerate(body.split(b"\n"), 1) if one.strip()}
        for where, line in lines.items():
            _check(line, where)
        found = list(lines.values())
    elif body.lstrip(_WHITESPACE).startswith(b"["):
        found = _elements(body)
        for number, element in enumerate(found):
            if not element.startswith(b"{"):
                raise _bad(f"element {number} of the array is not an object")
    else:
        _check(body, "the body")
        found = [body]
    if not found:
        raise _bad("there is no message in the body")
    if len(found) > limit:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"More than {limit:,} messages in a request; send them in parts.",
        )
    return found


def _check(document: bytes, where: str) -> None:
    """Raise Refusal unless it is a JSON object."""
    try:
        document.decode()
        _VALUE.decode(document)
    except UnicodeDecodeError as error:
        raise _not_utf8(where, error) from error
    except RecursionError as error:
        raise _nested(where) from error
    except msgspec.DecodeError as error:
        _check_slowly(document, where, error)
    if not document.lstrip(_WHITESPACE).startswith(b"{"):
        raise _bad(f"{where} is not an object")


def _elements(body: bytes) -> list[bytes]:
    """Cut an array at its elements; raises Refusal if it is none."""
    where = "the body"
    try:
        text = body.decode()
        return [bytes(element) for element in _ARRAY.decode(body)]
    except UnicodeDecodeError as error:
        raise _not_utf8(where, error) from error
    except RecursionError as error:
        raise _nested(where) from error
    except msgspec.DecodeError as error:
        _check_slowly(body, where, error)
    return _elements_slowly(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


# Checks the grammar and no more: no number is too great for it.
_SLOW = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse_constant)


def _check_slowly(document: bytes, where: str, error: msgspec.DecodeError) -> None:
    r"""Raise Refusal unless it is JSON that only msgspec refuses.

    That is an escape such as "\ud83d", which half of an emoji becomes when a text is cut: it is
    within the grammar, and whoever sent it cannot mend it.
    """
    try:
        _SLOW.decode(document.decode())
    except RecursionError as too_deep:
        raise _nested(where) from too_deep
    except ValueError:
        raise _bad(f"{where} is not JSON: {error}") from error


def _elements_slowly(text: str) -> list[bytes]:
    """Cut an array (known to be one) at its elements."""
    found = []
    position = _after_space(text, text.index("[") + 1)
    while text[position] != "]":
        _, end = _SLOW.raw_decode(text, position)
        found.append(text[position:end].encode())
        position = _after_space(text, end)
        if text[position] == ",":
            position = _after_space(text, position + 1)
    return found


def _after_space(text: str, position: int) -> int:
    while text[position] in " \t\r\n":
        position += 1
    return position


def _bad(reason: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, f"{reason[0].upper()}{reason[1:]}.")


def _not_utf8(where: str, error: UnicodeDecodeError) -> Refusal:
    return _bad(f"{where} is not UTF-8 (byte {error.start})")


def _nested(where: str) -> Refusal:
    return _bad(f"{where} is nested too deeply")
