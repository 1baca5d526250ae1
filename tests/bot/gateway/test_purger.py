"""The purge in a running desk: nothing readable is left in any file, and families are served meanwhile."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from actions.desk import alerts, conversations, handoffs
from actions.desk.database import Database
from actions.desk.models import MESSAGES
from actions.desk.retention import Retention
from bot import tracker_file
from bot.command import main
from bot.gateway.purger import Purger, report
from tests.bot.gateway.desk_stand_ins import PATIENCE, Desk
from tests.databases import new_database

CANARY = "kanari-quetzal-7719"
KEPT = Retention()


def places(folder: Path, words: str = CANARY) -> list[str]:
    """The files below the folder that hold the words in any of SQLite's encodings."""
    return [file.name for file in folder.rglob("*") if file.is_file() and words.encode() in file.read_bytes()]


def purger(database: Database, folder: Path, now: Callable[[], datetime], **more: float) -> Purger:
    return Purger(database, KEPT, folder / "rasa" / "conversations.db", clock=now, **more)


def say(database: Database, now: datetime, times: int = 1, text: str = CANARY) -> None:
    with database.session() as session:
        conversation = conversations.start(session, channel="widget", language="en", now=now).conversation
        for number in range(times):
            words = f"{text} {number} " + "x" * 300
            conversations.receive(session, conversation, f"c{number}", words, language="en", now=now)


def dialogue(folder: Path, at: datetime) -> Path:
    file = folder / "rasa" / "conversations.db"
    rows = tracker_file.connect(file)
    rows.execute("INSERT INTO conversations VALUES ('c1', ?, ?)", (json.dumps({"problem": CANARY}), at.timestamp()))
    rows.close()
    return file


async def test_after_a_purge_no_file_holds_what_was_said(tmp_path: Path, database: Database, now: datetime) -> None:
    say(database, now, times=300)
    dialogue(tmp_path, now)
    assert {"desk.db-wal", "conversations.db"} <= set(places(tmp_path))
    done = await purger(database, tmp_path, lambda: now + timedelta(days=30), pause_seconds=0).purge()
    assert (done["messages"], done["conversations"], done["dialogues in Rasa"]) == (300, 1, 1)
    assert places(tmp_path) == []


async def test_before_that_they_do_and_a_dry_run_changes_nothing(
    tmp_path: Path, database: Database, now: datetime
) -> None:
    say(database, now)
    dialogue(tmp_path, now)
    when = now + timedelta(days=30)
    counts = await purger(database, tmp_path, lambda: when).counts()
    assert (counts["messages"], counts["dialogues in Rasa"]) == (1, 1)
    assert places(tmp_path)
    assert (await purger(database, tmp_path, lambda: when).purge())["messages"] == 1


async def test_a_deleted_chat_is_in_no_file_either(desk: Desk, tmp_path: Path) -> None:
    family = await desk.family()
    await family.say(f"my name is {CANARY}")
    assert places(tmp_path)
    async with desk.client.delete("/api/chat/conversation", headers=family.headers) as response:
        assert response.status == 200
    assert places(tmp_path) == []


async def test_it_purges_at_the_start_and_again_when_its_time_has_come(
    tmp_path: Path, database: Database, now: datetime
) -> None:
    moment = now

    def left() -> int:
        with database.session() as session:
            return session.scalar(select(func.count()).select_from(MESSAGES)) or 0

    async def gone() -> None:
        async with asyncio.timeout(PATIENCE):
            while left():
                await asyncio.sleep(0.01)

    say(database, now - timedelta(days=31))
    say(database, now)
    task = asyncio.create_task(purger(database, tmp_path, lambda: moment, every_seconds=0.05).run())
    async with asyncio.timeout(PATIENCE):
        while left() > 1:
            await asyncio.sleep(0.01)
    moment = now + timedelta(days=30)
    await gone()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_large_purge_lets_others_at_the_database_between_its_batches(
    tmp_path: Path, database: Database, now: datetime
) -> None:
    say(database, now, times=4000)
    task = asyncio.create_task(purger(database, tmp_path, lambda: now + timedelta(days=30)).purge())
    waits = []
    while not task.done():
        began = time.perf_counter()
        await database.run(conversations.latest_id)
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(0.005)
    assert (await task)["messages"] == 4000
    assert len(waits) >= 10
    assert sorted(waits)[len(waits) // 2] < 0.3  # all at once, one would wait for the whole purge


async def test_an_error_is_logged_without_words_and_the_worker_lives_on(
    tmp_path: Path, database: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    calls = 0

    def clock() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError(CANARY)
        return now

    task = asyncio.create_task(purger(database, tmp_path, clock, every_seconds=0.01).run())
    async with asyncio.timeout(PATIENCE):
        while calls < 2:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "purging: OSError" in caplog.text
    assert CANARY not in caplog.text


def test_a_report_names_only_what_there_was() -> None:
    assert report({"messages": 3, "tokens": 0}) == "3 messages"
    assert report({"messages": 0}) == "nothing"


def test_the_command_counts_with_dry_run_and_deletes_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAMILYDESK_HOME", str(tmp_path))
    database = new_database(tmp_path / "desk.db")
    say(database, datetime.now(UTC) - timedelta(days=31))
    database.close()
    dialogue(tmp_path, datetime.now(UTC) - timedelta(days=31))
    assert main(["purge", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert [line.split() for line in shown.splitlines() if line.startswith("messages")] == [["messages", "1"]]
    assert "dry run" in shown
    assert "kept on legal hold: 0 conversations, 0 messages" in shown
    with sqlite3.connect(tmp_path / "desk.db") as rows:
        assert rows.execute("SELECT count(*) FROM messages").fetchone() == (1,)
    rows.close()
    assert main(["purge"]) == 0
    assert "deleted" in capsys.readouterr().out
    assert places(tmp_path) == []


def test_a_dry_run_counts_a_chat_on_hold_as_kept_and_not_among_what_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAMILYDESK_HOME", str(tmp_path))
    database = new_database(tmp_path / "desk.db")
    long_ago = datetime.now(UTC) - timedelta(days=5000)
    say(database, long_ago, text="of no concern")
    with database.session() as session:
        held = conversations.start(session, channel="widget", language="en", now=long_ago).conversation
        said = [
            conversations.receive(session, held, f"c{number}", CANARY, language="en", now=long_ago).message
            for number in range(2)
        ]
        handoff = alerts.record_crisis(session, held, "threat", said[0].id, long_ago).id
        handoffs.close(session, handoff, long_ago)
    database.close()
    assert main(["purge", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    counted = {kind.strip(): number for kind, _, number in (line.rpartition(" ") for line in shown.splitlines())}
    assert (counted["messages"], counted["conversations"]) == ("1", "1")
    assert "kept on legal hold: 1 conversations, 2 messages" in shown
    assert main(["purge"]) == 0
    assert "kept on legal hold: 1 conversations, 2 messages" in capsys.readouterr().out
    with sqlite3.connect(tmp_path / "desk.db") as rows:
        assert rows.execute("SELECT text FROM messages").fetchall() == [(CANARY,)] * 2
    rows.close()
