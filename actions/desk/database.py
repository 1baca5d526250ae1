"""The database behind the desk: opening it, migrating it, and one transaction at a time in its own thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

P = ParamSpec("P")
T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "head"
# Any number that nothing else in the database uses as an advisory lock.
MIGRATION_LOCK = 418_223_515
SERVER_CONNECTIONS = 8
ON_CONNECT = (
    # Before WAL, which needs the file's lock for a moment when two processes open a new database at once.
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    # NORMAL could lose an acknowledged message when the power fails.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What is deleted is overwritten, and no copy of it is left in a file for sorting.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)


class Database:
    """The system of record, under any SQLAlchemy address; nothing is opened before the first use."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        if self._url.drivername in {"postgresql", "postgres"}:
            self._url = self._url.set(drivername="postgresql+psycopg")
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        if self._is_sqlite and self._url.database in {None, "", ":memory:"}:
            raise ValueError("the database would be lost when the desk stops; name a file: sqlite:////path/desk.db")
        workers = 1 if self._is_sqlite else SERVER_CONNECTIONS
        if self._is_sqlite:
            self._engine = create_engine(self._url)
            event.listen(self._engine, "connect", _configure)
            event.listen(self._engine, "begin", _begin_immediately)
        else:
            try:
                self._engine = create_engine(self._url, pool_size=workers, pool_pre_ping=True)
            except ModuleNotFoundError as error:
                raise ValueError(
                    f"{error.name} is not installed; run `python -m uv sync --extra postgresql`"
                ) from error
        self._thread = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="database")

    def migrate(self, revision: str = NEWEST) -> None:
        """Bring the tables to the newest state, or back to an older `revision`, in one transaction.

        What is there already is left as it is; two processes that start at once wait for each other.
        """
        if self._is_sqlite:
            _make_private(Path(str(self._url.database)))
        with self._engine.connect() as connection:
            if self._is_sqlite:
                # A table that is made anew is dropped in between, which must not delete what refers to it.
                _execute(connection.connection.dbapi_connection, "PRAGMA foreign_keys = OFF")
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
                self._migrate_to(connection, revision)
                if self._is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise RuntimeError("the migration would leave rows that refer to nothing; it was undone")
            connection.invalidate()

    def _migrate_to(self, connection: Connection, revision: str) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        if revision == NEWEST:
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction in the caller's thread: committed at the end, rolled back on an error."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def run(self, work: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Give `work` a session and run it as one transaction in the database's own thread.

        When this returns, what was written is on the disk. A caller that is cancelled does not stop the transaction.
        """

        def transaction() -> T:
            with self.session() as session:
                return work(session, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)

    async def scrub(self) -> bool:
        """Have nothing deleted left in SQLite's side files; False when a reader was in the way.

        PostgreSQL does so by itself (autovacuum, and the recycling of its log).
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.scrub_now)

    def scrub_now(self) -> bool:
        """The same in the caller's thread."""
        if not self._is_sqlite:
            return True
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            [busy, *_] = cursor.fetchone() or (1,)
            cursor.close()
        finally:
            connection.close()
        return not busy

    def close(self) -> None:
        """Finish the transactions that are under way and let go of the database."""
        self._thread.shutdown(wait=True)
        self._engine.dispose()


def insert_if_new(session: Session, table: Table, values: Mapping[str, Any]) -> int | None:
    """Insert a row; its id, or None when a unique index says that it is there already."""
    connection = session.connection()
    return cast("int | None", connection.scalar(_insert_if_new(connection.dialect.name, table), values))


@cache
def _insert_if_new(dialect: str, table: Table) -> ReturningInsert[Any]:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(table.c.id)


def _make_private(path: Path) -> None:
    """Only the desk's own user may read what families wrote; SQLite's side files follow the main one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _configure(connection: DBAPIConnection, record: object) -> None:  # noqa: ARG001
    # Python's driver would begin transactions by itself, and later than we want.
    connection.isolation_level = None
    for pragma in ON_CONNECT:
        _execute(connection, pragma)


def _execute(connection: DBAPIConnection | None, statement: str) -> None:
    if connection is not None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()


def _begin_immediately(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail when another process wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
