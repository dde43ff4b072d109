"""What is JSON, what is not, and what callers are told of it."""

import json
import uuid
from typing import NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.gateway.documents import split
from ingestion.gateway.problems import Refusal
from tests.gateway.support import JSON, NDJSON, Gateway, bearer
from tests.gateway.test_messages import landed_with

ODD_BUT_JSON = {
    "duplicate keys": '{"a": 1, "a": 2}',
    "a number of 5,000 digits": '{"a": 1' + "0" * 5_000 + "}",
    "a number beyond any float": '{"a": 1e999999}',
    "half an emoji": r'{"a": "\ud83d"}',
    "the wrong half": r'{"a": "\ude00\ud83d"}',
    "a NUL": r'{"a": "\u0000"}',
    "every character outside of the basic plane": '{"a": "😀"}',
    "nested 500 deep": '{"a":' * 500 + "1" + "}" * 500,
}
NOT_JSON = {
    "nothing": b"",
    "spaces": b"  \n",
    "not UTF-8": b'{"a": "\xff"}',
    "a surrogate as bytes": b'{"a": "\xed\xa0\xbd"}',
    "Latin-1": '{"a": "é"}'.encode("latin-1"),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a trailing comma": b'{"a": 1,}',
    "a comment": b'{"a": 1} // one',
    "cut": b'{"a": "b',
    "two values": b'{"a": 1}{"a": 2}',
    "a line feed in a text": b'{"a": "\n"}',
    "single quotes": b"{'a': 1}",
    "nested without end": b'{"a":' * 100_000,
    "brackets without end": b"[" * 100_000,
    "a number": b"5",
    "a text": b'"a"',
    "null": b"null",
    "an array of numbers": b"[1]",
    "an array in an array": b"[[{}]]",
    "an empty array": b"[]",
    "a form": b"a=1&b=2",
}


@pytest.mark.parametrize("name", ODD_BUT_JSON)
@pytest.mark.parametrize("form", ["one", "array", "lines"])
def test_whatever_is_json_is_kept(gateway: Gateway, name: str, form: str) -> None:
    mark = uuid.uuid4().hex
    document = ODD_BUT_JSON[name].replace("{", f'{{"m": "{mark}", ', 1)
    body = f"[{document} ,{document}]" if form == "array" else document
    headers = NDJSON if form == "lines" else JSON
    assert gateway.post("/events/vtex.client", body, headers=headers).status == 200
    found = landed_with(gateway, mark)
    assert [row["data"] for _, row in found] == [document] * (2 if form == "array" else 1)


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_not_is_refused_and_the_caller_is_told_why(gateway: Gateway, name: str) -> None:
    answer = gateway.post("/events/vtex.client", NOT_JSON[name])
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["detail"].endswith(".")


def test_the_line_that_is_not_json_is_named_and_none_is_kept(gateway: Gateway) -> None:
    mark = uuid.uuid4().hex
    answer = gateway.post("/events", f'{{"cupom": "{mark}"}}\n\n{{"a": }}\n', headers=NDJSON)
    assert answer.status == 400
    assert "Line 3" in answer.json["detail"]
    assert landed_with(gateway, mark) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "nonsense"},
        JSON | {"Content-Encoding": "gzip"},
        JSON | {"Content-Encoding": "br"},
    ],
)
def test_other_types_and_encodings_are_refused(gateway: Gateway, headers: dict[str, str]) -> None:
    answer = gateway.post("/events", b'{"cupom": {}}', headers=headers)
    assert answer.status == 415


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=UTF-8", "Application/JSON", "application/a+json", ""]
)
def test_json_goes_by_several_names(gateway: Gateway, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    headers |= bearer("till")
    assert gateway.request("POST", "/events", b'{"cupom": {}}', headers).status == 200


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _is_json(body: bytes) -> bool:
    """What the standard library says, without its leniencies."""
    try:
        json.loads(body.decode(), parse_constant=_refuse, parse_int=str, parse_float=str)
    except ValueError:
        return False
    return True


_WORDS = r"""{ } [ ] , : " a \ \u00e9 \ud83d \ude00 \x 0 1 -1 01 1. .5 1e5 1e999 true nul NaN"""
_PIECES = st.sampled_from(
    [*_WORDS.split(), '"a":1', '"é"', " ", "\n", "\t", "\x00", "\x7f", "\x85", "\u2028"]
)
_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=10).map("".join))
@example('"\\ud83d","a":1')
@example('"\\ud83d":[{}, "]", {"}":[1 , 2]}] ')
def test_json_is_what_the_standard_says(inside: str) -> None:
    for body in (f"{{{inside}}}".encode(), f" [ {{{inside}}} , {{}}]".encode()):
        try:
            documents = split(body, 100)
        except Refusal:
            documents = []
        is_json = _is_json(body)
        if body.startswith(b" ["):
            is_json = is_json and all(isinstance(one, dict) for one in json.loads(body))
        assert bool(documents) == is_json
        assert documents == [] or body.startswith(b" [") or documents == [body]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text(max_size=3), st.text() | _NUMBERS),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["", " ", "\n\t"]),
    st.booleans(),
)
def test_cutting_an_array_loses_no_byte(
    objects: list[dict[str, object]], space: str, is_cut: bool
) -> None:
    texts = [json.dumps(one, ensure_ascii=False, indent=1 if space else None) for one in objects]
    if is_cut:
        texts[0] = texts[0].replace("{", r'{"cut": "\ud83d"' + (", " if objects[0] else ""), 1)
    body = "[" + space + f"{space},{space}".join(texts) + space + "]"
    assert split(body.encode(), 100) == [text.encode() for text in texts]
