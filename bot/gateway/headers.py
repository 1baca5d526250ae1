"""Headers that every answer of the desk carries, unless its handler has set a better one."""

from __future__ import annotations

from aiohttp import web

from bot.gateway.keys import SETTINGS

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What is no page of ours runs nothing and stands in no frame.
    "Content-Security-Policy": (
        "default-src 'none'; form-action 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Data of families is kept in no cache; pages say for themselves how long they may be.
    "Cache-Control": "no-store",
}
# Two years.
ONLY_HTTPS = "max-age=63072000"


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Before an answer leaves."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if request.app[SETTINGS].public_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", ONLY_HTTPS)
    # Versions help only those who look for holes.
    response.headers["Server"] = "FamilyDesk"
