"""What a site, a browser or something on the way does to the widget: the chat goes on, and the page with it."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import Visit, Visitor, until

pytestmark = pytest.mark.slow

SECOND_COPY = """() => new Promise((loaded) => {
  const copy = document.createElement('script');
  Object.assign(copy, { src: '/widget.js?again', nonce: document.querySelector('script').nonce, onload: loaded });
  Object.assign(copy.dataset, { language: 'es', position: 'start', open: 'true' });
  document.head.append(copy);
}).then(() => true)"""
NO_STREAM = "window.WebSocket = class { constructor() { throw new DOMException('no', 'SecurityError'); } };"
BROKEN = [
    None,
    {"id": "999", "from": "bot", "kind": "text"},
    {"id": "x", "from": "bot", "kind": "text", "text": None},
    {"id": "998", "from": "bot", "kind": "step", "text": "Step 1 of 2", "buttons": [None]},
]


async def chats(visitor: Visitor, text: str) -> None:
    """What the family writes is answered."""
    await visitor.write(text)
    await expect(visitor.bubbles().last).to_have_text(f"You wrote: {text}")


async def test_second_copy_of_the_script_changes_nothing(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await expect(visitor.launcher).to_have_count(1)
    assert await visitor.page.evaluate(SECOND_COPY)
    await expect(visitor.panel).to_be_hidden()
    await visitor.open()
    await chats(visitor, "one")
    await expect(visitor.page.locator("family-desk")).to_have_count(1)
    await expect(visitor.page.locator("family-desk .root")).to_have_attribute("lang", "en")
    assert len(desk.sessions) == 1
    assert visitor.complaints == []


@pytest.mark.parametrize("frame", ["{not json", "", "7", '"text"', "null", "[[["])
async def test_damaged_frame_costs_nothing_that_was_said(visit: Visit, desk: StandInDesk, frame: str) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    desk.message({"from": "staff", "text": "the frame that was damaged"})
    await desk.sockets[0].send_str(frame)
    await expect(visitor.bubbles()).to_have_text(["Hello.", "the frame that was damaged"])
    await chats(visitor, "still here")
    assert visitor.complaints == []


async def test_frame_of_a_kind_that_is_not_known_yet_is_passed_over(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    await desk.sockets[0].send_json({"weather": "rain"})
    await desk.staff_says("hello")
    await expect(visitor.bubbles().last).to_have_text("hello")
    assert len(desk.sockets) == 1


@pytest.mark.parametrize("broken", BROKEN)
async def test_message_that_cannot_be_shown_takes_no_other_with_it(
    visit: Visit, desk: StandInDesk, broken: object
) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    answer = {"messages": [broken], "state": desk.state}
    await visitor.page.route(
        "**/api/chat/messages", lambda route: route.fulfill(status=200, body=json.dumps(answer)), times=1
    )
    await visitor.write("lost in a broken answer")
    await expect(visitor.log.locator(".sending")).to_have_count(0)
    await chats(visitor, "next")


@pytest.mark.parametrize("body", ["{}", "[]", '{"messages": null}', "<html>Please sign in</html>"])
async def test_answer_that_is_not_the_desks_is_none(visit: Visit, desk: StandInDesk, body: str) -> None:
    """The network of a hotel answers for the desk until somebody has signed in."""
    visitor = await visit()
    await visitor.page.route("**/api/chat/*", lambda route: route.fulfill(status=200, body=body), times=1)
    await visitor.launcher.click()
    await expect(visitor.bubbles()).to_have_text(["Hello."])
    await visitor.page.route("**/api/chat/messages", lambda route: route.fulfill(status=200, body=body), times=1)
    await chats(visitor, "not lost")
    assert [post["text"] for post in desk.posts] == ["not lost"]


async def test_site_that_forbids_streams_has_the_chat_without_them(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit(script=NO_STREAM)
    await visitor.open()
    await chats(visitor, "one")
    await desk.staff_says("hello from staff")
    await expect(visitor.bubbles().last).to_have_text("hello from staff")
    assert visitor.complaints == []


@pytest.mark.parametrize("kept", ["{half", "7", '"text"', "null"])
async def test_storage_that_somebody_else_has_written_to_is_put_right(
    visit: Visit, desk: StandInDesk, kept: str
) -> None:
    visitor = await visit()
    key = f"family-desk {visitor.address}/"
    await visitor.page.evaluate(
        "([key, kept]) => { localStorage[key] = kept; sessionStorage[key] = kept; }", [key, kept]
    )
    await visitor.page.reload()
    await visitor.open()
    await chats(visitor, "one")
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one", "You wrote: one"])
    assert len(desk.sessions) == 1


async def test_storage_that_is_full_does_not_stop_the_chat(visit: Visit, desk: StandInDesk) -> None:
    script = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
    visitor = await visit(script=script)
    await visitor.open()
    await chats(visitor, "one")
    await chats(visitor, "two")
    assert visitor.complaints == []


@pytest.mark.parametrize("year", [1999, 2060])
async def test_clock_that_is_wrong_by_decades_does_not_matter(visit: Visit, desk: StandInDesk, year: int) -> None:
    script = (
        f"const off = Date.UTC({year}) - Date.now(); window.Date = class extends Date {{"
        " constructor(...given) { given.length ? super(...given) : super(Date.now()); }"
        " static now() { return super.now() + off; } };"
    )
    visitor = await visit(script=script)
    assert await visitor.page.evaluate("new Date().getUTCFullYear()") == year
    await visitor.open()
    await chats(visitor, "one")
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one", "You wrote: one"])
    await chats(visitor, "two")
    assert len(desk.sessions) == 1
    assert visitor.complaints == []


async def test_script_that_never_comes_leaves_the_page_usable_and_the_next_page_has_the_chat(visit: Visit) -> None:
    visitor = await visit()
    waiting = asyncio.Event()

    async def never(route: object) -> None:
        waiting.set()

    await visitor.page.route("**/widget.js", never)
    await visitor.page.goto(visitor.address, wait_until="domcontentloaded")
    await waiting.wait()
    await visitor.page.get_by_role("link", name="Our schools").click()
    await expect(visitor.page).to_have_url(re.compile("#schools$"))
    await expect(visitor.launcher).to_have_count(0)
    await visitor.page.unroute("**/widget.js")
    await visitor.page.goto(f"{visitor.address}/?next", wait_until="domcontentloaded")
    await visitor.open()
