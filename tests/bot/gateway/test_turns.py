"""The path of a message: masked, stored once, screened, in order, answered in time, and never lost."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select

from actions.desk import conversations, handoffs
from actions.desk.models import CRISIS_ALERTS, MESSAGES, TICKETS
from bot.gateway.keys import TURNS
from bot.gateway.loading import Loading
from bot.meaning import unpack
from tests.bot.gateway.desk_stand_ins import (
    PATIENCE,
    Body,
    Desk,
    Family,
    StandInKnowledge,
    StandInRasa,
    echo,
    hangs,
    message,
    running_desk,
    says,
    sends,
    until,
    until_true,
)

CRISIS = "I want to kill myself"
SECRET = "my password is Tiger2024"


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type,misc]


def texts(messages: list[Body]) -> list[str]:
    return [one["text"] for one in messages]


def kinds(messages: list[Body]) -> list[str]:
    return [one["kind"] for one in messages]


async def accept_handoff(desk: Desk, family: Family) -> int:
    now = datetime.now(UTC)
    queued = await desk.database.run(handoffs.request, family.conversation, reason="test", now=now)
    await desk.database.run(handoffs.accept, queued.id, "ms-garcia", now)
    return queued.id


# -- commands of Rasa -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attack",
    ["/restart", "/session_start", "/back", '/intent@1.0{"entity":"x"}', "///restart", "／restart", "\u200b/restart",
     " \u2060 / ／restart"],
)  # fmt: skip
async def test_attack_a_command_typed_by_a_family_reaches_rasa_as_words(desk: Desk, attack: str) -> None:
    family = await desk.family()
    await family.say(attack)
    (turn,) = desk.rasa.turns
    assert "payload" not in turn
    assert turn["text"][0] not in "/／\u200b\u2060 "


async def test_rasa_gets_what_a_text_means_and_a_button_means_nothing_more(desk: Desk) -> None:
    desk.rasa.answer = says(message("Yes?", buttons=[{"title": "Yes", "payload": "/affirm"}]))
    family = await desk.family()
    reply = await family.say("hello")
    await family.send(choice=reply[-1]["buttons"][0]["id"])
    assert ["meaning" in turn for turn in desk.rasa.turns] == [True, False]
    assert unpack(desk.rasa.turns[0]["meaning"]).tolist() == [5.0, 0.5]


async def test_an_encoder_that_fails_gives_the_fallback(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: object, text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr("tests.bot.gateway.desk_stand_ins.StandInKnowledge.meaning_soon", broken)
    family = await desk.family()
    (reply,) = await family.say("hello")
    assert reply["kind"] == "notice"
    assert desk.rasa.turns == []


async def test_nothing_but_slashes_is_a_call_for_help(desk: Desk) -> None:
    await (await desk.family()).say("//")
    assert desk.rasa.turns[0]["text"] == "help"


async def test_the_title_of_a_button_may_be_written_instead_of_pressed(desk: Desk) -> None:
    buttons = [{"title": "Leave it out", "payload": "/skip"}, {"title": "Cancel", "payload": "/cancel"}]
    desk.rasa.answer = says(message("Which school?", buttons=buttons), asks="school")
    family = await desk.family()
    await family.say("open a ticket")
    await family.say("leave it out!")
    assert desk.rasa.turns[-1]["payload"] == "/skip"
    assert (await family.history())[-2]["text"] == "leave it out!"
    desk.rasa.answer = says(message("Good."))
    await family.say("cancel the bus")
    assert "payload" not in desk.rasa.turns[-1]
    await family.say("Cancel")  # the latest reply has no buttons any more
    assert "payload" not in desk.rasa.turns[-1]


async def test_attack_a_payload_field_from_the_client_is_ignored(desk: Desk) -> None:
    family = await desk.family()
    await family.send(text="hello", payload="/restart")
    assert "payload" not in desk.rasa.turns[0]


async def test_a_choice_sends_the_payload_of_the_button_and_shows_its_title(desk: Desk) -> None:
    desk.rasa.answer = says(message("Did it work?", buttons=[{"title": "Yes", "payload": '/affirm{"a": "b"}'}]))
    family = await desk.family()
    await family.say("hello")
    await family.press("Yes")
    assert desk.rasa.turns[1]["payload"] == '/affirm{"a": "b"}'
    assert "text" not in desk.rasa.turns[1]
    assert texts(await family.history())[-2] == "Yes"


async def test_attack_a_button_of_another_conversation_does_nothing(desk: Desk) -> None:
    desk.rasa.answer = says(message("Did it work?", buttons=[{"title": "Yes", "payload": "/affirm"}]))
    one, other = await desk.family(), await desk.family()
    (reply,) = await one.say("hello")
    status, body = await other.send(choice=reply["buttons"][0]["id"])
    assert (status, body["error"]["code"]) == (422, "unknown_choice")
    assert len(desk.rasa.turns) == 1


# -- once and in order ------------------------------------------------------------------------------------------------


async def test_the_same_id_again_is_one_message_with_the_same_replies(desk: Desk) -> None:
    family = await desk.family()
    first = await family.send(id="a", text="hello")
    again = await family.send(id="a", text="hello")
    other_words = await family.send(id="a", text="something else")
    assert first == again == other_words
    assert len(desk.rasa.turns) == 1
    assert texts(await family.history())[1:] == ["hello", "You said: hello"]


async def test_a_double_click_while_the_first_is_still_running_is_one_message(desk: Desk) -> None:
    async def slowly(body: Body) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return await echo(body)

    desk.rasa.answer = slowly
    family = await desk.family()
    answers = await asyncio.gather(*(family.send(id="a", text="hello") for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 200
    assert len(desk.rasa.turns) == 1


async def test_the_same_id_in_two_conversations_is_two_messages(desk: Desk) -> None:
    one, other = await desk.family(), await desk.family()
    await one.send(id="a", text="mine")
    assert texts((await other.send(id="a", text="yours"))[1]["messages"]) == ["You said: yours"]


async def test_fifty_messages_at_once_are_taken_one_at_a_time_in_the_order_stored(tmp_path: Path) -> None:
    running, most = 0, 0

    async def watched(body: Body) -> web.StreamResponse:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        return await echo(body)

    async with running_desk(tmp_path, rasa=StandInRasa(answer=watched)) as desk:
        family = await desk.family()
        answers = await asyncio.gather(*(family.send(text=f"message {number}") for number in range(50)))
        assert [texts(answer["messages"]) for _, answer in answers] == [[f"You said: message {n}"] for n in range(50)]
        assert most == 1
        stored = [one["text"] for one in await family.history() if one["from"] == "family"]
        assert [turn["text"] for turn in desk.rasa.turns] == stored
        assert len(set(stored)) == 50


async def test_conversations_do_not_wait_for_each_other(desk: Desk) -> None:
    slow, quick, go_on = await desk.family(), await desk.family(), asyncio.Event()

    async def one_is_slow(body: Body) -> web.StreamResponse:
        if body["conversation"] == slow.conversation:
            await go_on.wait()
        return await echo(body)

    desk.rasa.answer = one_is_slow
    waiting = asyncio.create_task(slow.say("hello"))
    await until(lambda: desk.rasa.turns)
    assert texts(await quick.say("hello")) == ["You said: hello"]
    assert not waiting.done()
    go_on.set()
    assert texts(await waiting) == ["You said: hello"]


async def test_nothing_is_kept_of_a_conversation_that_is_quiet(desk: Desk) -> None:
    await (await desk.family()).say("hello")
    turns = desk.client.app[TURNS]
    assert turns._running == {}
    assert turns._order._locks == {}


# -- language ---------------------------------------------------------------------------------------------------------


async def test_a_conversation_follows_the_family_into_another_language(desk: Desk) -> None:
    family = await desk.family()
    await family.say("hello, my chromebook will not turn on")
    await family.say("hola, mi hija olvidó la contraseña de la escuela")
    assert [turn["language"] for turn in desk.rasa.turns] == ["en", "es"]
    assert family.state["language"] == "es"
    await family.say("ok")
    assert desk.rasa.turns[-1]["language"] == "es"


async def test_a_chosen_language_stays_that_of_the_conversation(desk: Desk) -> None:
    family = await desk.family("es")
    await family.say("hello, my chromebook will not turn on and I need help with it please")
    assert family.state["language"] == "es"
    assert desk.rasa.turns[0]["language"] == "en"
    await family.say("CB204187")
    assert desk.rasa.turns[1]["language"] == "es"


# -- secrets ----------------------------------------------------------------------------------------------------------


async def test_a_password_is_masked_before_anything_keeps_or_sends_it_and_the_family_is_told(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    family = await desk.family()
    replies = await family.say(f"hi, {SECRET}")
    assert kinds(replies) == ["notice", "text"]
    assert "removed" in replies[0]["text"]
    everywhere = json.dumps([desk.rasa.turns, await family.history()]) + caplog.text
    assert "Tiger2024" not in everywhere
    desk.database.close()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"Tiger2024" not in file.read_bytes(), file


async def test_nothing_is_said_about_masking_when_nothing_was_masked(desk: Desk) -> None:
    assert kinds(await (await desk.family()).say("I forgot my password")) == ["text"]


# -- crisis -----------------------------------------------------------------------------------------------------------


async def alerts(desk: Desk) -> list[Any]:
    return await desk.database.run(lambda session: list(session.execute(select(CRISIS_ALERTS))))


async def test_a_crisis_gets_its_fixed_text_and_an_alert_and_never_reaches_rasa(desk: Desk) -> None:
    family = await desk.family()
    (reply,) = await family.say(CRISIS)
    assert reply["kind"] == "crisis"
    assert "988" in reply["text"]
    assert "911" in reply["text"]
    assert desk.rasa.turns == []
    (alert,) = await alerts(desk)
    assert (alert.crisis_class, alert.conversation) == ("self_harm", family.conversation)
    assert family.state["mode"] == "waiting"


async def test_a_crisis_is_answered_in_spanish_to_a_family_that_writes_spanish(desk: Desk) -> None:
    (reply,) = await (await desk.family()).say("me quiero morir")
    assert (reply["kind"], reply["lang"]) == ("crisis", "es")


async def test_a_crisis_is_seen_behind_a_slash_and_in_the_middle_of_a_form(desk: Desk) -> None:
    desk.rasa.answer = says(message("Which school?", kind="question"), asks="school")
    family = await desk.family()
    await family.say("open a ticket")
    assert kinds(await family.say(f"/{CRISIS}")) == ["crisis"]
    assert family.state["asks"] is None
    assert len(desk.rasa.turns) == 1


async def test_after_a_crisis_no_form_takes_the_next_words_for_a_value(desk: Desk) -> None:
    desk.rasa.answer = says(message("Which school?", kind="question"), asks="school")
    family = await desk.family()
    await family.say("open a ticket")
    assert "silence" not in desk.rasa.turns[-1]
    await family.say(CRISIS)
    await family.say("she is with me now")
    assert desk.rasa.turns[-1]["silence"] == "long"
    await family.say("thank you")
    assert "silence" not in desk.rasa.turns[-1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Kwabena Ofori", "text"),
        ("my son is Toua Her", "text"),
        ("Anna-Mae O'Neill", "text"),
        ("he touches me", "crisis"),  # not as names are written
        ("HE TOUCHES ME", "crisis"),
        ("I Want To Die", "crisis"),  # an agreed wording
    ],
)
async def test_a_name_that_was_asked_for_is_no_cry_for_help_because_the_second_reader_thinks_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, text: str, kind: str
) -> None:
    monkeypatch.setattr("bot.gateway.screening.screen", lambda text: "abuse")
    family = await desk.family()
    assert kinds(await family.say("Kwabena Ofori")) == ["crisis"]  # nothing was asked
    desk.rasa.answer = says(message("Who is the student?", kind="question"), asks="student_name")
    monkeypatch.setattr("bot.gateway.screening.screen", lambda text: None)
    await family.say("open a ticket")
    desk.rasa.answer = says(message("Thank you"))
    monkeypatch.setattr("bot.gateway.screening.screen", lambda text: "abuse")
    assert kinds(await family.say(text)) == [kind]


async def test_a_crisis_is_answered_when_rasa_is_down_and_while_everything_is_loading(tmp_path: Path) -> None:
    async with running_desk(tmp_path, rasa_starts=False, loading=Loading()) as desk:
        began = time.monotonic()
        assert kinds(await (await desk.family()).say(CRISIS)) == ["crisis"]
        assert time.monotonic() - began < PATIENCE / 2  # neither was waited for


async def test_a_crisis_with_a_password_says_the_numbers_first_and_keeps_the_password_out(desk: Desk) -> None:
    family = await desk.family()
    assert kinds(await family.say(f"{CRISIS}. {SECRET}")) == ["crisis", "notice"]
    assert "Tiger2024" not in json.dumps(await family.history())


async def test_a_crisis_is_never_refused_for_writing_too_often_or_too_much(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.client.app[TURNS]._rate, "_clock", lambda: 0.0)
    family = await desk.family()
    for number in range(61):
        last, _ = await family.send(text=f"message {number}")
    assert last == 429
    assert kinds(await family.say(CRISIS)) == ["crisis"]
    assert kinds(await family.say(f"{CRISIS} " * 100)) == ["crisis"]
    assert len((await family.history())[-2]["text"]) <= 2000


async def test_a_crisis_sent_twice_under_one_id_is_one_alert(desk: Desk) -> None:
    family = await desk.family()
    assert await family.send(id="a", text=CRISIS) == await family.send(id="a", text=CRISIS)
    assert len(await alerts(desk)) == 1


async def test_a_crisis_is_answered_while_a_person_is_there(desk: Desk) -> None:
    family = await desk.family()
    await accept_handoff(desk, family)
    assert kinds(await family.say(CRISIS)) == ["crisis"]


# -- a person is there ------------------------------------------------------------------------------------------------


async def test_the_assistant_is_silent_while_a_person_is_there_and_answers_again_after(desk: Desk) -> None:
    family = await desk.family()
    handoff = await accept_handoff(desk, family)
    assert await family.say("are you there?") == []
    assert family.state["mode"] == "human"
    assert family.state["handoff"] == {"status": "assigned"}
    assert desk.rasa.turns == []
    assert texts(await family.history())[-1] == "are you there?"
    await desk.database.run(handoffs.close, handoff, datetime.now(UTC))
    assert texts(await family.say("thank you")) == ["You said: thank you"]


async def test_a_masked_password_is_told_while_a_person_is_there(desk: Desk) -> None:
    family = await desk.family()
    await accept_handoff(desk, family)
    assert kinds(await family.say(SECRET)) == ["notice"]


async def test_a_message_to_a_person_is_not_answered_after_a_restart(desk: Desk) -> None:
    family = await desk.family()
    await accept_handoff(desk, family)
    await family.say("are you there?")
    assert await desk.database.run(conversations.unfinished, since=at(2000, 1, 1)) == ()


async def test_the_assistant_goes_on_while_the_family_waits_for_a_person(desk: Desk) -> None:
    family = await desk.family()
    await desk.database.run(handoffs.request, family.conversation, reason="test", now=datetime.now(UTC))
    assert texts(await family.say("hello")) == ["You said: hello"]
    assert family.state["mode"] == "waiting"


# -- Rasa fails -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [hangs, sends("", 500), sends("[]"), sends('{"messages": [], "asks": null}'), sends("{broken"), sends("", 204)],
    ids=["hangs", "500", "[]", "no messages", "broken JSON", "204"],
)
async def test_a_failing_rasa_gives_the_fallback_in_time_in_the_familys_language(desk: Desk, answer: Any) -> None:
    family = await desk.family()
    desk.rasa.answer = answer
    desk.answers_within(0.5)
    began = time.monotonic()
    (reply,) = await family.say("mi chromebook no prende")
    assert time.monotonic() - began < PATIENCE / 2
    desk.answers_within(PATIENCE)
    assert (reply["kind"], reply["lang"]) == ("notice", "es")
    assert "515-555-0142" in reply["text"]
    assert [button["title"] for button in reply["buttons"]] == ["Hablar con una persona"]
    assert family.state["language"] == "es"
    assert texts(await family.history())[1] == "mi chromebook no prende"
    desk.rasa.answer = echo
    assert texts(await family.say("hola")) == ["You said: hola"]


async def test_the_fallback_keeps_what_was_asked_last(desk: Desk) -> None:
    desk.rasa.answer = says(message("Which school?"), asks="school")
    family = await desk.family()
    await family.say("open a ticket")
    desk.rasa.answer = sends("[]")
    await family.say("Lincoln")
    assert family.state["asks"] == "school"
    desk.rasa.answer = echo
    await family.say("Lincoln")
    assert family.state["asks"] is None


async def test_rasa_killed_gives_the_fallback_and_the_next_message_works_when_it_is_back(desk: Desk) -> None:
    family = await desk.family()
    await family.say("hello")
    await desk.rasa.stop()
    for _ in range(3):
        began = time.monotonic()
        assert kinds(await family.say("are you there?")) == ["notice"]
        assert time.monotonic() - began < PATIENCE / 2
    assert (await desk.get("/readyz"))[0] == 503
    await desk.rasa.start()

    async def ready() -> bool:
        return (await desk.get("/readyz"))[0] == 200

    await until_true(ready)
    assert texts(await family.say("again")) == ["You said: again"]


async def test_messages_that_wait_behind_a_hanging_turn_are_all_answered_in_time(desk: Desk) -> None:
    desk.rasa.answer = hangs
    desk.answers_within(1)
    family = await desk.family()
    began = time.monotonic()
    answers = await asyncio.gather(*(family.send(text=f"message {number}") for number in range(10)))
    assert time.monotonic() - began < 5  # one after the other would take ten seconds
    assert [kinds(answer["messages"]) for _, answer in answers] == [["notice"]] * 10


async def test_the_person_button_of_the_fallback_works_without_rasa(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.desk.district.District.open_at", lambda self, when: True)
    await desk.rasa.stop()
    family = await desk.family("en")
    await family.say("my chromebook wont turn on")
    fallback = family.messages
    (reply,) = await family.press("Talk to a person")
    assert reply["kind"] == "handoff"
    assert "number 1 in line" in reply["text"]
    assert family.state["mode"] == "waiting"
    assert family.state["handoff"] == {"status": "waiting"}
    family.messages = fallback
    (again,) = await family.press("Talk to a person")
    assert "already" in again["text"]
    assert len(await desk.database.run(handoffs.waiting)) == 1
    assert desk.rasa.turns == []


async def test_the_person_button_says_when_people_are_back_outside_the_hours(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.desk.district.District.open_at", lambda self, when: False)
    monkeypatch.setattr(
        "actions.desk.district.District.next_opening", lambda self, when: datetime(2027, 1, 4, 13, tzinfo=UTC)
    )
    await desk.rasa.stop()
    family = await desk.family("es")
    await family.say("mi chromebook no prende")
    closed, ticket = await family.press("Hablar con una persona")
    assert "lunes 4 de enero, 7:00" in closed["text"].replace("\u202f", " ")
    assert family.state["ticket"] == {"number": "FD-100001", "status": "open"}
    assert (family.state["mode"], family.state["handoff"]) == ("bot", {"status": "closed"})
    assert "FD-100001" in ticket["text"]
    assert "¿Cómo" in ticket["text"]
    (noted,) = await family.say("515 555 0177 por favor, después de las 5")
    assert "(515) 555-0177" in noted["text"]
    rows = await desk.database.run(lambda session: list(session.execute(select(TICKETS))))
    assert [(row.kind, row.contact, row.language) for row in rows] == [("call_back", "+15155550177", "es")]


async def test_a_contact_is_taken_once_and_what_is_said_after_it_goes_to_the_assistant(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.desk.district.District.open_at", lambda self, when: False)
    desk.rasa.answer = says()
    family = await desk.family("en")
    await family.say("hello?")
    await family.press("Talk to a person")
    desk.rasa.answer = echo
    assert texts(await family.say("when are you open")) == ["You said: when are you open"]
    (noted,) = await family.say("ana@mail.example")
    assert "ana@mail.example" in noted["text"]
    assert texts(await family.say("or 515-555-0177")) == ["You said: or 515-555-0177"]


# -- loading ----------------------------------------------------------------------------------------------------------


async def test_a_message_that_comes_while_loading_is_answered_when_it_is_done_in_time(tmp_path: Path) -> None:
    loading = Loading()
    async with running_desk(tmp_path, loading=loading) as desk:
        family = await desk.family()
        asyncio.get_running_loop().call_later(0.3, loading.done, StandInKnowledge(), object())
        assert texts(await family.say("hello")) == ["You said: hello"]


async def test_a_message_that_comes_while_loading_gets_the_fallback_when_it_takes_too_long(tmp_path: Path) -> None:
    async with running_desk(tmp_path, loading=Loading(), REPLY_SECONDS="0.5") as desk:
        family = await desk.family()
        assert kinds(await family.say("hello")) == ["notice"]
        assert desk.rasa.turns == []


# -- nothing is lost --------------------------------------------------------------------------------------------------


async def leave_unfinished(
    desk: Desk, family: Family, text: str, *, minutes: int = 1, payload: str | None = None
) -> int:
    """A message that was stored when the desk was killed before it was answered."""
    received = await desk.database.run(
        conversations.receive,
        family.conversation,
        uuid.uuid4().hex,
        text,
        language="en",
        payload=payload,
        now=datetime.now(UTC) - timedelta(minutes=minutes),
    )
    return received.message.id


async def test_messages_without_a_reply_are_answered_after_a_restart_in_their_order(desk: Desk) -> None:
    family, other = await desk.family(), await desk.family()
    await leave_unfinished(desk, family, "one")
    await leave_unfinished(desk, family, "Yes", payload="/affirm")
    await leave_unfinished(desk, other, "/restart")
    await desk.client.app[TURNS].recover(wait_seconds=PATIENCE)
    assert texts(await family.history())[1:] == ["one", "Yes", "You said: one", "You said: /affirm"]
    assert texts(await other.history())[-1] == "You said: restart"
    await desk.client.app[TURNS].recover(wait_seconds=PATIENCE)
    assert len(desk.rasa.turns) == 3


async def test_old_messages_are_left_alone_after_a_restart(desk: Desk) -> None:
    family = await desk.family()
    await leave_unfinished(desk, family, "yesterday's news", minutes=11)
    await desk.client.app[TURNS].recover(wait_seconds=PATIENCE)
    assert desk.rasa.turns == []


async def test_a_crisis_and_a_mask_are_seen_again_after_a_restart(desk: Desk) -> None:
    one, other = await desk.family(), await desk.family()
    await leave_unfinished(desk, one, CRISIS)
    await leave_unfinished(desk, other, "it is [password removed]")
    await desk.client.app[TURNS].recover(wait_seconds=PATIENCE)
    assert kinds(await one.history())[-1] == "crisis"
    assert len(await alerts(desk)) == 1
    assert kinds(await other.history())[-2:] == ["notice", "text"]


async def test_recovery_waits_for_rasa_and_falls_back_without_it(tmp_path: Path) -> None:
    rasa = StandInRasa(healthy=False)
    async with running_desk(tmp_path, rasa=rasa) as desk:
        family = await desk.family()
        await leave_unfinished(desk, family, "one")
        recovery = asyncio.create_task(desk.client.app[TURNS].recover(wait_seconds=PATIENCE))
        asked = rasa.health_checks
        await until(lambda: rasa.health_checks > asked)
        assert rasa.turns == []
        rasa.healthy = True
        await recovery
        assert texts(await family.history())[-1] == "You said: one"
        await rasa.stop()
        await leave_unfinished(desk, family, "two")
        await desk.client.app[TURNS].recover(wait_seconds=0.1)
        assert kinds(await family.history())[-1] == "notice"


async def test_a_repeat_after_a_restart_answers_the_message_that_was_left(desk: Desk) -> None:
    family = await desk.family()
    await desk.database.run(
        conversations.receive, family.conversation, "a", "left", language="en", now=datetime.now(UTC)
    )
    status, body = await family.send(id="a", text="left")
    assert (status, texts(body["messages"])) == (200, ["You said: left"])


async def test_a_client_that_goes_away_does_not_stop_its_turn(desk: Desk) -> None:
    go_on = asyncio.Event()

    async def slowly(body: Body) -> web.StreamResponse:
        await go_on.wait()
        return await echo(body)

    desk.rasa.answer = slowly
    family = await desk.family()
    impatient = asyncio.create_task(family.say("hello"))
    await until(lambda: desk.rasa.turns)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    await asyncio.sleep(0.1)  # the desk notices that nobody is there any more
    go_on.set()

    async def said() -> list[str]:
        return texts(await family.history())[1:]

    async def answered() -> bool:
        return len(await said()) == 2

    await until_true(answered)
    assert await said() == ["hello", "You said: hello"]


async def test_a_database_error_is_an_error_without_any_text_and_the_message_can_be_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    family = await desk.family()

    def broken(*args: Any, **more: Any) -> Any:
        raise OSError("disk full while writing 'secret words'")

    with monkeypatch.context() as patch:
        patch.setattr("actions.desk.conversations.reply", broken)
        status, body = await family.send(id="a", text="secret words")
    assert (status, body["error"]["code"]) == (500, "unexpected")
    assert "secret" not in json.dumps(body)
    assert "OSError in POST /api/chat/messages" in caplog.text
    assert "secret" not in caplog.text
    status, body = await family.send(id="a", text="secret words")
    assert (status, texts(body["messages"])) == (200, ["You said: secret words"])


async def test_what_was_stored_is_stored_before_rasa_is_asked(desk: Desk) -> None:
    stored: list[str] = []

    async def look(body: Body) -> web.StreamResponse:
        rows = await desk.database.run(lambda session: list(session.execute(select(MESSAGES.c.text))))
        stored.extend(row.text for row in rows)
        return await echo(body)

    desk.rasa.answer = look
    await (await desk.family()).say("hello")
    assert "hello" in stored
