"""The help centre: what families read, in which language, and that no article can run anything in their browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.gateway import help_centre
from bot.gateway.keys import SEARCH_RATE
from bot.gateway.limits import Rate
from bot.gateway.markup import article_html, isolated
from tests.bot.gateway.page_stand_ins import StandInKnowledge, article, found, pages_application
from tests.bot.gateway.payloads import PAYLOADS, UNSEEN

Open = Callable[[Any], Awaitable[TestClient[Any, Any]]]

LIBRARY = (
    article("wont-turn-on", title="It will not turn on", related=("wont-charge", "sign-in")),
    article("wont-turn-on", "es", title="No prende", related=("wont-charge",)),
    article("wont-charge", title="It does not charge"),
    article("sign-in", title="Signing in", category="accounts", department="nowhere"),
)


@pytest.fixture
async def visit() -> AsyncIterator[Open]:
    clients: list[TestClient[Any, Any]] = []

    async def start(knowledge: Any) -> TestClient[Any, Any]:
        client = TestClient(TestServer(pages_application(knowledge)))
        await client.start_server()
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()


class Page(HTMLParser):
    """Tags, attributes and text of a page, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, tag: str, name: str) -> list[str]:
        return [value for one, other, value in self.attributes if (one, other) == (tag, name)]


async def page_at(client: TestClient[Any, Any], address: str, status: int = 200) -> Page:
    answer = await client.get(address)
    assert answer.status == status, address
    return Page(await answer.text())


async def test_index_lists_every_article_once_under_its_category(visit: Open) -> None:
    page = await page_at(await visit(StandInKnowledge(LIBRARY)), "/help/en/")
    for one in ("wont-turn-on", "wont-charge", "sign-in"):
        assert page.values("a", "href").count(f"/help/en/{one}") == 1
    assert page.text.index("Accounts and passwords") < page.text.index("Signing in") < page.text.index("Chromebook pro")
    assert page.values("html", "lang") == ["en"]
    assert page.values("html", "dir") == ["ltr"]


async def test_index_marks_what_is_only_there_in_english(visit: Open) -> None:
    page = await page_at(await visit(StandInKnowledge(LIBRARY)), "/help/es/")
    assert "No prende" in page.text
    assert "It will not turn on" not in page.text
    assert page.text.count("en inglés") == 2
    assert page.values("li", "lang") == ["en", "en"]


async def test_article_shows_steps_owner_phone_and_when_it_was_checked(visit: Open) -> None:
    page = await page_at(await visit(StandInKnowledge(LIBRARY)), "/help/en/wont-turn-on")
    assert page.tags.count("h1") == 1
    assert {"ol", "li"} <= set(page.tags)
    assert "Last checked on August 17, 2026" in page.text
    assert page.values("time", "datetime") == ["2026-08-17"]
    assert "Technology Department" in page.text
    assert "tel:515-555-0142" in page.values("a", "href")
    assert "/help/en/wont-charge" in page.values("a", "href")
    assert "https://desk.cedarhollow.example/help/en/wont-turn-on" in page.text


async def test_article_of_a_department_that_is_unknown_is_still_shown(visit: Open) -> None:
    page = await page_at(await visit(StandInKnowledge(LIBRARY)), "/help/en/sign-in")
    assert "Signing in" in page.text


async def test_machine_translation_says_so_and_links_to_english(visit: Open) -> None:
    client = await visit(StandInKnowledge(LIBRARY))
    page = await page_at(client, "/help/es/wont-turn-on")
    assert "Una computadora tradujo esta página" in page.text
    assert "/help/en/wont-turn-on" in page.values("a", "href")
    assert "17 de agosto de 2026" in page.text
    assert "cambió después" not in page.text


