"""A family asks for a person: put in the queue while somebody is there, else called back; and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.desk import call_backs, handoffs, notices
from actions.desk.call_backs import CallBack
from actions.desk.district import District
from actions.desk.phone_numbers import PhoneNumbers, e164, spoken_contact

# Who comes to the queue or finds it closed is shown how else to reach somebody; who asks once more is not.
BEGINS = frozenset({"utter_handoff_waiting", "utter_handoff_closed"})


@dataclass(frozen=True)
class Told:
    """A reply by its name, and what fills its places."""

    reply: str
    values: Mapping[str, Any] = field(default_factory=dict)


def ask(
    session: Session,
    conversation: str,
    *,
    reason: str,
    district: District,
    numbers: PhoneNumbers | None,
    contact: str | None = None,
    now: datetime,
) -> tuple[Told, ...]:
    """Bring in a person, and have the help desk told; asked twice, the family keeps its place.

    `contact` is how it wants to be reached, where it has just said so.
    """
    queued = handoffs.request(session, conversation, reason=reason, now=now)
    if queued.status == "waiting" and not district.open_at(now):
        told = call_back(session, queued.id, district=district, numbers=numbers, contact=contact, now=now)
        if told:
            return told
    if queued.new:
        notices.post(session, queued.id, "waiting", notices.help_desk_of(district), now)
    if contact is not None and queued.status == "waiting":
        return (noted_while_waiting(contact, queued.position),)
    if queued.new:
        return (Told("utter_handoff_waiting", {"position": queued.position}),)
    return (Told("utter_handoff_already", {"position": max(queued.position, 1)}),)


def call_back(
    session: Session,
    handoff: int,
    *,
    district: District,
    numbers: PhoneNumbers | None,
    contact: str | None = None,
    now: datetime,
) -> tuple[Told, ...]:
    """Put a call-back in the place of a hand-off that nobody takes; nothing where it stays as it is."""
    if contact is None:
        contact = call_backs.told_contact(session, handoffs.conversation_of(session, handoff), own_numbers(district))
    opened = call_backs.open_instead(session, handoff, numbers=numbers, contact=contact, now=now)
    if opened is None:
        return ()
    if opened.new:
        notices.post(session, handoff, "call_back", notices.help_desk_of(district), now)
    if district.open_at(now):
        why = Told("utter_handoff_timed_out")
    else:
        opening = district.next_opening(now).astimezone(district.time_zone)
        why = Told("utter_handoff_closed", {"opening": opening.isoformat()})
    return why, called_back(opened)


def called_back(opened: CallBack) -> Told:
    """Where the family will be reached; or the question how."""
    if opened.contact is None:
        return Told("utter_call_back_ask_contact", {"number": opened.number})
    return Told("utter_call_back", _values(opened))


def noted_while_waiting(contact: str, position: int) -> Told:
    """The person who comes reads the contact, and the call-back has it if nobody comes."""
    return Told("utter_handoff_contact", {"contact": spoken_contact(contact), "position": position})


def own_numbers(district: District) -> frozenset[str]:
    """The numbers of help desk, departments and schools as +15155550142: who names one does not want a call there."""
    written = {district.phone, district.help_desk.phone, *(one.phone for one in district.departments.values())}
    return e164(*written, *(school.phone for school in district.schools))


def contact_noted(noted: CallBack) -> Told:
    return Told("utter_call_back_noted", _values(noted))


def _values(opened: CallBack) -> dict[str, Any]:
    return {"number": opened.number, "contact": spoken_contact(opened.contact)}
