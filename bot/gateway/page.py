"""How a page is made: template, texts of its language, security headers, and an answer a browser may keep."""

from __future__ import annotations

import gzip
import hashlib
import secrets
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from actions.desk.district import District
from bot.gateway.keys import DISTRICT, SETTINGS
from bot.gateway.markup import isolated
from bot.gateway.texts import PageTexts, all_texts, offered, preferred_language
from knowledge.article_rules import SOURCE_LANGUAGE

TEMPLATES = Path(__file__).parent / "templates"
# Nothing inline, nothing from elsewhere, and no script at all; a page that has one names it by a nonce.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
A_MINUTE = "public, max-age=60"
NEVER_KEPT = "no-store"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["fill"] = _fill
    environment.filters["isolated"] = isolated
    return environment


def _fill(text: str, values: Mapping[str, object]) -> str:
    """Put values into the {places} of one of our own texts; the template escapes the whole."""
    return text.format_map(values)


def languages_of(district: District) -> tuple[PageTexts, ...]:
    """The languages in which families of this district see pages."""
    return offered(district.languages)


def texts_for(request: web.Request, wanted: str = "") -> PageTexts:
    """The wanted language if it is offered, else the browser's best one, else English."""
    choices = {texts.language: texts for texts in languages_of(request.app[DISTRICT])}
    language = wanted if wanted in choices else None
    language = language or preferred_language(request.headers.get("Accept-Language", ""), tuple(choices))
    return choices.get(language or SOURCE_LANGUAGE) or all_texts()[SOURCE_LANGUAGE]


def with_scripts(nonce: str) -> str:
    """The policy of a page whose scripts carry this nonce and talk with the desk alone."""
    return f"{CONTENT_SECURITY_POLICY}; script-src 'nonce-{nonce}'; connect-src 'self'"


def page(
    request: web.Request,
    template: str,
    texts: PageTexts,
    values: Mapping[str, object],
    *,
    status: int = 200,
    cache_control: str = A_MINUTE,
    headers: Mapping[str, str] | None = None,
    scripts: bool = False,
) -> web.Response:
    """Render a template in the language of `texts`; its scripts run only with `scripts`, and it is then kept nowhere.

    A nonce that a cache hands out again would be no secret any more.
    """
    district = request.app[DISTRICT]
    nonce = secrets.token_urlsafe(16) if scripts else ""
    policy = {"Content-Security-Policy": with_scripts(nonce)} if scripts else {}
    common = {
        "nonce": nonce,
        "texts": texts,
        "district": district,
        "facts": district.values(),
        "languages": languages_of(district),
        "address": request.app[SETTINGS].address + request.path,
        "hours": opening_hours(district, texts),
    }
    body = _environment().get_template(template).render({**common, **values}).encode()
    return kept(
        request,
        body,
        "text/html",
        status=status,
        cache_control=NEVER_KEPT if scripts else cache_control,
        headers={**HEADERS, **policy, "Content-Language": texts.language, **(headers or {})},
    )


def kept(
    request: web.Request,
    body: bytes,
    content_type: str,
    *,
    status: int = 200,
    cache_control: str = A_MINUTE,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """An answer with an entity tag, compressed when the browser can; 304 when the browser has it already."""
    tag = hashlib.sha256(body).hexdigest()[:32]
    sent = {"Cache-Control": cache_control, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    sent |= headers or {}
    known = request.if_none_match or ()
    if status == 200 and cache_control != NEVER_KEPT:
        sent["ETag"] = f'"{tag}"'
        if any(etag.value in {tag, "*"} for etag in known):
            return web.Response(status=304, headers=sent)
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(body) > 1000:
        body = _compressed(body)
        sent["Content-Encoding"] = "gzip"
    return web.Response(body=body, status=status, content_type=content_type, charset="utf-8", headers=sent)


@lru_cache(maxsize=128)
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=9, mtime=0)


def opening_hours(district: District, texts: PageTexts) -> tuple[tuple[str, str], ...]:
    """The help desk's week: each day's name, and when it is open."""
    words = texts["hours"]
    rows = []
    for day, name in words["days"].items():
        hours = district.help_desk.hours.get(day)
        when = words["closed"]
        if hours:
            when = words["pattern"].format_map({"from": texts.time(hours[0]), "to": texts.time(hours[1])})
        rows.append((name, when))
    return tuple(rows)
