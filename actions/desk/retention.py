"""How long a district keeps what families tell it: the periods in `district.yml`, and their checks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

from actions.desk.checked_file import Table

MOST_DAYS = 3650


@dataclass(frozen=True)
class Retention:
    """Days until something is deleted, each counted from its own end.

    Conversations from what was said last, contacts and tickets from the ticket's end; what holds no words of a
    family (that a crisis was seen, counted votes on articles) from the day it was noted. What is on legal hold is not
    deleted at all; `hold_review_days` after staff last looked at it they are asked to look again.
    """

    chat_days: int = 30
    contact_days: int = 30
    ticket_days: int = 365
    record_days: int = 1095
    hold_review_days: int = 90

    @property
    def chat(self) -> timedelta:
        return timedelta(days=self.chat_days)

    @property
    def contact(self) -> timedelta:
        return timedelta(days=self.contact_days)

    @property
    def ticket(self) -> timedelta:
        return timedelta(days=self.ticket_days)

    @property
    def record(self) -> timedelta:
        return timedelta(days=self.record_days)

    @property
    def hold_review(self) -> timedelta:
        return timedelta(days=self.hold_review_days)

    def values(self) -> dict[str, str]:
        """What fills the places in replies and pages."""
        return {"chat_days": str(self.chat_days), "ticket_days": str(self.ticket_days)}


NAMES = tuple(one.name for one in fields(Retention))


def read_retention(table: Table | None) -> Retention:
    """The periods of `retention:`; the default for each that is missing or, with a problem noted, wrong."""
    default = Retention()
    if table is None:
        return default
    table.only(NAMES)
    days = {name: _days(table, name, getattr(default, name)) for name in NAMES}
    if days["contact_days"] > days["ticket_days"]:
        what = f"contact_days ({days['contact_days']}) is longer than ticket_days ({days['ticket_days']})"
        table.error(table.line, what, "a contact goes with its ticket at the latest; make it the shorter one")
    return Retention(**days)


def _days(table: Table, name: str, default: int) -> int:
    if name not in table.entries:
        return default
    days = table.entries[name].content
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        cure = f"write a whole number from 1 to {MOST_DAYS}, such as {default}"
        table.error(table.line_of(name), f"{name} is not a number of days", cure)
        return default
    return days
