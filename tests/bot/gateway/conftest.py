"""What the tests of the gateway share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.gateway.desk_stand_ins import Desk, running_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A running desk with a stand-in for Rasa that echoes."""
    async with running_desk(tmp_path) as running:
        yield running
