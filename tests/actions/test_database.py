"""The database opens safely, migrates both ways without drifting from the models, and keeps a transaction whole."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, inspect, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from actions.desk import conversations
from actions.desk.database import ON_CONNECT, Database
from actions.desk.models import MESSAGES, UNANSWERED_QUESTIONS, Base

# Ends itself at the named moment of a turn, as a power cut would.
KILLED_AT = """
import os, signal, sys
from datetime import UTC, datetime
from actions.desk import conversations
from actions.desk.database import ON_CONNECT, Database

url, conversation, moment = sys.argv[1:]
database = Database(url)
with database.session() as session:
    message = conversations.receive(
        session, conversation, "c1", "mi chromebook no prende", language="es", now=datetime.now(UTC)
    ).message
    if moment == "before the commit":
        os.kill(os.getpid(), signal.SIGKILL)
if moment == "after the commit":
    os.kill(os.getpid(), signal.SIGKILL)
with database.session() as session:
    drafts = [conversations.Draft("answer", "es", text) for text in ("uno", "dos")]
    conversations.reply(session, conversation, message.id, drafts, asks=None, now=datetime.now(UTC))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """SQLite alone: what is special about it."""
    opened = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    opened.migrate()
    yield opened
    opened.close()


def kill_a_desk(database_file: Path, conversation: str, moment: str) -> None:
    arguments = [sys.executable, "-c", KILLED_AT, f"sqlite:///{database_file}", conversation, moment]
    assert subprocess.run(arguments, check=False, timeout=60).returncode == -signal.SIGKILL


def test_a_message_whose_reply_was_never_stored_is_found_unfinished_after_a_kill(
    database: Database, conversation: str, tmp_path: Path
) -> None:
    kill_a_desk(tmp_path / "desk.db", conversation, "after the commit")
    with database.session() as session:
        [(owner, message, _)] = conversations.unfinished(session, since=datetime.now(UTC) - timedelta(minutes=10))
    assert owner == conversation
    assert message.text == "mi chromebook no prende"


def test_a_kill_before_the_commit_leaves_nothing_of_the_message(
    database: Database, conversation: str, tmp_path: Path
) -> None:
    kill_a_desk(tmp_path / "desk.db", conversation, "before the commit")
    with database.session() as session:
        assert conversations.since(session, conversation, 0) == ()


def test_a_kill_in_the_middle_of_replying_leaves_no_reply_and_the_message_unfinished(
    database: Database, conversation: str, tmp_path: Path
) -> None:
    kill_a_desk(tmp_path / "desk.db", conversation, "while replying")
    with database.session() as session:
        [message] = conversations.since(session, conversation, 0)
        assert not message.done
        assert conversations.replies_to(session, message.id) == ()


