from datetime import UTC, date, datetime

import pytest

from simulator.customers import cpf
from simulator.rhythm import Rhythm, black_friday
from simulator.timestamps import HOUR, iso, local_date, local_hour

AT = 1_704_067_200_123_456  # 2024-01-01 00:00:00.123456 UTC


@pytest.mark.parametrize(
    ("digits", "zone", "text"),
    [
        (0, "Z", "2024-01-01T00:00:00Z"),
        (4, "Z", "2024-01-01T00:00:00.1234Z"),
        (6, "-03:00", "2023-12-31T21:00:00.123456-03:00"),
    ],
)
def test_instants_are_written_with_any_precision_and_offset(digits, zone, text):
    assert iso(AT, digits, zone) == text


def test_seven_digits_stay_within_the_same_microsecond():
    read = datetime.fromisoformat(iso(AT, 7, "+00:00"))
    assert read == datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert len(iso(AT, 7, "+00:00")) == len("2024-01-01T00:00:00.1234567+00:00")


def test_black_friday_follows_the_fourth_thursday():
    assert [black_friday(year).day for year in (2019, 2022, 2024)] == [29, 25, 29]


def test_orders_come_in_sequence_inside_their_days_and_go_on_after_them():
    rhythm = Rhythm(date(2024, 5, 1), 10, 200)
    times = [rhythm.time_of(number) for number in range(300)]
    assert times == sorted(times)
    assert local_date(times[0]) == date(2024, 5, 1)
    assert times[199] < rhythm.ends_at <= times[200]


def test_the_night_is_quiet():
    rhythm = Rhythm(date(2024, 5, 1), 20, 4000)
    hours = [local_hour(rhythm.time_of(number + 0.5)) for number in range(4000)]
    assert sum(2 <= hour < 6 for hour in hours) < 0.03 * len(hours)
    assert sum(19 <= hour < 22 for hour in hours) > 0.13 * len(hours)
    assert rhythm.time_of(1) - rhythm.time_of(0) < 24 * HOUR


def test_documents_are_different_and_their_check_digits_right():
    documents = {cpf(number) for number in range(20_000)}
    assert len(documents) == 20_000
    for document in list(documents)[:200]:
        digits = [int(digit) for digit in document]
        for length in (9, 10):
            weights = range(length + 1, 1, -1)
            total = sum(d * w for d, w in zip(digits, weights, strict=False))
            assert digits[length] == total * 10 % 11 % 10
