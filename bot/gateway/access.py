"""Who may call a route, checked before its handler runs."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from aiohttp import web

from actions.desk import conversations
from bot.gateway.errors import ApiError
from bot.gateway.keys import CONVERSATION, DATABASE, SETTINGS
from bot.gateway.route import Access, Handler, Route
from bot.gateway.sms.signature import from_twilio

LONGEST_TOKEN = 200


def guarded(route: Route) -> Handler:
    """The route's handler behind the check that its access asks for."""
    guards = {
        Access.PUBLIC: _anybody,
        Access.FORM: _from_own_form,
        Access.FAMILY: _with_token,
        Access.STREAM: _from_own_pages,
        Access.TWILIO: from_twilio,
        Access.LOCAL: _from_this_machine,
    }
    checked = guards[route.access](route.handler)
    return route.before(checked) if route.before is not None else checked


def unknown_token() -> ApiError:
    """The error for a token that opens nothing: wrong, worn out and never given are one and the same."""
    message = "The token is unknown or has expired; start a new session with POST /api/chat/sessions."
    return ApiError(401, "unknown_token", message, {"WWW-Authenticate": "Bearer"})


async def conversation_of(request: web.Request, token: str) -> str | None:
    """The conversation that a token opens, if any; looking keeps it alive."""
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        return None
    return await request.app[DATABASE].run(conversations.by_token, token, datetime.now(UTC))


def is_loopback(address: str | None) -> bool:
    """Whether a peer's address is this machine itself."""
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _anybody(handler: Handler) -> Handler:
    return handler


def _with_token(handler: Handler) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        conversation = await conversation_of(request, token.strip()) if scheme.lower() == "bearer" else None
        if conversation is None:
            raise unknown_token()
        request[CONVERSATION] = conversation
        return await handler(request)

    return checked


def _from_own_pages(handler: Handler) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        # A browser lets any page open a WebSocket to anywhere and says which page it was; programs say nothing.
        listed = request.headers.get("Origin") in request.app[SETTINGS].widget_sites
        if not listed and _is_foreign(request):
            message = "This page may not open the stream; only those of the desk and of listed sites may."
            raise ApiError(403, "foreign_origin", message)
        return await handler(request)

    return checked


def _from_own_form(handler: Handler) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        # Every browser that runs scripts says where a form comes from. Text browsers say nothing, and are welcome:
        # no cookie is at stake, so a foreign page gains nothing by them.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"} or _is_foreign(request):
            message = "This form was not sent from a page of the desk; open the page itself and send it from there."
            raise ApiError(403, "foreign_origin", message)
        return await handler(request)

    return checked


def _is_foreign(request: web.Request) -> bool:
    """Whether the browser says that the request was made by a page from elsewhere."""
    origin = request.headers.get("Origin")
    own = {request.host, urlsplit(request.app[SETTINGS].public_url).netloc}
    return origin is not None and (urlsplit(origin).netloc or None) not in own


def _from_this_machine(handler: Handler) -> Handler:
    async def checked(request: web.Request) -> web.StreamResponse:
        # A web page open in a browser on this machine comes from this machine too; it gives itself away by Origin.
        if not is_loopback(request.remote) or "Origin" in request.headers:
            raise ApiError(403, "local_only", "Only programs on this machine may call this.")
        return await handler(request)

    return checked
