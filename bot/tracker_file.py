"""The file in which Rasa keeps where each conversation stands: how it is opened, and purged from any process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from knowledge.settings import Settings

ON_CONNECT = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    # A power cut may cost the last seconds of a dialogue's place, never a message: those are in the desk.
    "PRAGMA synchronous = NORMAL",
    # What is deleted is overwritten.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, state TEXT NOT NULL, at REAL NOT NULL)",
)
BATCH = 500


def file_of(settings: Settings) -> Path:
    return settings.home / "rasa" / "conversations.db"


def connect(file: Path) -> sqlite3.Connection:
    """The file, made where there is none; each statement is a transaction of its own."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    rows = sqlite3.connect(file, isolation_level=None)
    for statement in ON_CONNECT:
        rows.execute(statement)
    return rows


def count(file: Path, before: datetime) -> int:
    """How many conversations `purge` would delete."""
    with _opened(file) as rows:
        if rows is None:
            return 0
        [found] = rows.execute("SELECT count(*) FROM conversations WHERE at <= ?", (before.timestamp(),)).fetchone()
        return int(found)


def purge(file: Path, before: datetime) -> int:
    """Delete conversations whose last turn was not after that moment; how many. Rasa goes on meanwhile."""
    deleted = 0
    with _opened(file) as rows:
        while rows is not None:
            batch = "DELETE FROM conversations WHERE id IN (SELECT id FROM conversations WHERE at <= ? LIMIT ?)"
            done = rows.execute(batch, (before.timestamp(), BATCH)).rowcount
            deleted += done
            if done < BATCH:
                scrub(rows)
                break
    return deleted


def scrub_file(file: Path) -> None:
    """Leave nothing in the side file of what Rasa has deleted."""
    with _opened(file) as rows:
        if rows is not None:
            scrub(rows)


def scrub(rows: sqlite3.Connection) -> None:
    """Leave nothing deleted in the side file; where a reader is in the way, the next purge does it."""
    rows.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection | None]:
    if not file.exists():
        yield None
        return
    rows = connect(file)
    try:
        yield rows
    finally:
        rows.close()
