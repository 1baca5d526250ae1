"""What attacks do not do, and whom the widget asks: nobody but the desk."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import PAYLOADS, StandInDesk
from tests.bot.gateway.widget.visitors import CARD, CHOICES, Visit, Visitor

pytestmark = pytest.mark.slow


async def test_messages_that_try_to_run_script_are_shown_as_text(visit: Visit, desk: StandInDesk) -> None:
    def evil(text: str) -> list[dict[str, Any]]:
        return [
            {
                "text": text,
                "kind": text,
                "lang": text,
                "dir": text,
                "translation": text,
                "buttons": [{"id": text, "title": text}],
                "articles": [{**CARD, "title": text, "url": text, "lang": text, "translation": text}],
            }
        ]

    desk.answers = evil
    visitor = await visit()
    await visitor.open()
    for payload in PAYLOADS:
        await desk_says_all(visitor, payload)
    await desk.staff_says(PAYLOADS[0])
    await expect(visitor.log.locator(".staff")).to_have_count(1)
    await visitor.page.reload()
    await expect(visitor.log.locator(".staff")).to_have_count(1)
    assert await visitor.page.evaluate("window.hit") is None
    assert visitor.dialogs == []
    injected = visitor.log.locator("script, img, svg, iframe, style, form, input, object, embed, math, base, template")
    assert await injected.count() == 0
    links = await visitor.log.locator("a").evaluate_all("all => all.map(one => new URL(one.href).protocol)")
    assert set(links) <= {"http:", "https:"}
    handlers = await visitor.log.evaluate(
        "log => [...log.querySelectorAll('*')].flatMap(one => one.getAttributeNames()).filter(name => /^on/.test(name))"
    )
    assert handlers == []
    assert not [url for url in visitor.requests if not url.startswith(visitor.address)]


async def desk_says_all(visitor: Visitor, payload: str) -> None:
    """The family writes the payload and the desk answers with it in every field."""
    before = await visitor.log.locator(".theirs").count()
    await visitor.write(payload)
    await expect(visitor.log.locator(".theirs")).to_have_count(before + 1)
    shown = await visitor.log.locator(".own .text").last.text_content()
    assert (shown or "").replace(" (opens in a new tab)", "") == payload.strip()


async def test_widget_asks_nobody_but_the_desk_and_meets_a_strict_content_security_policy(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [{"kind": "step", "text": "Step 1 of 2", "buttons": CHOICES, "articles": [CARD]}]
    visitor = await visit(color_scheme="dark")
    await visitor.open()
    await visitor.write("hello")
    await expect(visitor.log.locator(".card")).to_be_visible()
    await visitor.page.get_by_label("Language", exact=True).select_option("es")
    await visitor.page.keyboard.press("Escape")
    assert visitor.complaints == []  # a violation of the policy would be one
    assert not [url for url in visitor.requests if not url.startswith(visitor.address)]


async def test_second_script_tag_does_not_make_a_second_widget(visit: Visit) -> None:
    def twice(text: str) -> str:
        line = '<script src="/widget.js" data-language="en" async></script>'
        return text.replace(line, line + line)

    visitor = await visit(patch=twice)
    await expect(visitor.launcher).to_have_count(1)
    assert visitor.complaints == []