async def test_reviewed_translation_says_so(visit: Open) -> None:
    reviewed = (LIBRARY[0], article("wont-turn-on", "es", translation="reviewed"))
    page = await page_at(await visit(StandInKnowledge(reviewed)), "/help/es/wont-turn-on")
    assert "Una persona ha revisado esta traducción" in page.text
    assert "Una computadora" not in page.text


async def test_stale_translation_says_that_english_changed(visit: Open) -> None:
    stale = (LIBRARY[0], article("wont-turn-on", "es", translation="reviewed", stale=True))
    page = await page_at(await visit(StandInKnowledge(stale)), "/help/es/wont-turn-on")
    assert "cambió después de hacerse esta traducción" in page.text


async def test_article_without_translation_is_english_with_an_honest_note_and_an_interpreter(visit: Open) -> None:
    page = await page_at(await visit(StandInKnowledge(LIBRARY)), "/help/es/wont-charge")
    assert page.values("html", "lang") == ["es"]
    assert page.values("article", "lang") == ["en"]
    assert "todavía no está en su idioma" in page.text
    assert "515-555-0160" in page.text
    assert "Una computadora" not in page.text


async def test_language_switch_offers_only_languages_that_have_the_article(visit: Open) -> None:
    client = await visit(StandInKnowledge(LIBRARY))
    both = await page_at(client, "/help/en/wont-turn-on")
    assert both.values("a", "hreflang") == ["en", "es"]
    one = await page_at(client, "/help/en/wont-charge")
    assert one.values("a", "hreflang") == ["en"]


async def test_right_to_left_article_in_a_left_to_right_page_keeps_its_direction() -> None:
    assert help_centre._direction("en") == "ltr"
    assert help_centre._direction("xx") == "ltr"


async def test_search_asks_the_retriever_in_the_language_of_the_page(visit: Open) -> None:
    knowledge = StandInKnowledge(LIBRARY, found("wont-turn-on", "sign-in"))
    page = await page_at(await visit(knowledge), "/help/es/?q=" + quote("  no\u0000 prende\n "))
    assert knowledge.asked == [("no prende", "es")]
    assert page.text.index("No prende") < page.text.index("Signing in")
    assert page.values("input", "value") == ["no prende"]
    assert "Lo que mejor responde a «no prende»" in page.text


async def test_search_with_close_results_does_not_claim_an_answer(visit: Open) -> None:
    knowledge = StandInKnowledge(LIBRARY, found("wont-turn-on", "sign-in", decision="clarify"))
    page = await page_at(await visit(knowledge), "/help/en/?q=broken")
    assert "These may be what you are looking for" in page.text


async def test_search_that_finds_nothing_says_so_and_offers_phone_and_chat(visit: Open) -> None:
    page = await page_at(await visit(StandInKnowledge(LIBRARY)), "/help/en/?q=zebra")
    assert "We did not find an answer to that" in page.text
    assert "tel:515-555-0142" in page.values("a", "href")
    assert "/chat?lang=en" in page.values("a", "href")


async def test_search_is_never_kept_and_blank_search_is_the_index(visit: Open) -> None:
    knowledge = StandInKnowledge(LIBRARY)
    client = await visit(knowledge)
    assert (await client.get("/help/en/?q=zebra")).headers["Cache-Control"] == "no-store"
    page = await page_at(client, "/help/en/?q=%20%09")
    assert "Signing in" in page.text
    assert [text for text, _ in knowledge.asked] == ["zebra"]


async def test_search_with_ten_thousand_letters_is_cut_before_it_is_asked(visit: Open) -> None:
    knowledge = StandInKnowledge(LIBRARY)
    client = await visit(knowledge)
    await page_at(client, "/help/en/?q=" + "a" * 5000)
    assert [len(text) for text, _ in knowledge.asked] == [help_centre.LONGEST_QUERY]


