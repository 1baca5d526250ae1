"""What only PostgreSQL can show: its migrations, and several desks that work on the same rows at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, func, inspect, select

from actions.desk import conversations, outbox, phones
from actions.desk.database import Database
from actions.desk.messages import Draft, store
from actions.desk.models import MESSAGES, OUTBOX, Base
from actions.desk.outbox import Due
from actions.desk.purging import RULES, purge_batch
from actions.desk.retention import Retention
from tests.postgresql import Server

ZONE = ZoneInfo("America/Chicago")


@pytest.fixture
def url(postgresql_server: Server) -> Iterator[str]:
    """A database without tables."""
    made = postgresql_server.bare()
    yield made
    postgresql_server.drop(made)


@pytest.fixture
def desks(url: str) -> Iterator[tuple[Database, Database]]:
    """Two desks on one database."""
    one, two = Database(url), Database(url)
    one.migrate()
    yield one, two
    one.close()
    two.close()


def test_the_migrated_tables_are_those_of_the_models_forward_back_and_forward_again(url: str) -> None:
    database = Database(url)
    engine = create_engine(url.replace("://", "+psycopg://"))
    for _ in range(2):
        database.migrate()
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        database.migrate("base")
        assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    database.close()


def test_desks_that_start_at_once_migrate_one_after_the_other(url: str) -> None:
    desks = [Database(url) for _ in range(4)]
    failures: list[BaseException] = []

    def migrate(desk: Database) -> None:
        try:
            desk.migrate()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=migrate, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    for desk in desks:
        desk.close()


def text_waiting(desk: Database, number: str, now: datetime) -> None:
    with desk.session() as session:
        phone = phones.meet(session, number, "sealed", now)
        message = conversations.receive(session, phone.conversation, "c1", "hola", language="es", now=now).message
        store(session, phone.conversation, Draft("text", "es", "hola"), now, message.id)


def claimed_by_all(desks: tuple[Database, Database], now: datetime, workers: int = 6) -> list[Due]:
    taken: list[Due] = []
    barrier = threading.Barrier(workers)

    def claim(desk: Database) -> None:
        barrier.wait(10)
        with desk.session() as session:
            taken.extend(outbox.claim(session, now, lease=timedelta(minutes=1), an_hour=30, zone=ZONE))

    threads = [threading.Thread(target=claim, args=(desks[place % 2],)) for place in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return taken


def test_no_text_is_taken_by_two_senders(desks: tuple[Database, Database], now: datetime) -> None:
    for number in range(10):
        text_waiting(desks[0], f"hash {number}", now)
    taken = [due.id for due in claimed_by_all(desks, now)]
    assert len(taken) == len(set(taken)) == 10


def test_a_text_whose_sender_died_is_taken_by_another_once_its_lease_has_ended(
    desks: tuple[Database, Database], now: datetime
) -> None:
    text_waiting(desks[0], "hash", now)
    assert [due.uncertain for due in claimed_by_all(desks, now)] == [False]
    assert claimed_by_all(desks, now + timedelta(seconds=59)) == []
    assert [due.uncertain for due in claimed_by_all(desks, now + timedelta(seconds=61))] == [True]


def test_texts_of_one_number_that_come_at_once_have_one_conversation(
    desks: tuple[Database, Database], now: datetime
) -> None:
    met: list[str] = []
    barrier = threading.Barrier(4)

    def meet(desk: Database) -> None:
        barrier.wait(10)
        with desk.session() as session:
            met.append(phones.meet(session, "hash", "sealed", now).conversation)

    threads = [threading.Thread(target=meet, args=(desks[place % 2],)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(met) == 4
    assert len(set(met)) == 1


def test_desks_that_purge_at_once_delete_everything_once_and_wait_for_nobody(
    desks: tuple[Database, Database], now: datetime
) -> None:
    for number in range(30):
        text_waiting(desks[0], f"hash {number}", now)
    when, counted = now + timedelta(days=31), list[int]()

    def purge(desk: Database) -> None:
        for rule in RULES:
            while True:
                with desk.session() as session:
                    done = purge_batch(session, rule, Retention(), when, most=3)
                if not done:
                    break
                if rule.kind == "messages":
                    counted.append(done)

    threads = [threading.Thread(target=purge, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    purge(desks[0])  # what the one left to the other
    with desks[0].session() as session:
        for table in Base.metadata.tables.values():
            assert session.scalar(select(func.count()).select_from(table)) == 0, table.name
    assert 30 <= sum(counted) <= 60


def test_a_row_that_somebody_works_on_is_left_to_the_next_purge(
    desks: tuple[Database, Database], now: datetime
) -> None:
    text_waiting(desks[0], "hash", now)
    sent = next(rule for rule in RULES if rule.kind == "texts sent")
    when = now + timedelta(days=31)
    with desks[1].session() as sending:
        sending.execute(select(OUTBOX).with_for_update())
        with desks[0].session() as session:
            assert purge_batch(session, sent, Retention(), when) == 0
    with desks[0].session() as session:
        assert purge_batch(session, sent, Retention(), when) == 1
        assert session.scalar(select(func.count()).select_from(MESSAGES)) == 2


def test_messages_of_a_conversation_appear_in_the_order_of_their_ids(
    desks: tuple[Database, Database], now: datetime
) -> None:
    """A chat that has seen the second would never ask for the first."""
    with desks[0].session() as session:
        begun = conversations.start(session, channel="widget", language="en", now=now).conversation
    seen: list[list[int]] = []

    def from_staff() -> None:
        with desks[1].session() as session:
            conversations.staff_message(session, begun, "I am here", now=now)
        with desks[1].session() as session:
            seen.append([message.id for message in conversations.since(session, begun, 0)])

    with desks[0].session() as session:
        first = conversations.receive(session, begun, "c1", "hello?", language="en", now=now).message
        staff = threading.Thread(target=from_staff)
        staff.start()
        staff.join(0.5)  # long enough to have written, were there nothing to wait for
        assert seen == []
    staff.join(10)
    assert len(seen[0]) == 2
    assert seen[0][0] == first.id
