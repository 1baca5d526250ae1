"""What a household has told before: the devices, schools and tickets of this conversation, or of this phone number."""

from __future__ import annotations

from collections.abc import Iterable

from actions.desk import earlier_tickets
from actions.desk.district import District
from actions.desk.earlier_tickets import EarlierTicket
from actions.desk.phone_numbers import PhoneNumbers
from actions.desk.secret_key import secret_key
from actions.resources import resources

# More choices than this are no help on a phone.
MOST_CHOICES = 4
# So much of a tag tells the devices of a family apart.
SHOWN_DIGITS = 3


async def tickets(conversation: str) -> tuple[EarlierTicket, ...]:
    """The household's tickets, newest first."""
    desk = resources()
    numbers = PhoneNumbers(secret_key(desk.settings))
    return await desk.database.run(earlier_tickets.of_household, conversation, numbers=numbers)


async def asset_tags(conversation: str) -> list[str]:
    """The devices that earlier tickets were about."""
    return _each(ticket.asset_tag for ticket in await tickets(conversation))


async def schools(conversation: str) -> list[str]:
    """The ids of the schools that earlier tickets named."""
    return _each(ticket.school for ticket in await tickets(conversation))


def spoken_device(asset_tag: str, district: District) -> str:
    """A device as its family tells it from others, without a name: the last digits of its tag, and its school."""
    device = district.devices.get(asset_tag)
    names = {school.id: school.short_name for school in district.schools}
    school = names.get(device.school_id) if device else None
    return " · ".join(part for part in (f"…{asset_tag[-SHOWN_DIGITS:]}", school) if part)


def spoken_ticket(ticket: EarlierTicket, district: District) -> str:
    """A ticket as its family tells it from others: number, and the device or else the school."""
    names = {school.id: school.short_name for school in district.schools}
    about = spoken_device(ticket.asset_tag, district) if ticket.asset_tag else names.get(ticket.school or "")
    return f"{ticket.number} · {about}" if about else ticket.number


def _each(values: Iterable[str | None]) -> list[str]:
    known = dict.fromkeys(value for value in values if value)
    return list(known)[:MOST_CHOICES]
