"""The question under each article: did it help, and if not, why; plain forms that need no JavaScript."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from actions.desk import article_feedback
from actions.desk.article_feedback import ANSWERS, NOT_HELPFUL
from bot.gateway.addresses import client_of
from bot.gateway.help_centre import missing, offered_texts
from bot.gateway.incoming import read_form
from bot.gateway.keys import DATABASE, DISTRICT, FORMS, KNOWLEDGE
from bot.gateway.page import HEADERS, NEVER_KEPT, languages_of, page
from bot.gateway.route import Access, Route
from bot.gateway.texts import PageTexts
from knowledge.articles import Article


async def receive(request: web.Request) -> web.StreamResponse:
    """POST /help/{language}/{article}/feedback: count the answer, then thank; loading again counts nothing twice."""
    texts, shown = _shown(request)
    if texts is None or shown is None:
        return missing(request, texts)
    answer = dict(await read_form(request)).get("answer", "")
    address = f"/help/{texts.language}/{shown.id}"
    if answer not in ANSWERS:  # a reason may be left out
        return _see(f"{address}/thanks")
    if seconds := request.app[FORMS].wait(client_of(request)):
        return _thanks(request, texts, shown, too_many=seconds)
    district = request.app[DISTRICT]
    day = datetime.now(district.time_zone).date()
    await request.app[DATABASE].run(
        article_feedback.count, article=shown.id, language=shown.language, answer=answer, day=day
    )
    return _see(f"{address}/thanks?why" if answer == NOT_HELPFUL else f"{address}/thanks")


async def thanks(request: web.Request) -> web.StreamResponse:
    """GET /help/{language}/{article}/thanks: thanks, and with ?why the question why it did not help."""
    texts, shown = _shown(request)
    if texts is None or shown is None:
        return missing(request, texts)
    return _thanks(request, texts, shown)


def _shown(request: web.Request) -> tuple[PageTexts | None, Article | None]:
    """The article in the language that families see it in; none while the articles are loaded."""
    texts, knowledge = offered_texts(request), request.app[KNOWLEDGE]()
    if texts is None or knowledge is None:
        return texts, None
    return texts, knowledge.library.get(request.match_info["article"], texts.language)


def _thanks(request: web.Request, texts: PageTexts, shown: Article, *, too_many: int = 0) -> web.Response:
    switch = tuple((other, f"/help/{other.language}/") for other in languages_of(request.app[DISTRICT]))
    values = {
        "article": shown,
        "asks_why": "why" in request.query and not too_many,
        "too_many": bool(too_many),
        "switch": switch,
    }
    status, headers = (429, {"Retry-After": str(too_many)}) if too_many else (200, {})
    return page(request, "help_thanks.html", texts, values, status=status, cache_control=NEVER_KEPT, headers=headers)


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={**HEADERS, "Location": address})


ROUTES: tuple[Route, ...] = (
    Route("POST", "/help/{language}/{article}/feedback", receive, Access.FORM),
    Route("GET", "/help/{language}/{article}/thanks", thanks, Access.PUBLIC),
)
