"""Every page that families see: axe-core finds nothing, and what axe cannot see holds too."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from bot.gateway.loading import Loading
from bot.gateway.texts import all_texts
from knowledge.articles import load_library
from knowledge.retriever import Finding
from tests.bot.gateway.conftest import BROWSER_MS
from tests.bot.gateway.desk_stand_ins import running_desk
from tests.bot.gateway.page_stand_ins import StandInKnowledge, found
from tests.bot.gateway.widget.every_page import FOR_STAFF, LIBRARY_FOLDER, LOOKS, PAGES, violations
from tests.bot.gateway.widget.measures import (
    ALIEN,
    CUT_OFF,
    FOCUSED,
    LARGE_LETTERS,
    PALE_EDGES,
    SPACING,
)

pytestmark = pytest.mark.slow


class OwnLibrary(StandInKnowledge):
    """The district's own articles; a search finds two, or nothing where nothing is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.library = load_library(LIBRARY_FOLDER)

    async def find_soon(self, text: str, language: str | None) -> Finding:
        if text == "nothing":
            return Finding("unknown", ())
        return found("chromebook-wont-turn-on", "school-calendar-and-closings", decision="clarify")


@pytest.fixture(scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """One desk for all of them: each page is another family's."""
    loading = Loading()
    loading.done(OwnLibrary(), object())  # type: ignore[arg-type]
    async with running_desk(tmp_path_factory.mktemp("desk"), loading=loading) as running:
        yield str(running.client.make_url("")).rstrip("/")


@asynccontextmanager
async def opened(browser: Browser, url: str, name: str, language: str, **options: Any) -> AsyncIterator[Page]:
    # The style that a reader puts over a page is not stopped by the page's own policy.
    look = {**LOOKS[language], "reduced_motion": "reduce", "bypass_csp": True, **options}
    context = await browser.new_context(**look)
    context.set_default_timeout(BROWSER_MS)
    page = await context.new_page()
    await (PAGES.get(name) or FOR_STAFF)(page, url, language)
    yield page
    await context.close()


# What staff see is in English alone.
VISITS = [*itertools.product(PAGES, LOOKS), ("for staff", "en")]


@pytest.fixture(scope="module", params=VISITS, ids="-".join)
async def shown(browser: Browser, url: str, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Page, str]]:
    """A page and its language, opened once for those tests that look at it and change nothing but the focus."""
    name, language = request.param
    async with opened(browser, url, name, language) as page:
        yield page, language


async def test_axe_finds_nothing_and_edges_can_be_seen(shown: tuple[Page, str]) -> None:
    page, language = shown
    assert await violations(page) == []
    assert await page.evaluate(PALE_EDGES) == []
    assert await page.locator("html").get_attribute("lang") == language
    assert await page.locator("html").get_attribute("dir") == all_texts()[language]["direction"]
    assert await page.evaluate(ALIEN) == []


@pytest.mark.parametrize(("name", "language"), [one for one in VISITS if one[1] in {"en", "ar", "ru"}])
async def test_nothing_is_cut_off_however_large_the_letters(
    browser: Browser, url: str, name: str, language: str
) -> None:
    """320 px wide, which is 1280 px at 400 %; the spacing of WCAG 1.4.12; letters of twice their size."""
    async with opened(browser, url, name, language, viewport={"width": 320, "height": 256}) as page:
        assert await page.evaluate(CUT_OFF) == [], "400 %"
        await page.evaluate(SPACING)
        assert await page.evaluate(CUT_OFF) == [], "spacing"
        await page.set_viewport_size({"width": 640, "height": 800})
        await page.evaluate(LARGE_LETTERS)
        assert await page.evaluate(CUT_OFF) == [], "letters of twice their size"


async def test_tab_reaches_everything_shows_where_it_is_and_leaves(shown: tuple[Page, str]) -> None:
    page, _ = shown
    await page.evaluate("() => document.activeElement?.blur()")
    seen = []
    for _ in range(300):
        await page.keyboard.press("Tab")
        place = await page.evaluate(FOCUSED)
        if place is None:  # the focus is with the browser again
            break
        seen.append(place)
    else:
        raise AssertionError(f"the focus never leaves: {[place['name'] for place in seen[-5:]]}")
    assert seen
    for place in seen:
        assert place["width"] >= 2, place
        assert place["contrast"] >= 3, place
        assert place["on_screen"], place
