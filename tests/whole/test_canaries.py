"""Secrets sent through every door: none is in any file, log or mail afterwards; contacts only where they are needed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from actions.desk.redaction import mask
from tests.mail_server import MailServer
from tests.stack import TRAINED_PARTS, Family, Stack, call, new_home, status, twilio_settings
from tests.whole.carrier import TwilioInAThread, rows, text, wait
from tests.whole.test_inbox import staff_does

pytestmark = pytest.mark.slow

WORDINGS = {
    "en": "my password is {password}, my ssn is {ssn}, my card is {card} and my son was born on {birth}",
    "es": "mi contraseña es {password}, mi seguro social es {ssn}, mi tarjeta es {card} y mi hijo nació el {birth}",
    "zh": "我的密码是 {password}，社会安全号码是 {ssn}，卡号 {card}，出生日期 {birth}",
    "vi": "mật khẩu của tôi là {password}, số an sinh xã hội là {ssn}, số thẻ {card}, ngày sinh {birth}",
    "ar": "كلمة المرور هي {password} ورقم الضمان الاجتماعي {ssn} ورقم البطاقة {card} وتاريخ الميلاد {birth}",
    "ht": "modpas mwen se {password}, nimewo sosyal mwen se {ssn}, kat mwen se {card}, dat nesans {birth}",
    "pt": "minha senha é {password}, meu social security é {ssn}, meu cartão é {card}, data de nascimento {birth}",
    "ru": "мой пароль {password}, номер социального страхования {ssn}, карта {card}, дата рождения {birth}",
}
DESK_FILES = ("desk.db", "desk.db-wal", "desk.db-shm")
SMS_NUMBER = "+15155550163"


@dataclass
class Canaries:
    """Makes secrets, each different from all others, and knows them all."""

    secrets: dict[str, str] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    count: int = 0

    def message(self, door: str, language: str = "en") -> str:
        """Words with one secret of each kind; the mark among them is no secret, but belongs in no log."""
        self.count += 1
        number = self.count
        made = {
            "password": f"Kz{number:03d}quetzaL7",
            "ssn": f"512-44-{1000 + number}",
            "card": card(number),
            "birth": f"{1 + number % 12:02d}/{1 + number % 28:02d}/{1991 + number % 20}",
        }
        for kind, secret in made.items():
            self.secrets[secret] = f"{kind} at {door} in {language}"
            self.secrets[secret.replace("-", "").replace(" ", "")] = f"{kind} at {door} in {language}"
        mark = f"quokka{number:03d}"
        self.marks.append(mark)
        words = f"{WORDINGS[language].format(**made)}. {mark}"
        masked = mask(words)
        assert not [one for one in made.values() if one in masked.text], masked.text  # else the test shows nothing
        return words


def card(number: int) -> str:
    """A number of sixteen digits that passes the check of card numbers."""
    digits = f"45391234567{number:04d}"
    doubled = [int(sign) * (2 - place % 2) for place, sign in enumerate(digits)]
    check = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    whole = f"{digits}{check}"
    return " ".join(whole[place : place + 4] for place in range(0, 16, 4))


@pytest.fixture(scope="module")
def desk(
    trained: None, mail: MailServer, twilio: TwilioInAThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    settings = {
        "FAMILYDESK_SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
        **twilio_settings(twilio.port),
    }
    running = Stack(new_home(tmp_path_factory.mktemp("canaries")), settings)
    running.start()
    yield running
    running.stop()


def written(home: Path, *, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    """What is in every file under the state folder, but for what training made before anybody wrote anything."""
    made = tuple(home / part for part in TRAINED_PARTS)
    files = [file for file in sorted(home.rglob("*")) if file.is_file()]
    kept = [file for file in files if not any(file.is_relative_to(part) for part in made)]
    return {str(file.relative_to(home)): file.read_bytes() for file in kept if file.name not in without}


def found(places: dict[str, bytes], words: dict[str, str]) -> list[str]:
    return [f"{why} is in {name}" for name, content in places.items() for word, why in words.items()
            if word.encode() in content]  # fmt: skip


def send(desk: Stack, path: str, fields: dict[str, str], **headers: str) -> tuple[int, str]:
    """Status and page of a form that is sent."""
    request = urllib.request.Request(f"{desk.url}{path}", data=urllib.parse.urlencode(fields).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def say_in_the_chat(desk: Stack, canaries: Canaries) -> Family:
    family = Family(desk.url, "en")
    for language in WORDINGS:
        other = Family(desk.url, language)
        other.say(canaries.message("chat", language))
        assert "removed" in json.dumps(other.history()), language
    family.say("my chromebook will not turn on")
    rated = next(message["id"] for message in family.messages if message["from"] == "bot")
    reason = {"message": rated, "helpful": False, "reason": canaries.message("rating")}
    assert call(f"{desk.url}/api/chat/feedback", reason, family.token)[0] == 200
    return family


async def use_the_stream(desk: Stack, canaries: Canaries, family: Family) -> None:
    address = f"{desk.url}/api/chat/stream"
    async with aiohttp.ClientSession() as http:
        for first in (json.dumps({"token": canaries.message("stream token")}), canaries.message("first frame")):
            async with http.ws_connect(address) as socket:
                await socket.send_str(first)
                await socket.receive()
        async with http.ws_connect(address) as socket:
            await socket.send_str(json.dumps({"token": family.token}))
            await socket.send_str(canaries.message("later frame"))
            await socket.receive()


def use_pages(desk: Stack, canaries: Canaries) -> None:
    asked = urllib.parse.urlencode({"q": canaries.message("search")})
    for path in (f"/help/en/?{asked}", f"/chat?{asked}", f"/ticket?{asked}", f"/nowhere/{asked}", f"/api/none?{asked}"):
        assert status(f"{desk.url}{path}") in {200, 404}
    voted = {"answer": "not_helpful", "reason": canaries.message("vote"), "text": canaries.message("vote")}
    assert send(desk, "/help/en/chromebook-wont-turn-on/feedback", voted)[0] == 200
    form = {
        "lang": "es", "problem": canaries.message("form", "es"), "student_name": "Zulimar Quispecanari",
        "contact": "zulimar.canari@example.com", "school": "lincoln-elementary", "request": "a" * 22,
    }  # fmt: skip
    for step in ({}, {"switch": "ru"}, {"step": "change"}, {"step": "send"}):
        code, page = send(desk, "/ticket", {**form, **step})
        assert code == 200
    assert "FD-1" in page
    assert (
        send(
            desk, "/ticket", {**form, "problem": canaries.message("wrong form"), "contact": "no", "request": "b" * 22}
        )[0]
        == 422
    )


def fail(desk: Stack, canaries: Canaries, family: Family) -> None:
    """Requests that are refused."""
    url = f"{desk.url}/api/chat/messages"
    ids = {"id": uuid.uuid4().hex}
    broken = f'{{"id": "1", "text": "{canaries.message("broken JSON")}'.encode()
    assert call(url, token=family.token, raw=broken)[0] == 400
    assert call(url, {**ids, "text": canaries.message("wrong token")}, "no-such-token")[0] == 401
    assert call(url, {**ids, "text": canaries.message("too long") + " x" * 2000}, family.token)[0] == 413
    assert call(url, {**ids, "text": [canaries.message("a list")]}, family.token)[0] == 422
    assert call(url, {**ids, "choice": canaries.message("a button")}, family.token)[0] == 422
    assert call(f"{desk.url}/api/chat/sessions", {"language": canaries.message("language")})[0] == 422
    assert call(f"{desk.url}/api/chat/hints", {"school": canaries.message("school")}, family.token)[0] == 200
    unsigned = {"MessageSid": "SM1", "From": SMS_NUMBER, "Body": canaries.message("unsigned text")}
    assert send(desk, "/sms/twilio", unsigned, **{"X-Twilio-Signature": "wrong"})[0] == 403


def open_a_ticket_in_the_chat(desk: Stack) -> None:
    family = Family(desk.url, "en")
    family.say("please open a repair ticket, the screen of the chromebook is cracked")
    for answer in ("CB204187", "Lincoln Elementary", "Yolotzin Canarimba", "515-555-0188"):
        family.say(answer)
    assert family.asks == "confirmation", family.text
    family.press("Yes, send it")
    assert family.state["ticket"], family.text
    wait(lambda: not found(written(desk.home, without=DESK_FILES), {"Canarimba": "name"}), 20)


def talk_to_staff(desk: Stack, canaries: Canaries) -> None:
    family = Family(desk.url, "en")
    family.say("i want to talk to a person")
    family.say(canaries.message("while waiting"))
    [[handoff]] = rows(desk, "SELECT id FROM handoffs WHERE status = 'waiting' AND conversation = "
                             f"'{family.conversation}'")  # fmt: skip
    staff_does(desk, "accept", str(handoff))
    shown = staff_does(desk, "reply", str(handoff), canaries.message("staff"))
    assert "Sent without the" in shown
    family.say(canaries.message("to staff"))
    staff_does(desk, "close", str(handoff))


def text_the_desk(desk: Stack, canaries: Canaries, twilio: TwilioInAThread) -> None:
    for language in ("en", "vi"):
        before = len(twilio.to(SMS_NUMBER))
        assert text(desk, SMS_NUMBER, canaries.message("text message", language)) == 200
        wait(lambda before=before: len(twilio.to(SMS_NUMBER)) > before)
    wait(lambda: rows(desk, "SELECT count(*) FROM outbox WHERE status IN ('waiting', 'sending')")[0][0] == 0)


def while_rasa_is_away(desk: Stack, canaries: Canaries) -> None:
    family = Family(desk.url, "en")
    os.kill(desk.pid_of("rasa"), signal.SIGKILL)
    family.say(canaries.message("without Rasa"))
    assert "notice" in family.kinds
    wait(lambda: status(f"{desk.url}/readyz") == 503)
    wait(lambda: status(f"{desk.url}/readyz") == 200, 120)


@pytest.fixture(scope="module")
def canaries(desk: Stack, twilio: TwilioInAThread) -> Canaries:
    """Everything has been sent."""
    made = Canaries()
    family = say_in_the_chat(desk, made)
    asyncio.run(use_the_stream(desk, made, family))
    use_pages(desk, made)
    fail(desk, made, family)
    talk_to_staff(desk, made)
    text_the_desk(desk, made, twilio)
    open_a_ticket_in_the_chat(desk)
    while_rasa_is_away(desk, made)
    return made


def test_no_secret_is_in_any_file_or_mail(desk: Stack, canaries: Canaries, mail: MailServer) -> None:
    places = written(desk.home)
    assert {"desk.db", "rasa/conversations.db", "log/rasa.log", "log/desk.log", "up.log"} <= set(places)
    places |= {f"mail {number}": each.as_bytes() for number, each in enumerate(mail.mails)}
    assert mail.mails
    assert len(canaries.secrets) > 150
    assert found(places, canaries.secrets) == []


def test_what_families_wrote_is_in_the_database_and_in_no_log_and_no_mail(
    desk: Stack, canaries: Canaries, mail: MailServer
) -> None:
    marks = {mark: mark for mark in canaries.marks}
    assert found({"desk.db": everything(desk)}, marks)
    # Rasa keeps with the dialogue's place what a ticket would be about.
    dialogues = ("conversations.db", "conversations.db-wal", "conversations.db-shm")
    places = written(desk.home, without=(*DESK_FILES, *dialogues))
    places |= {f"mail {number}": each.as_bytes() for number, each in enumerate(mail.mails)}
    assert found(places, marks) == []


def test_names_and_contacts_are_where_the_ticket_needs_them_and_nowhere_else(
    desk: Stack, canaries: Canaries, mail: MailServer
) -> None:
    private = {word: word for word in ("Quispecanari", "zulimar.canari", "Canarimba", "555-0188", "+15155550188")}
    places = written(desk.home, without=DESK_FILES)
    places |= {f"mail {number}": each.as_bytes() for number, each in enumerate(mail.mails)}
    assert found(places, private) == []
    # In the database: in the ticket, and in the conversation that it was told in.
    for word in private:
        tables = tables_with(desk, word)
        assert tables <= {"tickets", "messages"}, (word, tables)


def test_a_number_that_texts_is_readable_nowhere(desk: Stack, canaries: Canaries, mail: MailServer) -> None:
    number = {SMS_NUMBER: "number", SMS_NUMBER[2:]: "number", "515-555-0163": "number"}
    places = written(desk.home) | {f"mail {place}": each.as_bytes() for place, each in enumerate(mail.mails)}
    assert found(places, number) == []
    assert rows(desk, "SELECT count(*) FROM phones WHERE sealed IS NOT NULL")[0][0] == 1


def everything(desk: Stack) -> bytes:
    return "\n".join(str(row) for row in rows(desk, "SELECT text FROM messages")).encode()


def tables_with(desk: Stack, word: str) -> set[str]:
    names = [row[0] for row in rows(desk, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    with sqlite3.connect(desk.database) as opened:
        contents: dict[str, list[Any]] = {name: opened.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    opened.close()
    return {name for name, content in contents.items() if any(word in str(row) for row in content)}
