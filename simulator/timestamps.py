"""Instants are integers: microseconds since 1970 in UTC. Here they become VTEX's texts."""

from datetime import UTC, date, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# The store keeps São Paulo's time, which has had no summer time since 2019.
LOCAL_OFFSET = -3 * HOUR
FIRST_START = date(2019, 3, 1)

_EPOCH = datetime(1970, 1, 1)
_ZONES = {
    **{"Z": 0, "+00:00": 0, "-03:00": LOCAL_OFFSET},
    **{"-04:00": -4 * HOUR, "-05:00": -5 * HOUR},
}


def iso(at: int, digits: int = 7, zone: str = "+00:00") -> str:
    """Write an instant as ISO 8601 with 0, 3, 4, 6 or 7 fractional digits, in one of the zones.

    The seventh digit is beyond a microsecond: it is invented from the others.
    """
    text = (_EPOCH + timedelta(microseconds=at + _ZONES[zone])).isoformat(timespec="microseconds")
    if digits == 7:
        return f"{text}{at % 9}{zone}"
    return text[: 20 + digits if digits else 19] + zone


def zone_offset(zone: str) -> int:
    """Return what a clock of a zone is ahead of UTC, in microseconds."""
    return _ZONES[zone]


def local_midnight(day: date) -> int:
    """Return the instant at which `day` begins in the store."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(midnight.timestamp()) * SECOND - LOCAL_OFFSET


def local_date(at: int) -> date:
    """Return the store's date at an instant."""
    return date(1970, 1, 1) + timedelta(days=(at + LOCAL_OFFSET) // DAY)


def local_hour(at: int) -> int:
    """Return the hour (0 to 23) on the store's clock."""
    return (at + LOCAL_OFFSET) % DAY // HOUR
