"""Screenshots of everything that families see: `python -m tests.screenshots OUT --url http://127.0.0.1:8080`.

Help centre, ticket form, school page and chat in all languages, on a phone and a desktop, light and dark; one PNG each,
and index.html beside them. Uses a running desk; without --url it starts one.
"""

from __future__ import annotations

import argparse
import html
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from bot.gateway.texts import PageTexts, all_texts
from tests.stack import Stack, new_home, train_once

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What a family writes in each language, so that the chat shows an answer with its first step.
QUESTIONS = {
    "en": "my chromebook won't turn on",
    "es": "mi chromebook no prende",
    "zh": "Chromebook 开不了机",
    "vi": "chromebook không lên nguồn",
    "ar": "الكروم بوك لا يفتح",
    "ht": "chromebook la pa limen",
    "pt": "o chromebook não liga",
    "ru": "chromebook не включается",
}
ARTICLE = "chromebook-wont-turn-on"
SECONDS = 30_000


def pages(texts: PageTexts) -> dict[str, str]:
    """Name of a picture -> address of the page."""
    language = texts.language
    return {
        "school": f"/?lang={language}",
        "help": f"/help/{language}/",
        "search": f"/help/{language}/?q={QUESTIONS.get(language, QUESTIONS['en'])}",
        "article": f"/help/{language}/{ARTICLE}",
        "why": f"/help/{language}/{ARTICLE}/thanks?why",
        "ticket": f"/ticket?lang={language}&tag=CB204187",
        "missing": f"/help/{language}/nothing-here",
    }


def take_all(url: str, out: Path, languages: list[str]) -> int:
    """Take every picture; how many there are."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
        for language in languages:
            for size in SIZES:
                for scheme in SCHEMES:
                    take(browser, url, out, all_texts()[language], size, scheme)
        browser.close()
    pictures = sorted(out.glob("*.png"))
    figures = "".join(
        f'<figure><img src="{picture.name}" alt="" width="300" loading="lazy"><figcaption>'
        f"{html.escape(picture.stem)}</figcaption></figure>"
        for picture in pictures
    )
    style = "<style>body{display:flex;flex-wrap:wrap}</style>"
    out.joinpath("index.html").write_text(f"<!doctype html><meta charset=utf-8>{style}{figures}", encoding="utf-8")
    return len(pictures)


def take(browser: Browser, url: str, out: Path, texts: PageTexts, size: str, scheme: Literal["light", "dark"]) -> None:
    width, height = SIZES[size]
    how = {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "locale": texts.language}
    context = browser.new_context(**how)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(SECONDS)

    def shoot(name: str, *, whole: bool = True) -> None:
        page.screenshot(path=out / f"{texts.language}-{name}-{size}-{scheme}.png", full_page=whole)

    for name, address in pages(texts).items():
        page.goto(f"{url}{address}")
        shoot(name)
    fill_in_ticket(page, url, texts)
    shoot("ticket-wrong")
    ask(page, url, texts, shoot)
    other_states(page, texts, shoot)
    context.close()
    without = browser.new_context(java_script_enabled=False, **how)  # type: ignore[arg-type]
    page = without.new_page()
    page.goto(f"{url}/chat?lang={texts.language}")
    shoot("chat-without-javascript")
    without.close()


def fill_in_ticket(page: Page, url: str, texts: PageTexts) -> None:
    page.goto(f"{url}/ticket?lang={texts.language}")
    page.locator("#field-asset_tag").fill("CB999999")
    page.locator("#field-contact").fill("x")
    page.get_by_role("button", name=texts["form"]["next"]).click()


def ask(page: Page, url: str, texts: PageTexts, shoot: object) -> None:
    """The chat with its welcome, and with an answer and the choices under it."""
    assert callable(shoot)
    page.goto(f"{url}/chat?lang={texts.language}")
    log = page.locator("family-desk").get_by_role("log")
    log.locator(".kind-welcome").wait_for()
    page.wait_for_timeout(500)  # it fades in
    shoot("chat-welcome", whole=False)
    box = page.locator("family-desk textarea")
    box.fill(QUESTIONS.get(texts.language, QUESTIONS["en"]))
    box.press("Enter")
    log.locator(".kind-step, .kind-question, .kind-notice").first.wait_for()
    page.wait_for_timeout(300)  # the log scrolls
    shoot("chat-answer", whole=False)


def other_states(page: Page, texts: PageTexts, shoot: object) -> None:
    """The chat with its menu open, with a message that cannot be sent, in line for a person, and ended."""
    assert callable(shoot)
    widget = page.locator("family-desk")
    more = widget.locator("header button").first
    more.click()
    shoot("chat-menu", whole=False)
    widget.locator(".menu button").nth(3).click()
    shoot("chat-confirm", whole=False)
    widget.locator(".confirm button").last.click()
    widget.locator("textarea#input").fill(" ")
    widget.locator("textarea#input").press("Enter")
    shoot("chat-error", whole=False)
    page.context.set_offline(True)
    widget.locator("textarea#input").fill(QUESTIONS.get(texts.language, QUESTIONS["en"]))
    widget.locator("textarea#input").press("Enter")
    widget.locator(".sending").wait_for()
    page.wait_for_timeout(300)
    shoot("chat-offline", whole=False)
    page.context.set_offline(False)
    widget.locator(".sending").wait_for(state="detached")
    widget.locator(".person").click()
    widget.locator(".kind-handoff").last.wait_for()
    page.wait_for_timeout(300)
    shoot("chat-handoff", whole=False)
    more.click()
    widget.locator(".menu button").nth(3).click()
    widget.locator(".confirm .danger").click()
    widget.locator(".divider").wait_for()
    page.wait_for_timeout(300)
    shoot("chat-ended", whole=False)


@contextmanager
def desk(url: str) -> Iterator[str]:
    """The address of the running desk, or of one that is started for this."""
    if url:
        yield url.rstrip("/")
        return
    train_once()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(new_home(Path(folder)))
        stack.start()
        try:
            yield stack.url
        finally:
            stack.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the pictures")
    parser.add_argument("--url", default="", help="address of a running desk; without it one is started")
    parser.add_argument("--lang", action="append", choices=list(all_texts()), help="only this language; may come again")
    given = parser.parse_args()
    with desk(given.url) as url:
        count = take_all(url, given.out, given.lang or list(all_texts()))
    print(f"{count} pictures in {given.out}; open {given.out / 'index.html'}")


if __name__ == "__main__":
    main()
