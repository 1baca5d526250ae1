"""Measures the whole path, HTTP in to reply out: `python -m uv run python -m tests.benchmarks.turns` prints JSON.

Conversations of six turns, two of which are answered from the articles, at 1, 8 and 32 in parallel; one conversation
of 200 turns; seconds from `familydesk up` (trained before) to the first reply; memory of all processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.stack import Family, Stack, new_home, train_once

# Text, or the number of a button of the last reply; a family that asks, tries a step, and asks something else.
TURNS: tuple[str | int, ...] = (
    "mi chromebook no prende",
    1,
    "todavia no prende",
    "my daughter forgot her school password",
    0,
    "thank you",
)
PARALLEL = (1, 8, 32)
LONG_TURNS = 200


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def conversation(session: aiohttp.ClientSession, url: str, times: list[float]) -> None:
    async with session.post(f"{url}/api/chat/sessions", json={}) as answer:
        opened = await answer.json()
    headers = {"Authorization": f"Bearer {opened['token']}"}
    messages = opened["messages"]
    for turn in TURNS:
        messages = await one_turn(session, url, headers, turn, messages, times)


async def one_turn(
    session: aiohttp.ClientSession,
    url: str,
    headers: dict[str, str],
    turn: str | int,
    last: list[dict[str, Any]],
    times: list[float],
) -> list[dict[str, Any]]:
    body: dict[str, str] = {"id": uuid.uuid4().hex}
    if isinstance(turn, int):
        buttons = [button for message in last for button in message["buttons"]]
        body["choice"] = buttons[turn]["id"]
    else:
        body["text"] = turn
    began = time.perf_counter()
    async with session.post(f"{url}/api/chat/messages", json=body, headers=headers) as answer:
        reply = await answer.json()
    times.append((time.perf_counter() - began) * 1000)
    assert answer.status == 200, reply
    messages: list[dict[str, Any]] = reply["messages"]
    assert messages, "a turn without a reply"
    assert not any(message["kind"] == "notice" for message in messages), f"not a real reply: {messages}"
    return messages


async def parallel(url: str, count: int, seconds: float) -> dict[str, Any]:
    """`count` families at a time, each starting a new conversation when its last has ended, for `seconds`."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def family(session: aiohttp.ClientSession) -> None:
        while time.perf_counter() < end:
            await conversation(session, url, times)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        began = time.perf_counter()
        await asyncio.gather(*(family(session) for _ in range(count)))
        took = time.perf_counter() - began
    return {
        "conversations_at_once": count,
        "turns": len(times),
        "turns_per_second": round(len(times) / took, 1),
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(percentile(times, 0.95), 1),
    }


async def long_conversation(url: str) -> dict[str, Any]:
    """Median of ten turns at the start and around the 200th turn, the same message each time."""
    times: list[float] = []
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/api/chat/sessions", json={}) as answer:
            token = (await answer.json())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        for number in range(LONG_TURNS + 10):
            text = ("mi chromebook no prende", "my daughter forgot her school password")[number % 2]
            await one_turn(session, url, headers, text, [], times)
            # Real families do not write sixty messages a minute; the desk's limit says so.
            await asyncio.sleep(1.0 if number > 50 else 0)
    first, last = statistics.median(times[2:12]), statistics.median(times[-10:])
    return {"first_ms": round(first, 1), "turn_200_ms": round(last, 1), "ratio": round(last / first, 2)}


def memory_mb(stack: Stack) -> dict[str, float]:
    """Proportional set size of the supervisor and all that it started: shared pages are counted once."""
    assert stack.process is not None
    supervisor = psutil.Process(stack.process.pid)
    processes = [supervisor, *supervisor.children(recursive=True)]
    sizes = {f"{p.pid} {' '.join(p.cmdline()[2:4])}": p.memory_full_info().pss / 1e6 for p in processes}
    return {**{name: round(size, 1) for name, size in sizes.items()}, "all": round(sum(sizes.values()), 1)}


def measure(seconds: float) -> dict[str, Any]:
    train_once()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(new_home(Path(folder)))
        began = time.monotonic()
        stack.start()
        try:
            Family(stack.url).say("mi chromebook no prende")
            first_reply = time.monotonic() - began
            asyncio.run(parallel(stack.url, 1, 3))  # warm
            report = {
                "start_to_first_reply_s": round(first_reply, 1),
                "parallel": [asyncio.run(parallel(stack.url, count, seconds)) for count in PARALLEL],
                "long_conversation": asyncio.run(long_conversation(stack.url)),
                "memory_mb": memory_mb(stack),
            }
        finally:
            stack.stop()
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="how long each degree of parallelism runs")
    print(json.dumps(measure(parser.parse_args().seconds), indent=2))
