"""The widget in a real Chromium, against a stand-in for the desk: what families see, and what attacks do not do."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from actions.desk.district import load_district
from bot.gateway.texts import offered
from tests.bot.gateway.page_stand_ins import DISTRICT_FOLDER, PAYLOADS, StandInDesk, StandInKnowledge, pages_application

pytestmark = pytest.mark.slow

CHOICES = [{"id": "b1", "title": "That worked"}, {"id": "b2", "title": "Still not"}]
CARD = {"id": "wifi", "title": "Connect to Wi-Fi", "lang": "en", "url": "/help/en/wifi", "score": 0.9}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        yield chromium
        await chromium.close()


@pytest.fixture
def desk() -> StandInDesk:
    return StandInDesk()


Patch = Callable[[str], str]


@pytest.fixture
def patches() -> list[Patch]:
    """What a test changes in the pages and scripts on their way out."""
    return []


@pytest.fixture
async def address(desk: StandInDesk, patches: list[Patch]) -> AsyncIterator[str]:
    @web.middleware
    async def patched(request: web.Request, handler: Any) -> web.StreamResponse:
        answer: web.StreamResponse = await handler(request)
        if patches and isinstance(answer, web.Response) and answer.content_type in {"text/html", "text/javascript"}:
            body = answer.body
            assert isinstance(body, bytes)
            text = (gzip.decompress(body) if answer.headers.pop("Content-Encoding", "") else body).decode()
            for patch in patches:
                text = patch(text)
            answer.body = text.encode()
        return answer

    application = pages_application(StandInKnowledge(), *desk.routes())
    application.middlewares.append(patched)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


class Visitor:
    """A family's browser: one page, and everything it asked for or complained about."""

    def __init__(self, context: BrowserContext, page: Page, address: str) -> None:
        self.context, self.page, self.address = context, page, address
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self.dismiss)
        page.on("request", lambda request: self.requests.append(request.url))
        self.launcher = page.locator(".launcher")
        self.panel = page.get_by_role("dialog")
        self.log = page.get_by_role("log")
        self.input = page.locator("family-desk textarea")
        self.status = page.locator("family-desk").get_by_role("status")
        self.alert = page.locator("family-desk").get_by_role("alert")

    async def dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.log.locator(".kind-welcome")).to_be_visible()

    async def write(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")

    def bubbles(self) -> Any:
        return self.log.locator(".text")


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(browser: Browser, address: str, patches: list[Patch]) -> AsyncIterator[Visit]:
    contexts: list[BrowserContext] = []

    async def start(path: str = "/", *, patch: Patch | None = None, **options: Any) -> Visitor:
        context = await browser.new_context(**{"viewport": {"width": 1000, "height": 760}, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = await context.new_page()
        visitor = Visitor(context, page, address)
        if patch:
            patches.append(patch)
        await page.goto(address + path)
        return visitor

    yield start
    for context in contexts:
        await context.close()


def with_option(option: str) -> Patch:
    return lambda text: text.replace('src="/widget.js"', f'src="/widget.js" {option}')


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


# Opening, closing, asking


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
    for _ in range(9):
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


async def test_empty_and_too_long_messages_are_explained_and_nothing_is_lost(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("   ")
    await expect(visitor.alert).to_have_text("Please write a message first.")
    long = "a" * 10_000
    await visitor.write(long)
    await expect(visitor.alert).to_contain_text("10000 characters of 2000")
    assert await visitor.input.get_attribute("aria-invalid") == "true"
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


# Choices, cards, steps, danger


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


@pytest.mark.parametrize(
    "message",
    [{"text": "Step 2 of 5: hold the key."}, {"text": "Hold the key.", "step": {"number": 2, "of": 5}}],
)
async def test_step_shows_how_far_the_repair_is(visit: Visit, desk: StandInDesk, message: dict[str, Any]) -> None:
    desk.answers = lambda text: [{"kind": "step", **message}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("go")
    bar = visitor.log.get_by_role("progressbar", name="Step 2 of 5")
    assert await bar.get_attribute("value") == "2"
    assert await bar.get_attribute("max") == "5"


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
    links = await visitor.bubbles().last.get_by_role("link").evaluate_all("all => all.map(one => one.href)")
    assert links == ["https://a.example/x?y=(1)", "http://b.example/z"]


# Networks that fail


async def test_message_cut_off_on_its_way_is_sent_again_under_the_same_id_and_shown_once(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = ["lost answer", 503]
    await visitor.write("are you there")
    await until(lambda: len(desk.posts) == 2)
    assert desk.posts[0] == desk.posts[1]
    assert len(desk.posts[0]["id"]) == 32
    await expect(visitor.bubbles()).to_have_text(["Hello.", "are you there", "You wrote: are you there"])


async def test_messages_written_offline_are_sent_in_order_when_the_network_is_back(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.context.set_offline(True)
    await visitor.write("one")
    await visitor.write("two")
    await expect(visitor.status).to_have_text("You are offline. Your message will be sent when you are back online.")
    assert desk.posts == []
    await visitor.context.set_offline(False)
    await until(lambda: len(desk.posts) == 2)
    assert [post["text"] for post in desk.posts] == ["one", "two"]
    await expect(visitor.log.locator(".own")).to_have_count(2)
    await expect(visitor.bubbles()).to_have_count(5)


async def test_unsent_message_survives_a_reload(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = [503] * 2
    await visitor.write("keep me")
    await until(lambda: len(desk.failures) < 2)
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_text(["Hello.", "keep me", "You wrote: keep me"], timeout=15_000)
    assert [post["text"] for post in desk.posts] == ["keep me"]


async def test_ended_session_gives_a_new_one_that_gets_the_message_and_keeps_the_draft(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    desk.slow = 0.3
    desk.tokens.clear()
    await visitor.write("still here")
    await visitor.input.fill("next thou")
    await until(lambda: len(desk.posts) == 1)
    await expect(visitor.log).to_contain_text("The earlier chat had ended, so this is a new one.")
    await expect(visitor.bubbles().last).to_have_text("You wrote: still here")
    await expect(visitor.input).to_have_value("next thou")
    await expect(visitor.log.get_by_text("still here", exact=True)).to_have_count(1)
    assert len(desk.sessions) == 2


async def test_session_that_ends_while_nobody_writes_is_followed_by_one_that_is_listened_to(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    desk.tokens.clear()
    await desk.sockets[0].close(code=4401)
    await until(lambda: len(desk.sockets) == 2)
    await desk.staff_says("hello again")
    await expect(visitor.log.locator(".staff")).to_have_count(1)
    assert len(desk.sessions) == 2


async def test_stream_that_was_only_too_slow_does_not_cost_the_conversation(visit: Visit, desk: StandInDesk) -> None:
    desk.streams_late = 1
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    assert len(desk.sessions) == 1


async def test_letters_that_the_desk_composes_are_recognised_as_the_familys_own(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("Rene\u0301 no oye\u0007")
    await expect(visitor.bubbles().last).to_contain_text("You wrote")
    await expect(visitor.log.locator(".own .text")).to_have_text(["Ren\u00e9 no oye"])


async def test_choice_of_an_ended_session_is_explained_and_not_sent_to_the_new_one(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [{"text": "Which?", "buttons": CHOICES}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("first")
    button = visitor.log.get_by_role("button", name="Still not")
    await expect(button).to_be_visible()
    desk.tokens.clear()
    await button.click()
    await expect(visitor.alert).to_have_text("That choice is no longer open. Please write what you need.")
    assert len(desk.posts) == 1


async def test_refused_message_is_marked_and_can_be_changed(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = [413]
    await visitor.write("too much")
    await expect(visitor.log.locator(".failed")).to_contain_text("Not sent")
    await expect(visitor.alert).to_contain_text("too long")
    await expect(visitor.input).to_have_value("too much")


async def test_too_many_messages_are_sent_when_the_desk_says_so(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = [429]
    await visitor.write("again")
    await expect(visitor.status).to_have_text("Too many messages at once. We will send yours in a moment.")
    await expect(visitor.bubbles().last).to_have_text("You wrote: again")


async def test_cut_stream_comes_back_with_everything_once(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    await desk.staff_says("one")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one"])
    await desk.cut_streams()
    await desk.staff_says("two, while nobody listened")
    await until(lambda: len(desk.sockets) == 2)
    await desk.staff_says("three")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one", "two, while nobody listened", "three"])
    await expect(visitor.log.locator(".staff .sender").first).to_have_text("Help desk staff: ")


async def test_where_no_websocket_gets_through_staff_is_still_heard(visit: Visit, desk: StandInDesk) -> None:
    desk.streams_refused = True
    visitor = await visit()
    await visitor.open()
    await desk.staff_says("hello from staff")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "hello from staff"], timeout=20_000)


async def test_desk_that_does_not_echo_or_gives_client_ids_shows_each_message_once(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.echo = False
    visitor = await visit()
    await visitor.open()
    await visitor.write("same words")
    await visitor.write("same words")
    await expect(visitor.bubbles()).to_have_count(5)
    desk.echo = True
    await visitor.write("other words")
    await expect(visitor.bubbles().last).to_have_text("You wrote: other words")
    await expect(visitor.log.locator(".own")).to_have_count(3)


async def test_desk_that_is_down_leaves_the_page_alone_and_says_the_phone_number(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.page.route("**/api/**", lambda route: route.abort())
    await visitor.launcher.click()
    await expect(visitor.status).to_contain_text("515-555-0142")
    await visitor.write("hello?")
    await visitor.page.unroute("**/api/**")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "hello?", "You wrote: hello?"], timeout=15_000)


# Persons


async def test_waiting_and_joined_persons_are_told_in_the_status_line(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    desk.state["mode"] = "waiting"
    await desk.publish()
    await expect(visitor.status).to_have_text("You are in line for a person. You can keep writing.")
    desk.state["mode"] = "human"
    await desk.staff_says("This is Dana.")
    await expect(visitor.status).to_have_text("A person has joined this chat.")
    await visitor.page.keyboard.press("Escape")
    await desk.staff_says("Are you there?")
    await expect(visitor.launcher).to_have_accessible_name("Help – Open chat (New messages: 1)")


# Languages


async def test_language_menu_names_languages_in_themselves_and_starts_over_before_the_first_message(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    menu = visitor.page.get_by_label("Language", exact=True)
    names = [texts.name for texts in offered(load_district(DISTRICT_FOLDER).languages)]
    assert names[:2] == ["English", "Español"]
    assert await menu.locator("option").all_text_contents() == names
    await menu.select_option("es")
    await expect(visitor.bubbles()).to_have_text(["Hola. Soy el asistente."])
    assert [one["language"] for one in desk.sessions] == [None, "es"]
    assert await visitor.page.locator("family-desk .root").get_attribute("lang") == "es"
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


def in_arabic(text: str) -> str:
    """The widget as a district with Arabic would get it."""
    start = text.find("const DESK = ")
    if start < 0:
        return text
    start += len("const DESK = ")
    desk, end = json.JSONDecoder().raw_decode(text[start:])
    desk["languages"].append("ar")
    desk["texts"]["ar"] = {**desk["texts"]["en"], "direction": "rtl", "languageName": "العربية"}
    return text[:start] + json.dumps(desk) + text[start + end :]


async def test_arabic_turns_the_widget_round_and_keeps_numbers_in_order(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit(patch=in_arabic)
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


# Attacks


async def test_messages_that_try_to_run_script_are_shown_as_text(visit: Visit, desk: StandInDesk) -> None:
    def evil(text: str) -> list[dict[str, Any]]:
        return [
            {
                "text": text,
                "kind": text,
                "lang": text,
                "dir": text,
                "translation": text,
                "buttons": [{"id": text, "title": text}],
                "articles": [{**CARD, "title": text, "url": text, "lang": text, "translation": text}],
            }
        ]

    desk.answers = evil
    visitor = await visit()
    await visitor.open()
    for payload in PAYLOADS:
        await desk_says_all(visitor, payload)
    await desk.staff_says(PAYLOADS[0])
    await expect(visitor.log.locator(".staff")).to_have_count(1)
    await visitor.page.reload()
    await expect(visitor.log.locator(".staff")).to_have_count(1)
    assert await visitor.page.evaluate("window.hit") is None
    assert visitor.dialogs == []
    injected = visitor.log.locator("script, img, svg, iframe, style, form, input, object, embed, math, base, template")
    assert await injected.count() == 0
    links = await visitor.log.locator("a").evaluate_all("all => all.map(one => new URL(one.href).protocol)")
    assert set(links) <= {"http:", "https:"}
    handlers = await visitor.log.evaluate(
        "log => [...log.querySelectorAll('*')].flatMap(one => one.getAttributeNames()).filter(name => /^on/.test(name))"
    )
    assert handlers == []
    assert not [url for url in visitor.requests if not url.startswith(visitor.address)]


async def desk_says_all(visitor: Visitor, payload: str) -> None:
    """The family writes the payload and the desk answers with it in every field."""
    before = await visitor.log.locator(".theirs").count()
    await visitor.write(payload)
    await expect(visitor.log.locator(".theirs")).to_have_count(before + 1)
    shown = await visitor.log.locator(".own .text").last.text_content()
    assert (shown or "").replace(" (opens in a new tab)", "") == payload.strip()


async def test_widget_asks_nobody_but_the_desk_and_meets_a_strict_content_security_policy(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [{"kind": "step", "text": "Step 1 of 2", "buttons": CHOICES, "articles": [CARD]}]
    visitor = await visit(color_scheme="dark")
    await visitor.open()
    await visitor.write("hello")
    await expect(visitor.log.locator(".card")).to_be_visible()
    await visitor.page.get_by_label("Language", exact=True).select_option("es")
    await visitor.page.keyboard.press("Escape")
    assert visitor.complaints == []  # a violation of the policy would be one
    assert not [url for url in visitor.requests if not url.startswith(visitor.address)]


async def test_second_script_tag_does_not_make_a_second_widget(visit: Visit) -> None:
    def twice(text: str) -> str:
        line = '<script src="/widget.js" data-language="en" async></script>'
        return text.replace(line, line + line)

    visitor = await visit(patch=twice)
    await expect(visitor.launcher).to_have_count(1)
    assert visitor.complaints == []


# Sizes, colours, options


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
        assert box["height"] >= 44, await target.evaluate("one => one.outerHTML")
        assert box["width"] >= 44
    if width <= 360:
        box = await visitor.panel.bounding_box()
        assert box
        assert (box["x"], box["width"]) == (0, width)


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
    assert await visitor.launcher.evaluate("one => getComputedStyle(one).backgroundColor") == color


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
    assert len(gzip.compress(await answer.body())) <= 20 * 1024
