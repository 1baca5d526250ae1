"""A few seconds of many families at once: each text stored and answered once, each message of a chat shown once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.load import measure
from tests.stack import new_home

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.fixture(scope="module")
def counted(trained: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home: Path = new_home(tmp_path_factory.mktemp("load"))
    return asyncio.run(measure(home, sockets=40, rate=10, chat_rate=4, seconds=4))


def test_every_text_is_stored_and_answered_once_and_every_reply_handed_over_once(counted: dict[str, Any]) -> None:
    texts = counted["texts"]
    assert texts["refused"] == {}
    assert texts["sent"] == texts["stored_once"] == texts["answered"] == texts["welcomes"] == 40
    assert texts["replies"] == texts["replies_handed_over_once"] >= 80
    assert texts["replies_nobody_wrote"] == texts["same_words_twice_to_a_number"] == 0
    assert counted["all_answered_after_the_last_text_s"] is not None


def test_every_message_of_every_open_chat_is_shown_once_and_in_order(counted: dict[str, Any]) -> None:
    chats = counted["chats"]
    assert chats["refused"] == {}
    assert chats["open"] == chats["chats_shown_every_message_once_in_order"] == 40
    assert chats["written"] == 16
    assert chats["messages"] >= 40 + 2 * 16
