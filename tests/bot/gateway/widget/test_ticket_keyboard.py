"""The ticket form with the keyboard alone and without JavaScript: what is wrong comes first, and can be mended."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from bot.gateway.texts import all_texts
from tests.bot.gateway.desk_stand_ins import Desk
from tests.bot.gateway.test_ticket_page import TICKETS, rows
from tests.bot.gateway.widget.test_ticket_form import desk as desk  # noqa: PLC0414 - a fixture
from tests.bot.gateway.widget.test_ticket_form import form as form  # noqa: PLC0414 - a fixture

TEXTS = all_texts()["en"]["form"]
PHONE = "515-555-0177"


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    wanted = page.locator(f"{selector}:focus")
    for _ in range(60):
        if await wanted.count():
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


async def test_report_is_sent_with_the_keyboard_alone_and_errors_come_first(form: Page, desk: Desk) -> None:
    await tab_to(form, "#field-contact")
    await form.keyboard.type("x")
    await tab_to(form, "main button[value=check]")
    await form.keyboard.press("Enter")

    summary = form.locator(".errors")
    await expect(summary).to_be_focused(timeout=20_000)  # the first words that are screened take a while
    await expect(summary).to_have_accessible_name(TEXTS["errors_title"])
    await expect(form).to_have_title(re.compile(f"^{TEXTS['error']}"))
    problem, contact = form.locator("#field-problem"), form.locator("#field-contact")
    await expect(problem).to_have_accessible_description(re.compile(re.escape(TEXTS["problem_missing"])))
    await expect(problem).to_have_attribute("aria-invalid", "true")
    await expect(contact).to_have_accessible_description(re.compile(re.escape(TEXTS["contact_invalid"])))
    await expect(contact).to_have_value("x")

    await form.keyboard.press("Tab")
    await form.keyboard.press("Enter")  # the first link of the summary leads to its field
    await expect(problem).to_be_focused()
    await form.keyboard.type("the screen is black")
    await tab_to(form, "#field-contact")
    await form.keyboard.press("ControlOrMeta+a")
    await form.keyboard.type(PHONE)
    await form.keyboard.press("Enter")

    await expect(form.get_by_role("heading", name=TEXTS["review_title"])).to_be_visible()
    assert await rows(desk, TICKETS) == []
    await tab_to(form, "main button[value=send]")
    await form.keyboard.press("Enter")
    await expect(form.get_by_role("heading", name=TEXTS["sent_title"])).to_be_visible()
    [ticket] = await rows(desk, TICKETS)
    assert ticket.problem == "the screen is black"


async def test_whoever_may_be_in_danger_hears_the_numbers_before_the_errors(form: Page) -> None:
    await form.locator("#field-student_name").fill("i want to kill myself")
    await form.locator("#field-student_name").press("Enter")
    await expect(form.locator(".alarm")).to_be_focused(timeout=20_000)
    await form.keyboard.press("Tab")
    await expect(form.locator('.alarm a[href="tel:911"]')).to_be_focused()


async def test_empty_form_takes_no_focus(form: Page) -> None:
    assert await form.locator("main :focus").count() == 0
