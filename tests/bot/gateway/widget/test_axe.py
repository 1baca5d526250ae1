"""axe-core finds nothing in any state of the widget, and what it is not sure of has been looked at by a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.every_page import run_axe
from tests.bot.gateway.widget.measures import PALE_EDGES
from tests.bot.gateway.widget.visitors import CARD, CHOICES, Visit, Visitor, until, with_option

pytestmark = pytest.mark.slow

TRIAGE = yaml.safe_load(Path(__file__).with_name("axe_unsure.yml").read_text(encoding="utf-8"))
TRIAGED = {(one["rule"], one["reason"]) for one in TRIAGE}
# Every text of the widget that stands out from its ground by less than 4.5 to 1.
PALE = """() => {
  const parts = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const light = (color) => parts(color).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (at) => {
    for (; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((parts(color)[3] ?? 1) === 1) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const pale = [];
  for (const one of document.querySelector('family-desk').shadowRoot.querySelectorAll('.root *')) {
    const says = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || one.placeholder;
    if (!says || !one.checkVisibility() || one.localName === 'option') continue;
    const [upper, lower] = [light(getComputedStyle(one).color), light(ground(one))].sort((a, b) => b - a);
    if ((upper + 0.05) / (lower + 0.05) < 4.5) pale.push(one.outerHTML.slice(0, 200));
  }
  return pale;
}"""
ANSWER = {
    "kind": "answer",
    "text": "Hold the power key for 10 seconds, see https://desk.example/x or call 515-555-0142.",
    "articles": [{**CARD, "lang": "en", "translation": "machine"}],
}


async def closed(visitor: Visitor, desk: StandInDesk) -> None:
    await expect(visitor.launcher).to_be_visible()
    await desk.staff_says("news")


async def opened(visitor: Visitor, desk: StandInDesk) -> None:
    await visitor.open()


async def conversation(visitor: Visitor, desk: StandInDesk) -> None:
    desk.answers = lambda text: [ANSWER, {"kind": "step", "text": "Step 1 of 3: plug it in."}]
    await visitor.open()
    await visitor.write("it is dark")
    await expect(visitor.bubbles()).to_have_count(4)
    await visitor.log.locator(".rate button").nth(1).click()
    await expect(visitor.log.locator(".rating textarea")).to_be_visible()


async def quick_replies(visitor: Visitor, desk: StandInDesk) -> None:
    desk.answers = lambda text: [
        {"kind": "question", "text": text, "buttons": [{**one, "id": text + one["id"]} for one in CHOICES]}
    ]
    await visitor.open()
    await visitor.write("hm")
    await visitor.log.locator(".choices button").first.click()
    await expect(visitor.log.locator(".choices")).to_have_count(2)


async def error(visitor: Visitor, desk: StandInDesk) -> None:
    await visitor.open()
    desk.failures = [413]
    await visitor.write("too much")
    await expect(visitor.alert).not_to_be_empty()
    await expect(visitor.log.locator(".failed")).to_have_count(1)


async def offline(visitor: Visitor, desk: StandInDesk) -> None:
    await visitor.open()
    await visitor.context.set_offline(True)
    await visitor.write("anybody?")
    await expect(visitor.status).not_to_be_empty()
    await expect(visitor.log.locator(".sending")).to_have_count(1)


async def handoff(visitor: Visitor, desk: StandInDesk) -> None:
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    desk.state.update(mode="human", handoff={"status": "assigned"})
    await desk.staff_says("This is Dana.")
    await expect(visitor.log.locator(".staff")).to_have_count(1)


async def menu(visitor: Visitor, desk: StandInDesk) -> None:
    await visitor.open()
    await visitor.panel.locator("header button").first.click()
    await expect(visitor.panel.locator(".menu")).to_be_visible()


async def confirming(visitor: Visitor, desk: StandInDesk) -> None:
    await menu(visitor, desk)
    await visitor.panel.locator(".menu button").last.click()
    await expect(visitor.panel.locator(".confirm")).to_be_visible()


async def ended(visitor: Visitor, desk: StandInDesk) -> None:
    await conversation(visitor, desk)
    await visitor.panel.locator("header button").first.click()
    await visitor.panel.locator(".menu button").nth(3).click()
    await visitor.panel.locator(".confirm .danger").click()
    await expect(visitor.log.locator(".divider")).to_have_count(1)


async def closing(visitor: Visitor, desk: StandInDesk) -> None:
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    desk.state.update(closes_soon=True, kept=True)
    await desk.publish()
    await expect(visitor.panel.locator(".soon")).to_be_visible()


async def ticket_form(visitor: Visitor, desk: StandInDesk) -> None:
    desk.state["asks"] = "confirmation"
    review = "Problem: dark\nAsset tag: CB204187\nSchool: Lincoln\nContact: 515-555-0177\nIs this right?"
    desk.answers = lambda text: [
        {"kind": "notice", "text": "A password was removed."},
        {"kind": "ticket", "text": review, "buttons": CHOICES},
    ]
    await visitor.open()
    await visitor.write("open a ticket")
    await expect(visitor.bubbles()).to_have_count(4)


async def crisis(visitor: Visitor, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "crisis", "text": "Call 911. You can call or text 988."}]
    await visitor.open()
    await visitor.write("help me")
    await expect(visitor.log.locator(".call")).to_have_count(2)


State = Callable[[Visitor, StandInDesk], Awaitable[None]]
STATES: tuple[State, ...] = (
    closed, opened, conversation, quick_replies, error, offline, handoff, menu, confirming, ended, closing, ticket_form,
    crisis,
)  # fmt: skip
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "arabic, dark": {"locale": "ar", "color_scheme": "dark"},
    "320 px": {"viewport": {"width": 320, "height": 640}},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_axe_finds_nothing(visit: Visit, desk: StandInDesk, state: State, look: str) -> None:
    visitor = await visit(reduced_motion="reduce", **LOOKS[look])
    await state(visitor, desk)
    found = await run_axe(visitor.page, "family-desk")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
    assert [one for one in unsure(found) if one not in TRIAGED] == []
    assert await visitor.page.evaluate(PALE) == []
    assert await visitor.page.evaluate(PALE_EDGES) == []


async def test_palest_colour_that_is_taken_can_be_read_where_it_is_used_and_under_the_mouse(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit(reduced_motion="reduce", patch=with_option('data-color="#767676"'))
    await expect(visitor.launcher).to_have_css("background-color", "rgb(118, 118, 118)")
    await quick_replies(visitor, desk)
    for pointed_at in (visitor.log.locator(".choices button:enabled").first, visitor.panel.locator(".person")):
        await pointed_at.hover()
        assert await visitor.page.evaluate(PALE) == []
        assert await visitor.page.evaluate(PALE_EDGES) == []


async def test_axe_reaches_into_the_widget(visit: Visit) -> None:
    """Without a name, the launcher would be found out."""
    visitor = await visit()
    await visitor.launcher.evaluate("one => { one.removeAttribute('aria-label'); one.replaceChildren(); }")
    found = await run_axe(visitor.page, "family-desk")
    assert "button-name" in {one["id"] for one in found["violations"]}


def unsure(found: dict[str, Any]) -> set[tuple[str, str]]:
    """Each rule that axe could not decide, with the reason that it gives."""
    return {
        (one["id"], (check["data"] or {}).get("messageKey", ""))
        for one in found["incomplete"]
        for node in one["nodes"]
        for check in (*node["any"], *node["all"], *node["none"])
    }


async def test_pale_words_are_found(visit: Visit) -> None:
    """What decides in axe's place can fail."""
    visitor = await visit()
    await visitor.open()
    assert await visitor.page.evaluate(PALE) == []
    await visitor.panel.locator(".about").evaluate("one => { one.style.color = '#999'; }")
    assert len(await visitor.page.evaluate(PALE)) == 2  # the words, and the switch in them
