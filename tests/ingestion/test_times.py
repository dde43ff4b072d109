"""The times in payloads and rows."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contracts import Contract, Contracts
from ingestion.times import TIMESTAMP, event_times, timestamps

PUBLISHED = datetime(2024, 5, 1, tzinfo=UTC)
FIRST = "2024-01-01T00:00:00Z"
SECOND = "2024-01-02T00:00:00Z"


def found(paths: tuple[str, ...], *payloads: str) -> list[Any]:
    contracts = Contracts({"one": Contract("one", "ones", paths)})
    rows = [payload.encode() for payload in payloads]
    messages = pa.table(
        {
            "publish_time": pa.array([PUBLISHED] * len(rows), TIMESTAMP),
            "data": pa.array(payloads),
            "contract": ["one"] * len(rows),
        }
    )
    return event_times(contracts, messages, rows).to_pylist()


def test_the_first_path_that_has_a_time_wins() -> None:
    paths = ("$.a", "$.b")
    payloads = [f'{{"a": {a}, "b": "{SECOND}"}}' for a in (f'"{FIRST}"', '"soon"', "1", "null")]
    first, second = datetime.fromisoformat(FIRST), datetime.fromisoformat(SECOND)
    assert found(paths, *payloads) == [first, second, second, second]


def test_a_path_leads_into_objects_and_nowhere_else() -> None:
    payloads = [f'{{"from": {{"at": "{FIRST}"}}}}', '{"from": [1]}', '{"from": "at"}', "{}"]
    assert found(("$.from.at",), *payloads) == [datetime.fromisoformat(FIRST)] + [PUBLISHED] * 3


@pytest.mark.parametrize(
    "payload", ["[" * 5000, '{"a":', "", "7", '{"b": "' + FIRST + '"}', '{"a": "\\ud800"}']
)
def test_what_has_no_time_takes_the_publish_time(payload: str) -> None:
    assert found(("$.a",), payload) == [PUBLISHED]


@given(
    time=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    minutes=st.integers(-14 * 60, 14 * 60),
    form=st.sampled_from(["seconds", "milliseconds", "microseconds"]),
    separator=st.sampled_from("T "),
    is_rare=st.booleans(),
)
def test_any_iso_time_is_read_the_same_alone_and_beside_what_is_none(
    time: datetime, minutes: int, form: str, separator: str, is_rare: bool
) -> None:
    aware = time.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    text = aware.isoformat(separator, form)
    expected = datetime.fromisoformat(text).astimezone(UTC)
    texts = [text, "no time"] if is_rare else [text]
    assert timestamps(texts).to_pylist() == ([expected, None] if is_rare else [expected])
