"""The widget on a site: what its script tag says, sites that change pages without loading them, a desk that is down."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import Visit, until, with_option

pytestmark = pytest.mark.slow


async def test_page_of_a_school_and_a_scanned_label_are_told_to_the_desk(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit(patch=with_option('data-school="lincoln" data-tag="CB204187"'))
    await visitor.open()
    assert desk.sessions == [{"language": None, "asset_tag": "CB204187", "school": "lincoln"}]
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_count(1)
    assert desk.hints == []


async def test_label_scanned_while_a_chat_goes_on_joins_it(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit("/chat")
    await expect(visitor.bubbles()).to_have_text(["Hello."])
    await visitor.page.goto(f"{visitor.address}/chat?tag=CB204187")
    await until(lambda: bool(desk.hints))
    assert desk.hints == [{"asset_tag": "CB204187"}]
    assert len(desk.sessions) == 1


@pytest.mark.parametrize("tag", ['"><script>window.hit=1</script>', "CB 204187", "a" * 40])
async def test_attack_a_label_that_is_none_is_left_out(visit: Visit, desk: StandInDesk, tag: str) -> None:
    visitor = await visit(f"/chat?tag={tag}")
    await expect(visitor.bubbles()).to_have_text(["Hello."])
    assert desk.sessions == [{"language": None}]
    assert await visitor.page.evaluate("window.hit") is None


async def test_site_that_replaces_its_whole_body_keeps_the_chat(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("one")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.page.evaluate(
        "() => { const body = document.createElement('body'); body.append('Another page');"
        " document.documentElement.replaceChild(body, document.body); }"
    )
    await expect(visitor.panel).to_be_visible()
    await visitor.write("two")
    await expect(visitor.bubbles()).to_have_count(5)
    await desk.staff_says("three")
    await expect(visitor.bubbles().last).to_have_text("three")
    assert len(desk.sessions) == 1
    assert visitor.complaints == []


async def test_element_that_a_site_takes_out_is_silent_and_goes_on_when_it_is_back(
    visit: Visit, desk: StandInDesk
) -> None:
    placed = '<family-desk></family-desk><main id="content"'
    visitor = await visit(patch=lambda text: text.replace('<main id="content"', placed))
    await expect(visitor.launcher).to_have_count(1)
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    await visitor.page.evaluate("() => { window.kept = document.querySelector('family-desk'); kept.remove(); }")
    await until(lambda: desk.sockets[0].closed)
    await desk.staff_says("said meanwhile")
    await visitor.page.evaluate("document.body.append(kept)")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "said meanwhile"])
    await desk.staff_says("and after")
    await expect(visitor.bubbles().last).to_have_text("and after")
    await expect(visitor.launcher).to_have_count(1)


async def test_new_element_of_a_site_that_draws_itself_anew_goes_on_with_the_conversation(
    visit: Visit, desk: StandInDesk
) -> None:
    placed = '<family-desk></family-desk><main id="content"'
    visitor = await visit(patch=lambda text: text.replace('<main id="content"', placed))
    await visitor.open()
    await visitor.write("one")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.page.evaluate(
        "document.querySelector('family-desk').replaceWith(document.createElement('family-desk'))"
    )
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one", "You wrote: one"])
    await visitor.write("two")
    await expect(visitor.bubbles()).to_have_count(5)
    assert len(desk.sessions) == 1


async def test_conversation_goes_on_from_page_to_page(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("one")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.page.goto(f"{visitor.address}/chat?lang=es")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one", "You wrote: one"])
    assert len(desk.sessions) == 1


async def test_page_works_without_the_desk(visit: Visit) -> None:
    visitor = await visit(script="window.loaded = new Promise((done) => addEventListener('load', done));")
    await visitor.page.route("**/widget.js", lambda route: route.abort())
    await visitor.page.goto(visitor.address)
    await visitor.page.evaluate("loaded")
    await expect(visitor.launcher).to_have_count(0)
    await visitor.page.get_by_role("link", name="Our schools").click()
    await expect(visitor.page).to_have_url(re.compile("#schools$"))


async def test_closed_widget_covers_nothing_but_its_button(visit: Visit) -> None:
    visitor = await visit()
    await expect(visitor.launcher).to_be_visible()
    box = await visitor.launcher.bounding_box()
    assert box
    assert box["width"] <= 200
    assert box["height"] <= 60
    covered = await visitor.page.evaluate(
        "() => [[10, 10], [500, 380], [500, 750], [900, 600]]"
        ".map(([x, y]) => document.elementFromPoint(x, y)?.localName).includes('family-desk')"
    )
    assert covered is False


async def test_texts_that_do_not_come_are_asked_for_again(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.route("**/widget/en.json*", lambda route: route.abort(), times=2)
    await visitor.launcher.click()
    await expect(visitor.status).to_contain_text("515-555-0142")
    await expect(visitor.bubbles()).to_have_text(["Hello."])
    await expect(visitor.log.locator(".theirs .bubble")).to_have_text("Assistant: Hello.")


async def test_only_the_familys_own_language_is_loaded(visit: Visit) -> None:
    visitor = await visit(locale="es-US")
    await visitor.open()
    assert [url.split("/")[-1].split("?")[0] for url in visitor.requests if "/widget/" in url] == ["es.json"]
