"""The widget on another site than the desk's, with the real desk, and a policy as strict as it gets."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, expect

from tests.bot.gateway.conftest import BROWSER_MS
from tests.bot.gateway.desk_stand_ins import Desk, running_desk
from tests.bot.gateway.widget.visitors import Visitor, until

pytestmark = pytest.mark.slow

PAGE = '<!doctype html><html lang="es"><meta charset="utf-8"><title>School</title><h1>School</h1>'


class Site:
    """A school's own web site, on a port of its own."""

    desk = ""
    # What stands in the script's tag beside the address, and behind the address.
    more = ""
    version = ""

    async def page(self, request: web.Request) -> web.Response:
        policy = (
            f"default-src 'none'; script-src {self.desk}; connect-src {self.desk} {self.desk.replace('http', 'ws', 1)};"
            " require-trusted-types-for 'script'; trusted-types 'none'"
        )
        text = f'{PAGE}<script src="{self.desk}/widget.js{self.version}" {self.more} async></script>'
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})


@pytest.fixture
async def site() -> AsyncIterator[tuple[Site, str]]:
    there = Site()
    application = web.Application()
    application.router.add_get("/", there.page)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield there, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def address_of(desk: Desk) -> str:
    return str(desk.client.make_url("")).rstrip("/")


async def test_listed_site_has_the_whole_chat_under_a_strict_policy_and_asks_nobody_else(
    browser: Browser, site: tuple[Site, str], tmp_path: Path
) -> None:
    there, address = site
    async with running_desk(tmp_path, WIDGET_SITES=address) as desk:
        there.desk = address_of(desk)
        context = await browser.new_context(viewport={"width": 1000, "height": 760})
        context.set_default_timeout(BROWSER_MS)
        visitor = Visitor(context, await context.new_page(), address)
        await visitor.page.goto(address)
        await visitor.open()
        await visitor.write("hola")
        await expect(visitor.bubbles().last).to_have_text("You said: hola")
        await visitor.page.get_by_role("button", name="Más", exact=True).click()
        await visitor.panel.locator(".menu button").last.click()
        await visitor.panel.locator(".confirm .danger").click()
        await expect(visitor.status).to_have_text("Su chat se borró.")
        assert await context.cookies() == []
        await context.close()
        assert visitor.complaints == []
        assert {"/".join(url.split("/")[:3]) for url in visitor.requests} == {address, there.desk}


async def test_site_that_pins_the_script_by_its_hash_runs_that_one_and_no_other(
    browser: Browser, site: tuple[Site, str], tmp_path: Path
) -> None:
    there, address = site
    async with running_desk(tmp_path, WIDGET_SITES=address, REPLY_SECONDS="8") as desk:
        there.desk = address_of(desk)
        async with desk.client.get("/widget.js") as answer:
            script = await answer.read()
        digest = base64.b64encode(hashlib.sha384(script).digest()).decode()
        context = await browser.new_context()
        visitor = Visitor(context, await context.new_page(), address)
        there.version, there.more = "?1", f'integrity="sha384-{digest}" crossorigin="anonymous"'
        await visitor.page.goto(address)
        await visitor.open()
        there.version, there.more = "?2", f'integrity="sha384-{digest[::-1]}" crossorigin="anonymous"'
        await visitor.page.goto(address)
        await expect(visitor.page.get_by_role("heading", name="School")).to_be_visible()
        await until(lambda: any("integrity" in one for one in visitor.complaints))
        assert await visitor.page.locator("family-desk").count() == 0
        await context.close()


async def test_attack_site_that_is_not_listed_shows_a_phone_number_and_gets_no_conversation(
    browser: Browser, site: tuple[Site, str], tmp_path: Path
) -> None:
    there, address = site
    async with running_desk(tmp_path, WIDGET_SITES="https://www.cedarhollow.example") as desk:
        there.desk = address_of(desk)
        context = await browser.new_context()
        context.set_default_timeout(BROWSER_MS)
        visitor = Visitor(context, await context.new_page(), address)
        await visitor.page.goto(address)
        await visitor.launcher.click()
        await expect(visitor.status).to_contain_text("515-555-0142")
        assert await visitor.log.locator(".message").count() == 0
        await context.close()


async def test_family_that_has_been_here_finds_the_phone_number_while_the_desk_is_down(
    browser: Browser, site: tuple[Site, str], tmp_path: Path
) -> None:
    there, address = site
    context = await browser.new_context()
    context.set_default_timeout(BROWSER_MS)
    visitor = Visitor(context, await context.new_page(), address)
    async with running_desk(tmp_path, WIDGET_SITES=address) as desk:
        there.desk = address_of(desk)
        script = await desk.client.get("/widget.js")
        assert script.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
        await visitor.page.goto(address)
        await expect(visitor.launcher).to_be_visible()
    await visitor.page.goto(f"{address}/?again")
    await visitor.launcher.click()
    await expect(visitor.status).to_contain_text("515-555-0142")
    await context.close()
