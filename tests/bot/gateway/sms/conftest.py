"""What the tests of the SMS door share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.gateway.sms.phone_stand_ins import Line, Phone, open_line


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    """A desk with an account at a fake Twilio, and a Rasa that echoes."""
    async with open_line(tmp_path) as opened:
        yield opened


@pytest.fixture
async def phone(line: Line) -> Phone:
    """A family's phone that has been welcomed already."""
    one = line.phone()
    await one.says("hello", 2)
    await line.settled()
    line.desk.rasa.turns.clear()
    return one
