"""A person at the other end, through everything: mail, the staff's command, the chat, texts, and nobody there."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from actions.desk.district import load_district
from bot.replies import Replies
from tests.districts import closed_folder, open_folder
from tests.mail_server import MailServer
from tests.stack import ROOT, Family, Stack, new_home, status, twilio_settings
from tests.whole.carrier import TwilioInAThread, rows, text, wait

pytestmark = pytest.mark.slow

HELP_DESK = "familyhelp@cedarhollow.example"
CONTACTS = ["dwhitfield@cedarhollow.example", "moyelaran@cedarhollow.example"]
STAFF_PHONES = ["+15155550151", "+15155550152"]


StartStack = Callable[[Path], Stack]


@pytest.fixture(scope="module")
def start(
    trained: None, mail: MailServer, twilio: TwilioInAThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartStack]:
    """Starts `familydesk up` with that district, a mail server and Twilio's stand-in."""
    running: list[Stack] = []

    def begin(district: Path) -> Stack:
        settings = {
            "FAMILYDESK_SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            **twilio_settings(twilio.port),
            "FAMILYDESK_DISTRICT": str(district),
            "FAMILYDESK_REPLY_SECONDS": "20",
        }
        running.append(Stack(new_home(tmp_path_factory.mktemp("inbox")), settings))
        running[-1].start()
        return running[-1]

    yield begin
    for stack in running:
        if stack.process is not None and stack.process.poll() is None:
            stack.stop()


