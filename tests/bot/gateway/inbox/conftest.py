"""A database with families in it who wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions.desk.database import Database

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # a Monday, 9:30 in the sample district


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    opened.migrate()
    yield opened
    opened.close()
