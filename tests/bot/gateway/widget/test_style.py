"""Sizes, colours and options of the site."""

from __future__ import annotations

import gzip

import pytest
from playwright.async_api import expect

from bot.gateway.texts import all_texts
from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import CARD, CHOICES, Visit, with_option

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("width", "height"), [(320, 640), (320, 256), (360, 740), (1000, 760)])
async def test_no_screen_is_too_small_and_targets_are_large_enough(
    visit: Visit, desk: StandInDesk, width: int, height: int
) -> None:
    desk.answers = lambda text: [
        {"text": "https://cedarhollow.example/" + "very-long" * 20, "buttons": CHOICES, "articles": [CARD]}
    ]
    visitor = await visit(viewport={"width": width, "height": height})
    await visitor.open()
    await visitor.write("w" * 300)
    await expect(visitor.log.locator(".card")).to_be_visible()
    await visitor.input.focus()
    await expect(visitor.input).to_be_in_viewport()
    for scrolled in (visitor.panel, visitor.log):
        assert await scrolled.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
    for target in await visitor.panel.locator("button:visible, select:visible, textarea:visible, .card a").all():
        box = await target.bounding_box()
        assert box
        # A layout in fractions of a pixel gives 43.99997 now and then.
        assert round(box["height"], 2) >= 44, await target.evaluate("one => one.outerHTML")
        assert round(box["width"], 2) >= 44
    if width <= 360:
        box = await visitor.panel.bounding_box()
        assert box
        assert (box["x"], box["width"]) == (0, width)


async def test_title_is_broken_inside_no_word_on_the_smallest_screen(visit: Visit) -> None:
    visitor = await visit(viewport={"width": 320, "height": 640})
    await visitor.open()
    title = visitor.panel.locator("h2")
    for language in all_texts():
        await visitor.panel.locator("select").select_option(language)
        await expect(visitor.page.locator("family-desk .root")).to_have_attribute("lang", language)
        broken = await title.evaluate(
            """(one) => [...one.firstChild.data.matchAll(/\\S+/g)].filter((word) => {
              const range = document.createRange();
              range.setStart(one.firstChild, word.index);
              range.setEnd(one.firstChild, word.index + word[0].length);
              return range.getClientRects().length > 1;
            }).map((word) => word[0])"""
        )
        assert broken == [], language


