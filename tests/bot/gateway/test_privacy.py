"""The privacy page says in each language what is kept, how long, who sees it, how to have it deleted, and what
happens when somebody may be in danger."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions.desk.district import Contact, load_district
from bot.gateway.keys import DISTRICT
from bot.gateway.texts import all_texts
from bot.replies import Replies
from tests.bot.gateway.page_stand_ins import DISTRICT_FOLDER, StandInKnowledge, pages_application

NO_MARKETING = {
    "en": "never share your phone number with anyone for marketing",
    "es": "nunca damos su número a nadie para publicidad",
    "zh": "绝不会为了推销把您的电话号码给别人",
    "vi": "không bao giờ đưa số của quý vị cho ai để tiếp thị",
    "ar": "ولا نعطي رقمك لأحد أبدًا من أجل التسويق",
    "ht": "nou pa janm bay pèsonn nimewo ou pou maketing",
    "pt": "nunca passamos o seu número a ninguém para propaganda",
    "ru": "никому не даём ваш номер для рекламы",
}


@pytest.fixture
async def client() -> AsyncIterator[TestClient[Any, Any]]:
    client = TestClient(TestServer(pages_application(StandInKnowledge())))
    await client.start_server()
    yield client
    await client.close()


@pytest.mark.parametrize("language", sorted(all_texts()))
async def test_page_names_who_runs_it_the_days_the_phone_and_the_way_to_delete(
    client: TestClient[Any, Any], language: str
) -> None:
    texts = all_texts()[language]
    answer = await client.get(f"/help/{language}/privacy")
    words = re.sub(r"<[^>]+>", "", await answer.text())
    assert answer.status == 200
    for expected in ("Cedar Hollow School District", "30", "365", "515-555-0142", "911", "988"):
        assert expected in words
    # Without this sentence no campaign for texts is approved, and the state's law wants it.
    assert NO_MARKETING[language] in words
    # The page sends families to two things of the widget's menu; they must be called there what they are here.
    deleting = texts["privacy"]["sections"][3]["text"]
    assert texts["widget"]["menu"] in deleting
    assert texts["widget"]["delete"] in deleting
    assert "{" not in words


async def test_every_help_page_leads_to_it_and_it_leads_to_itself_in_other_languages(
    client: TestClient[Any, Any],
) -> None:
    assert 'href="/help/es/privacy"' in await (await client.get("/help/es/")).text()
    assert 'href="/help/ar/privacy"' in await (await client.get("/help/es/privacy")).text()


async def test_language_that_is_not_offered_has_no_such_page(client: TestClient[Any, Any]) -> None:
    assert (await client.get("/help/xx/privacy")).status == 404


PHONES = re.compile(r"\b(?:911|988|741741|1-800-\d{3}-\d{4})\b")
COORDINATOR = ("Renee Castillo", "515-555-0153", "titleix@cedarhollow.example")
CRISIS_REPLIES = (
    *("utter_crisis_self_harm", "utter_crisis_threat", "utter_crisis_abuse", "utter_crisis_exploitation"),
    *("utter_crisis_harassment", "utter_crisis_bullying", "utter_crisis_medical", "utter_crisis_missing_child"),
)


async def danger_source(language: str, **changes: Any) -> str:
    """The page's section about danger as HTML, in a district with these changes."""
    application = pages_application(StandInKnowledge())
    application[DISTRICT] = replace(application[DISTRICT], **changes)
    async with TestClient(TestServer(application)) as client:
        answer = await client.get(f"/help/{language}/privacy")
        assert answer.status == 200
        return (await answer.text()).split('<section id="danger">')[1].split("</section>")[0]


async def danger_words(language: str, **changes: Any) -> str:
    return unescape(re.sub(r"<[^>]+>", "", await danger_source(language, **changes)))


@pytest.mark.parametrize("language", sorted(all_texts()))
async def test_it_tells_what_happens_in_danger_with_every_number_that_a_crisis_reply_of_the_language_names(
    language: str,
) -> None:
    district = load_district(DISTRICT_FOLDER)
    replies = Replies.load(values=district.values())
    named = {number for reply in CRISIS_REPLIES for number in PHONES.findall(replies.render(reply, language).text)}
    assert {"911", "988", "1-800-222-1222"} <= named
    words = await danger_words(language)
    assert set(PHONES.findall(words)) == named
    danger = all_texts()[language]["privacy"]["danger"]
    for key in ("title", "signs", "mistakes", "hotline"):
        assert danger[key] in words
    for expected in (district.short_name, *COORDINATOR):
        assert expected in words
    assert not set("{}") & set(words)


@pytest.mark.parametrize("language", sorted(all_texts()))
async def test_it_says_when_a_clinician_reviewed_it_or_that_none_has(language: str) -> None:
    texts = all_texts()[language]
    day = date(2026, 8, 31)
    never = texts["privacy"]["danger"]["not_reviewed"]
    reviewed = await danger_words(language, crisis_reviewed=day)
    assert texts["privacy"]["danger"]["reviewed"].format(date=texts.date(day)) in reviewed
    assert never not in reviewed
    unreviewed = await danger_words(language, crisis_reviewed=None)
    assert never in unreviewed
    assert "2026" not in unreviewed


@pytest.mark.parametrize("language", sorted(all_texts()))
async def test_without_a_title_ix_coordinator_none_is_promised(language: str) -> None:
    words = await danger_words(language, title_ix_coordinator=Contact("", "", ""))
    assert "Title IX" not in words
    assert "Título IX" not in words
    assert all_texts()[language]["privacy"]["danger"]["mistakes"] in words


async def test_names_of_the_district_are_text_and_never_markup() -> None:
    coordinator = Contact("<script>alert(1)</script> {oops}", "515-555-0153", "titleix@cedarhollow.example")
    source = await danger_source("en", short_name="A & <b>B</b>", title_ix_coordinator=coordinator)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {oops}" in source
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in source
    assert "<script" not in source
    assert "<b>" not in source


async def test_its_numbers_keep_their_order_in_arabic() -> None:
    assert '<bdi dir="ltr" class="number">1-800-422-4453</bdi>' in await danger_source("ar")
