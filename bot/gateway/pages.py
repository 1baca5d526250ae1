"""The demo school page, the full-page chat, the widget's script and the style files."""

from __future__ import annotations

import hashlib
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
from bot.gateway.texts import PageTexts
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
WIDGET_PARTS = (
    "base.js",
    "style.js",
    "connection.js",
    "transcript.js",
    "rating.js",
    "message.js",
    "menu.js",
    "scrolling.js",
    "panel.js",
    "element.js",
)
# What an empty panel shows. The script carries it in every language; all other texts come in the family's own only.
FIRST_TEXTS = (
    "name", "launcher", "open", "close", "title", "language", "log", "input", "placeholder", "send", "person",
    "person_text", "you", "connecting", "offline", "unreachable", "too_long", "empty", "menu",
    "notice", "privacy",
)  # fmt: skip
# A browser that knows the script shows the chat at once, asks for a newer one meanwhile, and shows it with the desk's
# phone number even while the desk is down.
FIVE_MINUTES_THEN_A_DAY = "public, max-age=300, stale-while-revalidate=86400"
LABEL = re.compile(r"[A-Za-z0-9-]{1,32}", re.ASCII)
# Behind what is not in a string any more: no quote follows.
STYLE = re.compile(rb"(?<=const STYLE = `)[^`]*")
STYLE_ZERO = re.compile(rb"(?<![\w.])0(?=\.\d)")
STYLE_SPACE = re.compile(rb"\s*([{};,])\s*")
COMMENT_BEHIND = re.compile(rb"[ \t]+// [^\n'\"`]*$", re.MULTILINE)
COMMENT_BLOCK = re.compile(rb"^\s*/\*\*.*?\*/$", re.DOTALL | re.MULTILINE)


async def demo(request: web.Request) -> web.StreamResponse:
    """A school's own web site, with the widget in it as a district would embed it."""
    texts = texts_for(request, request.query.get("lang", ""))
    values = {"switch": [(other, f"/?lang={other.language}") for other in languages_of(request.app[DISTRICT])]}
    return page(request, "demo.html", texts, values, scripts=True, headers=BY_LANGUAGE)


async def chat(request: web.Request) -> web.StreamResponse:
    """The chat alone, for phones and for printed links; without JavaScript it is the ticket form.

    `?tag=CB204187` is what a device's label leads to.
    """
    texts = texts_for(request, request.query.get("lang", ""))
    tag = request.query.get("tag", "")
    values = {**form_values(request, {"asset_tag": tag}), "tag": asset_tag(tag)}
    return page(request, "chat.html", texts, values, scripts=True, headers=BY_LANGUAGE)


def asset_tag(text: str) -> str:
    """What may stand on a label, or nothing."""
    return text.strip() if LABEL.fullmatch(text.strip()) else ""


async def widget(request: web.Request) -> web.StreamResponse:
    """The one script that a district embeds."""
    body = widget_script(request.app[DISTRICT])
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}  # it is made to be embedded by other sites
    return kept(request, body, "text/javascript", cache_control=FIVE_MINUTES_THEN_A_DAY, headers=headers)


async def static(request: web.Request) -> web.StreamResponse:
    """A style file or the icon; only files that are named above."""
    name = request.match_info["name"]
    if name not in FILES:
        return missing(request)
    return kept(request, _file(name), FILES[name], cache_control="public, max-age=300", headers=HEADERS)


async def widget_language(request: web.Request) -> web.StreamResponse:
    """All texts of the widget in one language, which it asks for when a family opens it."""
    district = request.app[DISTRICT]
    language = request.match_info["language"]
    texts = next((texts for texts in languages_of(district) if texts.language == language), None)
    if texts is None:
        return missing(request)
    body = json.dumps(widget_texts(texts, district), ensure_ascii=False, separators=(",", ":")).encode()
    return kept(request, body, "application/json", cache_control="public, max-age=300")


def widget_texts(texts: PageTexts, district: District) -> dict[str, object]:
    """The widget's texts of one language with the district's name and phone in them."""
    facts = {**district.values(), **texts.periods(district.retention)}
    return {name: _filled(text, facts) for name, text in texts["widget"].items()}


def widget_script(district: District) -> bytes:
    """The widget with this district's languages, and the first texts of each, at its top."""
    languages = languages_of(district)
    every = {texts.language: widget_texts(texts, district) for texts in languages}
    desk = {
        # New texts have a new address, so that no browser mixes old ones with a new script.
        "version": hashlib.sha256(json.dumps(every).encode()).hexdigest()[:8],
        "languages": list(every),
        "texts": {
            texts.language: {
                "languageName": texts.name,
                "direction": texts.direction,
                **{name: every[texts.language][name] for name in FIRST_TEXTS},
            }
            for texts in languages
        },
    }
    parts = [STYLE.sub(_tight, _file(f"widget/{name}")) for name in WIDGET_PARTS]
    table = json.dumps(desk, ensure_ascii=False, separators=(",", ":")).encode()
    return (
        b"(() => {\n'use strict';\nconst DESK = "
        + table
        + b";\n"
        + b"".join(map(_without_comments, parts))
        + b"})();\n"
    )


def _tight(style: re.Match[bytes]) -> bytes:
    """A style sheet without the spaces and zeros that only people need."""
    return STYLE_SPACE.sub(rb"\1", STYLE_ZERO.sub(b"", style[0])).replace(b": ", b":").replace(b";}", b"}")


def _without_comments(script: bytes) -> bytes:
    """A script without indentation, empty lines and comments."""
    lines = COMMENT_BEHIND.sub(b"", COMMENT_BLOCK.sub(b"", script)).splitlines()
    kept_lines = [stripped for line in lines if (stripped := line.strip()) and not stripped.startswith(b"//")]
    return b"\n".join(kept_lines) + b"\n"


def _filled(text: object, facts: dict[str, str]) -> object:
    """Put the district's facts into a text; what the widget fills in itself stays."""
    if not isinstance(text, str):
        return text
    for name in ("help_desk", "help_desk_phone", "short_name", "chat_period"):
        text = text.replace("{" + name + "}", facts[name])
    return text


@cache
def _file(name: str) -> bytes:
    return (STATIC / name).read_bytes()


ROUTES: tuple[Route, ...] = (
    Route("GET", "/", demo, Access.PUBLIC),
    Route("GET", "/chat", chat, Access.PUBLIC),
    Route("GET", "/widget.js", widget, Access.PUBLIC),
    Route("GET", "/widget/{language}.json", widget_language, Access.PUBLIC),
    Route("GET", "/static/{name}", static, Access.PUBLIC),
)
