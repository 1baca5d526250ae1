"""The demo school page, the full-page chat, the widget's script and the style files."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from aiohttp import web

from actions.desk.district import District
from bot.gateway.help_centre import missing
from bot.gateway.keys import DISTRICT
from bot.gateway.page import HEADERS, kept, languages_of, page, texts_for
from bot.gateway.route import Access, Route
from bot.gateway.ticket_page import form_values

BY_LANGUAGE = {"Vary": "Accept-Encoding, Accept-Language"}
STATIC = Path(__file__).parent / "static"
FILES = {
    "help.css": "text/css",
    "form.css": "text/css",
    "demo.css": "text/css",
    "chat.css": "text/css",
    "icon.svg": "image/svg+xml",
}
# The widget is one script for the browser and small files for the reader, joined in this order.
WIDGET_PARTS = ("base.js", "style.js", "connection.js", "message.js", "panel.js", "element.js")
COMMENT_BLOCK = re.compile(rb"^\s*/\*\*.*?\*/$", re.DOTALL | re.MULTILINE)


async def demo(request: web.Request) -> web.StreamResponse:
    """A school's own web site, with the widget in it as a district would embed it."""
    texts = texts_for(request, request.query.get("lang", ""))
    values = {"switch": [(other, f"/?lang={other.language}") for other in languages_of(request.app[DISTRICT])]}
    return page(request, "demo.html", texts, values, scripts=True, headers=BY_LANGUAGE)


async def chat(request: web.Request) -> web.StreamResponse:
    """The chat alone, for phones and for printed links; without JavaScript it is the ticket form."""
    texts = texts_for(request, request.query.get("lang", ""))
    values = form_values(request, {"asset_tag": request.query.get("tag", "")})
    return page(request, "chat.html", texts, values, scripts=True, headers=BY_LANGUAGE)


async def widget(request: web.Request) -> web.StreamResponse:
    """The one script that a district embeds."""
    body = widget_script(request.app[DISTRICT])
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}  # it is made to be embedded by other sites
    return kept(request, body, "text/javascript", cache_control="public, max-age=300", headers=headers)


async def static(request: web.Request) -> web.StreamResponse:
    """A style file or the icon; only files that are named above."""
    name = request.match_info["name"]
    if name not in FILES:
        return missing(request)
    return kept(request, _file(name), FILES[name], cache_control="public, max-age=300", headers=HEADERS)


def widget_script(district: District) -> bytes:
    """The widget with this district's name, phone, languages and texts at its top."""
    languages = languages_of(district)
    facts = district.values()
    desk = {
        "languages": [texts.language for texts in languages],
        "texts": {
            texts.language: {
                "languageName": texts.name,
                "direction": texts.direction,
                **{name: _filled(text, facts) for name, text in texts["widget"].items()},
            }
            for texts in languages
        },
    }
    parts = [_file(f"widget/{name}") for name in WIDGET_PARTS]
    table = json.dumps(desk, ensure_ascii=False, separators=(",", ":")).encode()
    return (
        b"(() => {\n'use strict';\nconst DESK = "
        + table
        + b";\n"
        + b"".join(map(_without_comments, parts))
        + b"})();\n"
    )


def _without_comments(script: bytes) -> bytes:
    """A script without indentation, empty lines and the comments that stand on lines of their own."""
    lines = COMMENT_BLOCK.sub(b"", script).splitlines()
    kept_lines = [stripped for line in lines if (stripped := line.strip()) and not stripped.startswith(b"//")]
    return b"\n".join(kept_lines) + b"\n"


def _filled(text: object, facts: dict[str, str]) -> object:
    """Put the district's facts into a text; what the widget fills in itself stays."""
    if not isinstance(text, str):
        return text
    for name in ("help_desk", "help_desk_phone"):
        text = text.replace("{" + name + "}", facts[name])
    return text


@cache
def _file(name: str) -> bytes:
    return (STATIC / name).read_bytes()


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", demo, Access.PUBLIC),
    Route("GET", "/chat", chat, Access.PUBLIC),
    Route("GET", "/widget.js", widget, Access.PUBLIC),
    Route("GET", "/static/{name}", static, Access.PUBLIC),
)
