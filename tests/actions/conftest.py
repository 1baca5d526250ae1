"""A database of its own for each test of the desk, and a conversation in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions.desk import conversations
from actions.desk.database import Database

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database, migrated, on a disk."""
    opened = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def conversation(database: Database) -> str:
    """The id of a conversation in Spanish that has just begun."""
    with database.session() as session:
        return conversations.start(session, channel="widget", language="es", now=NOW).conversation
