"""What the tests of the gateway share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actions.desk.crisis import screens
from actions.desk.keywords import check_keywords
from tests.bot.gateway.desk_stand_ins import Desk, running_desk


@pytest.fixture(scope="session", autouse=True)
def wordings() -> None:
    """What `serve` reads before it listens: read at the first message, it would cost that one more than a second."""
    screens()
    check_keywords()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A running desk with a stand-in for Rasa that echoes."""
    async with running_desk(tmp_path) as running:
        yield running
