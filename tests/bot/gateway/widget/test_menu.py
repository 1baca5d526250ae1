"""The menu: saving the chat, sound, privacy, ending and deleting."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import PAYLOADS, StandInDesk
from tests.bot.gateway.widget.visitors import CARD, Visit, Visitor, until

pytestmark = pytest.mark.slow

# Counts the tones that the page makes, in place of a loudspeaker.
LISTEN = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.tones += 1; return start.apply(this, given); };
"""


async def pick(visitor: Visitor, name: str) -> None:
    """Open the menu and press what is called so."""
    await visitor.page.get_by_role("button", name="More", exact=True).click()
    await visitor.panel.locator(".menu").get_by_text(name, exact=True).click()


async def saved(visitor: Visitor) -> tuple[str, str]:
    async with visitor.page.expect_download() as coming:
        await visitor.panel.locator(".menu button").first.click()
    download = await coming.value
    return download.suggested_filename, Path(await download.path()).read_text(encoding="utf-8")


async def test_chat_is_saved_as_text_with_who_said_what_and_when(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "answer", "text": "See the page.\nIt helps.", "articles": [CARD]}]
    visitor = await visit(timezone_id="America/Chicago")
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    await visitor.write("no sound")
    await expect(visitor.bubbles()).to_have_count(3)
    await desk.staff_says("I am Dana.")
    await expect(visitor.bubbles()).to_have_count(4)
    await visitor.page.get_by_role("button", name="More", exact=True).click()
    name, text = await saved(visitor)
    assert name.startswith("chat-20")
    assert name.endswith(".txt")
    lines = [line.replace("\u202f", " ") for line in text.splitlines() if line]
    assert lines == [
        "Chat with the Family Help Desk",
        "Tuesday, September 1, 2026",
        "[7:00 AM] Assistant: Hello.",
        "[7:00 AM] You: no sound",
        "[7:00 AM] Assistant: See the page.",
        "It helps.",
        f"Help page: Connect to Wi-Fi {visitor.address}/help/en/wifi",
        "[7:00 AM] Help desk staff: I am Dana.",
    ]


