"""A family's phone with Twilio around it: signs as Twilio's own library does, and takes what the desk sends."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer
from sqlalchemy import Table, exists, or_, select
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from actions.desk.models import CONSENTS, MESSAGES, OUTBOX, RECEIVED_TEXTS
from bot.gateway.keys import SMS
from bot.gateway.sms.sender import Pace
from bot.gateway.sms.stand_in import StandInTwilio
from tests.bot.gateway.desk_stand_ins import PATIENCE, Desk, StandInRasa, running_desk, until

ACCOUNT, TOKEN, OUR_NUMBER = "AC123", "12345", "+15155550142"
PUBLIC_URL = "https://desk.cedarhollow.example"
BURST_SECONDS = 0.08
# Enough for several texts to come within it, however busy the machine is.
LONG_BURST_SECONDS = 1.0
# Nothing is taken over from a sender that is only slow; and what is due so late is being sent at this moment.
PACE = Pace(look_seconds=0.05, lease=timedelta(days=1), pause_seconds=lambda attempts: 0.02)
# What is due no earlier is left to itself.
SOON = timedelta(seconds=2)


def sid() -> str:
    return f"SM{uuid.uuid4().hex}"


@dataclass
class Line:
    """The desk, Twilio as the desk sees it, and as many phones as a test needs."""

    desk: Desk
    twilio: StandInTwilio
    public_url: str = PUBLIC_URL

    def phone(self, number: str = "+15155550177") -> Phone:
        return Phone(self, number)

    def sign(self, path: str, form: dict[str, Any], token: str = TOKEN) -> dict[str, str]:
        signature = RequestValidator(token).compute_signature(f"{self.public_url}{path}", form)
        return {"X-Twilio-Signature": signature}

    async def post(self, path: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> tuple[int, str]:
        signed = self.sign(path, form) if headers is None else headers
        async with self.desk.client.post(path, data=form, headers=signed) as response:
            return response.status, await response.text()

    async def rows(self, table: Table) -> list[Any]:
        def read(session: Session) -> list[Any]:
            return list(session.execute(select(table).order_by(table.c[0])).all())

        return await self.desk.database.run(read)

    async def consents(self) -> list[Any]:
        """What was said about getting texts, beside the first text of each number."""
        return [row for row in await self.rows(CONSENTS) if not row.source.startswith("first text ")]

    async def quiet(self, seconds: float = 0.15) -> list[str]:
        """Wait until the desk has done all that it has to do, and nothing more has come for so long after that.

        All bodies that were sent by then.
        """
        async with asyncio.timeout(PATIENCE):
            seen, since = -1, 0.0
            while True:
                now = asyncio.get_running_loop().time()
                if await self._is_busy() or seen != len(self.twilio.sent):
                    seen, since = len(self.twilio.sent), now
                elif now - since >= seconds:
                    return [text.body for text in self.twilio.sent]
                await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Wait until what the desk writes down after Twilio has a text is written down too."""
        await self.quiet(0)

    def bursts_take(self, seconds: float) -> None:
        """Change how long a burst goes on after its last text."""
        self.desk.client.app[SMS]._burst_seconds = seconds

    async def _is_busy(self) -> bool:
        """Whether a text waits for its turn or for being sent soon, here or in another desk on this database."""

        def busy(session: Session) -> bool:
            now = datetime.now(UTC)
            soon = OUTBOX.c.status.in_(["waiting", "sending"]) & (OUTBOX.c.due_at <= now + SOON)
            now_sent = (OUTBOX.c.status == "sending") & (OUTBOX.c.due_at > now + PACE.lease / 2)
            waits = (
                exists().where(soon | now_sent),
                exists().where(~RECEIVED_TEXTS.c.taken),
                exists().where((MESSAGES.c.sender == "family") & ~MESSAGES.c.done),
            )
            return bool(session.scalar(select(or_(*waits))))

        return await self.desk.database.run(busy)


@dataclass
class Phone:
    """One number."""

    line: Line
    number: str
    read: int = field(default=0)

    def form(self, text: str, **more: str) -> dict[str, str]:
        one = more.pop("MessageSid", None) or sid()
        return {
            "MessageSid": one, "SmsSid": one, "SmsMessageSid": one, "AccountSid": ACCOUNT, "From": self.number,
            "To": OUR_NUMBER, "Body": text, "NumMedia": "0", "NumSegments": "1", "FromCountry": "US", "FromZip": "",
            **more,
        }  # fmt: skip

    async def send(self, text: str, **more: str) -> tuple[int, str]:
        """Text the desk; status and body of what Twilio is answered."""
        return await self.line.post("/sms/twilio", self.form(text, **more))

    async def says(self, text: str, count: int = 1, **more: str) -> list[str]:
        """Text the desk and wait for so many replies that were not read yet."""
        status, body = await self.send(text, **more)
        assert status == 200, body
        return await self.gets(count)

    async def gets(self, count: int = 1) -> list[str]:
        await until(lambda: len(self._got()) - self.read >= count)
        new = self._got()[self.read :]
        self.read = len(self._got())
        return new

    def _got(self) -> list[str]:
        return [text.body for text in self.line.twilio.sent if text.to == self.number]


@asynccontextmanager
async def open_line(
    home: Path, *, twilio: StandInTwilio | None = None, rasa: StandInRasa | None = None, **settings: str
) -> AsyncIterator[Line]:
    """A desk with an account at a fake Twilio."""
    twilio = twilio or StandInTwilio()
    server = TestServer(twilio.app())
    await server.start_server()
    given = {
        "PUBLIC_URL": PUBLIC_URL,
        "SECRET_KEY": "a key that is set",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": OUR_NUMBER,
        "TWILIO_API_URL": str(server.make_url("")),
        **settings,
    }
    options = {"burst_seconds": BURST_SECONDS, "pace": PACE}
    try:
        async with running_desk(home, rasa=rasa, app_options=options, **given) as desk:
            yield Line(desk, twilio, given["PUBLIC_URL"])
    finally:
        await server.close()
