"""Messages as families see them: choices, article cards, steps, danger."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import CARD, CHOICES, Visit, until

pytestmark = pytest.mark.slow


async def test_choice_sends_its_id_and_closes_older_choices(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [
        {"text": f"{text}?", "buttons": [{**one, "id": f"{text}-{one['id']}"} for one in CHOICES]}
    ]
    visitor = await visit()
    await visitor.open()
    await visitor.write("first")
    await visitor.log.get_by_role("button", name="Still not").click()
    await expect(visitor.bubbles()).to_have_text(["Hello.", "first", "first?", "Still not", "Still not?"])
    assert desk.posts[1]["choice"] == "first-b2"
    assert "text" not in desk.posts[1]
    buttons = visitor.log.get_by_role("button")
    await expect(buttons.nth(0)).to_be_disabled()
    await expect(buttons.nth(1)).to_be_disabled()
    await expect(buttons.nth(2)).to_be_enabled()
    await buttons.nth(1).dispatch_event("click")
    assert len(desk.posts) == 2
    await visitor.page.reload()
    await expect(buttons.nth(0)).to_be_disabled()
    await expect(buttons.nth(3)).to_be_enabled()


async def test_question_closes_the_choices_of_earlier_ones_that_were_answered_in_words(
    visit: Visit, desk: StandInDesk
) -> None:
    asked = [[{"text": "Tag?", "buttons": CHOICES}, {"text": "Or?", "buttons": CHOICES}], [{"text": "No question."}]]
    desk.answers = lambda text: asked[int(text) % 2]
    visitor = await visit()
    await visitor.open()
    buttons = visitor.log.locator(".choices button:not(:disabled)")
    await visitor.write("0")
    await expect(visitor.log.locator(".choices")).to_have_count(2)
    await expect(buttons).to_have_count(4)
    await visitor.write("1")
    await expect(visitor.bubbles().last).to_have_text("No question.")
    await expect(buttons).to_have_count(4)
    await visitor.write("2")
    await expect(visitor.log.locator(".choices")).to_have_count(4)
    await expect(buttons).to_have_count(4)
    await visitor.page.reload()
    await expect(visitor.log.locator(".choices")).to_have_count(4)
    await expect(buttons).to_have_count(4)


async def test_double_click_on_a_choice_is_one_message(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"text": "Which?", "buttons": CHOICES}]
    desk.slow = 0.3
    visitor = await visit()
    await visitor.open()
    await visitor.write("first")
    await visitor.log.get_by_role("button", name="Still not").dblclick()
    await until(lambda: len(desk.posts) == 2)
    await asyncio.sleep(0.5)
    assert len(desk.posts) == 2


async def test_person_is_one_tap_away_in_the_familys_language(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit(locale="es-US")
    await visitor.open()
    await visitor.page.get_by_role("button", name="Hablar con una persona").click()
    await until(lambda: bool(desk.posts))
    assert desk.posts[0]["text"] == "Quiero hablar con una persona"


async def test_article_card_links_to_the_help_centre_and_says_language_and_machine(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [{"text": "Vea:", "articles": [{**CARD, "translation": "machine"}]}]
    visitor = await visit(locale="es-US")
    await visitor.open()
    await visitor.write("wifi")
    card = visitor.log.locator(".card")
    link = card.get_by_role("link")
    assert await link.get_attribute("href") == f"{visitor.address}/help/en/wifi"
    assert "noopener" in (await link.get_attribute("rel") or "")
    await expect(card).to_contain_text("en inglés")
    await expect(card).to_contain_text("Traducido por una computadora")
    assert await card.locator(".card-title").get_attribute("lang") == "en"


async def test_step_shows_how_far_the_repair_is(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "step", "text": "Step 2 of 5: hold the key."}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("go")
    bar = visitor.log.get_by_role("progressbar", name="Step 2 of 5")
    await expect(bar).to_have_attribute("value", "2")
    await expect(bar).to_have_attribute("max", "5")


async def test_crisis_is_set_off_and_its_numbers_can_be_tapped(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "crisis", "text": "Call 911. You can call or text 988."}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("help me")
    crisis = visitor.log.locator(".kind-crisis")
    await expect(crisis).to_contain_text("Get help now")
    links = await crisis.get_by_role("link").evaluate_all("all => all.map(one => one.href)")
    assert links == ["tel:911", "tel:988"]


async def test_links_are_made_from_web_addresses_only_and_without_the_full_stop(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [
        {
            "text": "See https://a.example/x?y=(1). Or (http://b.example/z), "
            "javascript:alert(1) ftp://c.example data:text/html,x"
        }
    ]
    visitor = await visit()
    await visitor.open()
    await visitor.write("links")
    await expect(visitor.bubbles()).to_have_count(3)
    links = await visitor.bubbles().last.get_by_role("link").evaluate_all("all => all.map(one => one.href)")
    assert links == ["https://a.example/x?y=(1)", "http://b.example/z"]
