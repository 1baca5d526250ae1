"""`familydesk inbox` against a running desk: what it writes reaches the family, and what the family writes it shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from actions.desk import handoffs
from actions.desk.alerts import record_crisis
from actions.desk.conversations import receive
from actions.desk.models import CRISIS_ALERTS, PHONES
from bot.command import main
from tests.bot.gateway.desk_stand_ins import Desk, Family, next_frame, running_desk
from tests.bot.gateway.sms.phone_stand_ins import Line, open_line


class Terminal:
    """A staff member's terminal on the desk's machine."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FAMILYDESK_HOME", str(home))
        self._capsys = capsys

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        self._capsys.readouterr()
        code = await asyncio.to_thread(main, ["inbox", *words])
        return code, *self._capsys.readouterr()

    async def does(self, *words: str) -> str:
        code, output, errors = await self.run(*words)
        assert code == 0, errors
        return output

    async def reads(self, *words: str) -> Any:
        return json.loads(await self.does(*words, "--json"))


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(tmp_path, capsys, monkeypatch)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path) as running:
        yield running


async def waiting_family(desk: Desk) -> Family:
    family = await desk.family("es")
    await family.say("quiero hablar con alguien")
    await desk.database.run(handoffs.request, family.conversation, reason="no entra", now=datetime.now(UTC))
    return family


async def test_a_conversation_with_a_person_from_beginning_to_end(desk: Desk, terminal: Terminal) -> None:
    family = await waiting_family(desk)
    assert "1  waiting  since " in await terminal.does("list")
    assert "family: quiero hablar con alguien" in await terminal.does("accept", "1", "--as", "Ms. Garcia")
    async with desk.client.ws_connect("/api/chat/stream") as socket:
        last = (await family.history())[-1]["id"]
        await socket.send_json({"token": family.token, "after": last})
        assert (await next_frame(socket))["state"]["mode"] == "human"
        await terminal.does("reply", "1", "Buenos", "días", "--as", "Ms. Garcia")
        message = (await next_frame(socket))["message"]
        assert (message["from"], message["text"], message["lang"]) == ("staff", "Buenos días", "es")
        assert await family.say("gracias, es el portal") == []
        assert (await next_frame(socket))["message"]["text"] == "gracias, es el portal"
        assert "family: gracias, es el portal" in await terminal.does("show", "1")
        await terminal.does("close", "1", "--as", "Ms. Garcia")
        ended = (await next_frame(socket))["message"]
        assert (ended["from"], ended["kind"]) == ("bot", "handoff")
        assert "asistente automático" in ended["text"]
        assert (await next_frame(socket))["state"]["handoff"] == {"status": "closed"}
        await terminal.does("close", "1")  # once more changes nothing
    assert [one["text"] for one in await family.say("hola")] == ["You said: hola"]
    assert [one["kind"] for one in await family.history()].count("handoff") == 1
    assert await terminal.does("list") == "Nobody waits for a person.\n"


async def test_a_released_conversation_waits_again_and_another_may_take_it(desk: Desk, terminal: Terminal) -> None:
    family = await waiting_family(desk)
    await terminal.does("accept", "1", "--as", "ana")
    assert "with ana" in await terminal.does("list")
    assert (await terminal.reads("release", "1", "--as", "ana"))["status"] == "waiting"
    assert [one["text"] for one in await family.say("hola")] == ["You said: hola"]
    assert family.state["mode"] == "waiting"
    assert (await terminal.reads("accept", "1", "--as", "ben"))["staff"] == "ben"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("reply", "1", "hola"), "hand-off 1 is waiting; accept one before you write in it"),
        (("close", "1"), "hand-off 1 is waiting; accept it before you close it"),
        (("release", "1"), "hand-off 1 is waiting; only one that a person has can be put back"),
        (("accept", "9"), "there is no hand-off 9"),
        (("show", "9"), "there is no hand-off 9"),
        (("show", "FD-100009"), "there is no call-back FD-100009"),
        (("close", "fd-100009"), "there is no call-back FD-100009"),
    ],
)
async def test_what_is_not_possible_is_said_and_ends_with_1(
    desk: Desk, terminal: Terminal, words: tuple[str, ...], error: str
) -> None:
    await waiting_family(desk)
    assert await terminal.run(*words) == (1, "", f"{error}\n")


async def test_nobody_takes_or_answers_what_another_has(desk: Desk, terminal: Terminal) -> None:
    await waiting_family(desk)
    await terminal.does("accept", "1", "--as", "ana")
    await terminal.does("accept", "1", "--as", "ana")
    for words in (("accept", "1"), ("reply", "1", "hola")):
        code, _, errors = await terminal.run(*words, "--as", "ben")
        assert (code, "assigned to ana" in errors) == (1, True)


@pytest.mark.parametrize("words", [("show", "one"), ("reply", "1"), ("accept", "FD-100001"), ("accept", "-1"), ()])
async def test_wrong_use_ends_with_2(desk: Desk, terminal: Terminal, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["inbox", *words])
    assert caught.value.code == 2


async def test_an_empty_reply_or_name_ends_with_2(desk: Desk, terminal: Terminal) -> None:
    assert (await terminal.run("reply", "1", " "))[0] == 2
    assert (await terminal.run("accept", "1", "--as", ""))[0] == 2


def test_where_no_desk_was_started_nothing_is_made(tmp_path: Path, terminal: Terminal) -> None:
    code, _, errors = asyncio.run(terminal.run("list"))
    assert (code, "there is no database of a desk" in errors) == (1, True)
    assert list(tmp_path.iterdir()) == []


