"""Every payload through every door in a real Chromium whose Content-Security-Policy is off: escaping alone must do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, Page

from actions.desk import handoffs
from bot.gateway.incoming import clean
from bot.gateway.loading import Loading
from tests.bot.gateway.conftest import BROWSER_MS
from tests.bot.gateway.desk_stand_ins import Desk, running_desk
from tests.bot.gateway.page_stand_ins import StandInKnowledge, article, found
from tests.bot.gateway.payloads import PAYLOADS, UNSEEN

ALL = PAYLOADS + UNSEEN
PAGES = 3
# What an injected payload would leave in a page; `main` has none of these by itself but those of the forms.
INJECTED = """() => [
  ...[...document.querySelectorAll(
    'script, iframe, object, embed, svg, math, img, image, video, audio, style, base, template, details, marquee, meta[http-equiv]'
  )].map(one => one.tagName),
  ...[...document.querySelectorAll('*')].flatMap(one => one.getAttributeNames()).filter(name => /^on|^style$/.test(name)),
  ...[...document.querySelectorAll('[href], [action], [src], [data]')]
    .map(one => one.href || one.action || one.src || one.data || '')
    .filter(url => typeof url !== 'string' || !/^(https?|mailto|tel):/.test(url)),
  ...(window.hit ? ['window.hit'] : []),
]"""  # noqa: E501


FILL_IN = """([fields, step]) => {
  for (const [name, value] of Object.entries(fields)) document.querySelector(`form [name=${name}]`).value = value;
  document.querySelector(`button[value=${step}]`).click();
}"""


class Watch:
    """A page that notes dialogs, and requests that lead elsewhere."""

    def __init__(self, page: Page, address: str = "") -> None:
        self.page, self.address = page, address
        self.dialogs: list[str] = []
        self.elsewhere: list[str] = []
        page.on("dialog", self._dismiss)
        page.on("request", self._note)

    async def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def _note(self, request: Any) -> None:
        if not request.url.startswith(self.address):
            self.elsewhere.append(request.url)

    async def is_clean(self, why: str) -> None:
        assert await self.page.evaluate(INJECTED) == [], why
        assert (self.dialogs, self.elsewhere) == ([], []), why


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose articles are the payloads, in every part that is shown."""
    evil = [
        article(
            f"evil-{number}",
            title=payload,
            summary=payload,
            owner=payload,
            category=payload,
            body=f"{payload}\n\n1. {payload}\n\n## {payload}\n\n- {payload}\n\n> {payload}\n\n**{payload}**",
        )
        for number, payload in enumerate(ALL)
    ]
    loading = Loading()
    knowledge = StandInKnowledge(evil, found(*(one.id for one in evil)))
    loading.done(knowledge, object())  # type: ignore[arg-type]
    async with running_desk(tmp_path, loading=loading) as running:
        yield running


Work = Callable[[Watch, int, str], Awaitable[None]]


class Watches(list[Watch]):
    """Several pages side by side: alone, one would wait for the browser most of the time."""

    async def share(self, work: Work) -> None:
        """Do the work with every payload and its number, each page with its part of them."""

        async def part_of(place: int) -> None:
            for number in range(place, len(ALL), len(self)):
                await work(self[place], number, ALL[number])

        await asyncio.gather(*(part_of(place) for place in range(len(self))))


@pytest.fixture
async def watches(browser: Browser, desk: Desk) -> AsyncIterator[Watches]:
    context = await browser.new_context(bypass_csp=True)
    context.set_default_timeout(BROWSER_MS)
    yield Watches([Watch(await context.new_page(), f"http://127.0.0.1:{desk.client.port}") for _ in range(PAGES)])
    await context.close()


@pytest.mark.slow
async def test_many_payloads_do_work_where_nothing_guards(browser: Browser) -> None:
    """Without this, the tests below could pass because the payloads are blunt."""
    assert len(ALL) >= 60
    context = await browser.new_context(bypass_csp=True, offline=True)
    page, working = await context.new_page(), 0
    seen = Watch(page)
    for payload in PAYLOADS:
        await page.goto("about:blank")
        await page.set_content(f"<!doctype html><body>{payload}", wait_until="load")
        working += bool(
            seen.dialogs or await page.evaluate("new Promise(end => setTimeout(() => end(window.hit), 20))")
        )
        seen.dialogs.clear()
    await context.close()
    assert working >= 20


