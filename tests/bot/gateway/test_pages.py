"""The demo page, the full-page chat, the widget's script, and the texts of every language."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import date, time
from inspect import getsource
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions import ticket_report
from actions.desk.district import load_district
from actions.ticket_report import FIELDS
from bot.gateway import help_centre, pages
from bot.gateway.page import TEMPLATES
from bot.gateway.route import Access
from bot.gateway.texts import all_texts, offered, preferred_language
from knowledge.article_rules import HARDEST_GRADE
from knowledge.readability import reading_grade
from tests.bot.gateway.page_stand_ins import DISTRICT_FOLDER, StandInKnowledge, pages_application

LARGEST_WIDGET = 20_000  # bytes, compressed


@pytest.fixture
async def client() -> AsyncIterator[TestClient[Any, Any]]:
    client = TestClient(TestServer(pages_application(StandInKnowledge())))
    await client.start_server()
    yield client
    await client.close()


async def test_demo_page_embeds_the_widget_with_one_line_and_has_nothing_inline(client: TestClient[Any, Any]) -> None:
    html = await (await client.get("/")).text()
    scripts = re.findall(r"<script[^>]*>.*?</script>", html, re.DOTALL)
    assert [re.sub(r' nonce="[\w-]{22}"', "", script) for script in scripts] == [
        '<script src="/widget.js" data-language="en" async></script>'
    ]
    assert "<style" not in html
    assert " style=" not in html
    assert " on" not in re.findall(r"<[^>]+>", html)[0]


async def test_demo_page_shows_schools_phone_hours_and_crisis_numbers_without_script(
    client: TestClient[Any, Any],
) -> None:
    html = await (await client.get("/")).text()
    for expected in ("Riverside Middle School", "515-555-0142", "515-555-0100", "7:00 a.m. to 5:00 p.m.", "911", "988"):
        assert expected in html
    assert "<noscript>" in html


@pytest.mark.parametrize(
    ("address", "header", "language"),
    [("/", "", "en"), ("/", "es-US", "es"), ("/?lang=es", "en", "es"), ("/?lang=xx", "es", "es"),
     ("/?lang=", "fr", "en")],
)  # fmt: skip
async def test_demo_page_is_in_the_language_asked_for(
    client: TestClient[Any, Any], address: str, header: str, language: str
) -> None:
    answer = await client.get(address, headers={"Accept-Language": header})
    html = await answer.text()
    assert f'<html lang="{language}"' in html
    assert f'data-language="{language}"' in html
    assert "Accept-Language" in answer.headers["Vary"]


async def test_full_page_chat_has_phone_and_hours_behind_it(client: TestClient[Any, Any]) -> None:
    html = await (await client.get("/chat?lang=es")).text()
    assert 'data-open="page"' in html
    assert "515-555-0142" in html
    assert "cerrado" in html
    assert "<noscript>" in html


async def test_widget_is_one_small_script_with_the_districts_texts_in_it(client: TestClient[Any, Any]) -> None:
    answer = await client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    script = await answer.text()
    assert answer.content_type == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert len(gzip.compress(script.encode())) <= LARGEST_WIDGET
    found = re.search(r"const DESK = (\{.*?\});\n", script)
    assert found
    desk = json.loads(found[1])
    assert desk["languages"] == list(load_district(DISTRICT_FOLDER).languages)
    assert desk["texts"]["es"]["languageName"] == "Español"
    assert "Family Help Desk" in desk["texts"]["en"]["title"]
    assert "{help_desk" not in found[1]
    assert "/**" not in script
    assert "\n//" not in script


async def test_widget_with_all_eight_languages_is_small_enough() -> None:
    script = pages.widget_script(load_district(DISTRICT_FOLDER))
    assert script.count(b'"languageName"') == len(all_texts()) == 8
    assert len(gzip.compress(script)) <= LARGEST_WIDGET


async def test_widget_makes_no_markup_from_text_and_names_no_other_site() -> None:
    script = pages.widget_script(load_district(DISTRICT_FOLDER)).decode()
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in script
    assert set(re.findall(r"https?://[\w.]+", script)) <= {"http://www.w3.org"}


async def test_only_named_static_files_are_served(client: TestClient[Any, Any]) -> None:
    for name, kind in pages.FILES.items():
        answer = await client.get(f"/static/{name}")
        assert (answer.status, answer.content_type) == (200, kind)
    for name in ("widget", "pages.py", "..%2Fpages.py", "%2e%2e%2fkeys.py", "help.css%00"):
        assert (await client.get(f"/static/{name}")).status == 404


async def test_files_are_compressed_and_known_ones_are_not_sent_again(client: TestClient[Any, Any]) -> None:
    answer = await client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    again = await client.get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
    plain = await client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


def test_every_route_of_the_pages_is_open_to_everybody_and_reads_only() -> None:
    for route in (*pages.ROUTES, *help_centre.ROUTES):
        assert (route.method, route.access) == ("GET", Access.PUBLIC)


def shape(value: Any) -> Any:
    """Keys, list lengths and {places} of a text table, without its words."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return sorted(re.findall(r"\{\w+\}", value))


