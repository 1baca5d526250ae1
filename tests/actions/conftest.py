"""A conversation for the tests of the desk, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from actions.desk import conversations
from actions.desk.database import Database
from tests.databases import new_database
from tests.postgresql import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, migrated: on SQLite, and on a real PostgreSQL."""
    if request.param == "sqlite":
        opened = new_database(tmp_path / "desk.db")
        yield opened
        opened.close()
        return
    server: Server = request.getfixturevalue("postgresql_server")
    url = server.new()
    opened = Database(url)
    yield opened
    opened.close()
    server.give_back(url)


@pytest.fixture
def conversation(database: Database, now: datetime) -> str:
    """The id of a conversation in Spanish that has just begun."""
    with database.session() as session:
        return conversations.start(session, channel="widget", language="es", now=now).conversation
