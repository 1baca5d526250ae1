"""A new SQLite database for every test, migrated once a run: making the tables takes longer than most tests do."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from actions.desk.database import ON_CONNECT, Database

UNSYNCED = tuple("PRAGMA synchronous = OFF" if "synchronous" in one else one for one in ON_CONNECT)


@functools.cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "desk.db"
        database = Database(f"sqlite:///{file}")
        database.migrate()
        assert database.scrub_now()  # all of it is in the one file
        database.close()
        return file.read_bytes()


def new_database(file: Path) -> Database:
    """An empty database in that file, with its tables, as `migrate` would leave it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(_migrated())
    return Database(f"sqlite:///{file}")
