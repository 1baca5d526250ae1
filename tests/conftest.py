"""What every test may use; the trained stack is started once a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.stack import Family, Stack, new_home, train_once


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
