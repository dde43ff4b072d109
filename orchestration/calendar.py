"""The times of a night: which day it is of, what its "now" is, and until when it has."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# By the shop's clock: from then on, a night run is of the day that ends.
CLOSING = time(23)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Night:
    """The night after a business day, by the shop's clock."""

    day: date
    zone: ZoneInfo
    # the hour of the models' "now", and until when the day has to be published; None: for ever
    hour: int = 3
    deadline_time: time | None = time(7)
    warning: timedelta = timedelta(hours=1)

    @property
    def run_date(self) -> date:
        """The day that suggestions are for, and OUT: the one that begins."""
        return self.day + _DAY

    @property
    def as_of(self) -> datetime:
        """The "now" of every model, UTC: the same whenever the night runs."""
        return self._at(time(self.hour))

    @property
    def deadline(self) -> datetime | None:
        """Until when the day has to be published, UTC."""
        return self._at(self.deadline_time) if self.deadline_time else None

    @property
    def warning_at(self) -> datetime | None:
        """From when on it is to be told that it has not been yet, UTC."""
        return self.deadline - self.warning if self.deadline else None

    def _at(self, local: time) -> datetime:
        return datetime.combine(self.run_date, local, self.zone).astimezone(UTC)


def now() -> datetime:
    """Give the time, UTC."""
    return datetime.now(UTC)


def last_day(now: datetime, zone: ZoneInfo) -> date:
    """Give the business day that has ended last: today from 23:00 on."""
    local = now.astimezone(zone)
    return local.date() if local.time() >= CLOSING else local.date() - _DAY
