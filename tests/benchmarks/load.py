"""Open chats and many texts at once, counted message by message: `python -m tests.benchmarks.load` prints JSON.

Families text from numbers of their own, signed as Twilio signs, at a steady rate; others sit in open chats and write
now and then. Afterwards every text must be stored once and answered once, every reply handed to Twilio's stand-in once,
and every message of a chat delivered once over its WebSocket, in order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from bot.gateway.sms.signature import HEADER, signed
from bot.gateway.sms.stand_in import StandInTwilio, standing_in
from tests.stack import OUR_NUMBER, TOKEN, Stack, free_ports, new_home, train_once, twilio_settings

TEXTS = (
    "mi chromebook no prende",
    "my daughter forgot her school password",
    "the screen of the chromebook is cracked",
    "không vào được wifi",
    "我们家没有网",
    "is the bus late today",
    "como entro a la clase por video",
    "thank you",
)
DRAINED_SECONDS = 600.0
TWILIO_WAITS_MS = 15_000


@dataclass
class Sms:
    """What was texted, by Twilio's id, and how the desk took it."""

    numbers: dict[str, str] = field(default_factory=dict)
    acknowledged_ms: list[float] = field(default_factory=list)
    refused: Counter[int | str] = field(default_factory=Counter)

    def report(self) -> dict[str, Any]:
        """How the desk took them; Twilio waits 15 s and then hands the same text over again."""
        late = sum(one > TWILIO_WAITS_MS for one in self.acknowledged_ms)
        return {"refused": dict(self.refused), "too_late": late, **spread("acknowledged", self.acknowledged_ms)}


@dataclass
class Chat:
    """An open chat: what its WebSocket has shown, and what its family wrote."""

    token: str
    shown: list[int] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    refused: Counter[int | str] = field(default_factory=Counter)
    fallbacks: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def text(session: aiohttp.ClientSession, url: str, number: str, body: str, sms: Sms) -> None:
    sid = f"SM{uuid.uuid4().hex}"
    form = {"MessageSid": sid, "From": number, "To": OUR_NUMBER, "Body": body, "NumMedia": "0"}
    address = f"{url}/sms/twilio"
    sms.numbers[sid] = number
    began = time.perf_counter()
    try:
        headers = {HEADER: signed(TOKEN, address, list(form.items()))}
        async with session.post(address, data=form, headers=headers) as answer:
            await answer.read()
            if answer.status != 200:
                sms.refused[answer.status] += 1
    except (aiohttp.ClientError, TimeoutError) as error:
        sms.refused[type(error).__name__] += 1
    sms.acknowledged_ms.append((time.perf_counter() - began) * 1000)


async def texts(session: aiohttp.ClientSession, url: str, rate: float, seconds: float, sms: Sms) -> None:
    """Each text from another number, at its own moment, whether the earlier ones were answered or not."""
    began, sending = time.perf_counter(), []
    for place in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        number = f"+1515{2000000 + place}"
        sending.append(asyncio.create_task(text(session, url, number, TEXTS[place % len(TEXTS)], sms)))
    await asyncio.gather(*sending)


async def open_chat(session: aiohttp.ClientSession, url: str) -> Chat:
    async with session.post(f"{url}/api/chat/sessions", json={}) as answer:
        return Chat((await answer.json())["token"])


async def listen(session: aiohttp.ClientSession, url: str, chat: Chat, ready: asyncio.Event) -> None:
    async with session.ws_connect(f"{url}/api/chat/stream") as socket:
        await socket.send_json({"token": chat.token, "after": None})
        async for frame in socket:
            body = json.loads(frame.data)
            if "message" in body:
                chat.shown.append(int(body["message"]["id"]))
            ready.set()


async def write(session: aiohttp.ClientSession, url: str, chat: Chat, words: str) -> None:
    began = time.perf_counter()
    body = {"id": uuid.uuid4().hex, "text": words}
    try:
        async with session.post(f"{url}/api/chat/messages", json=body, headers=chat.headers) as answer:
            reply = await answer.json()
            if answer.status != 200:
                chat.refused[answer.status] += 1
                return
    except (aiohttp.ClientError, TimeoutError) as error:
        chat.refused[type(error).__name__] += 1
        return
    chat.answered_ms.append((time.perf_counter() - began) * 1000)
    chat.fallbacks += any(message["kind"] == "notice" for message in reply["messages"])


async def chats_write(session: aiohttp.ClientSession, url: str, chats: list[Chat], rate: float, seconds: float) -> None:
    began, writing = time.perf_counter(), []
    for place in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, began + place / rate - time.perf_counter()))
        chat = chats[place % len(chats)]
        writing.append(asyncio.create_task(write(session, url, chat, TEXTS[place % len(TEXTS)])))
    await asyncio.gather(*writing)


