"""A parent in Chromium: asks in Spanish, fails the repair, opens a ticket and reads its number."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.stack import Stack

pytestmark = pytest.mark.slow

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TICKET = re.compile(r"FD-\d{6}")


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        page = browser.new_page(locale="es-US", viewport={"width": 390, "height": 780})
        page.set_default_timeout(15_000)
        yield page
        browser.close()


def test_a_parent_asks_in_spanish_fails_the_repair_and_reads_the_ticket_number(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/")
    widget = page.locator("family-desk")
    widget.get_by_role("button").first.click()
    log = widget.get_by_role("log")
    box = widget.get_by_role("textbox")

    def say(text: str, wait_for: str | re.Pattern[str]) -> None:
        box.fill(text)
        box.press("Enter")
        expect(log).to_contain_text(wait_for)

    say("mi chromebook no prende", "Paso 1 de")
    count = int(re.search(r"Paso 1 de (\d+)", log.inner_text()).group(1))  # type: ignore[union-attr]
    for step in range(2, count + 1):
        log.get_by_role("button", name="Todavía no, siguiente paso").last.click()
        expect(log).to_contain_text(f"Paso {step} de {count}")
    log.get_by_role("button", name="Todavía no, siguiente paso").last.click()
    log.get_by_role("button", name="Abrir un reporte").last.click()
    expect(log).to_contain_text("etiqueta")
    say("cb 204 187", "escuela")
    say("lincoln elementary", "llama")
    say("Diego Ramos", "comunicamos")
    say("515-555-0177", "¿Lo envío?")
    log.get_by_role("button", name="Sí, enviar").last.click()
    expect(log).to_contain_text(TICKET)
    number = TICKET.findall(log.inner_text())[-1]

    database = sqlite3.connect(stack.database)
    row = database.execute(
        "SELECT asset_tag, school, student_name, language FROM tickets WHERE number = ?", (number,)
    ).fetchone()
    database.close()
    assert row == ("CB204187", "lincoln-elementary", "Diego Ramos", "es")
