"""Every page that families see, in a browser: where it is, and how a family gets it into each state."""

from __future__ import annotations

import functools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

ARTICLE = "chromebook-wont-turn-on"
# Another copy of axe-core than the one that the package brings, to try a newer one.
OTHER_AXE = os.environ.get("AXE_FILE")
OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations", "incomplete"],
}
LOOKS: dict[str, dict[str, Any]] = {
    "en": {"locale": "en", "color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "ar": {"locale": "ar", "color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
    "ru": {"locale": "ru", "color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "ht": {"locale": "ht", "color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
}
Reach = Callable[[Page, str, str], Awaitable[object]]


# Of what axe finds, the browser hands over only this: all of it takes longer than the finding.
RUN_AXE = (
    "([within, options]) => axe.run(within, options).then(({ violations, incomplete }) => ({ violations, incomplete }))"
)


@functools.cache
def _axe() -> str:
    return Path(OTHER_AXE).read_text(encoding="utf-8") if OTHER_AXE else Axe().axe_script


async def run_axe(page: Page, within: str = ":root") -> dict[str, Any]:
    """What axe says is wrong (`violations`) and what it could not decide (`incomplete`)."""
    await page.evaluate(_axe())
    found: dict[str, Any] = await page.evaluate(RUN_AXE, [within, OPTIONS])
    return found


async def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Each rule that is broken, with the elements that break it."""
    found = await run_axe(page)
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


async def school(page: Page, url: str, language: str) -> None:
    await page.goto(f"{url}/?lang={language}")
    await page.locator(".launcher").wait_for()


def at(path: str) -> Reach:
    """The page at an address, `{0}` being the language."""
    return lambda page, url, language: page.goto(url + path.format(language))


async def chat(page: Page, url: str, language: str) -> None:
    await page.goto(f"{url}/chat?lang={language}")
    await page.locator(".kind-welcome").wait_for()


async def chat_without_javascript(page: Page, url: str, language: str) -> None:
    """What stands in noscript, in a browser that can still be measured with scripts."""

    async def bare(route: Any) -> None:
        answer = await route.fetch()
        text = (await answer.text()).replace("<noscript>", "<div>").replace("</noscript>", "</div>")
        await route.fulfill(response=answer, body=text)

    await page.route("**/chat?*", bare)
    await page.route("**/widget.js", lambda route: route.abort())
    await page.goto(f"{url}/chat?lang={language}")


async def sent_form(page: Page, url: str, language: str, **fields: str) -> None:
    await page.goto(f"{url}/ticket?lang={language}")
    for name, text in fields.items():
        await page.locator(f"#field-{name}").fill(text)
    await page.locator("main button[value=check]").click()


async def ticket_with_errors(page: Page, url: str, language: str) -> None:
    await sent_form(page, url, language, asset_tag="CB999999", contact="x", student_name="1234")


async def ticket_review(page: Page, url: str, language: str) -> None:
    await sent_form(page, url, language, problem="w" * 90, asset_tag="CB204187", contact="515-555-0177")


async def ticket_sent(page: Page, url: str, language: str) -> None:
    await ticket_review(page, url, language)
    await page.locator("main button[value=send]").click()
    await page.locator(".ticket-number strong").wait_for()


async def ticket_of_somebody_in_danger(page: Page, url: str, language: str) -> None:
    await sent_form(page, url, language, student_name="i want to kill myself", contact="x")
    await page.locator(".alarm").wait_for()


PAGES: dict[str, Reach] = {
    "school": school,
    "chat": chat,
    "chat without JavaScript": chat_without_javascript,
    "help": at("/help/{0}/"),
    "found": at("/help/{0}/?q=chromebook"),
    "nothing found": at("/help/{0}/?q=nothing"),
    "article": at("/help/{0}/" + ARTICLE),
    "article with a table of links": at("/help/{0}/school-calendar-and-closings"),
    "thanks": at("/help/{0}/" + ARTICLE + "/thanks"),
    "why": at("/help/{0}/" + ARTICLE + "/thanks?why"),
    "privacy": at("/help/{0}/privacy"),
    "missing": at("/help/{0}/nothing-here"),
    "ticket": at("/ticket?lang={0}"),
    "ticket with errors": ticket_with_errors,
    "ticket review": ticket_review,
    "ticket sent": ticket_sent,
    "ticket of somebody in danger": ticket_of_somebody_in_danger,
}
FOR_STAFF = at("/staff/handoffs/12")
LIBRARY_FOLDER = Path("knowledge/articles")
