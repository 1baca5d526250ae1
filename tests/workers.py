"""Workers run tests side by side; what only one of them may do at a time is settled by locks on files."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a file, with others who share it or as the only one; it ends with the process at the latest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


@contextmanager
def machine(folder: Path, *, alone: bool) -> Iterator[None]:
    """While a test runs: who needs the machine alone waits at the door until the others are out, and lets nobody in."""
    with ExitStack() as room:
        with locked(folder / "door.lock"):
            room.enter_context(locked(folder / "room.lock", shared=not alone))
        yield
