"""`familydesk text`: plays a family's phone against the running desk, with a webhook signed as Twilio signs it."""

from __future__ import annotations

import asyncio
import re
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from actions.desk.database import Database
from actions.desk.models import MESSAGES, OUTBOX, PHONES, RECEIVED_TEXTS
from actions.desk.phone_numbers import PhoneNumbers, is_number
from actions.desk.secret_key import secret_key
from bot.gateway.access import is_loopback
from bot.gateway.sms.setup import DEMO_ACCOUNT, DEMO_NUMBER
from bot.gateway.sms.signature import HEADER, signed, webhook_tokens
from bot.gateway.sms.stand_in import standing_in
from knowledge.settings import Settings

PATH = "/sms/twilio"
WAIT_SECONDS = 90.0
LOOK_SECONDS = 0.2


class PlayError(Exception):
    """The text could not be played; the message names the cure."""


@dataclass(frozen=True)
class _Seen:
    """What the desk has made of the text so far: the texts it sent, in order, and whether more will come."""

    bodies: list[str]
    done: bool


def as_number(written: str) -> str:
    """A number as Twilio writes it; ten digits are a number of the United States. Raises PlayError."""
    digits = re.sub(r"[\s().-]", "", written)
    number = f"+1{digits}" if re.fullmatch(r"[2-9]\d{9}", digits) else digits
    if not is_number(number):
        raise PlayError(f"'{written}' is not a telephone number; write it like 515-555-0177 or +15155550177")
    return number


async def play(settings: Settings, written: str, text: str, show: Callable[[str], None]) -> None:
    """Send the desk a text from that number and show each reply as it goes out. Raises PlayError."""
    number, key = as_number(written), secret_key(settings)
    tokens = webhook_tokens(settings, key)
    if not tokens:
        raise PlayError(
            "FAMILYDESK_TWILIO_AUTH_TOKEN is not set; set it as the desk has it, or no TWILIO setting at all"
        )
    phone = PhoneNumbers(key).hashed(number)
    database = Database(settings.database)
    try:
        async with AsyncExitStack() as stack:
            await _stand_in(settings, stack)
            before = await database.run(_newest, phone)
            sid = f"SM{uuid.uuid4().hex}"
            await _send(settings, tokens[0], number, text, sid)
            await _show_replies(database, phone, sid, before, show)
    finally:
        database.close()


async def _stand_in(settings: Settings, stack: AsyncExitStack) -> None:
    """Where TWILIO_API_URL names a port of this machine at which nobody listens, stand in there for Twilio."""
    url = urlsplit(settings.twilio_api_url)
    if url.scheme != "http" or not (url.hostname == "localhost" or is_loopback(url.hostname)):
        return
    try:
        await stack.enter_async_context(standing_in(url.hostname or "", url.port or 80))
    except OSError:
        return  # the one that is there already serves


async def _send(settings: Settings, token: str, number: str, text: str, sid: str) -> None:
    form = {
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": settings.twilio_account_sid or DEMO_ACCOUNT,
        "From": number,
        "To": settings.twilio_from or DEMO_NUMBER,
        "Body": text,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }
    headers = {HEADER: signed(token, f"{settings.address}{PATH}", list(form.items()))}
    url = f"{settings.local_address}{PATH}"
    try:
        async with aiohttp.ClientSession() as client, client.post(url, data=form, headers=headers) as response:
            code = response.status
    except aiohttp.ClientConnectorError as error:
        raise PlayError(f"the desk does not answer at {url}; start it with `familydesk up`") from error
    if code == 403:
        raise PlayError("the desk refused the signature; run this with the settings (HOME, PUBLIC_URL) of the desk")
    if code != 200:
        raise PlayError(f"the desk answered with status {code}; see its log")


async def _show_replies(database: Database, phone: str, sid: str, before: int, show: Callable[[str], None]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    shown = 0
    while time.monotonic() < end:
        seen = await database.run(_look, phone, sid, before)
        for body in seen.bodies[shown:]:
            show(body)
        shown = max(shown, len(seen.bodies))
        if seen.done:
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise PlayError(f"no reply within {WAIT_SECONDS:.0f} s; see the log of the desk")


def _newest(session: Session, phone: str) -> int:
    """The number's newest text to be sent."""
    return session.scalar(select(func.max(OUTBOX.c.id)).where(OUTBOX.c.phone == phone)) or 0


def _look(session: Session, phone: str, sid: str, before: int) -> _Seen:
    ours = (OUTBOX.c.phone == phone) & (OUTBOX.c.id > before)
    rows = session.execute(select(OUTBOX).where(ours).order_by(OUTBOX.c.message, OUTBOX.c.part)).all()
    taken = session.scalar(select(RECEIVED_TEXTS.c.taken).where(RECEIVED_TEXTS.c.sid == sid))
    conversation = select(PHONES.c.conversation).where(PHONES.c.id == phone).scalar_subquery()
    unanswered = (MESSAGES.c.conversation == conversation) & ~MESSAGES.c.done
    open_messages = select(func.count()).select_from(MESSAGES).where(unanswered)
    under_way = any(row.status in {"waiting", "sending"} for row in rows)
    done = taken is not False and not session.scalar(open_messages) and not under_way
    bodies = []
    for row in rows:  # in order: what waits for an earlier one is shown after it
        if row.status in {"waiting", "sending"}:
            break
        if row.body is not None and row.status in {"sent", "delivered"}:
            bodies.append(row.body)
    return _Seen(bodies, done)


def run(settings: Settings, written: str, text: str) -> bool:
    """Play, and print the replies with an empty line between them; whether it went well."""
    shown: list[str] = []

    def show(body: str) -> None:
        print(f"\n{body}" if shown else body, flush=True)
        shown.append(body)

    try:
        asyncio.run(play(settings, written, text, show))
    except PlayError as error:
        print(error, file=sys.stderr)
        return False
    if not shown:
        print("(no reply)", file=sys.stderr)
    return True