async def test_attack_what_tries_to_run_script_is_words_in_the_saved_chat(visit: Visit, desk: StandInDesk) -> None:
    card = {**CARD, "title": PAYLOADS[0], "url": "javascript:window.hit=1"}
    desk.answers = lambda text: [{"kind": "answer", "text": "\n".join(PAYLOADS), "articles": [card]}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("go")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.page.get_by_role("button", name="More", exact=True).click()
    name, text = await saved(visitor)
    assert name.endswith(".txt")  # which no browser runs
    assert "\n".join(PAYLOADS) in text
    assert "javascript:window.hit=1\n" not in text.split(PAYLOADS[-1])[1]  # an address that leads nowhere is left out
    assert await visitor.page.evaluate("window.hit") is None
    assert visitor.dialogs == []


async def test_chat_is_saved_in_the_language_of_the_page(visit: Visit) -> None:
    visitor = await visit(locale="es-US")
    await visitor.open()
    await visitor.page.get_by_role("button", name="Más", exact=True).click()
    _, text = await saved(visitor)
    assert "martes, 1 de septiembre de 2026" in text
    assert "Asistente: Hola. Soy el asistente." in text


async def test_ended_chat_takes_no_words_and_a_new_one_can_be_begun(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("no sound")
    await expect(visitor.bubbles()).to_have_count(3)
    await pick(visitor, "End chat")
    question = visitor.panel.locator("#question")
    await expect(question).to_be_focused()
    await expect(question).to_contain_text("End this chat?")
    assert desk.left == []
    await visitor.panel.locator(".confirm").get_by_role("button", name="End chat").click()
    await expect(visitor.panel.get_by_text("This chat has ended.")).to_have_count(1)
    new_chat = visitor.page.get_by_role("button", name="Start a new chat")
    await expect(new_chat).to_be_focused()
    await expect(visitor.input).to_be_hidden()
    await expect(visitor.bubbles()).to_have_count(3)
    assert desk.left == ["end"]
    assert len(desk.sessions) == 1
    await new_chat.press("Enter")
    await expect(visitor.input).to_be_focused()
    await visitor.write("again")
    await expect(visitor.bubbles().last).to_have_text("You wrote: again")
    assert len(desk.sessions) == 2
    assert visitor.complaints == []


async def test_deleted_chat_is_gone_here_and_there(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("canary")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.input.fill("a canary draft")
    await pick(visitor, "Delete this chat")
    await visitor.panel.locator(".confirm").get_by_role("button", name="Delete this chat").click()
    await expect(visitor.status).to_have_text("Your chat has been deleted.")
    await expect(visitor.bubbles()).to_have_count(0)
    assert desk.left == ["delete"]
    kept = await visitor.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "canary" not in kept
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_text(["Hello."])
    assert len(desk.sessions) == 2


async def test_chat_that_the_family_has_deleted_in_words_is_gone_from_the_screen_too(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("canary")
    await expect(visitor.bubbles()).to_have_count(3)
    await visitor.write(desk.deletes_at)
    await expect(visitor.status).to_have_text("Your chat has been deleted.")
    await expect(visitor.panel).not_to_contain_text("canary")
    kept = await visitor.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "canary" not in kept
    await visitor.panel.get_by_role("button", name="Start a new chat").click()
    await expect(visitor.bubbles()).to_have_text(["Hello."])
    await visitor.write("hello again")
    await expect(visitor.bubbles().last).to_have_text("You wrote: hello again")


async def test_cancelling_leaves_everything_and_gives_the_focus_back(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    more = visitor.page.get_by_role("button", name="More", exact=True)
    for leave in ("button", "Escape"):
        await pick(visitor, "Delete this chat")
        if leave == "button":
            await visitor.panel.get_by_role("button", name="Cancel").click()
        else:
            await visitor.page.keyboard.press("Escape")
        await expect(visitor.panel.locator(".confirm")).to_be_hidden()
        await expect(more).to_be_focused()
    await expect(visitor.panel).to_be_visible()
    assert desk.left == []


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (409, "still_needed", "A person has to read this chat first"),
        (409, "on_hold", "so the school has to keep it"),
        (503, "no", "That did not work"),
    ],
)
async def test_chat_that_could_not_be_deleted_is_still_there_and_says_so(
    visit: Visit, desk: StandInDesk, status: int, code: str, words: str
) -> None:
    desk.leaving, desk.leaving_code = status, code
    visitor = await visit()
    await visitor.open()
    await pick(visitor, "Delete this chat")
    await visitor.panel.locator(".confirm").get_by_role("button", name="Delete this chat").click()
    await expect(visitor.alert).to_contain_text(words)
    await expect(visitor.alert).to_contain_text("515-555-0142")
    await visitor.write("still here")
    await expect(visitor.bubbles()).to_have_count(3)


async def test_chat_ended_in_one_tab_is_not_gone_on_with_in_another(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    other = Visitor(visitor.context, await visitor.context.new_page(), visitor.address)
    await other.page.goto(visitor.address)
    await other.open()
    await until(lambda: len(desk.sockets) == 2)
    await pick(visitor, "End chat")
    await visitor.panel.locator(".confirm").get_by_role("button", name="End chat").click()
    await expect(visitor.panel.get_by_text("This chat has ended.")).to_have_count(1)
    await other.panel.get_by_role("button", name="Start a new chat").click()
    await other.write("hello")
    await expect(other.bubbles().last).to_have_text("You wrote: hello")
    assert len(desk.sessions) == 2


async def test_message_that_waits_in_another_tab_when_the_chat_is_ended_goes_to_the_next_one(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    other = Visitor(visitor.context, await visitor.context.new_page(), visitor.address)
    await other.page.goto(visitor.address)
    await other.open()
    await until(lambda: len(desk.sockets) == 2)
    desk.failures = [503] * 50
    await other.write("are you there")
    await until(lambda: len(desk.failures) < 50)
    await pick(visitor, "End chat")
    await visitor.panel.locator(".confirm").get_by_role("button", name="End chat").click()
    await expect(visitor.panel.get_by_text("This chat has ended.")).to_have_count(1)
    desk.failures.clear()
    await expect(other.bubbles().last).to_have_text("You wrote: are you there", timeout=15_000)
    assert len(desk.sessions) == 2


@pytest.mark.parametrize(
    ("what", "told", "left"),
    [("End chat", "This chat has ended.", 1), ("Delete this chat", "Your chat has been deleted.", 0)],
)
async def test_chat_left_in_one_tab_says_so_in_the_other_and_keeps_what_is_being_written_there(
    visit: Visit, desk: StandInDesk, what: str, told: str, left: int
) -> None:
    visitor = await visit()
    await visitor.open()
    other = Visitor(visitor.context, await visitor.context.new_page(), visitor.address)
    await other.page.goto(visitor.address)
    await other.open()
    await other.input.fill("half a sent")
    await until(lambda: len(desk.sockets) == 2)
    await pick(visitor, what)
    await visitor.panel.locator(".confirm").get_by_role("button", name=what).click()
    await expect(other.panel.get_by_text(told)).to_have_count(1)  # once, not in the log and under it
    await expect(other.bubbles()).to_have_count(left)
    await other.panel.get_by_role("button", name="Start a new chat").click()
    await expect(other.bubbles()).to_have_count(left + 1)
    await expect(other.input).to_have_value("half a sent")


async def test_sound_is_off_until_it_is_switched_on_and_then_tells_of_news_while_closed(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit(script=LISTEN)
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    await visitor.page.keyboard.press("Escape")
    await desk.staff_says("one")
    await expect(visitor.launcher).to_have_accessible_name("Help – Open chat (New messages: 1)")
    assert await visitor.page.evaluate("tones") == 0
    await visitor.launcher.click()
    await visitor.page.get_by_role("button", name="More", exact=True).click()
    switch = visitor.page.get_by_role("switch", name="Sound for new messages")
    await expect(switch).not_to_be_checked()
    await switch.press("Space")
    await expect(switch).to_be_checked()
    await visitor.comes_true("tones === 2")
    await visitor.page.keyboard.press("Escape")
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.panel).to_be_hidden()
    await desk.staff_says("two")
    await visitor.comes_true("tones === 4")
    assert not [url for url in visitor.requests if not url.startswith(visitor.address)]
    await visitor.page.reload()
    await visitor.launcher.click()
    await visitor.page.get_by_role("button", name="More", exact=True).click()
    await expect(switch).to_be_checked()


async def test_first_screen_says_who_runs_it_how_long_it_is_kept_and_where_to_read_more(visit: Visit) -> None:
    visitor = await visit(locale="es-US")
    await visitor.page.route("**/api/**", lambda route: route.abort())
    await visitor.launcher.click()
    about = visitor.log.locator(".about")
    await expect(about).to_contain_text("Cedar Hollow Schools ofrece este chat y lo guarda 30 días.")
    link = about.get_by_role("link", name="Su privacidad")
    assert await link.get_attribute("href") == f"{visitor.address}/help/es/privacy"
    await visitor.page.get_by_role("button", name="Más", exact=True).click()
    menu = visitor.panel.locator(".menu").get_by_role("link", name="Su privacidad")
    assert await menu.get_attribute("href") == f"{visitor.address}/help/es/privacy"
