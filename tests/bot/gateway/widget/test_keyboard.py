"""What axe cannot see: the way of the focus, shown, never trapped, never hidden; and what is announced."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import CARD, CHOICES, Visit, Visitor, until

pytestmark = pytest.mark.slow

# Name, place and outline of what has the focus, inside the widget or out of it.
AT = """() => {
  const host = document.activeElement;
  const one = host.shadowRoot?.activeElement || host;
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const parts = [0.1, 0.5, 0.9];
  const seen = parts.some((across) => parts.some((down) => {
    const over = (host.shadowRoot || document).elementFromPoint(box.x + box.width * across, box.y + box.height * down);
    return over && (one === over || one.contains(over));
  }));
  return {
    inside: Boolean(host.shadowRoot),
    name: one === document.body ? 'browser' : one.getAttribute('aria-label') || one.textContent.trim() || one.id,
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    color: style.outlineColor,
    seen,
    on_screen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""
PHONE = {"viewport": {"width": 360, "height": 740}}


async def walk(visitor: Visitor, key: str, steps: int) -> list[dict[str, Any]]:
    places = []
    for _ in range(steps):
        await visitor.page.keyboard.press(key)
        places.append(await visitor.page.evaluate(AT))
    return places


async def in_conversation(visit: Visit, desk: StandInDesk, **options: Any) -> Visitor:
    desk.answers = lambda text: [
        {"kind": "answer", "text": "See https://desk.example/x.", "articles": [CARD]},
        {"kind": "question", "text": "Did it work?", "buttons": CHOICES},
    ]
    visitor = await visit(reduced_motion="reduce", **options)
    await visitor.open()
    await visitor.write("it is dark")
    await expect(visitor.bubbles()).to_have_count(4)
    return visitor


ORDER = [
    "More", "Close chat", "Conversation", "Your privacy",
    "Keep this chat here for 30 days (only on a device of your own)", "https://desk.example/x (opens in a new tab)",
    "Connect to Wi-Fi (opens in a new tab)", "Yes", "No", "That worked", "Still not", "Talk to a person", "input",
    "Send",
]  # fmt: skip


async def test_focus_goes_in_the_order_of_reading_and_back(visit: Visit, desk: StandInDesk) -> None:
    visitor = await in_conversation(visit, desk)
    await visitor.panel.locator("select").focus()
    assert [place["name"] for place in await walk(visitor, "Tab", len(ORDER))] == ORDER
    back = await walk(visitor, "Shift+Tab", len(ORDER) - 1)
    assert [place["name"] for place in back] == ORDER[-2::-1]


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, PHONE, {"viewport": {"width": 320, "height": 256}}])
async def test_focus_always_shows_and_is_never_hidden(visit: Visit, desk: StandInDesk, look: dict[str, Any]) -> None:
    visitor = await in_conversation(visit, desk, **look)
    await visitor.panel.locator("select").focus()
    for place in await walk(visitor, "Tab", len(ORDER)):
        assert place["outline"] >= 2, place
        assert place["seen"], place
        assert place["on_screen"], place


async def test_focus_is_not_trapped_beside_the_page(visit: Visit, desk: StandInDesk) -> None:
    visitor = await in_conversation(visit, desk)
    await visitor.input.focus()
    assert not all(place["inside"] for place in await walk(visitor, "Tab", 3))
    await visitor.panel.locator("select").focus()
    assert not all(place["inside"] for place in await walk(visitor, "Shift+Tab", 2))


async def test_page_behind_a_panel_that_fills_the_screen_gets_no_focus_until_it_is_closed(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await in_conversation(visit, desk, **PHONE)
    await expect(visitor.panel).to_have_attribute("aria-modal", "true")
    places = await walk(visitor, "Tab", 30)
    assert all(place["inside"] or place["name"] == "browser" for place in places), places
    await expect(visitor.page.locator("main[inert]")).to_have_count(1)
    await visitor.page.set_viewport_size({"width": 1000, "height": 740})
    await expect(visitor.panel).to_have_attribute("aria-modal", "false")
    await expect(visitor.page.locator("main[inert]")).to_have_count(0)
    await visitor.page.set_viewport_size({"width": 360, "height": 740})
    await expect(visitor.panel).to_have_attribute("aria-modal", "true")
    await visitor.input.press("Escape")
    await expect(visitor.launcher).to_be_focused()
    await expect(visitor.page.locator("main[inert]")).to_have_count(0)


async def test_escape_closes_one_thing_at_a_time_and_leads_back_to_the_launcher(visit: Visit) -> None:
    visitor = await visit()
    await visitor.open()
    more = visitor.page.get_by_role("button", name="More", exact=True)
    await more.press("Enter")
    await expect(visitor.panel.locator(".menu button").first).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(more).to_be_focused()
    await expect(more).to_have_attribute("aria-expanded", "false")
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.panel).to_be_hidden()
    await expect(visitor.launcher).to_be_focused()


