"""When customers buy: the year, the week and the day of a Brazilian store."""

from bisect import bisect_right
from datetime import date, timedelta

from simulator.timestamps import HOUR, local_date, local_hour, local_midnight

_MONTHS = (0.85, 0.85, 0.92, 0.92, 1.05, 1.0, 0.95, 1.0, 0.95, 1.0, 1.2, 1.15)
_WEEKDAYS = (1.12, 1.1, 1.08, 1.05, 1.0, 0.8, 0.85)
_HOURS = (
    *(0.35, 0.18, 0.1, 0.07, 0.06, 0.1, 0.25, 0.5, 0.85, 1.2, 1.45, 1.5),
    *(1.35, 1.4, 1.45, 1.4, 1.35, 1.3, 1.25, 1.35, 1.5, 1.45, 1.1, 0.7),
)


def black_friday(year: int) -> date:
    """Return the day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7 + 22)


def day_weight(day: date) -> float:
    """Return how busy a day is; 1 is an average day."""
    weight = _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()]
    until_black_friday = (black_friday(day.year) - day).days
    if until_black_friday == 0:
        weight *= 5
    elif -3 <= until_black_friday <= 4:
        weight *= 2
    elif day.month == 12 and day.day <= 20:
        weight *= 1.5
    elif (day.month == 5 and 5 <= day.day <= 12) or (day.month == 6 and 5 <= day.day <= 12):
        weight *= 1.4  # before Mother's Day and the Dia dos Namorados
    return weight


class Rhythm:
    """The times of a store's orders, by their numbers.

    `history` orders fall into the `days` after `start`; later numbers continue at the same pace.
    Memory grows with the days, never with the orders.
    """

    def __init__(self, start: date, days: int, history: int) -> None:
        self.begins_at = local_midnight(start)
        self.ends_at = local_midnight(start + timedelta(days=days))
        self._reached: list[float] = [0.0]  # what has been sold when an hour begins
        self._extend(days * 24)
        self._per_order = self._reached[-1] / max(history, 1)

    def _extend(self, hours: int) -> None:
        for _ in range(hours):
            at = self.begins_at + (len(self._reached) - 1) * HOUR
            weight = day_weight(local_date(at)) * _HOURS[local_hour(at)]
            self._reached.append(self._reached[-1] + weight)

    def orders_before(self, at: int) -> int:
        """Return how many orders fall before an instant, none before the store's first day."""
        if at <= self.begins_at:
            return 0
        hours = (at - self.begins_at) // HOUR
        while len(self._reached) <= hours + 1:
            self._extend(24)
        return int(self._reached[hours] / self._per_order)

    def time_of(self, order: float) -> int:
        """Return the instant of an order; numbers between two orders fall between them."""
        target = order * self._per_order
        while self._reached[-1] <= target:
            self._extend(24)
        hour = bisect_right(self._reached, target) - 1
        width = self._reached[hour + 1] - self._reached[hour]
        inside = (target - self._reached[hour]) / width
        return self.begins_at + hour * HOUR + int(inside * HOUR)
