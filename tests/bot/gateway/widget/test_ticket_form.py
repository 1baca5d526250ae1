"""The ticket form in a real browser without JavaScript: another language keeps what was typed, Enter goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.gateway.texts import all_texts
from tests.bot.gateway.conftest import BROWSER_MS
from tests.bot.gateway.desk_stand_ins import Desk, running_desk
from tests.bot.gateway.test_ticket_page import TICKETS, rows


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The real desk in the place of the widget's stand-in."""
    async with running_desk(tmp_path) as running:
        yield running


@pytest.fixture
async def form(browser: Browser, desk: Desk) -> AsyncIterator[Page]:
    context = await browser.new_context(java_script_enabled=False, locale="en-US")
    context.set_default_timeout(BROWSER_MS)
    page = await context.new_page()
    await page.goto(str(desk.client.make_url("/ticket?lang=en")))
    yield page
    await context.close()


async def test_another_language_keeps_what_was_typed_and_the_report_is_sent_in_it(form: Page, desk: Desk) -> None:
    texts = all_texts()["vi"]["form"]
    await form.get_by_label(all_texts()["en"]["form"]["problem"]).fill("màn hình đen")
    await form.get_by_role("button", name="Tiếng Việt").click()
    await expect(form.get_by_label(texts["problem"])).to_have_value("màn hình đen")
    assert await rows(desk, TICKETS) == []
    await form.get_by_role("button", name=texts["next"]).click()
    await form.get_by_role("button", name=texts["send"]).click()
    await expect(form.get_by_role("heading", name=texts["sent_title"])).to_be_visible()
    [ticket] = await rows(desk, TICKETS)
    assert (ticket.language, ticket.problem) == ("vi", "màn hình đen")


async def test_enter_in_a_field_goes_on_and_does_not_switch_the_language(form: Page) -> None:
    texts = all_texts()["en"]["form"]
    await form.get_by_label(texts["problem"]).fill("black screen")
    await form.get_by_label(texts["student_name"]).fill("Ana Ruiz")
    await form.get_by_label(texts["student_name"]).press("Enter")
    await expect(form.get_by_role("heading", name=texts["review_title"])).to_be_visible()
    assert await form.locator("html").get_attribute("lang") == "en"


async def test_the_hidden_button_is_seen_and_reached_by_nobody(form: Page) -> None:
    texts = all_texts()["en"]["form"]
    await expect(form.get_by_role("button", name=texts["next"])).to_have_count(1)