@pytest.mark.slow
async def test_no_payload_in_an_article_runs_or_becomes_markup(watches: Watches) -> None:
    async def read(watch: Watch, number: int, payload: str) -> None:
        await watch.page.goto(f"{watch.address}/help/en/evil-{number}")
        await watch.is_clean(payload)
        title = await watch.page.locator("article h1").text_content()
        assert title == payload.replace("\x00", ""), payload

    watch = watches[0]
    await watch.page.goto(f"{watch.address}/help/en/")
    assert await watch.page.locator(".articles li").count() == len(ALL)
    await watch.is_clean("the index")
    await watches.share(read)
    await watch.page.goto(f"{watch.address}/help/en/evil-0/thanks?why")
    await watch.is_clean("thanks")


@pytest.mark.slow
async def test_no_payload_in_the_search_box_runs_or_becomes_markup(watches: Watches) -> None:
    async def search(watch: Watch, number: int, payload: str) -> None:
        if number % 10:
            await watch.page.goto(f"{watch.address}/help/en/?q={quote(payload)}")
        else:
            await watch.page.goto(f"{watch.address}/help/en/")
            await watch.page.locator("#q").fill(payload)
            async with watch.page.expect_navigation():
                await watch.page.locator(".search button").click()
        await watch.is_clean(payload)

    await watches.share(search)


@pytest.mark.slow
async def test_no_payload_in_the_ticket_form_runs_or_becomes_markup(watches: Watches) -> None:
    async def press(watch: Watch, step: str, **fields: str) -> None:
        """Fill in, as a browser would send it, and press the button of that step."""
        async with watch.page.expect_navigation():
            await watch.page.evaluate(FILL_IN, [fields, step])
        await watch.is_clean(f"{step} {fields}")

    async def fill_in(watch: Watch, number: int, payload: str) -> None:
        await press(watch, "check", problem=payload, asset_tag=payload, student_name=payload, contact=payload)
        kept = await watch.page.locator("#field-contact").input_value()
        assert "".join(kept.split()) == "".join(clean(payload).split())
        await press(watch, "check", problem=f"broken {payload}", asset_tag="", student_name="", contact="")
        reviewed = await watch.page.locator(".review dd").first.text_content()
        assert reviewed == clean(f"broken {payload}")
        await press(watch, "change")

    for watch in watches:
        await watch.page.goto(f"{watch.address}/ticket?lang=en")
    await watches.share(fill_in)
    for watch in watches:
        await press(watch, "check")
        await press(watch, "send")
        assert await watch.page.locator(".ticket-number strong").count() == 1


@pytest.mark.slow
async def test_no_payload_in_an_address_runs_or_becomes_markup(watches: Watches) -> None:
    paths = ("/", "/chat", "/help/", "/ticket", "/nothing")

    async def visit(watch: Watch, number: int, payload: str) -> None:
        path = paths[number % len(paths)]
        await watch.page.goto(f"{watch.address}{path}?lang={quote(payload)}&tag={quote(payload)}&q={quote(payload)}")
        if path in {"/", "/chat"}:  # they have the one script of ours, and what the widget makes
            scripts = await watch.page.evaluate("[...document.scripts].map(one => one.getAttribute('src'))")
            assert scripts == ["/widget.js"]
            assert await watch.page.evaluate("window.hit") is None
            assert (watch.dialogs, watch.elsewhere) == ([], []), payload
        else:
            await watch.is_clean(payload)

    await watches.share(visit)


async def test_in_the_api_every_payload_is_the_text_that_it_is(desk: Desk) -> None:
    for number, payload in enumerate(ALL):
        if number % 50 == 0:  # a conversation takes sixty messages a minute
            family = await desk.family("en")
        sent = {"id": str(number), "text": payload}
        async with desk.client.post("/api/chat/messages", json=sent, headers=family.headers) as response:
            raw = await response.read()
            assert response.content_type == "application/json"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert [one["text"] for one in json.loads(raw)["messages"]] == [f"You said: {clean(payload)}".strip()]


async def test_in_the_api_what_staff_write_is_the_text_that_it_is(desk: Desk) -> None:
    family = await desk.family("en")
    now = datetime.now(UTC)
    queued = await desk.database.run(handoffs.request, family.conversation, reason="test", now=now)
    await desk.database.run(handoffs.accept, queued.id, "ms-garcia", now)
    for payload in ALL:
        await desk.database.run(handoffs.say, queued.id, payload, now)
    said = [one["text"] for one in await family.history() if one["from"] == "staff"]
    assert said == list(ALL)
