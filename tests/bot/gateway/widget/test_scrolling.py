"""A phone's small screen: a reply is seen from its beginning, and its choices without looking for them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import CARD, Visit, Visitor

pytestmark = pytest.mark.slow

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}
STEP = {
    "kind": "step",
    "text": "Step 2 of 7: Leave it plugged in for 30 minutes with the lid closed. An empty battery needs this time"
    " before the screen can come on. Then hold Refresh and press power.\n\nDid that work?",
    "buttons": [
        {"id": "b1", "title": "It works now"},
        {"id": "b2", "title": "Not yet, next step"},
        {"id": "b3", "title": "I don't see that"},
    ],
}
ANSWER = {
    "kind": "answer",
    "text": "Your Chromebook will not turn on\n\nMost often the battery is empty. Plug in the charger for 30 minutes.",
    "articles": [CARD, {**CARD, "id": "b", "title": "Another page"}, {**CARD, "id": "c", "title": "A third page"}],
}


async def comes_into_view(visitor: Visitor, selector: str) -> None:
    """The last such element stands wholly in the conversation's box, as soon as that has scrolled."""
    log = await visitor.log.element_handle()
    await visitor.comes_true(
        """([log, selector]) => {
          const box = log.getBoundingClientRect();
          const seen = [...log.querySelectorAll(selector)].pop().getBoundingClientRect();
          return seen.top >= box.top && seen.bottom <= box.bottom + 1;
        }""",
        [log, selector],
    )


async def test_step_and_its_choices_are_seen_at_once(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [STEP]
    visitor = await visit(**PHONE)
    await visitor.open()
    await visitor.write("It is still as dark as before, and the little light beside the socket is not on either")
    await expect(visitor.log.locator(".choices button")).to_have_count(3)
    await comes_into_view(visitor, ".kind-step progress")
    await comes_into_view(visitor, ".choices")


async def test_long_answer_begins_in_view_and_one_tap_leads_to_the_step_and_its_choices(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [ANSWER, STEP]
    visitor = await visit(**PHONE)
    await visitor.open()
    await visitor.write("it does not turn on")
    await expect(visitor.log.locator(".choices button")).to_have_count(3)
    await comes_into_view(visitor, ".kind-answer .bubble")
    below = visitor.panel.get_by_role("button", name="More below")
    await below.tap()
    await expect(below).to_be_hidden()
    await comes_into_view(visitor, ".kind-step progress")
    await comes_into_view(visitor, ".choices")
    await expect(visitor.log).to_be_focused()


async def test_text_longer_than_the_screen_is_led_through_screen_by_screen(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"text": "\n\n".join(f"Line {number} of many." for number in range(40))}]
    visitor = await visit(**PHONE)
    await visitor.open()
    await visitor.write("much " * 60)
    await expect(visitor.bubbles()).to_have_count(3)
    top = await visitor.log.evaluate("one => one.getBoundingClientRect().top")
    await visitor.comes_true(
        "([one, top]) => top < one.getBoundingClientRect().y && one.getBoundingClientRect().y < top + 250",
        [await visitor.bubbles().last.element_handle(), top],
    )
    below = visitor.panel.get_by_role("button", name="More below")
    for _ in range(6):
        if await below.is_visible():
            await below.tap()
    await expect(below).to_be_hidden()
    await visitor.comes_true(
        "one => one.scrollHeight - one.clientHeight - one.scrollTop < 24", await visitor.log.element_handle()
    )


async def test_pages_that_only_resemble_an_answer_are_folded_up(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [ANSWER]
    visitor = await visit(**PHONE)
    await visitor.open()
    await visitor.write("it does not turn on")
    await expect(visitor.log.locator(".card:visible")).to_have_count(1)
    await visitor.log.get_by_text("More help pages (2)").tap()
    await expect(visitor.log.locator(".card:visible")).to_have_count(3)


@pytest.mark.parametrize(
    "text",
    ["Step 2 of 7: x", "الخطوة 2 من 7: x", "第 2 步（共 7 步）：x", "Bước 2 trên 7: x", "Etap 2 sou 7: x", "2/7: x"],
)
async def test_progress_is_shown_in_every_language(visit: Visit, desk: StandInDesk, text: str) -> None:
    desk.answers = lambda _: [{"kind": "step", "text": text}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("hm")
    progress = visitor.log.get_by_role("progressbar")
    await expect(progress).to_have_attribute("value", "2")
    await expect(progress).to_have_attribute("max", "7")


@pytest.mark.parametrize("text", ["Call 515-555-0142 now.", "Step: wait 30 minutes, then 60.", "Hold 10 of 5 keys"])
async def test_other_numbers_are_no_progress(visit: Visit, desk: StandInDesk, text: str) -> None:
    desk.answers = lambda _: [{"kind": "step", "text": text}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("hm")
    await expect(visitor.bubbles()).to_have_count(3)
    await expect(visitor.log.get_by_role("progressbar")).to_have_count(0)


async def test_numbers_to_call_in_danger_are_seen_at_once(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "crisis", "text": "Call 911 or 988. " + "You are not alone. " * 40}]
    visitor = await visit(**PHONE)
    await visitor.open()
    await visitor.write("help")
    await expect(visitor.log.locator("a.call")).to_have_count(2)
    for number in await visitor.log.locator("a.call").all():
        await expect(number).to_be_in_viewport(ratio=1)
    await comes_into_view(visitor, "a.call")
