"""Measures the widget as a family's phone sees it: `python -m uv run python -m tests.benchmarks.widget` prints JSON.

Real Chromium on the school page of a real desk: bytes on the wire, milliseconds from the start of the page to the
launcher on the screen, from a tap to a window with its welcome, from Enter to the first reply on the screen. Medians
of several visits of browsers that have kept nothing; once with this machine's speed, once as on a cheap phone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.screenshots import QUESTIONS, QUIET, desk

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
# Times slower than this machine, round trip in ms, bytes a second: as browsers' own tools play a slow mobile network.
SPEEDS: dict[str, tuple[int, int, int]] = {"this_machine": (1, 0, -1), "cheap_phone": (4, 150, 200_000)}
MEASURES = ("launcher_ms", "open_ms", "reply_ms")

# A time is that of the first frame in which the thing is there; events say themselves when they happened.
WATCH = """(() => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const all = (what) => document.querySelector('family-desk')?.shadowRoot?.querySelectorAll(what) || [];
  const shown = async (what, count) => {
    while ([...all(what)].filter((one) => one.getClientRects().length).length < count) await frame();
    await frame();
    return performance.now();
  };
  const since = async (event, what, count) => (await shown(what, count)) - event.timeStamp;
  window.times = { launcher_ms: shown('.launcher', 1) };
  addEventListener('pointerdown', (event) => { times.open_ms = since(event, '.kind-welcome', 1); }, true);
  addEventListener('keydown', (event) => {
    if (event.key === 'Enter') times.reply_ms = since(event, '.theirs', all('.theirs').length + 1);
  }, true);
})()"""


def visit(browser: Browser, url: str, language: str, speed: tuple[int, int, int]) -> dict[str, float]:
    """Milliseconds of one family that opens the page, taps the launcher and asks."""
    context = browser.new_context(**PHONE, locale=language)
    context.add_init_script(WATCH)
    page = context.new_page()
    slower, latency, throughput = speed
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    network = {"latency": latency, "downloadThroughput": throughput, "uploadThroughput": throughput}
    devtools.send("Network.emulateNetworkConditions", {"offline": False, **network})
    took: Callable[[str], float] = lambda name: page.evaluate("name => times[name]", name)  # noqa: E731
    page.goto(f"{url}/?lang={language}")
    times = {"launcher_ms": took("launcher_ms")}
    page.locator("family-desk .launcher").tap()
    times["open_ms"] = took("open_ms")
    box = page.locator("family-desk #input")
    box.fill(QUESTIONS[language])
    box.press("Enter")
    times["reply_ms"] = took("reply_ms")
    assert page.locator("family-desk .kind-answer").count(), "not a real reply"
    context.close()
    return times


def bytes_of(url: str) -> int:
    """How many bytes of a file a browser gets that takes it compressed."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})) as answer:
        return len(answer.read())


def measure(url: str, visits: int, language: str) -> dict[str, Any]:
    report: dict[str, Any] = {
        "visits": visits,
        "language": language,
        "script_bytes": bytes_of(f"{url}/widget.js"),
        "texts_bytes": bytes_of(f"{url}/widget/{language}.json"),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
        visit(browser, url, language, SPEEDS["this_machine"])  # warms the desk
        for name, speed in SPEEDS.items():
            every = [visit(browser, url, language, speed) for _ in range(visits)]
            report[name] = {what: round(statistics.median(one[what] for one in every)) for what in MEASURES}
        browser.close()
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="", help="address of a running desk; without it one is started")
    parser.add_argument("--visits", type=int, default=9, help="visits that a median is of")
    parser.add_argument("--lang", default="es", choices=list(QUESTIONS), help="language of the family")
    given = parser.parse_args()
    with desk(given.url) as url:
        print(json.dumps(measure(url, given.visits, given.lang), indent=2))


if __name__ == "__main__":
    main()
