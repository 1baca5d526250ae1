"""Every page that families see: axe-core finds nothing, and what axe cannot see holds too."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from bot.gateway.loading import Loading
from bot.gateway.texts import all_texts
from knowledge.articles import load_library
from knowledge.retriever import Finding
from tests.bot.gateway.desk_stand_ins import running_desk
from tests.bot.gateway.page_stand_ins import StandInKnowledge, found
from tests.bot.gateway.widget.every_page import LIBRARY_FOLDER, LOOKS, PAGES, violations
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


@functools.cache
def library() -> OwnLibrary:
    return OwnLibrary()


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    loading = Loading()
    loading.done(library(), object())  # type: ignore[arg-type]
    async with running_desk(tmp_path, loading=loading) as running:
        yield str(running.client.make_url("")).rstrip("/")


@pytest.fixture
async def open_page(browser: Browser, url: str) -> AsyncIterator[Any]:
    contexts = []

    async def opened(name: str, language: str, **options: Any) -> Page:
        # The style that a reader puts over a page is not stopped by the page's own policy.
        context = await browser.new_context(
            **{**LOOKS[language], "reduced_motion": "reduce", "bypass_csp": True, **options}
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = await context.new_page()
        await PAGES[name](page, url, language)
        return page

    yield opened
    for context in contexts:
        await context.close()


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_and_edges_can_be_seen(open_page: Any, name: str, language: str) -> None:
    page = await open_page(name, language)
    assert await violations(page) == []
    assert await page.evaluate(PALE_EDGES) == []
    assert await page.locator("html").get_attribute("lang") == language
    assert await page.locator("html").get_attribute("dir") == all_texts()[language]["direction"]
    assert await page.evaluate(ALIEN) == []


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
@pytest.mark.parametrize("name", PAGES)
async def test_nothing_is_cut_off_however_large_the_letters(open_page: Any, name: str, language: str) -> None:
    """320 px wide, which is 1280 px at 400 %; the spacing of WCAG 1.4.12; letters of twice their size."""
    page = await open_page(name, language, viewport={"width": 320, "height": 256})
    assert await page.evaluate(CUT_OFF) == [], "400 %"
    await page.evaluate(SPACING)
    assert await page.evaluate(CUT_OFF) == [], "spacing"
    await page.set_viewport_size({"width": 640, "height": 800})
    await page.evaluate(LARGE_LETTERS)
    assert await page.evaluate(CUT_OFF) == [], "letters of twice their size"


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize("name", PAGES)
async def test_tab_reaches_everything_shows_where_it_is_and_leaves(open_page: Any, name: str, language: str) -> None:
    page = await open_page(name, language)
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
