"""The panel opens, closes, takes what a family writes, and is still there after a reload."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import CHOICES, Visit, until

pytestmark = pytest.mark.slow


async def test_log_stands_in_the_page_before_the_first_message(visit: Visit) -> None:
    visitor = await visit()
    await expect(visitor.launcher).to_be_visible()
    log = visitor.page.locator("family-desk [role=log]")
    assert await log.get_attribute("aria-live") == "polite"
    assert await log.get_attribute("aria-label") == "Conversation"
    assert await log.locator(".message").count() == 0


async def test_opening_moves_the_focus_in_and_escape_gives_it_back(visit: Visit) -> None:
    visitor = await visit()
    await visitor.launcher.focus()
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.panel).to_have_accessible_name("Family Help Desk")
    await expect(visitor.input).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.panel).to_be_hidden()
    await expect(visitor.launcher).to_be_focused()


async def test_phone_opens_on_the_heading_so_that_the_keyboard_hides_nothing(visit: Visit) -> None:
    visitor = await visit(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    await visitor.launcher.tap()
    await expect(visitor.page.locator("family-desk h2")).to_be_focused()


async def test_family_asks_and_is_answered_with_sender_names_for_screen_readers(visit: Visit) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("no sound")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "no sound", "You wrote: no sound"])
    await expect(visitor.log.locator(".own .bubble")).to_have_text("You: no sound")
    await expect(visitor.log.locator(".theirs .bubble").last).to_have_text("Assistant: You wrote: no sound")
    await expect(visitor.input).to_have_value("")
    assert visitor.complaints == []


async def test_everything_can_be_reached_with_the_keyboard_and_tab_leaves_the_panel(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [{"text": "Which?", "buttons": CHOICES}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("hm")
    await expect(visitor.log.get_by_role("button")).to_have_count(2)
    await visitor.page.locator("family-desk select").focus()
    reached = []
    for _ in range(12):
        reached.append(
            await visitor.page.evaluate(
                "() => { const at = document.activeElement.shadowRoot?.activeElement;"
                " return at ? (at.getAttribute('aria-label') || at.textContent || at.id) : 'outside'; }"
            )
        )
        await visitor.page.keyboard.press("Tab")
    for expected in ("Close chat", "Conversation", "That worked", "Still not", "Talk to a person", "input", "Send"):
        assert expected in reached, reached
    assert "outside" in reached


async def test_shift_enter_makes_a_line_and_sends_nothing(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.input.fill("one")
    await visitor.input.press("Shift+Enter")
    await visitor.input.press_sequentially("two")
    await expect(visitor.input).to_have_value("one\ntwo")
    assert desk.posts == []


@pytest.mark.parametrize("composing", [True, False])  # Safari says false
async def test_enter_that_ends_a_word_being_composed_sends_nothing(
    visit: Visit, desk: StandInDesk, composing: bool
) -> None:
    """As browsers tell of it while Chinese or Vietnamese is typed."""
    visitor = await visit()
    await visitor.open()
    await visitor.input.fill("开不了")
    enter = {"key": "Enter", "keyCode": 229, "isComposing": composing, "bubbles": True, "cancelable": True}
    await visitor.input.dispatch_event("keydown", enter)
    await expect(visitor.input).to_have_value("开不了")
    await expect(visitor.log.locator(".own")).to_have_count(0)
    await visitor.input.press("Enter")
    await expect(visitor.log.locator(".own")).to_have_count(1)


async def test_empty_and_too_long_messages_are_explained_and_nothing_is_lost(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("   ")
    await expect(visitor.alert).to_have_text("Please write a message first.")
    long = "a" * 10_000
    await visitor.write(long)
    await expect(visitor.alert).to_contain_text("10000 characters of 2000")
    await expect(visitor.input).to_have_attribute("aria-invalid", "true")
    await expect(visitor.input).to_have_value(long)
    assert desk.posts == []
    await visitor.write("short")
    await expect(visitor.alert).to_be_empty()
    await until(lambda: len(desk.posts) == 1)


async def test_conversation_draft_and_open_panel_are_still_there_after_reload(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("no sound")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.input.fill("half a sent")
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_text(["Hello.", "no sound", "You wrote: no sound"])
    await expect(visitor.input).to_have_value("half a sent")
    await expect(visitor.log).to_have_attribute("aria-live", "polite")
    assert len(desk.sessions) == 1


async def test_no_session_is_opened_for_visitors_who_do_not_ask(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await expect(visitor.launcher).to_be_visible()
    assert desk.sessions == []
    assert not [url for url in visitor.requests if "/api/" in url]


async def test_masked_password_replaces_what_the_family_sees(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    original = desk.message

    def masking(parts: dict[str, Any]) -> dict[str, Any]:
        return original({**parts, "text": parts["text"].replace("Tiger2024", "[password removed]")})

    desk.message = masking  # type: ignore[method-assign]
    expected = ["Hello.", "it is [password removed]", "You wrote: it is [password removed]"]
    await until(lambda: len(desk.sockets) == 1)
    await visitor.write("it is Tiger2024")
    await expect(visitor.bubbles()).to_have_text(expected)
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_text(expected)
