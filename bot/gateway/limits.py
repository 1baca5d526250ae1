"""What the desk takes at most: sizes, and how often."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

BODY_BYTES = 16 * 1024
MESSAGE_CHARACTERS = 2_000
CLIENT_ID_CHARACTERS = 64
REASON_CHARACTERS = 500
FRAME_BYTES = 16 * 1024
# A text of 1,600 Chinese characters and ten pictures, or the ticket form, in the letters of an address.
FORM_BYTES = 64 * 1024
FORM_FIELDS = 200
MESSAGES_A_MINUTE = 60
# Many families may share one address: a school's, or that of a telephone company.
MESSAGES_A_MINUTE_OF_AN_ADDRESS = 600
TURNS_AT_ONCE_OF_AN_ADDRESS = 2
TURNS_WAITING_OF_AN_ADDRESS = 32
# Texts of one number, above which only what may be a crisis is stored; of all, above which they wait their turn.
TEXTS_A_MINUTE = 30
TEXTS_A_MINUTE_OF_ALL = 3_000
FEEDBACK_A_MINUTE = 30
SESSIONS_A_MINUTE = 30
SESSIONS_A_MINUTE_OF_ALL = 1_200
# What is sent from forms on our pages, by one address and by all of them together.
FORMS_A_MINUTE = 20
FORMS_A_MINUTE_OF_ALL = 600
# A search of the help centre reads the question as a message is read, but nobody signs in for it.
SEARCHES_A_MINUTE = 60
SEARCHES_A_MINUTE_OF_ALL = 1_200
STREAMS_A_CONVERSATION = 8
STREAMS_AN_ADDRESS = 100
STREAMS_OF_ALL = 4_000
# What a client sends on a stream after its first frame is read by nobody; so much of it is taken for a fault.
FRAMES_UNREAD = 100
# How long a client may take for the head of its first request, and for the body of each.
HEAD_SECONDS = 10.0
BODY_SECONDS = 10.0
# The action protocol carries whole conversations from our own Rasa.
ACTION_BYTES = 16 * 1024 * 1024


class Rate:
    """So many a minute for each key, in memory: a full bucket at first, refilled evenly.

    Never holds more than `most_keys` keys: beyond that, those whose bucket is full again are dropped.
    """

    def __init__(self, a_minute: int, *, clock: Callable[[], float] = time.monotonic, most_keys: int = 10_000) -> None:
        self._capacity = float(a_minute)
        self._each_second = a_minute / 60
        self._clock = clock
        self._most_keys = most_keys
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> int:
        """Take one for `key`; 0 if there was one, else the whole seconds until there is."""
        now = self._clock()
        level, at = self._buckets.get(key, (self._capacity, now))
        level = min(self._capacity, level + (now - at) * self._each_second)
        if level < 1:
            self._buckets[key] = (level, now)
            return max(1, math.ceil((1 - level) / self._each_second))
        if len(self._buckets) >= self._most_keys and key not in self._buckets:
            self._drop_full(now)
        self._buckets[key] = (level - 1, now)
        return 0

    def _drop_full(self, now: float) -> None:
        """A full bucket is the same as none; if that frees nothing, the oldest half goes."""
        refill = self._each_second
        kept = {
            key: (level, at)
            for key, (level, at) in self._buckets.items()
            if level + (now - at) * refill < self._capacity
        }
        if len(kept) >= self._most_keys:
            newest = sorted(kept.items(), key=lambda item: item[1][1])[self._most_keys // 2 :]
            kept = dict(newest)
        self._buckets = kept


class AddressRate:
    """So many a minute by one address and by all together; this machine counts only with all."""

    def __init__(self, a_minute: int, of_all: int) -> None:
        self._each, self._all = Rate(a_minute), Rate(of_all)

    def wait(self, address: str | None) -> int:
        """Take one for the address (None for this machine); 0 if there was one, else the seconds until there is."""
        if address is not None and (seconds := self._each.wait(address)):
            return seconds
        return self._all.wait("all")


class Forms(AddressRate):
    """How often forms may be sent."""

    def __init__(self, a_minute: int = FORMS_A_MINUTE, of_all: int = FORMS_A_MINUTE_OF_ALL) -> None:
        super().__init__(a_minute, of_all)