async def test_answer_moves_no_focus_and_is_announced_with_its_sender(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.page.evaluate(
        """() => {
          window.heard = [];
          const log = document.querySelector('family-desk').shadowRoot.querySelector('[role=log]');
          new MutationObserver((all) => all.forEach((one) => one.addedNodes.forEach((node) =>
            log.getAttribute('aria-live') === 'polite' && heard.push(node.textContent))))
            .observe(log, { childList: true });
        }"""
    )
    await until(lambda: len(desk.sockets) == 1)  # over which the family's own words come back
    await visitor.write("it is dark")
    await expect(visitor.bubbles()).to_have_count(3)
    await expect(visitor.log.locator(".own[data-id]")).to_have_count(1)
    await expect(visitor.input).to_be_focused()
    assert await visitor.page.evaluate("heard") == ["You: it is dark", "Assistant: You wrote: it is dark"]


async def test_what_goes_on_is_said_once_however_often_a_message_is_tried_again(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.page.evaluate(
        """() => {
          window.heard = [];
          const line = document.querySelector('family-desk').shadowRoot.querySelector('[role=status]');
          new MutationObserver(() => line.textContent && heard.push(line.textContent))
            .observe(line, { childList: true });
        }"""
    )
    desk.failures = ["cut", "cut"]
    await visitor.write("it is dark")
    await expect(visitor.bubbles()).to_have_count(3)
    heard = await visitor.page.evaluate("heard")
    assert len(heard) == len(set(heard)) == 2, heard


async def test_being_offline_is_no_longer_said_once_it_is_over(visit: Visit) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.context.set_offline(True)
    await expect(visitor.status).not_to_be_empty()
    await visitor.context.set_offline(False)
    await expect(visitor.status).to_be_empty()


async def test_old_messages_are_not_read_out_again_after_a_reload(visit: Visit, desk: StandInDesk) -> None:
    visitor = await in_conversation(visit, desk)
    live = """
      addEventListener('DOMContentLoaded', () => { window.spoken = 0; setInterval(() => {
        const log = document.querySelector('family-desk')?.shadowRoot.querySelector('[role=log]');
        if (log && !window.watched) { window.watched = true; new MutationObserver(() => {
          if (log.getAttribute('aria-live') === 'polite') window.spoken += 1; }).observe(log, { childList: true }); }
      }); });"""
    await visitor.context.add_init_script(live)
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_count(4)
    await expect(visitor.log).to_have_attribute("aria-live", "polite")
    assert await visitor.page.evaluate("spoken") == 0


async def test_error_is_said_in_words_at_the_field_and_goes_when_it_is_mended(visit: Visit) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write(" ")
    await expect(visitor.input).to_have_accessible_description("Please write a message first.")
    await expect(visitor.input).to_have_attribute("aria-invalid", "true")
    await visitor.input.press_sequentially("w")
    await expect(visitor.input).to_have_accessible_description("")
    await expect(visitor.input).to_have_attribute("aria-invalid", "false")


async def test_news_for_a_closed_chat_is_announced_and_counted_in_the_launchers_name(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    await visitor.page.keyboard.press("Escape")
    await desk.staff_says("one")
    await desk.staff_says("two")
    await expect(visitor.launcher).to_have_accessible_name("Help – Open chat (New messages: 2)")
    await expect(visitor.page.locator("family-desk [aria-live=polite]:not([role])")).to_have_text("New messages: 2")
    await expect(visitor.launcher.locator(".badge")).to_have_text("2")


async def test_every_message_names_its_language(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"text": "Claro.", "lang": "es"}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("ayuda")
    await expect(visitor.bubbles()).to_have_count(3)
    assert await visitor.bubbles().last.get_attribute("lang") == "es"
    assert await visitor.log.locator(".message").last.get_attribute("lang") == "en"  # "Assistant:" is English
    assert await visitor.page.locator("family-desk .root").get_attribute("lang") == "en"
