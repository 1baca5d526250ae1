"""The question under each article: works as a plain form, counts once, and keeps nothing about the reader."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.desk.article_feedback import REASONS
from actions.desk.models import ARTICLE_FEEDBACK
from bot.gateway.keys import FORMS
from bot.gateway.limits import Rate
from bot.gateway.loading import Loading
from bot.gateway.texts import all_texts
from tests.bot.gateway.desk_stand_ins import DISTRICT, Desk, running_desk
from tests.bot.gateway.page_stand_ins import StandInKnowledge, article

ADDRESS = "/help/es/wifi"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    loading = Loading()
    knowledge = StandInKnowledge([article("wifi"), article("wifi", "es", title="Conectarse"), article("late-bus")])
    loading.done(knowledge, object())  # type: ignore[arg-type]
    async with running_desk(tmp_path, loading=loading) as running:
        yield running


async def counts(desk: Desk) -> dict[tuple[str, str, str], int]:
    def read(session: Session) -> list[Any]:
        return list(session.execute(select(ARTICLE_FEEDBACK)).all())

    return {(row.article, row.language, row.answer): row.count for row in await desk.database.run(read)}


async def answer(desk: Desk, *answers: str, address: str = ADDRESS, **headers: str) -> tuple[int, str, str]:
    """Status, address of the redirect, and page of the last answer."""
    found = (0, "", "")
    for one in answers:
        how: dict[str, Any] = {"data": {"answer": one}, "headers": headers, "allow_redirects": False}
        async with desk.client.post(f"{address}/feedback", **how) as response:
            found = (response.status, response.headers.get("Location", ""), await response.text())
    return found


async def test_yes_is_counted_and_thanked_for(desk: Desk) -> None:
    assert (await answer(desk, "helpful", "helpful"))[:2] == (303, f"{ADDRESS}/thanks")
    assert await counts(desk) == {("wifi", "es", "helpful"): 2}


async def test_after_a_no_the_reader_may_say_why(desk: Desk) -> None:
    assert (await answer(desk, "not_helpful"))[:2] == (303, f"{ADDRESS}/thanks?why")
    async with desk.client.get(f"{ADDRESS}/thanks?why") as response:
        page = await response.text()
        assert response.headers["Cache-Control"] == "no-store"
    offered = re.findall(r'<input type="radio" name="answer" value="(\w+)">', page)
    assert tuple(offered) == REASONS
    assert (await answer(desk, offered[0]))[:2] == (303, f"{ADDRESS}/thanks")
    assert await counts(desk) == {("wifi", "es", "not_helpful"): 1, ("wifi", "es", "unclear"): 1}


async def test_the_reason_may_be_left_out(desk: Desk) -> None:
    async with desk.client.post(f"{ADDRESS}/feedback", data={}, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, f"{ADDRESS}/thanks")
    assert await counts(desk) == {}


@pytest.mark.parametrize("language", DISTRICT.languages)
async def test_every_article_asks_and_every_answer_is_thanked_for_in_every_language(desk: Desk, language: str) -> None:
    words = all_texts()[language]["feedback"]
    async with desk.client.get(f"/help/{language}/wifi") as response:
        page = html.unescape(await response.text())
    assert words["question"] in page
    assert f'action="/help/{language}/wifi/feedback" method="post"' in page
    async with desk.client.get(f"/help/{language}/wifi/thanks?why") as response:
        page = html.unescape(await response.text())
    for expected in (words["thanks_title"], words["why"], *words["reasons"].values(), words["send"]):
        assert expected in page


async def test_english_read_for_want_of_a_translation_is_counted_as_english(desk: Desk) -> None:
    await answer(desk, "not_helpful", address="/help/vi/late-bus")
    assert await counts(desk) == {("late-bus", "en", "not_helpful"): 1}


@pytest.mark.parametrize("address", ["/help/es/nothing", "/help/xx/wifi", "/help/es/..%2f..%2fetc"])
async def test_what_is_no_article_is_not_counted(desk: Desk, address: str) -> None:
    assert (await answer(desk, "helpful", address=address))[0] == 404
    async with desk.client.get(f"{address}/thanks") as response:
        assert response.status == 404
    assert await counts(desk) == {}


async def test_attack_words_in_the_place_of_an_answer_are_kept_nowhere(desk: Desk) -> None:
    assert (await answer(desk, "my password is Tiger2024!"))[0] == 303
    assert await counts(desk) == {}


async def test_attack_a_foreign_page_cannot_answer(desk: Desk) -> None:
    assert (await answer(desk, "not_helpful", Origin="https://evil.example"))[0] == 403
    assert await counts(desk) == {}


async def test_attack_answers_without_end_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.client.app[FORMS], "_all", Rate(3))
    status, _, page = await answer(desk, *["not_helpful"] * 4)
    assert status == 429
    assert html.escape(all_texts()["es"]["feedback"]["too_many"]) in page
    assert await counts(desk) == {("wifi", "es", "not_helpful"): 3}
