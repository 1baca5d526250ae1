"""What became of a crisis alert, kept as long as the alert: who was told when and on which path, and who took it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Select, exists, func, insert, select
from sqlalchemy.orm import Session

from actions.desk.models import CRISIS_ALERTS, CRISIS_STEPS, HANDOFFS

# told, told again, refused: a notice to a contact. next tier: it was decided to tell this one too, as nobody had
# accepted. accepted, released, closed: what a staff member did.
StepName = Literal[
    "told", "told again", "refused", "next tier", "accepted", "released", "closed", "hold lifted", "hold kept"
]


@dataclass(frozen=True)
class Step:
    """One step; `who` is the address or number that was told, or the staff member's name."""

    step: StepName
    who: str | None
    path: str | None
    at: datetime
    crisis_class: str


def note_notice(
    session: Session,
    handoff: int,
    crisis_class: str | None,
    step: StepName,
    *,
    who: str,
    path: str,
    now: datetime,
) -> None:
    """Note a step of the latest alert of that class in the hand-off's conversation; nothing where there is none."""
    latest = select(func.max(CRISIS_ALERTS.c.id)).where(
        CRISIS_ALERTS.c.conversation == _conversation_of(handoff), CRISIS_ALERTS.c.crisis_class == crisis_class
    )
    alert = session.scalar(latest)
    if alert is not None:
        note(session, alert, step, who, path, now)


def note_staff(session: Session, handoff: int, step: StepName, who: str | None, now: datetime) -> None:
    """Note what a staff member did, for each alert of the hand-off's conversation that nobody has closed yet."""
    closed = exists().where(CRISIS_STEPS.c.alert == CRISIS_ALERTS.c.id, CRISIS_STEPS.c.step == "closed")
    under_way = select(CRISIS_ALERTS.c.id).where(CRISIS_ALERTS.c.conversation == _conversation_of(handoff), ~closed)
    for alert in session.scalars(under_way.order_by(CRISIS_ALERTS.c.id)).all():
        note(session, alert, step, who, None, now)


def steps_of(session: Session, conversation: str | None) -> tuple[Step, ...]:
    """All steps of the alerts of a conversation, in their order; none once the conversation was deleted."""
    rows = (
        select(CRISIS_STEPS, CRISIS_ALERTS.c.crisis_class)
        .join(CRISIS_ALERTS, CRISIS_ALERTS.c.id == CRISIS_STEPS.c.alert)
        .where(CRISIS_ALERTS.c.conversation == conversation)
        .order_by(CRISIS_STEPS.c.id)
    )
    return tuple(Step(row.step, row.who, row.path, row.at, row.crisis_class) for row in session.execute(rows))


def _conversation_of(handoff: int) -> Any:
    one: Select[Any] = select(HANDOFFS.c.conversation).where(HANDOFFS.c.id == handoff)
    return cast(Any, one.scalar_subquery())


def note(session: Session, alert: int, step: StepName, who: str | None, path: str | None, now: datetime) -> None:
    """Note one step of an alert."""
    values = {"alert": alert, "step": step, "who": who, "path": path, "at": now}
    session.execute(insert(CRISIS_STEPS).values(values))
