"""The privacy page: what the chat keeps, how long, who sees it, how to delete it, and what happens in a crisis."""

from __future__ import annotations

from aiohttp import web

from bot.gateway.help_centre import missing
from bot.gateway.keys import DISTRICT
from bot.gateway.page import languages_of, page
from bot.gateway.route import Access, Route


async def privacy(request: web.Request) -> web.StreamResponse:
    """The page in the language of the address."""
    languages = {texts.language: texts for texts in languages_of(request.app[DISTRICT])}
    texts = languages.get(request.match_info["language"])
    if texts is None:
        return missing(request)
    district = request.app[DISTRICT]
    values = {
        "switch": [(other, f"/help/{other.language}/privacy") for other in languages.values()],
        "told": {**district.values(), **texts.periods(district.retention)},
        "reviewed": texts.date(district.crisis_reviewed) if district.crisis_reviewed else "",
    }
    return page(request, "privacy.html", texts, values)


ROUTES: tuple[Route, ...] = (Route("GET", "/help/{language}/privacy", privacy, Access.PUBLIC),)
