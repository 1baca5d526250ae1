"""The help centre: the district's articles as web pages, with search, readable without JavaScript."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date

from aiohttp import web

from bot.gateway.addresses import client_of
from bot.gateway.keys import DISTRICT, KNOWLEDGE, SEARCH_RATE
from bot.gateway.markup import article_html
from bot.gateway.page import HEADERS, NEVER_KEPT, languages_of, page, texts_for
from bot.gateway.route import Access, Route
from bot.gateway.texts import PageTexts, all_texts
from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.articles import Article, Library

LONGEST_QUERY = 500
SECONDS_UNTIL_LOADED = "5"


async def choose_language(request: web.Request) -> web.StreamResponse:
    """Send the browser to the help centre in its own language."""
    address = f"/help/{texts_for(request).language}/"
    return web.Response(status=302, headers={**HEADERS, "Location": address, "Vary": "Accept-Language"})


async def with_slash(request: web.Request) -> web.StreamResponse:
    """Mend /help/es into /help/es/."""
    texts = offered_texts(request)
    if texts is None:
        return missing(request)
    return web.Response(status=308, headers={**HEADERS, "Location": f"/help/{texts.language}/"})


async def index(request: web.Request) -> web.StreamResponse:
    """All articles by category, or what a search found."""
    texts = offered_texts(request)
    if texts is None:
        return missing(request)
    knowledge = request.app[KNOWLEDGE]()
    if knowledge is None:
        return _loading(request, texts)
    query = _clean(request.query.get("q", ""))
    values: dict[str, object] = {"switch": _switch(request), "query": "", "too_many": False}
    seconds = request.app[SEARCH_RATE].wait(client_of(request)) if query else 0
    if query and not seconds:
        finding = await knowledge.find_soon(query, texts.language)
        found = [knowledge.library.get(suggestion.article, texts.language) for suggestion in finding.suggestions]
        values |= {"query": query, "finding": finding, "found": [article for article in found if article]}
        return page(request, "help_index.html", texts, values, cache_control=NEVER_KEPT)
    values |= {"categories": _by_category(knowledge.library, texts), "too_many": seconds > 0}
    if not seconds:
        return page(request, "help_index.html", texts, values)
    late = {"Retry-After": str(seconds)}
    return page(request, "help_index.html", texts, values, status=429, cache_control=NEVER_KEPT, headers=late)


async def article(request: web.Request) -> web.StreamResponse:
    """One article, in the language asked for or, with an honest note, in English."""
    texts = offered_texts(request)
    if texts is None:
        return missing(request)
    knowledge = request.app[KNOWLEDGE]()
    if knowledge is None:
        return _loading(request, texts)
    library = knowledge.library
    shown = library.get(request.match_info["article"], texts.language)
    if shown is None:
        return missing(request, texts)

    def address(article_id: str) -> str | None:
        return f"/help/{texts.language}/{article_id}" if library.get(article_id, texts.language) else None

    related = [library.get(other, texts.language) for other in shown.related]
    department = request.app[DISTRICT].departments.get(shown.department)
    values = {
        "article": shown,
        "article_direction": _direction(shown.language),
        "body": article_html(shown.body, address),
        "category": texts.category(shown.category),
        "reviewed": _day(shown.reviewed, texts),
        "department": department,
        "related": [other for other in related if other],
        "switch": _switch(request, library, shown.id),
    }
    return page(request, "help_article.html", texts, values)


def missing(request: web.Request, texts: PageTexts | None = None) -> web.Response:
    """The page for an address that does not exist, in the family's language."""
    values = {"switch": _switch(request), "query": ""}
    return page(request, "missing.html", texts or texts_for(request), values, status=404, cache_control=NEVER_KEPT)


def _loading(request: web.Request, texts: PageTexts) -> web.Response:
    return page(
        request,
        "loading.html",
        texts,
        {"switch": _switch(request)},
        status=503,
        cache_control=NEVER_KEPT,
        headers={"Retry-After": SECONDS_UNTIL_LOADED},
    )


def offered_texts(request: web.Request) -> PageTexts | None:
    """The texts of the language in the address, when the district offers it."""
    wanted = request.match_info["language"]
    return next((texts for texts in languages_of(request.app[DISTRICT]) if texts.language == wanted), None)


def _switch(
    request: web.Request, library: Library | None = None, article_id: str = ""
) -> tuple[tuple[PageTexts, str], ...]:
    """Each language a family may switch to, with its address: for an article, only those that have it."""
    return tuple(
        (texts, f"/help/{texts.language}/{article_id}")
        for texts in languages_of(request.app[DISTRICT])
        if library is None or (texts.language, article_id) in library.articles
    )


def _by_category(library: Library, texts: PageTexts) -> Mapping[str, tuple[Article, ...]]:
    """Category name -> its articles by title; every article once, English where the language lacks it."""
    ids = {article_id for _, article_id in library.articles}
    shown = [found for article_id in ids if (found := library.get(article_id, texts.language))]
    known = list(texts["categories"])
    categories = sorted(
        {found.category for found in shown}, key=lambda name: (known.index(name) if name in known else len(known), name)
    )
    return {
        texts.category(category): tuple(
            sorted((found for found in shown if found.category == category), key=lambda found: found.title.casefold())
        )
        for category in categories
    }


def _direction(language: str) -> str:
    texts = all_texts().get(language)
    return texts.direction if texts else all_texts()[SOURCE_LANGUAGE].direction


def _day(day: date | None, texts: PageTexts) -> tuple[str, str] | None:
    return (day.isoformat(), texts.date(day)) if day else None


def _clean(query: str) -> str:
    """The words searched for, without control characters and not longer than a question is."""
    kept = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in query[:LONGEST_QUERY])
    return " ".join(unicodedata.normalize("NFC", kept).split())


ROUTES: tuple[Route, ...] = (
    Route("GET", "/help", choose_language, Access.PUBLIC),
    Route("GET", "/help/", choose_language, Access.PUBLIC),
    Route("GET", "/help/{language}", with_slash, Access.PUBLIC),
    Route("GET", "/help/{language}/", index, Access.PUBLIC),
    Route("GET", "/help/{language}/{article}", article, Access.PUBLIC),
)