def rows(stack: Stack, query: str, *values: Any) -> list[Any]:
    connection = sqlite3.connect(f"file:{stack.database}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


async def drained(stack: Stack, count: int) -> bool:
    """Wait until every text has its replies and all of them are handed over; whether that came."""
    end = time.perf_counter() + DRAINED_SECONDS
    while time.perf_counter() < end:
        [(waiting,)] = rows(stack, "SELECT count(*) FROM outbox WHERE status IN ('waiting', 'sending')")
        answered = "SELECT count(DISTINCT client_id) FROM messages WHERE client_id LIKE 'SM%' AND done"
        if not waiting and rows(stack, answered)[0][0] == count:
            return True
        await asyncio.sleep(0.25)
    return False


def count_texts(stack: Stack, sms: Sms, twilio: StandInTwilio) -> dict[str, int]:
    """Every text by its id, and every reply by its row and by what the stand-in got."""
    received = Counter(sid for (sid,) in rows(stack, "SELECT sid FROM received_texts"))
    query = "SELECT client_id, id FROM messages WHERE sender = 'family' AND client_id LIKE 'SM%'"
    messages = rows(stack, query)
    stored = Counter(sid for sid, _ in messages)
    replies = Counter(
        answers_to for (answers_to,) in rows(stack, "SELECT answers_to FROM messages WHERE answers_to IS NOT NULL")
    )
    fallbacks = rows(
        stack,
        "SELECT count(*) FROM messages m JOIN messages f ON f.id = m.answers_to "
        "WHERE m.kind = 'notice' AND f.client_id LIKE 'SM%'",
    )
    posted = [sid for (sid,) in rows(stack, "SELECT sid FROM outbox")]
    given = Counter(sent.sid for sent in twilio.sent)
    same = Counter((sent.to, sent.body) for sent in twilio.sent)
    welcomes = (
        "SELECT count(*) FROM messages WHERE kind = 'welcome' AND conversation IN (SELECT conversation FROM phones)"
    )
    return {
        "sent": len(sms.numbers),
        "stored_once": sum(received[sid] == 1 == stored[sid] for sid in sms.numbers),
        "answered": sum(replies[message] > 0 for _, message in messages),
        "answered_by_the_fallback": fallbacks[0][0],
        "welcomes": rows(stack, welcomes)[0][0],
        "replies": len(posted),
        "replies_handed_over_once": sum(given[sid] == 1 for sid in posted),
        "replies_nobody_wrote": len(twilio.sent) - len(posted),
        "same_words_twice_to_a_number": sum(number - 1 for number in same.values()),
    }


async def count_chats(session: aiohttp.ClientSession, url: str, chats: list[Chat]) -> dict[str, int]:
    """Each chat's WebSocket against its history: every message once and in order."""
    total = exact = 0
    for chat in chats:
        async with session.get(f"{url}/api/chat/messages", headers=chat.headers) as answer:
            history = [int(message["id"]) for message in (await answer.json())["messages"]]
        end = time.perf_counter() + 5
        while chat.shown != history and time.perf_counter() < end:
            await asyncio.sleep(0.05)
        total += len(history)
        exact += chat.shown == history
    return {"open": len(chats), "messages": total, "chats_shown_every_message_once_in_order": exact}


async def load(
    stack: Stack, twilio: StandInTwilio, *, sockets: int, rate: float, chat_rate: float, seconds: float
) -> dict[str, Any]:
    """Put the load on a running desk, wait until all is answered, and count."""
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        chats = [await open_chat(session, stack.url) for _ in range(sockets)]
        ready = [asyncio.Event() for _ in chats]
        pairs = zip(chats, ready, strict=True)
        listening = [asyncio.create_task(listen(session, stack.url, chat, event)) for chat, event in pairs]
        await asyncio.gather(*(event.wait() for event in ready))
        sms, began, before = Sms(), time.perf_counter(), cpu_seconds(stack)
        await asyncio.gather(
            texts(session, stack.url, rate, seconds, sms), chats_write(session, stack.url, chats, chat_rate, seconds)
        )
        done = await drained(stack, len(sms.numbers))
        after_last = round(time.perf_counter() - began - seconds, 1)
        worked = {part: round(used - before[part], 1) for part, used in cpu_seconds(stack).items()}
        counted = {
            "texts": {**count_texts(stack, sms, twilio), **sms.report()},
            "chats": {**await count_chats(session, stack.url, chats), **report(chats)},
        }
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return {
        "seconds": seconds,
        "all_answered_after_the_last_text_s": after_last if done else None,
        "cpu_seconds": worked,
        "machine_load_average": round(psutil.getloadavg()[0], 1),
        **counted,
    }


def report(chats: list[Chat]) -> dict[str, Any]:
    """How the families in the chats fared."""
    return {
        "written": sum(len(chat.answered_ms) for chat in chats),
        "refused": dict(sum((chat.refused for chat in chats), Counter())),
        "answered_by_the_fallback": sum(chat.fallbacks for chat in chats),
        **spread("answered", [one for chat in chats for one in chat.answered_ms]),
    }


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """What the two processes have worked so far; unlike times by the clock, other programs do not change it much."""
    times = {part: psutil.Process(stack.pid_of(part)).cpu_times() for part in ("desk", "rasa")}
    return {part: used.user + used.system for part, used in times.items()}


def spread(what: str, times: list[float]) -> dict[str, float | None]:
    ordered = sorted(times)
    if not ordered:
        return {f"{what}_p50_ms": None, f"{what}_p95_ms": None}
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {f"{what}_p50_ms": round(statistics.median(ordered), 1), f"{what}_p95_ms": round(p95, 1)}


async def measure(home: Path, **how: Any) -> dict[str, Any]:
    """Start everything in that state folder, load it, and stop it."""
    [port] = free_ports(1)
    async with standing_in("127.0.0.1", port) as twilio:
        stack = Stack(home, twilio_settings(port))
        await asyncio.to_thread(stack.start)
        try:
            return await load(stack, twilio, **how)
        finally:
            await asyncio.to_thread(stack.stop)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=200, help="open chats")
    parser.add_argument("--rate", type=float, default=50, help="texts a second")
    parser.add_argument("--chat-rate", type=float, default=5, help="messages a second in all chats together")
    parser.add_argument("--seconds", type=float, default=30, help="how long")
    given = vars(parser.parse_args())
    train_once()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measure(new_home(Path(folder)), **given)), indent=2))


if __name__ == "__main__":
    main()
