"""What came before a message, and the choices that the assistant offered last, in one statement each."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.desk import conversations
from actions.desk.alerts import record_crisis
from actions.desk.database import Database
from actions.desk.earlier import Earlier, before
from actions.desk.messages import Draft, latest_buttons


def _says(database: Database, conversation: str, client_id: str, text: str, now: datetime) -> int:
    with database.session() as session:
        return conversations.receive(session, conversation, client_id, text, language="es", now=now).message.id


def test_silence_lasts_from_whatever_was_said_last_and_the_first_message_breaks_none(
    database: Database, conversation: str, now: datetime
) -> None:
    first = _says(database, conversation, "c1", "hola", now)
    with database.session() as session:
        assert before(session, conversation, first) == Earlier(timedelta(0), None, crisis=False)
        reply = (Draft("text", "es", "¿Cuál es la etiqueta?"),)
        conversations.reply(session, conversation, first, reply, asks="asset_tag", now=now + timedelta(minutes=1))
        other = conversations.start(session, channel="widget", language=None, now=now).conversation
    _says(database, other, "c1", "hello", now + timedelta(hours=1))

    second = _says(database, conversation, "c2", "CB204187", now + timedelta(hours=3, minutes=1))

    with database.session() as session:
        assert before(session, conversation, second) == Earlier(timedelta(hours=3), "asset_tag", crisis=False)


def test_only_what_the_family_wrote_right_before_counts_as_a_cry_for_help(
    database: Database, conversation: str, now: datetime
) -> None:
    cry = _says(database, conversation, "c1", "…", now)
    with database.session() as session:
        record_crisis(session, conversation, "self_harm", cry, now)
        conversations.reply(session, conversation, cry, (Draft("crisis", "es", "988"),), asks=None, now=now)
    after, later = (_says(database, conversation, name, "gracias", now) for name in ("c2", "c3"))

    with database.session() as session:
        crises = [before(session, conversation, message).crisis for message in (cry, after, later)]

    assert crises == [False, True, False]


def test_a_conversation_that_is_gone_has_nothing_before(database: Database) -> None:
    with database.session() as session:
        assert before(session, "nobody", 1) == Earlier(timedelta(0), None, crisis=False)


def test_the_choices_are_those_of_the_newest_reply_that_has_some_until_one_without_comes(
    database: Database, conversation: str, now: datetime
) -> None:
    def choices() -> list[str]:
        with database.session() as session:
            return [button.title for button in latest_buttons(session, conversation, since=now - timedelta(hours=1))]

    first = _says(database, conversation, "c1", "hola", now)
    offered = (
        Draft("text", "es", "¿Le sirvió?", (("No", "/deny"),)),
        Draft("text", "es", "¿Qué pasó?", (("Sí", "/affirm"), ("No sé", "/skip"))),
        Draft("text", "es", "Aquí estoy."),
    )
    with database.session() as session:
        conversations.reply(session, conversation, first, offered, asks=None, now=now)
    assert choices() == ["Sí", "No sé"]
    with database.session() as session:
        assert latest_buttons(session, conversation, since=now) == ()

    second = _says(database, conversation, "c2", "gracias", now)
    with database.session() as session:
        conversations.reply(session, conversation, second, (Draft("text", "es", "De nada."),), asks=None, now=now)
    assert choices() == []
