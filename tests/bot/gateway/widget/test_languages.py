"""The language of the site, of the family and of the conversation."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from actions.desk.district import load_district
from bot.gateway.texts import offered
from tests.bot.gateway.page_stand_ins import DISTRICT_FOLDER, StandInDesk
from tests.bot.gateway.widget.visitors import Visit, until

pytestmark = pytest.mark.slow


async def test_language_menu_names_languages_in_themselves_and_starts_over_before_the_first_message(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    menu = visitor.page.get_by_label("Language", exact=True)
    names = [texts.name for texts in offered(load_district(DISTRICT_FOLDER).languages)]
    assert names[:2] == ["English", "Español"]
    await expect(menu.locator("option")).to_have_text(names)
    await menu.select_option("es")
    await expect(visitor.bubbles()).to_have_text(["Hola. Soy el asistente."])
    assert [one["language"] for one in desk.sessions] == [None, "es"]
    await expect(visitor.page.locator("family-desk .root")).to_have_attribute("lang", "es")
    await visitor.write("no prende")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.page.reload()
    await expect(visitor.input).to_have_attribute("placeholder", "Escriba su pregunta")


async def test_language_chosen_in_the_middle_is_asked_of_the_assistant(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("hello")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.page.get_by_label("Language", exact=True).select_option("es")
    await until(lambda: len(desk.posts) == 2)
    assert desk.posts[1]["text"] == "En español, por favor"
    await expect(visitor.input).to_have_attribute("placeholder", "Escriba su pregunta")


async def test_interface_follows_a_conversation_that_turns_to_another_language(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()

    def in_spanish(text: str) -> list[dict[str, Any]]:
        desk.state["language"] = "es"
        return [{"lang": "es", "text": "Claro."}]

    desk.answers = in_spanish
    await visitor.write("no prende")
    await expect(visitor.page.get_by_role("button", name="Hablar con una persona")).to_be_visible()
    assert await visitor.bubbles().last.get_attribute("lang") == "es"
    assert await visitor.bubbles().first.get_attribute("lang") == "en"


async def test_sites_language_is_a_wish_and_only_the_familys_own_choice_binds(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit("/?lang=es", locale="en-US")
    await visitor.open()
    assert desk.sessions == [{"language": None}]
    assert desk.accept_languages == ["es"]


async def test_arabic_turns_the_widget_round_and_keeps_numbers_in_order(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.page.get_by_label("Language", exact=True).select_option("ar")
    await expect(visitor.page.locator("family-desk .root")).to_have_attribute("dir", "rtl")
    await until(lambda: len(desk.sockets) == 2)
    await desk.publish(desk.message({"lang": "ar", "dir": "rtl", "text": "اتصل على 515-555-0142 أو FD-100001"}))
    text = visitor.bubbles().last
    await expect(text).to_have_attribute("dir", "rtl")
    await expect(text.locator("bdi[dir=ltr]")).to_have_text(["515-555-0142", "FD-100001"])
    box = await visitor.panel.bounding_box()
    assert box
    assert box["x"] < 100  # at the end of a line, which is on the left now
    switch = visitor.panel.get_by_role("switch").first
    turned = await switch.evaluate("one => getComputedStyle(one, '::after').transform")
    assert turned == "matrix(-1, 0, 0, 1, 0, 0)"  # off is where the line begins, or it looks switched on
