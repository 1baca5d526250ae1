"""When the help desk is open: its week, its time zone and the days on which it stays closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Holiday:
    """Days on which the help desk is closed, the first and the last included."""

    first: date
    last: date
    name: str


@dataclass(frozen=True)
class OpeningHours:
    """The week and the holidays, in the time zone in which they are meant; at least one day of `week` is open."""

    week: Mapping[str, tuple[time, time]]
    time_zone: ZoneInfo
    holidays: tuple[Holiday, ...]

    def open_at(self, when: datetime) -> bool:
        """Whether the desk is open at an aware moment."""
        opening = self._on(when.astimezone(self.time_zone).date())
        return opening is not None and opening[0] <= when.astimezone(UTC) < opening[1]

    def next_opening(self, when: datetime) -> datetime:
        """The first open moment from `when` on, in the district's time zone; `when` itself while open."""
        first_day, moment = when.astimezone(self.time_zone).date(), when.astimezone(UTC)
        for days in count():
            opening = self._on(first_day + timedelta(days=days))
            if opening is not None and moment < opening[1]:
                return max(moment, opening[0]).astimezone(self.time_zone)
        raise AssertionError("a count never ends")  # pragma: no cover

    def _on(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing moment of a day. Compared as moments, so that a changed clock shifts nothing."""
        hours = self.week.get(WEEKDAYS[day.weekday()])
        if hours is None or any(holiday.first <= day <= holiday.last for holiday in self.holidays):
            return None
        # An hour that comes twice in autumn belongs to the open time from its first to its second run.
        opens = datetime.combine(day, hours[0], self.time_zone)
        closes = datetime.combine(day, hours[1], self.time_zone).replace(fold=1)
        return opens.astimezone(UTC), closes.astimezone(UTC)
