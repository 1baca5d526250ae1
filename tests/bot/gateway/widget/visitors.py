"""A family's browser, and what tests of the widget do with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

CHOICES = [{"id": "b1", "title": "That worked"}, {"id": "b2", "title": "Still not"}]
CARD = {"id": "wifi", "title": "Connect to Wi-Fi", "lang": "en", "url": "/help/en/wifi", "score": 0.9}

Patch = Callable[[str], str]


class Visitor:
    """A family's browser: one page, and everything it asked for or complained about."""

    def __init__(self, context: BrowserContext, page: Page, address: str) -> None:
        self.context, self.page, self.address = context, page, address
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self.dismiss)
        page.on("request", lambda request: self.requests.append(request.url))
        self.launcher = page.locator(".launcher")
        self.panel = page.get_by_role("dialog")
        self.log = page.get_by_role("log")
        self.input = page.locator("family-desk #input")
        self.status = page.locator("family-desk").get_by_role("status")
        self.alert = page.locator("family-desk").get_by_role("alert")

    async def dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.log.locator(".kind-welcome")).to_be_visible()

    async def write(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    async def comes_true(self, script: str, argument: Any = None) -> None:
        """Wait until a piece of script comes out true. Playwright's own `wait_for_function` asks again from within
        the page, with `eval`, which the page's Content-Security-Policy refuses."""
        async with asyncio.timeout(60):
            while not await self.page.evaluate(script, argument):
                await asyncio.sleep(0.02)

    def bubbles(self) -> Any:
        return self.log.locator(".text")


Visit = Callable[..., Awaitable[Visitor]]


def with_option(option: str) -> Patch:
    return lambda text: text.replace('src="/widget.js"', f'src="/widget.js" {option}')


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)