@pytest.mark.parametrize("address", ["/help/es/nothing", "/help/es/../../etc/passwd", "/help/es/%3Cscript%3E"])
async def test_unknown_article_is_a_404_in_the_language_of_the_address(visit: Open, address: str) -> None:
    answer = await (await visit(StandInKnowledge(LIBRARY))).get(address)
    assert answer.status == 404
    if address.startswith("/help/es/") and ".." not in address:
        assert "No encontramos esa página" in await answer.text()


@pytest.mark.parametrize("language", ["xx", "so", "EN", "en-US"])
async def test_language_that_is_not_offered_is_a_404(visit: Open, language: str) -> None:
    client = await visit(StandInKnowledge(LIBRARY))
    await page_at(client, f"/help/{language}/", 404)
    await page_at(client, f"/help/{language}/wont-charge", 404)
    await page_at(client, f"/help/{language}", 404)


@pytest.mark.parametrize(
    ("header", "language"),
    [("es-MX,es;q=0.9,en;q=0.8", "es"), ("so,es;q=0.4,en;q=0.2", "es"), ("so", "en"), ("", "en"), ("es;q=0,en", "en"),
     ("en;q=oops,es", "en"), (",;;q=,", "en")],
)  # fmt: skip
async def test_help_sends_each_browser_to_its_own_language(visit: Open, header: str, language: str) -> None:
    client = await visit(StandInKnowledge(LIBRARY))
    answer = await client.get("/help/", headers={"Accept-Language": header}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, f"/help/{language}/")
    answer = await client.get("/help/es", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/help/es/")


@pytest.mark.parametrize("address", ["/help/es/", "/help/es/wont-charge", "/help/es/?q=prende"])
async def test_while_articles_are_loading_a_page_says_so_and_when_to_come_back(visit: Open, address: str) -> None:
    answer = await (await visit(None)).get(address)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Estamos arrancando" in await answer.text()
    assert "515-555-0142" in await answer.text()


async def test_browser_that_has_the_page_gets_304_until_the_article_changes(visit: Open) -> None:
    knowledge = StandInKnowledge(LIBRARY)
    client = await visit(knowledge)
    tag = (await client.get("/help/en/wont-charge")).headers["ETag"]
    again = await client.get("/help/en/wont-charge", headers={"If-None-Match": tag})
    assert (again.status, await again.read()) == (304, b"")
    knowledge.library = StandInKnowledge([article("wont-charge", body="New words.")]).library
    changed = await client.get("/help/en/wont-charge", headers={"If-None-Match": tag})
    assert changed.status == 200
    assert "New words." in await changed.text()


async def test_every_page_forbids_whatever_is_not_our_own(visit: Open) -> None:
    client = await visit(StandInKnowledge(LIBRARY))
    for address in ("/help/en/", "/help/en/wont-charge", "/help/en/nothing", "/help/en/?q=a", "/", "/chat"):
        headers = (await client.get(address)).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], address
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Language"] == "en"


def dangers(page: Page) -> list[str]:
    """Everything in a page that could run script or reach elsewhere."""
    forbidden = {"script", "svg", "math", "iframe", "img", "style", "object", "embed", "base", "template", "details"}
    found_tags = [tag for tag in page.tags if tag in forbidden]
    found_handlers = [f"{tag} {name}" for tag, name, _ in page.attributes if name.startswith("on") or name == "style"]
    addresses = [value for _, name, value in page.attributes if name in {"href", "src", "action", "srcdoc"}]
    ours = ("/", "#", "https://", "tel:", "mailto:")  # staff may link to other web pages
    bad = [one for one in addresses if not one.startswith(ours) or one.startswith("//")]
    return found_tags + found_handlers + bad


@pytest.mark.parametrize("payload", PAYLOADS + UNSEEN)
async def test_article_that_tries_to_run_script_shows_its_text_at_most(visit: Open, payload: str) -> None:
    evil = article(
        "evil",
        title=payload,
        summary=payload,
        owner=payload,
        category=payload,
        body=f"{payload}\n\n1. {payload}\n\n## {payload}\n\n- {payload}\n\n> {payload}\n\n`{payload}`",
    )
    client = await visit(StandInKnowledge([evil], found("evil")))
    for address in ("/help/en/", "/help/en/evil", f"/help/en/?q={quote(payload)}"):
        page = await page_at(client, address)
        assert dangers(page) == [], address
        if payload.startswith("<"):
            assert payload in page.text, address


