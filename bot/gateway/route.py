"""What a route of the desk is: method, path, handler, and who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"  # anybody
    FORM = "form"  # anybody, from a form on a page of the desk itself
    FAMILY = "family"  # whoever sends the token of a conversation in the Authorization header
    STREAM = "stream"  # the same token in the first frame of a WebSocket, where browsers send no header
    TWILIO = "twilio"  # Twilio alone, by its signature over PUBLIC_URL and all fields
    LOCAL = "local"  # programs on this machine only


@dataclass(frozen=True)
class Route:
    """One row of the desk's list of routes."""

    method: str
    path: str
    handler: Handler
    access: Access
    # Around the check of access, for what a flood must not make us look up.
    before: Callable[[Handler], Handler] | None = None
