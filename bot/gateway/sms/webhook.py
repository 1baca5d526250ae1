"""Twilio's two webhooks: a text that came, and how one of ours fares."""

from __future__ import annotations

from aiohttp import web

from bot.gateway.errors import ApiError
from bot.gateway.keys import SMS, TWILIO_FORM
from bot.gateway.route import Access, Route

# Nothing to say on this line: replies go out through the Messages API.
EMPTY_TWIML = b"<Response/>"


async def receive(request: web.Request) -> web.StreamResponse:
    """POST /sms/twilio: stored when this is answered, and answered at once."""
    form = request[TWILIO_FORM]
    await request.app[SMS].receive(form)
    return web.Response(body=EMPTY_TWIML, content_type="text/xml")


async def status(request: web.Request) -> web.StreamResponse:
    """POST /sms/twilio/status?text=ROW: whether a text has arrived."""
    form, row = request[TWILIO_FORM], request.query.get("text", "")
    try:
        await request.app[SMS].note_delivery(form, int(row) if row.isdecimal() else None)
    except LookupError:
        raise ApiError(404, "unknown_text", "This text is not one of ours, or was deleted.") from None
    return web.Response(status=204)


ROUTES: tuple[Route, ...] = (
    Route("POST", "/sms/twilio", receive, Access.TWILIO),
    Route("POST", "/sms/twilio/status", status, Access.TWILIO),
)
