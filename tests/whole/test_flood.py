"""A flood from one address: another family hardly notices, and a cry for help in the flood is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.benchmarks.flood import measure
from tests.stack import Stack, new_home

pytestmark = [pytest.mark.slow, pytest.mark.alone]


@pytest.fixture(scope="module")
def proxied(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A desk behind a proxy on its own machine."""
    running = Stack(new_home(tmp_path_factory.mktemp("flood")), {"FAMILYDESK_TRUSTED_PROXIES": "127.0.0.1"})
    running.start()
    yield running
    running.stop()


def test_two_hundred_messages_a_second_cost_another_family_little(proxied: Stack) -> None:
    found = asyncio.run(measure(proxied, rate=200, seconds=8))
    assert found["flooded"]["p50_ms"] < 500, found
    assert found["crisis_of_the_flooder"]["answered"], found
    assert found["crisis_of_the_flooder"]["p50_ms"] < 500, found
    assert set(found["flood_statuses"]) == {"200", "429"}, found
