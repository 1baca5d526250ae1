"""What the tests of the whole share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stack import free_ports
from tests.whole.carrier import TwilioInAThread


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioInAThread]:
    [port] = free_ports(1)
    running = TwilioInAThread(port)
    yield running
    running.close()
