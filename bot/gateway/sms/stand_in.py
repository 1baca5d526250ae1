"""A stand-in for Twilio's Messages API on this machine: takes texts as Twilio does, and keeps them for whoever asks."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web


@dataclass(frozen=True)
class Sent:
    """A text that the desk has handed over: the fields of the form, and who it was by HTTP Basic."""

    sid: str
    form: dict[str, str]
    login: tuple[str, str]
    at: datetime

    @property
    def body(self) -> str:
        return self.form["Body"]

    @property
    def to(self) -> str:
        return self.form["To"]


@dataclass
class StandInTwilio:
    """Twilio's `Messages.json`, for one account or any; `fail` may answer in its place.

    `fail` gets the form and gives (status, JSON body, headers), or None to let the text through.
    """

    fail: Callable[[dict[str, str]], tuple[int, dict[str, object], dict[str, str]] | None] = lambda form: None  # noqa: ARG005
    sent: list[Sent] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        app.router.add_post(path, self._take)
        app.router.add_get(path, self._list)
        return app

    async def _take(self, request: web.Request) -> web.StreamResponse:
        login = _login(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        if login is None or login[0] != request.match_info["account"]:
            return _refused(401, 20003, "Authenticate")
        failure = self.fail(form)
        if failure is not None:
            status, body, headers = failure
            return web.json_response(body, status=status, headers=headers)
        if not form.get("Body") or not form.get("To"):
            return _refused(400, 21619, "A text message body is required.")
        text = Sent(f"SM{uuid.uuid4().hex}", form, login, datetime.now(UTC))
        self.sent.append(text)
        return web.json_response(_shown(text), status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        number = request.query.get("To")
        found = [_shown(text) for text in reversed(self.sent) if number in {None, text.to}]
        return web.json_response({"messages": found[: int(request.query.get("PageSize", "50"))]})


@asynccontextmanager
async def standing_in(host: str, port: int) -> AsyncIterator[StandInTwilio]:
    """A stand-in that listens there; raises OSError when something else does."""
    stand_in = StandInTwilio()
    runner = web.AppRunner(stand_in.app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield stand_in
    finally:
        await runner.cleanup()


def _shown(text: Sent) -> dict[str, object]:
    return {
        "sid": text.sid,
        "to": text.to,
        "from": text.form.get("From"),
        "body": text.body,
        "status": "queued",
        "error_code": None,
        "date_created": format_datetime(text.at),
    }


def _refused(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message, "status": status}, status=status)


def _login(request: web.Request) -> tuple[str, str] | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if scheme.lower() == "basic" else None
