"""The folders of a raw table in which files may have come since a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

# A lander's clock may be ahead of ours.
_AHEAD = timedelta(hours=1)


def landed_hours(table: str, since: datetime) -> Iterator[PurePosixPath]:
    """Name them, below the raw root, oldest first: one for each hour of UTC."""
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour <= datetime.now(UTC) + _AHEAD:
        yield PurePosixPath(
            "landed", table, f"landed_date={hour:%Y-%m-%d}", f"landed_hour={hour:%H}"
        )
        hour += timedelta(hours=1)
