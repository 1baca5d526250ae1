"""The desk on PostgreSQL: a chat, its stream, a deletion and a purge, as on SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actions.desk.database import Database
from actions.desk.models import Base
from actions.desk.retention import Retention
from bot.gateway.purger import Purger
from tests.bot.gateway.desk_stand_ins import Desk, next_frame, running_desk
from tests.postgresql import Server


@pytest.fixture
async def desk(postgresql_server: Server, tmp_path: Path) -> AsyncIterator[Desk]:
    url = postgresql_server.new()
    async with running_desk(tmp_path, DATABASE_URL=url) as running:
        yield running
    postgresql_server.give_back(url)


async def test_a_family_is_answered_and_its_stream_shows_it(desk: Desk, tmp_path: Path) -> None:
    family = await desk.family("es")
    async with desk.client.ws_connect("/api/chat/stream") as socket:
        await socket.send_json({"token": family.token})
        while "state" not in await next_frame(socket):
            pass
        await family.say("mi chromebook no prende")
        assert (await next_frame(socket))["message"]["text"] == "mi chromebook no prende"
        assert (await next_frame(socket))["message"]["text"] == "You said: mi chromebook no prende"
    assert not (tmp_path / "desk.db").exists()


async def test_messages_that_are_stored_at_once_get_their_turns_in_the_order_of_their_ids(desk: Desk) -> None:
    family = await desk.family()
    answers = await asyncio.gather(*(family.send(text=f"message {number}") for number in range(30)))
    assert [status for status, _ in answers] == [200] * 30
    stored = [one["text"] for one in await family.history() if one["from"] == "family"]
    assert [turn["text"] for turn in desk.rasa.turns] == stored


async def test_a_deleted_chat_and_what_is_purged_are_gone(desk: Desk, tmp_path: Path) -> None:
    family, other = await desk.family(), await desk.family()
    await family.say("hello")
    await other.say("i want to talk to a person")
    async with desk.client.delete("/api/chat/conversation", headers=family.headers) as response:
        assert response.status == 200
    assert len(await other.history()) > 1
    later = datetime.now(UTC) + timedelta(days=31)
    done = await Purger(desk.database, Retention(), tmp_path / "none.db", clock=lambda: later).purge()
    assert done["conversations"] == 1
    assert rows(desk.database) == 0


def rows(database: Database) -> int:
    with database.session() as session:
        tables = Base.metadata.tables.values()
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