def sections_of(language: str) -> dict[str, Any]:
    """All texts but the dates, and but the chat's head: it is narrow, and has the name in families' own words alone."""
    sections = {name: part for name, part in all_texts()[language].sections.items() if name != "dates"}
    return {**sections, "widget": {**sections["widget"], "title": ""}}


@pytest.mark.parametrize("language", list(all_texts()))
def test_every_language_has_the_same_texts_with_the_same_places(language: str) -> None:
    texts = all_texts()
    assert shape(sections_of(language)) == shape(sections_of("en"))
    assert len(texts[language]["dates"]["months"]) == 12
    assert texts[language].direction in {"ltr", "rtl"}


def texts_in(value: Any) -> Iterator[str]:
    """Every text of a table."""
    if isinstance(value, str):
        yield value
    else:
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


def test_english_texts_are_no_harder_to_read_than_articles_may_be() -> None:
    hard = [
        text
        for text in texts_in(sections_of("en"))
        if len(text.split()) >= 10 and reading_grade(text) > HARDEST_GRADE  # of a few words one would decide
    ]
    assert hard == []


def test_every_text_is_used_by_a_template_or_the_widget() -> None:
    used = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))
    script = "".join(path.read_text(encoding="utf-8") for path in (pages.STATIC / "widget").glob("*.js"))
    # Each field of the form with its hint, and each error by its name.
    computed = {*FIELDS, *(f"{name}_hint" for name in FIELDS), *re.findall(r'"(\w+)"', getsource(ticket_report))}
    for section in ("help", "form", "feedback", "demo", "chat", "privacy"):
        for name in all_texts()["en"][section]:
            assert f"texts.{section}.{name}" in used or (section == "form" and name in computed), name
    computed = {"you", "bot", "staff", "call_911", "call_988"}  # looked up by who speaks, and by number
    for name in all_texts()["en"]["widget"]:
        assert name in computed or re.search(rf"words\.{name}\b|'{name}'", script), name


def test_times_and_dates_are_written_as_families_write_them() -> None:
    english, spanish = all_texts()["en"], all_texts()["es"]
    assert [english.time(time(0, 5)), english.time(time(12, 0))] == ["12:05 a.m.", "12:00 p.m."]
    assert spanish.time(time(17, 30)) == "5:30 p. m."
    assert english.date(date(2026, 1, 9)) == "January 9, 2026"
    assert spanish.date(date(2026, 1, 9)) == "9 de enero de 2026"


def test_category_that_a_district_added_shows_in_words() -> None:
    assert all_texts()["es"].category("accounts") == "Cuentas y contraseñas"
    assert all_texts()["es"].category("summer-school") == "Summer school"


def test_languages_without_texts_are_not_offered_and_english_always_is() -> None:
    assert [texts.language for texts in offered(["xx", "es"])] == ["es"]
    assert [texts.language for texts in offered(["xx"])] == ["en"]


def test_preferred_language_follows_the_browsers_weights() -> None:
    assert preferred_language("en;q=0.3, es-419;q=0.8", ("en", "es")) == "es"
    assert preferred_language("fr, de;q=0.5", ("en", "es")) is None
    assert preferred_language("*", ("en", "es")) is None
