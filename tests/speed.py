"""How long work takes, told so that a limit set on one machine holds on a slower or busier one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

# What `_known_work` takes where the limits were set.
KNOWN_SECONDS = 0.004
_WORDS = re.compile(r"\w+")


def seconds_of(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the processor that the work takes at best, as if this machine were no slower than that one."""
    took, known = [], []
    for _ in range(times):
        known.append(_timed(_known_work))
        took.append(_timed(work))
    return min(took) / max(1.0, min(known) / KNOWN_SECONDS)


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _known_work() -> int:
    """Letters, words and dictionaries, as our own work on texts is."""
    counts: dict[str, int] = {}
    for word in _WORDS.findall("the bus is late and my chromebook will not turn on " * 1_500):
        counts[word.upper()[:3]] = counts.get(word, 0) + 1
    return len(counts)
