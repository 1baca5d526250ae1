"""Ports for servers of the tests' own that are started a moment later, or stopped and started again."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterator

# Below those that the system gives to whoever asks for any (Linux: from 32768 on): between the choosing and the using
# of one, no connection and no other server happens to get it. Two test runs at once begin at different places.
CHOSEN_FROM = range(20_000, 32_000)
_candidates: Iterator[int] = itertools.cycle(random.sample(CHOSEN_FROM, len(CHOSEN_FROM)))


def free_ports(count: int) -> list[int]:
    """So many ports of this machine that nobody uses, and that no later call gives again."""
    return list(itertools.islice(filter(_is_free, _candidates), count))


def free_port() -> int:
    return free_ports(1)[0]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
