"""What staff are told is kept with the hand-off, comes again until somebody accepts, and is never told in vain."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from actions.desk import conversations, handoffs, notices
from actions.desk.alerts import record_crisis
from actions.desk.crisis_steps import note_staff, steps_of
from actions.desk.database import Database
from actions.desk.district import load_district
from actions.desk.models import CONVERSATIONS, CRISIS_STEPS, STAFF_NOTICES
from actions.desk.notices import Due, Recipient

DISTRICT = load_district(Path("data/district"))
MAIL, PHONE = Recipient("mail", "desk@cedar.example"), Recipient("sms", "+15155550151")
LEASE, AGAIN = timedelta(minutes=1), timedelta(minutes=5)
BOTH: tuple[notices.Path, ...] = ("mail", "sms")


def claim(session: Session, now: datetime, paths: tuple[notices.Path, ...] = BOTH) -> tuple[Due, ...]:
    return notices.claim(session, now, paths=paths, lease=LEASE)


def rows(session: Session) -> list[Any]:
    return list(session.execute(select(STAFF_NOTICES).order_by(STAFF_NOTICES.c.id)))


@pytest.fixture
def handoff(database: Database, conversation: str, now: datetime) -> int:
    with database.session() as session:
        return handoffs.request(session, conversation, reason="mi hijo", now=now).id


def crisis(session: Session, conversation: str, now: datetime, word: str = "c1", name: str = "self_harm") -> int:
    message = conversations.receive(session, conversation, word, "…", language="es", now=now).message
    return record_crisis(session, conversation, name, message.id, now, recipients=(MAIL, PHONE)).id


def test_a_notice_is_told_again_until_somebody_accepts(database: Database, handoff: int, now: datetime) -> None:
    with database.session() as session:
        notices.post(session, handoff, "waiting", (MAIL,), now)
        [first] = claim(session, now)
        notices.note_sent(session, first, now, again_at=now + AGAIN)
        assert claim(session, now + AGAIN - timedelta(seconds=1)) == ()
        [second] = claim(session, now + AGAIN)
        assert (first.again, second.again, second.to) == (False, True, MAIL)
        notices.note_sent(session, second, now + AGAIN, again_at=now + 2 * AGAIN)
        handoffs.accept(session, handoff, "ana", now)
        assert claim(session, now + 2 * AGAIN) == ()
        assert [row.status for row in rows(session)] == ["sent", "sent", "dropped"]


def test_who_is_about_to_be_told_again_is_told_once_when_it_is_posted_anew(
    database: Database, handoff: int, now: datetime
) -> None:
    with database.session() as session:
        notices.post(session, handoff, "waiting", (MAIL,), now)
        [first] = claim(session, now)
        notices.post(session, handoff, "waiting", (MAIL,), now)  # while it is on its way
        notices.note_sent(session, first, now, again_at=now + AGAIN)
        notices.post(session, handoff, "waiting", (MAIL,), now)
        assert len(rows(session)) == 2
        assert [due.to for due in claim(session, now)] == [MAIL]


def test_nothing_of_a_hand_off_that_is_rolled_back_is_told(
    database: Database, conversation: str, now: datetime
) -> None:
    def fails(session: Session) -> None:
        queued = handoffs.request(session, conversation, reason="?", now=now)
        notices.post(session, queued.id, "waiting", (MAIL,), now)
        raise RuntimeError

    with pytest.raises(RuntimeError), database.session() as session:
        fails(session)
    with database.session() as session:
        assert rows(session) == []
        assert handoffs.waiting(session) == ()


def test_what_a_killed_process_had_claimed_is_taken_over_after_its_lease(
    database: Database, handoff: int, now: datetime
) -> None:
    with database.session() as session:
        notices.post(session, handoff, "waiting", (MAIL,), now)
        [first] = claim(session, now)
        assert claim(session, now + LEASE - timedelta(seconds=1)) == ()
        [again] = claim(session, now + LEASE)
        assert (again.id, again.attempts) == (first.id, 2)


def test_a_notice_that_failed_for_the_moment_waits_and_one_that_was_refused_is_told_at_the_next_turn(
    database: Database, handoff: int, now: datetime
) -> None:
    with database.session() as session:
        notices.post(session, handoff, "waiting", (MAIL,), now)
        [due] = claim(session, now)
        later = now + timedelta(seconds=20)
        notices.note_later(session, due, later, "451")
        assert claim(session, now + timedelta(seconds=19)) == ()
        [due] = claim(session, later)
        notices.note_failed(session, due, "550", later, again_at=later + AGAIN)
        [due] = claim(session, later + AGAIN)
        assert [(row.status, row.error) for row in rows(session)] == [("failed", "550"), ("sending", None)]


def test_what_no_path_is_set_for_stays_until_there_is_one(database: Database, handoff: int, now: datetime) -> None:
    with database.session() as session:
        notices.post(session, handoff, "waiting", (MAIL,), now)
        assert claim(session, now, paths=("sms",)) == ()
        assert [due.to for due in claim(session, now)] == [MAIL]


def test_a_crisis_is_told_first_by_every_path_and_each_class_once(
    database: Database, handoff: int, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        notices.post(session, handoff, "waiting", (MAIL,), now)
        crisis(session, conversation, now, "c1")
        crisis(session, conversation, now, "c2")
        crisis(session, conversation, now, "c3", "threat")
        found = [(due.kind, due.crisis_class, due.to.path) for due in claim(session, now)]
        assert sorted(found[:4]) == [
            ("crisis", "self_harm", "mail"), ("crisis", "self_harm", "sms"),
            ("crisis", "threat", "mail"), ("crisis", "threat", "sms"),
        ]  # fmt: skip
        assert found[4] == ("waiting", None, "mail")


def test_a_crisis_gets_out_once_even_when_somebody_accepted_before_and_is_not_repeated_then(
    database: Database, handoff: int, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        handoffs.accept(session, handoff, "ana", now)
        crisis(session, conversation, now)
        due = claim(session, now)
        assert len(due) == 2
        for one in due:
            notices.note_sent(session, one, now, again_at=now + AGAIN)
        assert claim(session, now + 2 * AGAIN) == ()


def test_a_call_back_is_told_although_its_hand_off_is_closed_and_only_once(
    database: Database, handoff: int, now: datetime
) -> None:
    with database.session() as session:
        handoffs.give_up(session, handoff, now)
        notices.post(session, handoff, "call_back", (MAIL,), now)
        [due] = claim(session, now)
        notices.note_sent(session, due, now, again_at=now + AGAIN)
        assert claim(session, now + AGAIN) == ()


def test_everybody_whom_the_district_names_is_told_of_a_crisis_by_two_paths() -> None:
    told = notices.crisis_contacts_of(DISTRICT, "self_harm")
    assert told == (
        Recipient("mail", "dwhitfield@cedarhollow.example"),
        Recipient("mail", "moyelaran@cedarhollow.example"),
        Recipient("sms", "+15155550151"),
        Recipient("sms", "+15155550152"),
    )
    harassment = notices.crisis_contacts_of(DISTRICT, "harassment")
    assert set(harassment) - set(told) == {
        Recipient("mail", "titleix@cedarhollow.example"),
        Recipient("sms", "+15155550153"),
    }


NEXT = (Recipient("mail", "next@cedar.example"), Recipient("sms", "+15155550154"))
LIMIT = timedelta(minutes=5)


def escalated(session: Session, when: datetime) -> tuple[int, ...]:
    return notices.escalate(session, NEXT, when - LIMIT, when)


def told_next(session: Session) -> list[str]:
    return [row.path for row in rows(session) if Recipient(row.path, row.recipient) in NEXT and not row.again]


def test_a_crisis_that_nobody_accepts_in_time_is_told_to_the_next_tier_once_by_both_paths(
    database: Database, conversation: str, handoff: int, now: datetime
) -> None:
    with database.session() as session:
        # The family had waited long before it was in danger: the clock runs from the alert.
        crisis(session, conversation, now + LIMIT)
        assert escalated(session, now + 2 * LIMIT - timedelta(seconds=1)) == ()
        assert escalated(session, now + 2 * LIMIT) == (handoff,)
        assert escalated(session, now + 2 * LIMIT) == ()
        assert told_next(session) == ["mail", "sms"]
        sent = [due for due in claim(session, now + 2 * LIMIT) if due.to in NEXT]
        assert [(due.kind, due.crisis_class, due.again) for due in sent] == [("crisis", "self_harm", False)] * 2
        for due in sent:
            notices.note_sent(session, due, now + 2 * LIMIT, again_at=now + 3 * LIMIT)
        assert escalated(session, now + 4 * LIMIT) == ()
        assert len([row for row in rows(session) if row.again]) == 2  # and told again like the first
        crisis(session, conversation, now + 4 * LIMIT, "c2", "threat")  # another danger is another alert
        assert escalated(session, now + 5 * LIMIT) == (handoff,)
        assert told_next(session) == ["mail", "sms"] * 2


def test_nobody_else_is_told_of_a_crisis_that_was_accepted_until_it_waits_again(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        handoff = crisis(session, conversation, now)
        handoffs.accept(session, handoff, "ana", now + timedelta(minutes=4))
        assert escalated(session, now + 2 * LIMIT) == ()
        handoffs.release(session, handoff, now + 2 * LIMIT)
        assert escalated(session, now + 3 * LIMIT - timedelta(seconds=1)) == ()
        assert escalated(session, now + 3 * LIMIT) == (handoff,)
        handoffs.close(session, handoff, now + 3 * LIMIT)
        again = crisis(session, conversation, now + 3 * LIMIT, "c2")
        assert again != handoff
        assert escalated(session, now + 4 * LIMIT) == (again,)


def test_a_family_that_only_waits_is_no_matter_of_the_next_tier(
    database: Database, handoff: int, now: datetime
) -> None:
    with database.session() as session:
        notices.post(session, handoff, "waiting", (MAIL,), now)
        assert escalated(session, now + 10 * LIMIT) == ()


def test_every_step_of_an_alert_is_kept_with_it_and_outlives_the_conversation(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        handoff = crisis(session, conversation, now)
        mail, phone = claim(session, now)
        notices.note_sent(session, mail, now, again_at=now + AGAIN)
        notices.note_failed(session, phone, "21211", now, again_at=now + AGAIN)
        escalated(session, now + LIMIT)
        late = now + LIMIT
        for due in claim(session, late):
            notices.note_sent(session, due, late, again_at=late + AGAIN)
        note_staff(session, handoff, "accepted", "ana", late)
        steps = [(step.step, step.who, step.path, step.at) for step in steps_of(session, conversation)]
    first, second = MAIL.address, PHONE.address
    assert steps[:2] == [("told", first, "mail", now), ("refused", second, "sms", now)]
    assert steps[2:4] == [("next tier", to.address, to.path, late) for to in NEXT]
    assert {step[:3] for step in steps[4:-1]} == {
        ("told again", first, "mail"),
        ("told again", second, "sms"),
        *(("told", to.address, to.path) for to in NEXT),
    }
    assert steps[-1] == ("accepted", "ana", None, late)
    with database.session() as session:
        session.execute(delete(CONVERSATIONS))
        assert len(session.execute(select(CRISIS_STEPS)).all()) == len(steps)
        assert session.execute(select(STAFF_NOTICES)).first() is None


def test_the_district_names_the_next_tier() -> None:
    assert notices.next_contacts_of(DISTRICT) == (
        Recipient("mail", "isolberg@cedarhollow.example"),
        Recipient("sms", "+15155550154"),
    )