@pytest.mark.parametrize("payload", PAYLOADS + UNSEEN)
async def test_search_and_addresses_that_try_to_run_script_show_their_text_at_most(visit: Open, payload: str) -> None:
    client = await visit(StandInKnowledge(LIBRARY))
    page = await page_at(client, f"/help/en/?q={quote(payload)}")
    assert dangers(page) == []
    answer = await client.get(f"/help/en/{quote(payload, safe='')}", allow_redirects=False)
    assert answer.status == 404
    assert dangers(Page(await answer.text())) == []


def test_links_lead_to_web_pages_mail_phones_and_articles_that_exist() -> None:
    body = (
        "[a](https://ok.example/x?y=1) [b](mailto:a@b.example) [c](tel:515-555-0142) [d](wont-charge) [e](gone) "
        "[f](../x) [g](ftp://x.example) [h](/staff/) [i](#top) <https://ok.example/auto>"
    )
    page = Page(str(article_html(body, {"wont-charge": "/help/es/wont-charge"}.get)))
    assert page.values("a", "href") == [
        "https://ok.example/x?y=1",
        "mailto:a@b.example",
        "tel:515-555-0142",
        "/help/es/wont-charge",
        "https://ok.example/auto",
    ]
    assert set(page.values("a", "rel")) == {"noopener noreferrer"}
    assert page.text.split() == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "https://ok.example/auto"]


def test_address_with_a_broken_host_is_text() -> None:
    assert Page(str(article_html("[x](http://[)", {}.get))).values("a", "href") == []


def test_steps_keep_their_numbers_and_first_headings_become_second() -> None:
    page = Page(str(article_html("# Top\n\n3. three\n4. four", {}.get)))
    assert "h1" not in page.tags
    assert "h2" in page.tags
    assert page.values("ol", "start") == ["3"]


def test_every_link_of_the_payloads_is_of_an_allowed_kind() -> None:
    for payload in PAYLOADS:
        for address in Page(str(article_html(payload, {}.get))).values("a", "href"):
            assert urlsplit(address).scheme in {"https", "http", "mailto", "tel"}, payload


def test_numbers_and_addresses_keep_their_order_among_arabic_words() -> None:
    text = "اتصلوا على 515-555-0142 أو familyhelp@cedarhollow.example بخصوص CB204187 <b>"
    html = str(isolated(text))
    for piece in ("515-555-0142", "CB204187"):  # which are not cut at the end of a line
        assert f'<bdi dir="ltr" class="number">{piece}</bdi>' in html
    assert '<bdi dir="ltr">familyhelp@cedarhollow.example</bdi>' in html
    assert "<b>" not in html


def test_what_is_inside_a_tag_is_not_touched() -> None:
    html = str(article_html("[515-555-0142](tel:515-555-0142)", lambda _: None))
    assert 'href="tel:515-555-0142"' in html
    assert html.count("<bdi") == 1


async def test_whoever_searches_too_often_is_asked_to_wait_and_sees_all_topics(
    visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await visit(StandInKnowledge(LIBRARY, found("wont-turn-on")))
    monkeypatch.setattr(client.app[SEARCH_RATE], "_all", Rate(2, clock=lambda: 0.0))
    for _ in range(2):
        assert (await client.get("/help/es/?q=key")).status == 200
    answer = await client.get("/help/es/?q=key")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    page = Page(await answer.text())
    assert "demasiadas búsquedas" in page.text
    assert "/help/es/wont-turn-on" in page.values("a", "href")
    assert (await client.get("/help/es/")).status == 200
