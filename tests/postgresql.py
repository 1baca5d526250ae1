"""A real PostgreSQL of the tests' own, on a free port and under a folder that goes with it."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, select, text

from actions.desk.database import Database
from actions.desk.models import Base
from tests.ports import free_ports

INSTALLED = Path("/usr/lib/postgresql")  # where Debian puts it, by version
UNPRIVILEGED = "nobody"
TEMPLATE = "migrated"
# As after the migrations, which put no rows into any table: ids begin at 1 again.
EMPTY = """
DO $$
DECLARE one record;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;  -- no order among the tables
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', one.tablename);
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences;
END $$
"""
# Nothing here has to survive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Server:
    """A running server; every test gets a database of its own, migrated already."""

    port: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _emptied: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"postgresql://desk@127.0.0.1:{self.port}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> None:
        engine = create_engine(self.url(database).replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def new(self) -> str:
        """The address of a database with its tables, all empty: one that an earlier test gave back, or a new one."""
        return self._emptied.pop() if self._emptied else self._made(TEMPLATE)

    def give_back(self, url: str) -> None:
        """Empty a database, which takes a hundredth of the time that making one takes; nobody may use it any more."""
        self.sql(EMPTY, url.rpartition("/")[2])
        self._emptied.append(url)

    def bare(self) -> str:
        """The address of a new database without tables."""
        return self._made("template0")

    def drop(self, url: str) -> None:
        self.sql(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _made(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)


@contextmanager
def postgresql() -> Iterator[Server]:
    """Start a server, and stop it; PostgreSQL refuses to run as root, so that it runs as nobody there."""
    user = {"user": UNPRIVILEGED, "group": "nogroup"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a short path: a socket's may have a hundred signs
    if user:
        shutil.chown(folder, **user)
    data, [port] = folder / "data", free_ports(1)
    initdb = [program("initdb"), "-D", data, "-U", "desk", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
    options = [part for one in FAST for part in ("-c", one)]
    command = [program("postgres"), "-D", data, "-p", str(port), "-k", folder, "-h", "127.0.0.1", *options]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
    try:
        ready = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        end = time.monotonic() + 120
        while subprocess.run(ready, check=False).returncode != 0:
            assert running.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            time.sleep(0.05)
        server = Server(port)
        server.sql(f"CREATE DATABASE {TEMPLATE}")
        database = Database(server.url(TEMPLATE))
        database.migrate()
        with database.session() as session:
            filled = [name for name, table in Base.metadata.tables.items() if session.execute(select(table)).first()]
        assert filled == []
        database.close()
        yield server
    finally:
        running.send_signal(signal.SIGINT)  # whoever is connected still is cut off
        running.wait(30)
        shutil.rmtree(folder)


def program(name: str) -> str:
    versions = sorted(INSTALLED.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    assert found, f"{name} is not installed; the tests need PostgreSQL (Debian's package postgresql)"
    return found