async def test_a_crisis_stands_first_in_the_list(desk: Desk, terminal: Terminal) -> None:
    await waiting_family(desk)
    other = await desk.family("en")

    def crisis(session: Any) -> None:
        now = datetime.now(UTC)
        message = receive(session, other.conversation, "c1", "…", language="en", now=now).message
        record_crisis(session, other.conversation, "self_harm", message.id, now)

    await desk.database.run(crisis)
    listed = await terminal.reads("list")
    assert [(one["id"], one["crisis_class"]) for one in listed["handoffs"]] == [(2, "self_harm"), (1, None)]
    assert (await terminal.does("list")).startswith("2  waiting  CRISIS (self-harm)  since ")
    for words in (["accept", "2", "--as", "ana"], ["accept", "2", "--as", "ana"], ["release", "2", "--as", "ana"]):
        await terminal.does(*words)
    await terminal.does("accept", "2", "--as", "ben")
    await terminal.does("close", "2", "--as", "ben")
    await terminal.does("close", "2", "--as", "ben")
    steps = (await terminal.reads("show", "2"))["alert_steps"]
    assert [(one["step"], one["who"]) for one in steps] == [
        ("accepted", "ana"), ("released", "ana"), ("accepted", "ben"), ("closed", "ben")
    ]  # fmt: skip
    assert "] accepted: ana\n" in await terminal.does("show", "2")


async def test_what_is_on_hold_is_listed_until_it_is_lifted(desk: Desk, terminal: Terminal) -> None:
    family = await desk.family("en")
    await family.say("i will bring a gun to school and shoot everyone")
    await terminal.does("accept", "1", "--as", "ana")
    await terminal.does("close", "1", "--as", "ana")
    assert (await terminal.reads("list"))["on_hold"] == [1]
    assert "On legal hold until somebody lifts it: 1\n" in await terminal.does("list")
    assert (await terminal.reads("list"))["to_review"] == []
    later = datetime.now(UTC) - timedelta(days=91)
    await desk.database.run(lambda session: session.execute(update(CRISIS_ALERTS).values(at=later)))
    assert (await terminal.reads("list"))["to_review"] == [1]
    assert "Look at these and keep or lift them: 1\n" in await terminal.does("list")
    assert "in 90 days you are asked again" in await terminal.does("keep", "1", "--as", "ben")
    assert (await terminal.reads("list"))["to_review"] == []
    assert "The hold is lifted" in await terminal.does("lift", "1", "--as", "ben")
    assert "on_hold" not in await terminal.reads("list")
    assert await terminal.does("lift", "1", "--as", "ben") == "It was not on hold.\n"
    assert "] hold lifted: ben\n" in await terminal.does("show", "1")
    assert await terminal.does("keep", "1", "--as", "ben") == "It was not on hold.\n"
    assert [(await terminal.run(what, "9", "--as", "ben"))[0] for what in ("lift", "keep")] == [1, 1]


async def test_who_reads_of_abuse_is_told_of_the_law_and_the_state_s_hotline(desk: Desk, terminal: Terminal) -> None:
    for words in ("my uncle touches me", "quiero morirme"):
        family = await desk.family("en")
        assert (await family.say(words))[0]["kind"] == "crisis"
    shown = await terminal.does("show", "1")
    assert "mandated reporter" in shown
    assert "515-555-0195" in shown
    assert "911" in (await terminal.reads("show", "1"))["mandated_reporter"]
    assert "mandated" not in await terminal.does("show", "2")


async def test_a_call_back_is_listed_shown_and_finished(
    desk: Desk, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.desk.district.District.open_at", lambda self, when: False)
    family = await desk.family("en")
    await desk.rasa.stop()
    await family.say("hello")
    await family.press("Talk to a person")
    assert "FD-100001  open  since " in await terminal.does("list")
    await family.say("ana@mail.example please")
    shown = await terminal.does("show", "fd-100001")
    assert "note: ana@mail.example please" in shown
    assert "family: hello" in shown
    assert (await terminal.reads("list"))["call_backs"][0]["contact"] == "ana@mail.example"
    assert (await terminal.reads("close", "FD-100001"))["status"] == "resolved"
    assert (await terminal.reads("list"))["call_backs"] == []
    await family.say("hello again")
    assert family.state["ticket"] == {"number": "FD-100001", "status": "resolved"}


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    async with open_line(tmp_path) as opened:
        yield opened


async def test_over_texts_the_persons_words_arrive_and_who_said_stop_gets_none(
    line: Line, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = line.phone()
    await phone.says("hello", 2)

    def request(session: Any) -> None:
        conversation = session.scalar(select(PHONES.c.conversation))
        handoffs.request(session, conversation, reason="?", now=datetime.now(UTC))

    await line.desk.database.run(request)
    await terminal.does("accept", "1", "--as", "ana")
    await terminal.does("reply", "1", "Good morning, this is Ana.", "--as", "ana")
    assert await phone.gets() == ["Good morning, this is Ana."]
    await phone.send("thank you")
    await line.quiet()
    assert "family: thank you" in await terminal.does("show", "1")
    await terminal.does("close", "1", "--as", "ana")
    [ended] = await phone.gets()
    assert "automated assistant" in ended
    assert await phone.says("hello") == ["You said: hello"]
    await line.desk.database.run(request)
    await terminal.does("accept", "2", "--as", "ana")
    await phone.says("STOP")
    code, _, errors = await terminal.run("reply", "2", "Are you there?", "--as", "ana")
    assert (code, "has texted STOP" in errors) == (1, True)
