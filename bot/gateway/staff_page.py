"""Where the link in a mail to staff leads until there is a console: how to answer from the desk's machine."""

from __future__ import annotations

import re

from aiohttp import web

from bot.gateway.help_centre import missing
from bot.gateway.page import NEVER_KEPT, page
from bot.gateway.route import Access, Route
from bot.gateway.texts import all_texts
from knowledge.article_rules import SOURCE_LANGUAGE

NUMBER = re.compile(r"[0-9]{1,18}")


async def handoff(request: web.Request) -> web.StreamResponse:
    """The commands for that number, there or not: anybody may read this page, and learns nothing of the queue."""
    number = request.match_info["number"]
    if NUMBER.fullmatch(number) is None:
        return missing(request)
    values = {"number": number, "switch": []}
    return page(request, "staff_handoff.html", all_texts()[SOURCE_LANGUAGE], values, cache_control=NEVER_KEPT)


ROUTES: tuple[Route, ...] = (Route("GET", "/staff/handoffs/{number}", handoff, Access.PUBLIC),)
