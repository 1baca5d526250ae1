"""The privacy page says in each language what is kept, how long, who sees it and how to have it deleted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.gateway.texts import all_texts
from tests.bot.gateway.page_stand_ins import StandInKnowledge, pages_application


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
