"""A conversation for the tests of the desk."""

from __future__ import annotations

from datetime import datetime

import pytest

from actions.desk import conversations
from actions.desk.database import Database


@pytest.fixture
def conversation(database: Database, now: datetime) -> str:
    """The id of a conversation in Spanish that has just begun."""
    with database.session() as session:
        return conversations.start(session, channel="widget", language="es", now=now).conversation
