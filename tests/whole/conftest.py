"""What the tests of the whole share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mail_server import MailServer, mail_server
from tests.stack import Stack, free_ports, new_home, twilio_settings
from tests.whole.carrier import TwilioInAThread


@pytest.fixture(scope="module")
def own_stack(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that may be broken without harm to other tests."""
    running = Stack(new_home(tmp_path_factory.mktemp("broken")))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioInAThread]:
    [port] = free_ports(1)
    running = TwilioInAThread(port)
    yield running
    running.close()


@pytest.fixture(scope="module")
def sms_stack(trained: None, twilio: TwilioInAThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A whole desk that texts through the stand-in; it may be broken without harm to other files."""
    running = Stack(new_home(tmp_path_factory.mktemp("sms")), twilio_settings(twilio.port))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server
