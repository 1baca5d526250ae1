"""When a text that we start may go out: by day, as the clock of the district shows it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(8), time(21)


def next_allowed(when: datetime, zone: ZoneInfo) -> datetime:
    """The first moment from `when` on that is between 8:00 and 21:00 in `zone`, in UTC."""
    local = when.astimezone(zone)
    if OPENS <= local.time() < CLOSES:
        return when.astimezone(UTC)
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    return datetime.combine(day, OPENS, zone).astimezone(UTC)
