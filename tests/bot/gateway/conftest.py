"""What the tests of the gateway share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from actions.desk.crisis import screens
from actions.desk.keywords import check_keywords
from tests.bot.gateway.desk_stand_ins import Desk, running_desk

ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
)


# How long the browser is waited for; only what never comes takes so long, however busy the machine is.
BROWSER_MS = 60_000
expect.set_options(timeout=BROWSER_MS)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    # Rasa's Sanic, which another test of this worker may have imported, sets a policy under which no process starts.
    asyncio.set_event_loop_policy(None)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session", autouse=True)
def wordings() -> None:
    """What `serve` reads before it listens: read at the first message, it would cost that one more than a second."""
    screens()
    check_keywords()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A running desk with a stand-in for Rasa that echoes."""
    async with running_desk(tmp_path) as running:
        yield running