async def test_text_spacing_and_large_letters_lose_nothing(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit(viewport={"width": 360, "height": 740})
    await visitor.open()
    await visitor.write("a few words that need some room on a small telephone")
    await visitor.page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; '
            + 'word-spacing: .16em !important; }');
          const root = document.querySelector('family-desk').shadowRoot;
          root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
          document.documentElement.style.fontSize = '32px';
        }"""
    )
    for part in ("header", "footer", ".log"):
        excess = await visitor.page.locator(f"family-desk {part}").evaluate("one => one.scrollWidth - one.clientWidth")
        assert excess <= 0, part
    await expect(visitor.input).to_be_in_viewport()


@pytest.mark.parametrize(
    ("option", "color"),
    [
        ('data-color="#7a1f5c"', "rgb(122, 31, 92)"),
        ('data-color="#ffcc00"', "rgb(20, 83, 45)"),
        ('data-color="#777"', "rgb(20, 83, 45)"),
        ('data-color="red; background: url(//evil.example)"', "rgb(20, 83, 45)"),
    ],
)
async def test_districts_colour_is_taken_only_when_white_can_be_read_on_it(
    visit: Visit, option: str, color: str
) -> None:
    visitor = await visit(patch=with_option(option))
    await expect(visitor.launcher).to_have_css("background-color", color)


async def test_site_may_open_the_chat_on_load_and_on_the_other_side_without_taking_the_focus(visit: Visit) -> None:
    visitor = await visit(patch=with_option('data-open="true" data-position="start"'))
    await expect(visitor.panel).to_be_visible()
    await expect(visitor.input).not_to_be_focused()
    box = await visitor.panel.bounding_box()
    assert box
    assert box["x"] < 100


async def test_full_page_chat_fills_the_page_and_cannot_be_closed_by_mistake(visit: Visit) -> None:
    visitor = await visit("/chat")
    await expect(visitor.panel).to_be_visible()
    await visitor.input.focus()
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.panel).to_be_visible()
    box = await visitor.panel.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (1000, 760)


async def test_reduced_motion_is_respected(visit: Visit) -> None:
    visitor = await visit(reduced_motion="reduce")
    await visitor.open()
    name = await visitor.log.locator(".message").first.evaluate("one => getComputedStyle(one).animationName")
    assert name == "none"


async def test_widget_works_where_the_browser_keeps_nothing(visit: Visit, desk: StandInDesk) -> None:
    def forbidden(text: str) -> str:
        trap = "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, "
        trap += "{ get() { throw new DOMException('denied', 'SecurityError'); } });\n"
        return trap + text if text.startswith("(() =>") else text

    visitor = await visit(patch=forbidden)
    await visitor.open()
    await visitor.write("hello")
    await expect(visitor.bubbles()).to_have_count(3)
    assert visitor.complaints == []


async def test_widget_that_browsers_get_is_small(visit: Visit) -> None:
    visitor = await visit()
    answer = await visitor.page.request.get(f"{visitor.address}/widget.js")
    assert len(gzip.compress(await answer.body())) <= 20_000


async def test_refused_colour_is_explained_in_the_console(visit: Visit) -> None:
    visitor = await visit(patch=with_option('data-color="#ffcc00"'))
    async with visitor.page.expect_console_message(lambda one: one.type == "warning") as coming:
        await visitor.page.reload()
    assert "data-color #ffcc00 has a contrast of 1.5 to white and needs 4.5" in (await coming.value).text


@pytest.mark.parametrize(("width", "path"), [(375, "/"), (800, "/"), (800, "/chat")])
async def test_keyboard_on_the_screen_does_not_hide_the_input(visit: Visit, width: int, path: str) -> None:
    """A keyboard 300 px high is played by what browsers tell of one: a smaller visual viewport."""
    visitor = await visit(path, viewport={"width": width, "height": 760}, reduced_motion="reduce")
    if path == "/":
        await visitor.open()
    await visitor.input.focus()
    await visitor.page.evaluate(
        "() => { Object.defineProperty(visualViewport, 'height', { value: 460, configurable: true });"
        " visualViewport.dispatchEvent(new Event('resize')); }"
    )
    for part in (visitor.input, visitor.panel.locator("header")):
        await visitor.comes_true(
            "(one) => { const box = one.getBoundingClientRect(); return box.top >= 0 && box.bottom <= 460; }",
            await part.element_handle(),
        )
    await visitor.page.evaluate(
        "() => { Object.defineProperty(visualViewport, 'height', { value: 760 });"
        " visualViewport.dispatchEvent(new Event('resize')); }"
    )
    await visitor.comes_true("(one) => one.getBoundingClientRect().height >= 660", await visitor.panel.element_handle())


async def test_page_that_is_pinched_larger_is_left_as_it_is(visit: Visit) -> None:
    visitor = await visit(viewport={"width": 375, "height": 760})
    await visitor.open()
    await visitor.page.evaluate(
        "() => { for (const [name, value] of [['height', 380], ['scale', 2]])"
        " Object.defineProperty(visualViewport, name, { value });"
        " visualViewport.dispatchEvent(new Event('resize')); }"
    )
    panel = await visitor.panel.bounding_box()
    assert panel
    assert panel["height"] == 760


async def test_forced_colours_keep_edges_and_what_is_chosen(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "answer", "text": "Try this."}]
    visitor = await visit(forced_colors="active")
    await visitor.open()
    await visitor.write("hm")
    await expect(visitor.bubbles()).to_have_count(3)
    for bubble in await visitor.log.locator(".bubble").all():
        assert await bubble.evaluate("one => parseFloat(getComputedStyle(one).borderTopWidth)") >= 1
    yes = visitor.log.locator(".rate button").first
    assert await yes.evaluate("one => getComputedStyle(one).outlineStyle") == "none"
    await yes.click()
    await visitor.input.focus()
    await expect(yes).to_have_css("outline-style", "solid")