@pytest.fixture(scope="module")
def always_open(start: StartStack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return start(open_folder(tmp_path_factory.mktemp("open") / "district"))


@pytest.fixture
def staffed(always_open: Stack) -> Stack:
    """A desk that is open, and ready again when the test before it has killed it."""
    always_open.wait_until_ready()
    return always_open


def familydesk_inbox(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.command", "inbox", *words],
        check=False, cwd=ROOT, env={**os.environ, **stack.settings}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def staff_does(stack: Stack, *words: str) -> str:
    done = familydesk_inbox(stack, *words, "--as", "Ms. Garcia")
    assert done.returncode == 0, done.stderr
    return done.stdout


def kill(stack: Stack) -> None:
    """Kill the desk; it listens again long before its articles are loaded."""
    os.kill(stack.pid_of("desk"), signal.SIGKILL)
    wait(lambda: status(f"{stack.url}/healthz") == 0)
    wait(lambda: status(f"{stack.url}/healthz") == 200)


def handoff_in(mail: MailServer, conversation: str, stack: Stack) -> str:
    """The number of the conversation's hand-off, as the mail names it."""
    [(number,)] = rows(stack, f"SELECT max(id) FROM handoffs WHERE conversation = '{conversation}'")
    wait(lambda: any(f"/staff/handoffs/{number}\r\n" in one.get_content() for one in mail.mails), 20)
    return str(number)


class Chat:
    """A family's open chat, which listens all the while."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen(socket))

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            self._frames.put_nowait(json.loads(frame.data))

    async def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 5) -> dict[str, Any]:
        """The first frame that is wanted."""
        async with asyncio.timeout(seconds):
            while not wanted(frame := await self._frames.get()):
                pass
        return frame


async def test_a_family_that_writes_spanish_talks_to_a_person(staffed: Stack, mail: MailServer) -> None:
    family = Family(staffed.url, "es")
    family.say("mi hijo Zaragozano perdió su mochila, quiero hablar con una persona")
    if family.state["mode"] != "waiting":
        family.say("quiero hablar con una persona")
    assert family.state["handoff"] == {"status": "waiting"}, family.text
    number = await asyncio.to_thread(handoff_in, mail, family.conversation, staffed)
    told = next(one for one in mail.to(HELP_DESK) if f"/staff/handoffs/{number}\r\n" in one.get_content())
    assert "Language: Spanish" in told.get_content()
    assert "Zaragozano" not in told.as_string()

    async with aiohttp.ClientSession() as client, client.ws_connect(f"{staffed.url}/api/chat/stream") as socket:
        chat = Chat(socket)
        await socket.send_json({"token": family.token, "after": family.history()[-1]["id"]})
        await asyncio.to_thread(staff_does, staffed, "accept", number)
        await chat.until(lambda frame: frame.get("state", {}).get("mode") == "human")
        await asyncio.to_thread(staff_does, staffed, "reply", number, "Buenos días, le ayudo.")
        came = await chat.until(lambda frame: "message" in frame, 2)
        assert (came["message"]["from"], came["message"]["text"]) == ("staff", "Buenos días, le ayudo.")
        assert await asyncio.to_thread(family.say, "mi chromebook no prende") == []  # the assistant would know
        assert "family: mi chromebook no prende" in await asyncio.to_thread(staff_does, staffed, "show", number)
        await asyncio.to_thread(staff_does, staffed, "close", number)
        ended = await chat.until(lambda frame: frame.get("message", {}).get("from") == "bot", 2)
        assert "asistente automático" in ended["message"]["text"]
    await asyncio.to_thread(family.say, "mi chromebook no prende")
    assert family.articles[0] == "chromebook-wont-turn-on"
    assert family.state["mode"] == "bot"


@pytest.mark.parametrize("language", ["en", "zh", "vi", "ar", "ht", "pt", "ru"])
def test_in_every_language_a_person_answers_and_the_assistant_is_silent_until_it_says_so(
    staffed: Stack, mail: MailServer, language: str
) -> None:
    conversations = ROOT / "tests" / "conversations" / language
    asked, question = (
        yaml.safe_load((conversations / f"{flow}.yml").read_text(encoding="utf-8"))["turns"][turn]["family"]
        for flow, turn in (("person", 2), ("answer", 0))
    )
    answer = f"{language}: {question}"
    family = Family(staffed.url, language)
    family.say(asked)
    assert (family.state["mode"], family.state["handoff"]) == ("waiting", {"status": "waiting"}), family.text
    number = handoff_in(mail, family.conversation, staffed)
    staff_does(staffed, "accept", number)
    last = family.history()[-1]["id"]
    staff_does(staffed, "reply", number, answer)
    [came] = family.history(last)
    assert (came["from"], came["text"], came["dir"]) == ("staff", answer, "rtl" if language == "ar" else "ltr")
    assert family.say(question) == []  # the assistant would know
    assert family.state["mode"] == "human"
    staff_does(staffed, "close", number)
    [ended] = family.history(came["id"])[1:]
    district = load_district(Path(staffed.settings["FAMILYDESK_DISTRICT"]))
    back = Replies.load(values=district.values()).render("utter_handoff_ended", language)
    assert (ended["from"], ended["lang"], ended["text"]) == ("bot", language, back.text)
    family.say(question)
    assert family.articles
    assert family.state["mode"] == "bot"


def test_the_same_over_texts(staffed: Stack, mail: MailServer, twilio: TwilioInAThread) -> None:
    family = "+15155550163"
    text(staffed, family, "quiero hablar con una persona")
    wait(lambda: len(twilio.to(family)) >= 2)
    [(conversation,)] = rows(staffed, "SELECT conversation FROM phones ORDER BY seen_at DESC LIMIT 1")
    number = handoff_in(mail, conversation, staffed)
    told = next(one for one in mail.to(HELP_DESK) if f"/staff/handoffs/{number}\r\n" in one.get_content())
    assert "Contact: ***-0163" in told.get_content()
    before = len(twilio.to(family))
    staff_does(staffed, "accept", number)
    staff_does(staffed, "reply", number, "Buenos días, le ayudo.")
    wait(lambda: twilio.to(family)[before:] == ["Buenos días, le ayudo."], 20)
    text(staffed, family, "mi chromebook no prende")
    wait(lambda: "family: mi chromebook no prende" in staff_does(staffed, "show", number), 10)
    assert len(twilio.to(family)) == before + 1  # the assistant is silent
    staff_does(staffed, "close", number)
    wait(lambda: len(twilio.to(family)) == before + 2, 20)
    assert "Le responde de nuevo el programa" in twilio.to(family)[-1]
    text(staffed, family, "mi chromebook no prende")
    wait(lambda: any("chromebook-wont-turn-on" in body for body in twilio.to(family)[before + 2 :]), 20)


def test_a_crisis_reaches_two_people_by_two_paths_although_the_desk_is_killed(
    staffed: Stack, mail: MailServer, twilio: TwilioInAThread
) -> None:
    mail.to_words = "451 come later"
    twilio.works(works=False)
    family = Family(staffed.url, "en")
    family.say("i want to kill myself, says Zaragozano")
    assert family.kinds == ["crisis"]
    kill(staffed)
    mail.to_words = None
    twilio.works(works=True)
    wait(lambda: all(mail.to(contact) for contact in CONTACTS), 100)
    wait(lambda: all(twilio.to(number) for number in STAFF_PHONES), 100)
    for said in (mail.to(CONTACTS[0])[0].as_string(), twilio.to(STAFF_PHONES[0])[0]):
        assert "self-harm" in said
        assert "Zaragozano" not in said
    first = staff_does(staffed, "list").splitlines()[0]
    assert "CRISIS (self-harm)" in first
    staff_does(staffed, "accept", first.split()[0])


def test_whom_nobody_accepts_in_time_gets_a_call_back_also_after_a_kill(staffed: Stack, mail: MailServer) -> None:
    family = Family(staffed.url, "es")
    family.say("quiero hablar con una persona")
    assert family.state["mode"] == "waiting", family.text
    kill(staffed)
    # As if ten minutes had gone by.
    connection = sqlite3.connect(staffed.database, timeout=10)
    with connection:
        earlier = "UPDATE handoffs SET requested_at = datetime(requested_at, '-10 minutes') WHERE conversation = ?"
        assert connection.execute(earlier, (family.conversation,)).rowcount == 1
    connection.close()
    wait(lambda: "FD-100001" in family.history()[-1]["text"], 60)
    staffed.wait_until_ready()
    family.say("515-555-0177")
    assert "(515) 555-0177" in family.text
    assert family.state["ticket"] == {"number": "FD-100001", "status": "open"}
    assert "+15155550177" in staff_does(staffed, "list")
    wait(lambda: any("FD-100001" in str(one["Subject"]) for one in mail.to(HELP_DESK)), 20)


def test_outside_the_hours_there_is_a_call_back_at_once_in_the_chat_and_over_texts(
    start: StartStack, twilio: TwilioInAThread, tmp_path: Path
) -> None:
    stack = start(closed_folder(tmp_path / "district"))
    family = Family(stack.url, "vi")
    family.say("tôi muốn nói chuyện với người thật")
    assert family.kinds == ["handoff", "handoff"]
    assert "FD-100001" in family.text
    assert family.state["mode"] == "bot"
    assert family.state["handoff"] == {"status": "closed"}
    number = "+15155550164"
    text(stack, number, "I want to talk to a person")
    wait(lambda: any("FD-100002" in body for body in twilio.to(number)), 20)
    assert number in staff_does(stack, "show", "FD-100002")
    assert "+" not in staff_does(stack, "show", "FD-100001").splitlines()[0]  # it has not said how yet
