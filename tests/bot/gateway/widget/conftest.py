"""Chromium, the pages of the desk on a free port, and families that visit them."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext

from tests.bot.gateway.conftest import BROWSER_MS
from tests.bot.gateway.page_stand_ins import StandInDesk, StandInKnowledge, pages_application
from tests.bot.gateway.widget.visitors import Patch, Visit, Visitor


@pytest.fixture
def desk() -> StandInDesk:
    return StandInDesk()


@pytest.fixture
def patches() -> list[Patch]:
    """What a test changes in the pages and scripts on their way out."""
    return []


@pytest.fixture
async def address(desk: StandInDesk, patches: list[Patch]) -> AsyncIterator[str]:
    @web.middleware
    async def patched(request: web.Request, handler: Any) -> web.StreamResponse:
        answer: web.StreamResponse = await handler(request)
        if patches and isinstance(answer, web.Response) and answer.content_type in {"text/html", "text/javascript"}:
            body = answer.body
            assert isinstance(body, bytes)
            text = (gzip.decompress(body) if answer.headers.pop("Content-Encoding", "") else body).decode()
            for patch in patches:
                text = patch(text)
            answer.body = text.encode()
        return answer

    application = pages_application(StandInKnowledge(), *desk.routes())
    application.middlewares.append(patched)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def visit(browser: Browser, address: str, patches: list[Patch]) -> AsyncIterator[Visit]:
    contexts: list[BrowserContext] = []

    async def start(path: str = "/", *, patch: Patch | None = None, script: str = "", **options: Any) -> Visitor:
        context = await browser.new_context(**{"viewport": {"width": 1000, "height": 760}, **options})
        context.set_default_timeout(BROWSER_MS)
        contexts.append(context)
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        visitor = Visitor(context, page, address)
        if patch:
            patches.append(patch)
        await page.goto(address + path)
        return visitor

    yield start
    for context in contexts:
        await context.close()
