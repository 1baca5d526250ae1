"""How often is too often."""

from __future__ import annotations

from bot.gateway.limits import Rate


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_whole_minute_may_be_used_at_once_and_then_comes_back_evenly() -> None:
    clock = Clock()
    rate = Rate(60, clock=clock)
    assert [rate.wait("a") for _ in range(60)] == [0] * 60
    assert rate.wait("a") == 1
    clock.now += 1.0
    assert rate.wait("a") == 0
    assert rate.wait("a") == 1


def test_the_seconds_to_wait_are_enough() -> None:
    clock = Clock()
    rate = Rate(2, clock=clock)
    rate.wait("a")
    rate.wait("a")
    seconds = rate.wait("a")
    assert seconds == 30
    clock.now += seconds
    assert rate.wait("a") == 0


def test_keys_do_not_share_a_bucket() -> None:
    rate = Rate(1, clock=Clock())
    assert rate.wait("a") == 0
    assert rate.wait("b") == 0
    assert rate.wait("a") > 0


def test_a_flood_of_keys_does_not_fill_the_memory() -> None:
    clock = Clock()
    rate = Rate(60, clock=clock, most_keys=100)
    for number in range(5000):
        clock.now += 0.001
        rate.wait(f"attacker {number}")
        assert len(rate._buckets) <= 100


def test_a_flood_of_keys_does_not_free_the_one_that_is_limited_now() -> None:
    clock = Clock()
    rate = Rate(1, clock=clock, most_keys=100)
    for number in range(99):
        rate.wait(f"{number}")
    clock.now += 1
    rate.wait("limited")
    rate.wait("one more")
    assert rate.wait("limited") > 0
