"""Hand-offs: one queue, one person in a conversation, and the assistant back when the person has left."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions.desk import conversations, handoffs
from actions.desk.database import Database
from actions.desk.handoffs import HandoffError, Queued


def ask(session: Session, now: datetime, *, priority: bool = False) -> Queued:
    """A new family asks for a person."""
    conversation = conversations.start(session, channel="widget", language=None, now=now).conversation
    return handoffs.request(session, conversation, reason="?", priority=priority, now=now)


def test_families_queue_in_the_order_of_asking(database: Database, now: datetime) -> None:
    with database.session() as session:
        assert [ask(session, now).position for _ in range(3)] == [1, 2, 3]


def test_asking_twice_keeps_the_place(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        ask(session, now)
        first = handoffs.request(session, conversation, reason="?", now=now)
        ask(session, now)
        assert handoffs.request(session, conversation, reason="otra vez", now=now) == first
        assert (first.status, first.position) == ("waiting", 2)
        assert len(handoffs.waiting(session)) == 3


def test_priority_goes_before_all_who_wait_without_it(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        plain = [ask(session, now), ask(session, now)]
        first, second = ask(session, now, priority=True), ask(session, now, priority=True)
        assert (first.position, second.position) == (1, 2)
        assert [one.id for one in handoffs.waiting(session)] == [first.id, second.id, plain[0].id, plain[1].id]


def test_one_who_waits_can_gain_priority_and_does_not_lose_it(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        ask(session, now)
        assert handoffs.request(session, conversation, reason="?", now=now).position == 2
        assert handoffs.request(session, conversation, reason="?", priority=True, now=now).position == 1
        assert handoffs.request(session, conversation, reason="?", now=now).position == 1


def test_the_queue_shows_staff_who_waits_and_why(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        handoffs.request(session, conversation, reason="no prende", now=now)
        [one] = handoffs.waiting(session)
    assert (one.conversation, one.reason, one.priority, one.requested_at) == (conversation, "no prende", False, now)


def test_a_person_who_accepts_is_present_and_the_queue_moves_up(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        first = handoffs.request(session, conversation, reason="?", now=now)
        ask(session, now)
        assert not handoffs.present(session, conversation)
        handoffs.accept(session, first.id, "ana", now)
        assert handoffs.present(session, conversation)
        assert ask(session, now).position == 2
        assert handoffs.request(session, conversation, reason="?", now=now) == Queued(first.id, "assigned", 0)


def test_a_hand_off_that_one_person_has_cannot_be_taken_by_another(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        queued = handoffs.request(session, conversation, reason="?", now=now)
        handoffs.accept(session, queued.id, "ana", now)
        handoffs.accept(session, queued.id, "ana", now)
        with pytest.raises(HandoffError, match="assigned"):
            handoffs.accept(session, queued.id, "ben", now)


def test_what_the_person_says_reaches_the_conversation(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        queued = handoffs.request(session, conversation, reason="?", now=now)
        handoffs.accept(session, queued.id, "ana", now)
        said = handoffs.say(session, queued.id, "Buenos días", now)
        assert conversations.since(session, conversation, 0) == (said,)
    assert (said.sender, said.text, said.language) == ("staff", "Buenos días", "es")


def test_nobody_speaks_before_accepting_or_after_closing(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        queued = handoffs.request(session, conversation, reason="?", now=now)
        with pytest.raises(HandoffError, match="waiting"):
            handoffs.say(session, queued.id, "hola", now)
        handoffs.accept(session, queued.id, "ana", now)
        handoffs.close(session, queued.id, now)
        with pytest.raises(HandoffError, match="closed"):
            handoffs.say(session, queued.id, "hola", now)
        with pytest.raises(HandoffError, match="closed"):
            handoffs.accept(session, queued.id, "ana", now)
        assert conversations.since(session, conversation, 0) == ()


def test_after_closing_nobody_is_present_and_the_family_may_ask_again(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        first = handoffs.request(session, conversation, reason="?", now=now)
        handoffs.close(session, first.id, now)
        handoffs.close(session, first.id, now)
        assert not handoffs.present(session, conversation)
        assert handoffs.waiting(session) == ()
        second = handoffs.request(session, conversation, reason="?", now=now)
    assert second.id != first.id
    assert second.status == "waiting"


def test_an_unknown_hand_off_is_an_error(database: Database, now: datetime) -> None:
    with database.session() as session:
        with pytest.raises(LookupError):
            handoffs.accept(session, 7, "ana", now)
        with pytest.raises(LookupError):
            handoffs.say(session, 7, "hola", now)
        with pytest.raises(LookupError):
            handoffs.close(session, 7, now)


def test_a_conversation_that_does_not_exist_cannot_queue(database: Database, now: datetime) -> None:
    with pytest.raises(IntegrityError), database.session() as session:
        handoffs.request(session, "nobody", reason="?", now=now)


def test_a_released_hand_off_waits_at_its_old_place_from_now_on(
    database: Database, conversation: str, now: datetime
) -> None:
    later = now + timedelta(minutes=20)
    with database.session() as session:
        first = handoffs.request(session, conversation, reason="?", now=now)
        second = ask(session, now)
        assert not handoffs.release(session, first.id, later)
        handoffs.accept(session, first.id, "ana", now)
        assert handoffs.release(session, first.id, later)
        assert not handoffs.present(session, conversation)
        assert [(one.id, one.requested_at) for one in handoffs.waiting(session)] == [
            (first.id, later),
            (second.id, now),
        ]
        assert [one.id for one in handoffs.overdue(session, now)] == [second.id]
        handoffs.accept(session, first.id, "ben", later)


def test_only_the_person_who_accepted_writes(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        queued = handoffs.request(session, conversation, reason="?", now=now)
        handoffs.accept(session, queued.id, "ana", now)
        with pytest.raises(HandoffError, match="assigned to ana"):
            handoffs.say(session, queued.id, "hola", now, staff="ben")
        handoffs.say(session, queued.id, "hola", now, staff="ana")


def test_nobody_gives_up_what_a_person_has_or_what_has_priority(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        queued = handoffs.request(session, conversation, reason="?", now=now)
        handoffs.accept(session, queued.id, "ana", now)
        assert not handoffs.give_up(session, queued.id, now)
        assert not handoffs.give_up(session, ask(session, now, priority=True).id, now)
        assert handoffs.give_up(session, ask(session, now).id, now)


def test_a_person_who_leaves_the_family_without_an_answer_has_abandoned_it(
    database: Database, conversation: str, now: datetime
) -> None:
    def says(text: str, minutes: int) -> None:
        conversations.receive(session, conversation, text, text, language="es", now=now + timedelta(minutes=minutes))

    with database.session() as session:
        says("una persona", 0)
        queued = handoffs.request(session, conversation, reason="?", now=now)
        handoffs.accept(session, queued.id, "ana", now + timedelta(minutes=5))
        assert handoffs.abandoned(session, now + timedelta(minutes=4)) == ()
        assert handoffs.abandoned(session, now + timedelta(minutes=5)) == (queued.id,)
        handoffs.say(session, queued.id, "hola", now + timedelta(minutes=6))
        assert handoffs.abandoned(session, now + timedelta(days=1)) == ()
        says("otra cosa", 30)
        assert handoffs.abandoned(session, now + timedelta(minutes=29)) == ()
        assert handoffs.abandoned(session, now + timedelta(minutes=30)) == (queued.id,)
