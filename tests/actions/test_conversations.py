"""Conversations: who may go on with one, each message stored once and answered once, and where it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from actions.desk import conversations, handoffs, tickets
from actions.desk.conversations import ArticleCard, Draft, Facts, HandoffFact, Stored, TicketFact
from actions.desk.database import Database
from actions.desk.models import CONVERSATIONS

CARD = ArticleCard("wont-turn-on", "No prende", "es", "http://desk/help/es/wont-turn-on", 0.91, "machine")
DRAFTS = (
    Draft("answer", "es", "Probemos.", articles=(CARD,)),
    Draft("step", "es", "Conecte el cargador.", (("Funcionó", "/step_worked"), ("No", "/step_failed"))),
)


def receive(session: Session, conversation: str, client_id: str, now: datetime, text: str = "hola") -> Stored:
    return conversations.receive(session, conversation, client_id, text, language="es", now=now).message


def start(session: Session, now: datetime) -> str:
    return conversations.start(session, channel="widget", language=None, now=now).conversation


def test_conversations_and_tokens_cannot_be_guessed_and_tokens_are_not_stored(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        begun = [conversations.start(session, channel="widget", language=None, now=now) for _ in range(50)]
        stored = "\n".join(str(tuple(row)) for row in session.execute(select(CONVERSATIONS)))
    assert len({one.conversation for one in begun} | {one.token for one in begun}) == 100
    # 22 characters of base64 carry 128 bits, 43 carry 256.
    assert {(len(one.conversation), len(one.token)) for one in begun} == {(22, 43)}
    assert not any(one.token in stored for one in begun)


def test_a_token_opens_its_own_conversation(database: Database, now: datetime) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language="es", now=now)
        conversations.start(session, channel="widget", language="es", now=now)
        assert conversations.by_token(session, begun.token, now) == begun.conversation


def test_a_family_that_waits_for_a_person_is_not_shut_out_while_its_phone_sleeps(
    database: Database, now: datetime
) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language="es", now=now)
        queued = handoffs.request(session, begun.conversation, reason="asked", now=now)
        later = now + timedelta(hours=2)
        assert conversations.by_token(session, begun.token, later) == begun.conversation
        handoffs.close(session, queued.id, later)
        assert conversations.by_token(session, begun.token, later + timedelta(minutes=30)) is None
        # Nor does waiting make a token last for ever.
        other = conversations.start(session, channel="widget", language="es", now=now)
        handoffs.request(session, other.conversation, reason="asked", now=now)
        assert conversations.by_token(session, other.token, now + conversations.LONGEST) is None


@pytest.mark.parametrize("token", ["", "guess", "' OR 1=1 --", "\x00"])
def test_a_made_up_token_opens_nothing(database: Database, conversation: str, token: str, now: datetime) -> None:
    with database.session() as session:
        assert conversations.by_token(session, token, now) is None


def test_the_stored_hash_of_a_token_opens_nothing(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        stored = session.scalar(select(CONVERSATIONS.c.token_hash))
        assert conversations.by_token(session, str(stored), now) is None


def test_a_token_expires_after_thirty_idle_minutes(database: Database, now: datetime) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language=None, now=now)
        later = now + timedelta(minutes=29, seconds=59)
        assert conversations.by_token(session, begun.token, later) == begun.conversation
        assert conversations.by_token(session, begun.token, later + timedelta(minutes=30)) is None


def test_a_token_in_use_stays_alive_but_no_longer_than_twelve_hours(database: Database, now: datetime) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language=None, now=now)
        for minutes in range(20, 12 * 60, 20):
            assert conversations.by_token(session, begun.token, now + timedelta(minutes=minutes)) is not None
        assert conversations.by_token(session, begun.token, now + timedelta(hours=12)) is None


def test_the_tab_in_which_a_chat_began_opens_it_after_hours_of_sleep(database: Database, now: datetime) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language=None, now=now)
        later = now + timedelta(hours=11, minutes=59)
        assert conversations.by_token(session, begun.token, later) is None
        assert conversations.by_token(session, begun.tab_token, later) == begun.conversation
        assert conversations.by_token(session, begun.tab_token, now + timedelta(hours=12)) is None


def test_a_kept_chat_opens_the_next_day_and_twenty_nine_days_later(database: Database, now: datetime) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language=None, now=now)
        conversations.keep(session, begun.conversation, days=True, now=now)
        assert conversations.facts(session, begun.conversation, now).kept
        for days in (1, 29):
            assert conversations.by_token(session, begun.token, now + timedelta(days=days)) == begun.conversation


def test_a_chat_that_is_kept_no_more_closes_in_silence_as_others_do(database: Database, now: datetime) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language=None, now=now)
        conversations.keep(session, begun.conversation, days=True, now=now)
        later = now + timedelta(days=2)
        conversations.keep(session, begun.conversation, days=False, now=later)
        assert not conversations.facts(session, begun.conversation, later).kept
        assert conversations.by_token(session, begun.token, later + timedelta(minutes=29)) == begun.conversation
        assert conversations.by_token(session, begun.token, later + timedelta(minutes=59)) is None


def test_a_chat_says_ten_minutes_before_its_end_and_goes_on_when_asked_to(database: Database, now: datetime) -> None:
    with database.session() as session:
        begun = conversations.start(session, channel="widget", language=None, now=now)
        last = now + timedelta(hours=11, minutes=50)
        assert not conversations.facts(session, begun.conversation, last - timedelta(seconds=1)).closes_soon
        assert conversations.facts(session, begun.conversation, last).closes_soon
        conversations.keep(session, begun.conversation, days=False, now=last)
        assert not conversations.facts(session, begun.conversation, last).closes_soon
        assert conversations.by_token(session, begun.tab_token, last + timedelta(hours=11)) == begun.conversation
        assert conversations.by_token(session, begun.tab_token, last + timedelta(hours=12)) is None


def test_a_message_comes_back_as_it_was_stored(database: Database, conversation: str, now: datetime) -> None:
    text = "  la pantalla 😀\n\tשלום <b>&'\"; DROP TABLE messages"
    with database.session() as session:
        received = conversations.receive(
            session, conversation, "c1", text, language="es", payload='/choose_school{"school": "x"}', now=now
        )
    with database.session() as session:
        assert conversations.since(session, conversation, 0) == (received.message,)
    assert not received.duplicate
    assert (received.message.text, received.message.sender, received.message.done) == (text, "family", False)
    assert received.message.payload == '/choose_school{"school": "x"}'


def test_the_same_client_id_twice_is_one_message_with_the_first_text(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        first = conversations.receive(session, conversation, "c1", "hola", language="es", now=now)
    with database.session() as session:
        again = conversations.receive(
            session, conversation, "c1", "otra cosa", language="en", now=now + timedelta(seconds=3)
        )
        assert again.duplicate
        assert again.message == first.message
        assert conversations.since(session, conversation, 0) == (first.message,)


def test_two_conversations_may_use_the_same_client_id(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        other = start(session, now)
        receive(session, conversation, "1", now)
        assert not conversations.receive(session, other, "1", "hi", language="en", now=now).duplicate


def test_a_message_to_a_conversation_that_does_not_exist_is_refused(database: Database, now: datetime) -> None:
    with pytest.raises(IntegrityError), database.session() as session:
        receive(session, "nobody", "c1", now)


def test_replies_are_stored_in_order_with_their_buttons_and_articles(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        message = receive(session, conversation, "c1", now)
        stored = conversations.reply(session, conversation, message.id, DRAFTS, asks="problem", now=now)
    with database.session() as session:
        assert conversations.replies_to(session, message.id) == stored
        assert conversations.since(session, conversation, 0) == (replace(message, done=True), *stored)
        assert conversations.facts(session, conversation).asks == "problem"
    assert [reply.kind for reply in stored] == ["answer", "step"]
    assert stored[0].articles == (CARD,)
    assert [(button.title, button.payload) for button in stored[1].buttons] == list(DRAFTS[1].buttons)
    assert {reply.sender for reply in stored} == {"bot"}


def test_since_gives_only_what_came_after(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        message = receive(session, conversation, "c1", now)
        first, second = conversations.reply(session, conversation, message.id, DRAFTS, asks=None, now=now)
        assert conversations.since(session, conversation, first.id) == (second,)
        assert conversations.since(session, conversation, second.id) == ()
        assert conversations.latest_id(session) == second.id


def test_since_never_shows_another_conversation(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        other = start(session, now)
        receive(session, conversation, "c1", now)
        assert conversations.since(session, other, 0) == ()


def test_a_message_is_answered_once(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        message = receive(session, conversation, "c1", now)
        first = conversations.reply(session, conversation, message.id, DRAFTS, asks="problem", now=now)
    with database.session() as session:
        late = [Draft("notice", "es", "Demasiado tarde.")]
        assert conversations.reply(session, conversation, message.id, late, asks=None, now=now) == first
        assert len(conversations.since(session, conversation, 0)) == 3
        assert conversations.facts(session, conversation).asks == "problem"


def test_replying_to_a_message_of_another_conversation_is_refused(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        message = receive(session, conversation, "c1", now)
        other = start(session, now)
    with pytest.raises(LookupError), database.session() as session:
        conversations.reply(session, other, message.id, DRAFTS, asks=None, now=now)
    with database.session() as session:
        assert conversations.since(session, other, 0) == ()


def test_the_desk_may_say_something_by_itself(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        [welcome] = conversations.reply(
            session, conversation, None, [Draft("welcome", "es", "Hola")], asks=None, now=now
        )
        assert conversations.since(session, conversation, 0) == (welcome,)


def test_a_message_that_needs_no_reply_is_finished_without_one(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        message = receive(session, conversation, "c1", now)
        assert conversations.reply(session, conversation, message.id, [], asks=None, now=now) == ()
        assert conversations.unfinished(session, since=now) == ()


def test_unfinished_are_the_recent_messages_without_an_answer_oldest_first(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        receive(session, conversation, "old", now - timedelta(minutes=11))
        second = receive(session, conversation, "c1", now)
        answered = receive(session, conversation, "c2", now)
        third = receive(session, start(session, now), "c3", now)
        conversations.reply(session, conversation, answered.id, DRAFTS, asks=None, now=now)
        found = conversations.unfinished(session, since=now - timedelta(minutes=10))
    assert [one.message.id for one in found] == [second.id, third.id]
    assert found[0].conversation == conversation


def test_a_button_works_only_in_the_conversation_that_it_was_issued_in(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        message = receive(session, conversation, "c1", now)
        reply = conversations.reply(session, conversation, message.id, DRAFTS, asks=None, now=now)[1]
        other = start(session, now)
        for issued in reply.buttons:
            assert conversations.button(session, conversation, issued.id) == issued
            assert conversations.button(session, other, issued.id) is None
        assert conversations.button(session, conversation, "/step_worked") is None


def test_button_ids_are_random_and_differ_for_the_same_button(
    database: Database, conversation: str, now: datetime
) -> None:
    with database.session() as session:
        stored = conversations.reply(session, conversation, None, DRAFTS * 10, asks=None, now=now)
    identifiers = [button.id for reply in stored for button in reply.buttons]
    assert len(set(identifiers)) == 20
    assert {len(identifier) for identifier in identifiers} == {22}


def test_a_detected_language_never_replaces_a_chosen_one(database: Database, conversation: str, now: datetime) -> None:
    def language(session: Session) -> tuple[str | None, bool]:
        facts = conversations.facts(session, conversation)
        return facts.language, facts.language_chosen

    with database.session() as session:
        assert language(session) == ("es", False)
        conversations.set_language(session, conversation, "en", chosen=False)
        assert language(session) == ("en", False)
        conversations.set_language(session, conversation, "vi", chosen=True)
        conversations.set_language(session, conversation, "en", chosen=False)
        assert language(session) == ("vi", True)
        conversations.set_language(session, conversation, "ar", chosen=True)
        assert language(session) == ("ar", True)


def test_facts_of_a_new_conversation_are_empty(database: Database, conversation: str) -> None:
    with database.session() as session:
        assert conversations.facts(session, conversation) == Facts("es", False, None, "bot", None, None)


def test_facts_of_an_unknown_conversation_are_an_error(database: Database) -> None:
    with database.session() as session, pytest.raises(LookupError):
        conversations.facts(session, "nobody")


def test_facts_show_the_latest_ticket_and_hand_off_of_this_conversation_only(
    database: Database, conversation: str, now: datetime
) -> None:
    new = tickets.NewTicket(conversation, "general", None, "no prende", None, None, None, None, "es", ())
    with database.session() as session:
        other = start(session, now)
        tickets.open_ticket(session, new, request_id="r1", now=now)
        latest = tickets.open_ticket(session, new, request_id="r2", now=now)
        tickets.open_ticket(session, replace(new, conversation=other), request_id="r3", now=now)
        handoffs.request(session, conversation, reason="?", now=now)
        facts = conversations.facts(session, conversation)
        assert (facts.ticket, facts.handoff) == (TicketFact(latest.number, "open"), HandoffFact("waiting"))
        assert conversations.facts(session, other).handoff is None


def test_the_mode_follows_the_hand_offs(database: Database, conversation: str, now: datetime) -> None:
    def mode(session: Session) -> str:
        return conversations.facts(session, conversation).mode

    with database.session() as session:
        receive(session, conversation, "c1", now)
        queued = handoffs.request(session, conversation, reason="?", now=now)
        assert mode(session) == "waiting"
        handoffs.accept(session, queued.id, "ana", now)
        assert mode(session) == "human"
        handoffs.close(session, queued.id, now)
        assert mode(session) == "closed"
        conversations.reply(session, conversation, None, DRAFTS, asks=None, now=now)
        assert mode(session) == "closed"
        receive(session, conversation, "c2", now)
        assert mode(session) == "bot"
        handoffs.request(session, conversation, reason="?", now=now)
        assert mode(session) == "waiting"


@pytest.mark.parametrize(("language", "expected"), [(None, "es"), ("en", "en")])
def test_a_staff_members_message_is_in_the_conversations_language_unless_said_otherwise(
    database: Database, conversation: str, now: datetime, language: str | None, expected: str
) -> None:
    with database.session() as session:
        stored = conversations.staff_message(session, conversation, "Buenos días", language=language, now=now)
        assert conversations.since(session, conversation, 0) == (stored,)
    assert (stored.sender, stored.language, stored.done) == ("staff", expected, True)