def test_the_migrated_tables_are_those_of_the_models(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    database = Database(url)
    database.migrate()
    database.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_the_migrated_tables_are_declared_word_for_word_as_the_models_would_declare_them(
    database: Database, tmp_path: Path
) -> None:
    """Holds what Alembic's comparison does not see: partial indexes, names, and ids that are never reused."""

    def declarations(file: Path) -> set[str]:
        with sqlite3.connect(file) as connection:
            rows = connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%' "
                "AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
        connection.close()
        # A column that was added later stands behind a space of its own.
        return {re.sub(r"\s*([(),])\s*", r"\1", " ".join(row[0].split())) for row in rows}

    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert declarations(tmp_path / "desk.db") == declarations(tmp_path / "models.db")


def test_migrations_run_forward_back_and_forward_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    database = Database(url)
    engine = create_engine(url)
    database.migrate()
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    database.migrate("base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    database.migrate()
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    engine.dispose()
    database.close()


def test_migrating_again_keeps_what_is_stored(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        conversations.receive(session, conversation, "c1", "hola", language="es", now=now)
    database.migrate()
    with database.session() as session:
        assert [message.text for message in conversations.since(session, conversation, 0)] == ["hola"]


def test_two_processes_may_migrate_a_new_database_at_once(tmp_path: Path) -> None:
    desks = [Database(f"sqlite:///{tmp_path / 'desk.db'}") for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(Database.migrate, desks))
    with desks[0].session() as session:
        assert conversations.latest_id(session) == 0
    for desk in desks:
        desk.close()


def test_sqlite_is_opened_so_that_an_acknowledged_message_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.desk.database.ON_CONNECT", ON_CONNECT)  # as the desk has it
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    with database.session() as session:
        found = {
            pragma: session.scalar(text(f"PRAGMA {pragma}"))
            for pragma in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1}
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused_because_it_would_be_lost(url: str) -> None:
    with pytest.raises(ValueError, match="name a file"):
        Database(url)


def test_only_the_desks_own_user_can_read_the_database(database: Database, conversation: str, tmp_path: Path) -> None:
    files = list(tmp_path.glob("desk.db*"))
    assert len(files) == 3  # the main file, the write-ahead log and its index
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_missing_folder_of_the_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state' / 'of the desk' / 'desk.db'}")
    database.migrate()
    database.close()
    assert (tmp_path / "state" / "of the desk" / "desk.db").is_file()


async def test_run_works_in_one_thread_of_its_own(database: Database) -> None:
    def thread(session: Session) -> int:
        return threading.get_ident()

    threads = set(await asyncio.gather(*(database.run(thread) for _ in range(20))))
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


async def test_run_rolls_back_all_of_a_transaction_that_fails(
    database: Database, conversation: str, now: datetime
) -> None:
    def fails_after_writing(session: Session) -> None:
        conversations.receive(session, conversation, "c1", "hola", language="es", now=now)
        raise RuntimeError("after writing")

    with pytest.raises(RuntimeError, match="after writing"):
        await database.run(fails_after_writing)
    assert await database.run(conversations.since, conversation, 0) == ()


async def test_run_finishes_a_transaction_whose_caller_was_cancelled(
    database: Database, conversation: str, now: datetime
) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        begun.set()
        may_go_on.wait(10)
        conversations.receive(session, conversation, "c1", "hola", language="es", now=now)

    caller = asyncio.create_task(database.run(slow))
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert [message.text for message in await database.run(conversations.since, conversation, 0)] == ["hola"]


async def test_what_run_wrote_is_seen_by_another_process_at_once(
    database: Database, conversation: str, tmp_path: Path, now: datetime
) -> None:
    await database.run(conversations.receive, conversation, "c1", "hola", language="es", now=now)
    look = "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT text FROM messages').fetchall())"
    seen = subprocess.run(
        [sys.executable, "-c", look, str(tmp_path / "desk.db")], capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == "[('hola',)]"


def test_writers_of_two_processes_wait_for_each_other(
    database: Database, conversation: str, tmp_path: Path, now: datetime
) -> None:
    other = Database(f"sqlite:///{tmp_path / 'desk.db'}")

    def write(place: int) -> None:
        with (database if place % 2 else other).session() as session:
            # Reading first and writing afterwards is what fails under SQLite's own way of beginning.
            conversations.latest_id(session)
            conversations.receive(session, conversation, f"c{place}", "hola", language="es", now=now)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(40)))
    with other.session() as session:
        assert len(conversations.since(session, conversation, 0)) == 40
    other.close()


def test_moments_come_back_aware_and_the_same_from_any_time_zone(database: Database, conversation: str) -> None:
    chicago = datetime(2026, 11, 23, 9, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=-6)))
    with database.session() as session:
        conversations.receive(session, conversation, "c1", "hola", language="es", now=chicago)
    with database.session() as session:
        [message] = conversations.since(session, conversation, 0)
    assert message.at == chicago
    assert message.at.tzinfo is UTC


def test_a_moment_without_time_zone_is_refused(database: Database, conversation: str) -> None:
    naive = datetime(2026, 11, 23, 9, 30)  # noqa: DTZ001
    row = {"text": "?", "language": "es", "conversation": conversation, "at": naive}
    with database.session() as session, pytest.raises(StatementError, match="without time zone"):
        session.execute(insert(UNANSWERED_QUESTIONS).values(row))


def test_an_id_of_a_deleted_message_is_never_given_again(database: Database, conversation: str, now: datetime) -> None:
    with database.session() as session:
        first = conversations.receive(session, conversation, "c1", "hola", language="es", now=now).message
        session.execute(MESSAGES.delete())
        second = conversations.receive(session, conversation, "c2", "hola", language="es", now=now).message
        assert second.id > first.id
        assert session.scalars(select(MESSAGES.c.id)).all() == [second.id]


def test_importing_the_desk_opens_nothing(tmp_path: Path) -> None:
    modules = (
        "database, models, messages, conversations, tickets, handoffs, questions, alerts, outbox, phones, keywords, "
        "notices, call_backs, person, inbox"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run(
        [sys.executable, "-c", f"from actions.desk import {modules}"], cwd=tmp_path, env=environment, check=True
    )
    assert list(tmp_path.iterdir()) == []
