"""The widget with the real desk after hours and days: what a family finds again, what it is told, what is not lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.gateway import stream
from tests.bot.gateway.desk_stand_ins import Desk, pass_time, running_desk
from tests.bot.gateway.widget.visitors import Visitor

pytestmark = pytest.mark.slow


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(tmp_path, REPLY_SECONDS="8") as running:
        yield running


@pytest.fixture
async def visitor(browser: Browser, real: Desk) -> AsyncIterator[Visitor]:
    context = await browser.new_context(viewport={"width": 1000, "height": 760}, locale="en-US")
    context.set_default_timeout(10_000)
    visitor = Visitor(context, await context.new_page(), str(real.client.make_url("")).rstrip("/"))
    await visitor.page.goto(visitor.address)
    yield visitor
    await context.close()


async def say(visitor: Visitor, text: str) -> None:
    await visitor.write(text)
    await expect(visitor.bubbles().last).to_have_text(f"You said: {text}")


async def in_a_new_tab(visitor: Visitor) -> Visitor:
    """The tab is closed, and the school's page opened in another one."""
    await visitor.page.close()
    page: Page = await visitor.context.new_page()
    again = Visitor(visitor.context, page, visitor.address)
    await page.goto(visitor.address)
    await again.open()
    return again


async def test_chat_that_the_family_keeps_is_there_the_next_day_in_a_new_tab(visitor: Visitor, real: Desk) -> None:
    await visitor.open()
    await say(visitor, "the bus is late")
    keep = visitor.log.get_by_role("switch")
    await expect(keep).to_have_text("Keep this chat here for 30 days (only on a device of your own)")
    await expect(keep).not_to_be_checked()
    await keep.click()
    await expect(keep).to_be_checked()
    await pass_time(real.database, timedelta(days=1))
    again = await in_a_new_tab(visitor)
    await expect(again.log).to_contain_text("You said: the bus is late")
    await expect(again.log.locator(".divider")).to_have_count(0)
    await expect(again.log.get_by_role("switch")).to_be_checked()
    await say(again, "and today?")
    assert again.complaints == []


async def test_family_that_did_not_keep_its_chat_is_told_the_next_day_why_it_is_gone_and_how_to_keep_one(
    visitor: Visitor, real: Desk
) -> None:
    await visitor.open()
    await say(visitor, "the bus is late")
    await pass_time(real.database, timedelta(days=1))
    again = await in_a_new_tab(visitor)
    told = again.log.locator(".divider")
    await expect(told).to_contain_text("was closed after a while, so that nobody else reads it on this device")
    await expect(told).to_contain_text("switch that on under “More”")
    await expect(again.log).not_to_contain_text("the bus is late")
    await expect(again.log).to_have_attribute("aria-live", "polite")
    await again.page.get_by_role("button", name="More", exact=True).click()
    await expect(again.panel.locator(".menu").get_by_role("switch", name="Keep this chat here")).to_be_visible()


async def test_phone_that_slept_for_hours_goes_on_in_its_tab_with_its_draft(visitor: Visitor, real: Desk) -> None:
    await visitor.open()
    await say(visitor, "my chromebook is broken")
    await visitor.input.fill("the tag is CB")
    await pass_time(real.database, timedelta(hours=5))
    await visitor.page.reload()
    await expect(visitor.log).to_contain_text("You said: my chromebook is broken")
    await expect(visitor.input).to_have_value("the tag is CB")
    await expect(visitor.log.locator(".divider")).to_have_count(0)
    await say(visitor, "CB204187")


async def test_family_is_warned_before_its_hours_are_over_and_stays_with_one_tap(
    visitor: Visitor, real: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "TOKEN_SECONDS", 0.2)
    await visitor.open()
    await say(visitor, "hello")
    await visitor.input.fill("half a sent")
    stay = visitor.panel.get_by_role("button", name="Stay in this chat")
    await expect(stay).to_have_count(0)
    await pass_time(real.database, timedelta(hours=11, minutes=51))
    await expect(stay).to_be_visible()
    await expect(visitor.panel.get_by_text("This chat closes in a few minutes.")).to_have_attribute("role", "alert")
    await expect(visitor.input).to_be_focused()
    await stay.focus()
    await visitor.page.keyboard.press("Enter")
    await expect(stay).to_be_hidden()
    await expect(visitor.input).to_be_focused()
    await pass_time(real.database, timedelta(hours=11))
    await visitor.input.press("End")
    await visitor.page.keyboard.type("ence")
    await visitor.input.press("Enter")
    await expect(visitor.bubbles().last).to_have_text("You said: half a sentence")
    await expect(visitor.log.locator(".divider")).to_have_count(0)


async def test_draft_outlives_a_chat_whose_hours_were_over(visitor: Visitor, real: Desk) -> None:
    await visitor.open()
    await say(visitor, "hello")
    await visitor.input.fill("half a sentence")
    await pass_time(real.database, timedelta(hours=13))
    await visitor.page.reload()
    await expect(visitor.log.locator(".divider")).to_contain_text("was closed after a while")
    await expect(visitor.input).to_have_value("half a sentence")
    await visitor.input.press("Enter")
    await expect(visitor.bubbles().last).to_have_text("You said: half a sentence")
