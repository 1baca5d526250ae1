"""What every test may use; the trained stack is started once a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

import pytest

from actions.desk.database import Database
from tests.databases import UNSYNCED, new_database
from tests.postgresql import Server, postgresql
from tests.stack import Family, Stack, new_home, train_once
from tests.workers import machine


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that is marked `alone` waits until the other worker's has ended, and that one's next until it has."""
    run = getattr(item.config, "workerinput", {}).get("testrunuid")
    if run is None:
        return (yield)
    with machine(Path(gettempdir()) / f"familydesk-tests-{run}", alone=item.get_closest_marker("alone") is not None):
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those of the whole, which wait most, come first: at the end each worker shall find something short to do."""
    whole = Path(__file__).parent / "whole"
    items.sort(key=lambda item: whole not in item.path.parents)


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes what was measured; it is printed at the end of the run, wherever the test ran."""
    return lambda measured: record_property("figures", measured)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [one for key in ("passed", "failed") for one in terminalreporter.stats.get(key, ())]
    measured = [str(value) for one in reports for name, value in one.user_properties if name == "figures"]
    if measured:
        terminalreporter.section("measured")
        terminalreporter.write("\n".join(measured) + "\n")


@pytest.fixture(scope="session", autouse=True)
def unsynced() -> Iterator[None]:
    """As with PostgreSQL: nothing in a test has to survive a power cut, and a disk takes its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("actions.desk.database.ON_CONNECT", UNSYNCED)
        yield


@pytest.fixture(scope="session")
def trained() -> None:
    """Rasa and the retriever, trained once under the default home."""
    train_once()


@pytest.fixture(scope="session")
def stack(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`familydesk up` as a newcomer runs it, on free ports, with a state folder of its own."""
    running = Stack(new_home(tmp_path_factory.mktemp("home")))
    running.start()
    yield running
    assert running.stop() == 0, running.logs()


@pytest.fixture
def family(stack: Stack) -> Callable[..., Family]:
    """Begins a conversation: family(language)."""
    return lambda language=None: Family(stack.url, language)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A real PostgreSQL, started once a run."""
    with postgresql() as running:
        yield running


@pytest.fixture
def now() -> datetime:
    """A Monday, 9:30 in the sample district."""
    return datetime(2026, 11, 23, 15, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database, migrated, on a disk."""
    opened = new_database(tmp_path / "desk.db")
    yield opened
    opened.close()
