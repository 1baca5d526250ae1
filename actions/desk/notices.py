"""The outbox of what staff are told: written with the hand-off in one transaction, and told again until it is taken.

A row is `waiting`, then `sending` while a process hands it over, then `sent`, `failed` when it was refused for good, or
`dropped` when there is nothing left to tell. After a kill in between it is sent once more: twice is better than never.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import phonenumbers
from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.orm import Session

from actions.desk import crisis_steps
from actions.desk.checked_file import REGION
from actions.desk.district import Contact, District
from actions.desk.models import HANDOFFS, STAFF_NOTICES

Path = Literal["mail", "sms"]
# waiting: a family waits for a person. crisis: somebody may be in danger. call_back: nobody came, there is a ticket.
# hold_review: nobody has looked for long at what is on legal hold.
Kind = Literal["waiting", "crisis", "call_back", "hold_review"]
TOLD_AGAIN = frozenset({"waiting", "crisis"})

_UNDER_WAY = ("waiting", "sending")


@dataclass(frozen=True)
class Recipient:
    """Where a staff member is told: an e-mail address, or a number as +15155550151."""

    path: Path
    address: str


@dataclass(frozen=True)
class Due:
    """A notice to be sent now."""

    id: int
    handoff: int
    kind: Kind
    crisis_class: str | None
    to: Recipient
    again: bool
    attempts: int


def help_desk_of(district: District) -> tuple[Recipient, ...]:
    """Who is told that a family waits."""
    return (Recipient("mail", district.help_desk.email),)


def crisis_contacts_of(district: District, crisis_class: str) -> tuple[Recipient, ...]:
    """Who is told of a crisis, each by both paths; harassment goes to the Title IX coordinator as well."""
    contacts: list[Contact] = [*district.crisis_contacts]
    if crisis_class == "harassment":
        contacts.append(district.title_ix_coordinator)
    return _recipients(contacts)


def next_contacts_of(district: District) -> tuple[Recipient, ...]:
    """Who is told of a crisis that none of the first has accepted in time, each by both paths."""
    return _recipients(district.crisis_contacts_next)


def hold_reviewers_of(district: District, crisis_class: str) -> tuple[Recipient, ...]:
    """Who is asked by mail to look at a legal hold; the help desk where no contact has an address."""
    mails = tuple(one for one in crisis_contacts_of(district, crisis_class) if one.path == "mail")
    return mails or help_desk_of(district)


def _recipients(contacts: Iterable[Contact]) -> tuple[Recipient, ...]:
    contacts = tuple(contacts)
    found = [Recipient("mail", contact.email) for contact in contacts if contact.email]
    found += [Recipient("sms", _callable(contact.phone)) for contact in contacts if contact.phone]
    return tuple(dict.fromkeys(found))


def _callable(phone: str) -> str:
    """A number of district.yml as Twilio takes it; an extension is left out."""
    number = phonenumbers.parse(phone, REGION)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def post(
    session: Session,
    handoff: int,
    kind: Kind,
    recipients: Iterable[Recipient],
    now: datetime,
    *,
    crisis_class: str | None = None,
) -> None:
    """Have these told, at once; who is about to be told the same again is told that now and not twice."""
    for recipient in recipients:
        same = (
            (STAFF_NOTICES.c.handoff == handoff)
            & (STAFF_NOTICES.c.kind == kind)
            & (STAFF_NOTICES.c.crisis_class.is_not_distinct_from(crisis_class))
            & (STAFF_NOTICES.c.path == recipient.path)
            & (STAFF_NOTICES.c.recipient == recipient.address)
            & STAFF_NOTICES.c.status.in_(_UNDER_WAY)
        )
        if session.execute(select(STAFF_NOTICES.c.id).where(same)).first() is None:
            _insert(session, handoff, kind, crisis_class, recipient, now, due=now, again=False)
        else:
            session.execute(update(STAFF_NOTICES).where(same, STAFF_NOTICES.c.status == "waiting").values(due_at=now))


def escalate(session: Session, recipients: Iterable[Recipient], since: datetime, now: datetime) -> tuple[int, ...]:
    """Have these told too of every crisis that has waited since then or longer for somebody to accept it.

    Each is told once while it waits, and again like the first; one that was put back in the queue counts anew.
    The hand-offs of which somebody is told now.
    """
    began = func.min(STAFF_NOTICES.c.created_at)
    late = (
        select(STAFF_NOTICES.c.handoff, STAFF_NOTICES.c.crisis_class, HANDOFFS.c.requested_at)
        .join(HANDOFFS, HANDOFFS.c.id == STAFF_NOTICES.c.handoff)
        .where(HANDOFFS.c.status == "waiting", HANDOFFS.c.requested_at <= since, STAFF_NOTICES.c.kind == "crisis")
        .group_by(STAFF_NOTICES.c.handoff, STAFF_NOTICES.c.crisis_class, HANDOFFS.c.requested_at)
        .having(began <= since)
    )
    told = []
    recipients = tuple(recipients)
    for row in session.execute(late.order_by(STAFF_NOTICES.c.handoff)).all():
        for to in recipients:
            known = select(STAFF_NOTICES.c.id).where(
                STAFF_NOTICES.c.handoff == row.handoff,
                STAFF_NOTICES.c.kind == "crisis",
                STAFF_NOTICES.c.crisis_class.is_not_distinct_from(row.crisis_class),
                STAFF_NOTICES.c.path == to.path,
                STAFF_NOTICES.c.recipient == to.address,
                # What was told before it was put back counts only while it is about to be told again.
                or_(STAFF_NOTICES.c.created_at >= row.requested_at, STAFF_NOTICES.c.status.in_(_UNDER_WAY)),
            )
            if session.execute(known).first() is None:
                post(session, row.handoff, "crisis", (to,), now, crisis_class=row.crisis_class)
                _note_step(session, row.handoff, row.crisis_class, "next tier", to, now)
                told.append(row.handoff)
    return tuple(dict.fromkeys(told))


def _note_step(
    session: Session, handoff: int, crisis_class: str | None, step: crisis_steps.StepName, to: Recipient, now: datetime
) -> None:
    crisis_steps.note_notice(session, handoff, crisis_class, step, who=to.address, path=to.path, now=now)


def claim(
    session: Session, now: datetime, *, paths: Collection[Path], lease: timedelta, most: int = 20
) -> tuple[Due, ...]:
    """Take what is due by these paths, crises first; others may take it after `lease`. Drops what nobody needs now."""
    crisis_first = (STAFF_NOTICES.c.kind != "crisis", STAFF_NOTICES.c.due_at, STAFF_NOTICES.c.id)
    due = (
        select(STAFF_NOTICES, HANDOFFS.c.status.label("handoff_status"))
        .join(HANDOFFS, HANDOFFS.c.id == STAFF_NOTICES.c.handoff)
        .where(STAFF_NOTICES.c.status.in_(_UNDER_WAY), STAFF_NOTICES.c.due_at <= now, STAFF_NOTICES.c.path.in_(paths))
        .order_by(*crisis_first)
        .limit(most)
    )
    taken = []
    for row in session.execute(due).all():
        if not _still_wanted(row):
            session.execute(update(STAFF_NOTICES).where(_as_read(row)).values(status="dropped"))
            continue
        values = {"status": "sending", "due_at": now + lease, "attempts": row.attempts + 1}
        if session.connection().execute(update(STAFF_NOTICES).where(_as_read(row)).values(values)).rowcount == 1:
            to = Recipient(row.path, row.recipient)
            taken.append(Due(row.id, row.handoff, row.kind, row.crisis_class, to, row.again, row.attempts + 1))
    return tuple(taken)


def _still_wanted(row: Row[Any]) -> bool:
    if row.kind not in TOLD_AGAIN:
        return True
    if row.kind == "crisis" and not row.again:  # also when somebody has taken it before the first word got out
        return bool(row.handoff_status != "closed")
    return bool(row.handoff_status == "waiting")


def note_sent(session: Session, due: Due, now: datetime, *, again_at: datetime) -> None:
    """It was handed over; while the family still waits it is told again at that moment."""
    _end(session, due, now, again_at, {"status": "sent", "sent_at": now, "error": None})


def note_failed(session: Session, due: Due, error: str, now: datetime, *, again_at: datetime) -> None:
    """It was refused for good; what is told again later may find that mended."""
    _end(session, due, now, again_at, {"status": "failed", "error": error})


def note_later(session: Session, due: Due, due_at: datetime, error: str) -> None:
    """It was not handed over; to be tried again then."""
    values = {"status": "waiting", "due_at": due_at, "error": error}
    session.execute(update(STAFF_NOTICES).where(STAFF_NOTICES.c.id == due.id).values(values))


def _end(session: Session, due: Due, now: datetime, again_at: datetime, values: dict[str, Any]) -> None:
    own = (STAFF_NOTICES.c.id == due.id) & STAFF_NOTICES.c.status.in_(_UNDER_WAY)
    ended = session.connection().execute(update(STAFF_NOTICES).where(own).values(values)).rowcount
    if ended and due.kind == "crisis":
        told: crisis_steps.StepName = "told again" if due.again else "told"
        step = told if values["status"] == "sent" else "refused"
        _note_step(session, due.handoff, due.crisis_class, step, due.to, now)
    status = session.scalar(select(HANDOFFS.c.status).where(HANDOFFS.c.id == due.handoff))
    if ended and status == "waiting" and due.kind in TOLD_AGAIN:
        _insert(session, due.handoff, due.kind, due.crisis_class, due.to, now, due=again_at, again=True)


def _insert(
    session: Session,
    handoff: int,
    kind: Kind,
    crisis_class: str | None,
    to: Recipient,
    now: datetime,
    *,
    due: datetime,
    again: bool,
) -> None:
    values: dict[str, Any] = {
        "handoff": handoff,
        "kind": kind,
        "crisis_class": crisis_class,
        "path": to.path,
        "recipient": to.address,
    }
    values |= {"again": again, "status": "waiting", "attempts": 0, "due_at": due, "created_at": now}
    session.execute(insert(STAFF_NOTICES).values(values))


def _as_read(row: Row[Any]) -> Any:
    """The row, unless another process has taken it in the meantime."""
    own = STAFF_NOTICES.c.id == row.id
    return cast(Any, own & (STAFF_NOTICES.c.status == row.status) & (STAFF_NOTICES.c.attempts == row.attempts))
