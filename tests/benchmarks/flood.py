"""What a family notices while somebody floods the desk from one address. Prints JSON.

python -m uv run python -m tests.benchmarks.flood
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.stack import Stack, new_home, train_once

FLOODER, FAMILIES = "203.0.113.7", ("203.0.113.8", "203.0.113.9", "203.0.113.10")
CRISIS = "i want to kill myself"
QUESTION = "the chromebook will not turn on"


@dataclass
class Flood:
    """One address that sends `rate` different messages a second over twenty conversations."""

    http: aiohttp.ClientSession
    url: str
    rate: float
    statuses: Counter[int] = field(default_factory=Counter)
    sending: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, seconds: float, words: str) -> None:
        tokens = [await begin(self.http, self.url, FLOODER) for _ in range(20)]
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(int(self.rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / self.rate - loop.time()))
            text = f"{words} {number} {uuid.uuid4().hex}"
            task = asyncio.create_task(self._send(tokens[number % len(tokens)], text))
            self.sending.add(task)
            task.add_done_callback(self.sending.discard)
        await asyncio.gather(*self.sending)

    async def _send(self, token: str, text: str) -> None:
        status, _, _ = await say(self.http, self.url, token, text, FLOODER)
        self.statuses[status] += 1


async def begin(http: aiohttp.ClientSession, url: str, address: str) -> str:
    async with http.post(f"{url}/api/chat/sessions", json={}, headers={"X-Forwarded-For": address}) as answer:
        assert answer.status == 201, await answer.text()
        return str((await answer.json())["token"])


async def say(
    http: aiohttp.ClientSession, url: str, token: str, text: str, address: str
) -> tuple[int, dict[str, Any], float]:
    """Status, body, and milliseconds."""
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": address}
    began = time.perf_counter()
    async with http.post(
        f"{url}/api/chat/messages", json={"id": uuid.uuid4().hex, "text": text}, headers=headers
    ) as answer:
        return answer.status, await answer.json(), (time.perf_counter() - began) * 1000


async def measure(stack: Stack, *, rate: float, seconds: float, words: str = "flooding") -> dict[str, Any]:
    """Families' milliseconds a turn, without and with the flood, and how the flooder's own cry for help fared."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        calm = await families_turns(http, stack.url, seconds / 2)
        flood = Flood(http, stack.url, rate)
        running = asyncio.create_task(flood.run(seconds, words))
        await asyncio.sleep(seconds / 4)
        token = await begin(http, stack.url, FLOODER)
        flooded, crises = await asyncio.gather(
            families_turns(http, stack.url, seconds / 2), flooders_crises(http, stack.url, token, seconds / 2)
        )
        await running
    return {
        "calm": figures(calm),
        "flooded": figures(flooded),
        "crisis_of_the_flooder": {**figures([ms for _, ms in crises]), "answered": all(kind for kind, _ in crises)},
        "flood_statuses": {str(status): number for status, number in sorted(flood.statuses.items())},
    }


async def families_turns(http: aiohttp.ClientSession, url: str, seconds: float) -> list[float]:
    """Three families, each writing once a second: one alone would be too few for a median."""
    found = await asyncio.gather(*(family_turns(http, url, address, seconds) for address in FAMILIES))
    return [ms for times in found for ms in times]


async def family_turns(http: aiohttp.ClientSession, url: str, address: str, seconds: float) -> list[float]:
    token, times = await begin(http, url, address), []
    await asyncio.sleep(FAMILIES.index(address) / len(FAMILIES))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, answer, ms = await say(http, url, token, QUESTION, address)
        assert status == 200, answer
        times.append(ms)
        await asyncio.sleep(1.05)  # within the limit of one conversation
    return times


async def flooders_crises(
    http: aiohttp.ClientSession, url: str, token: str, seconds: float
) -> list[tuple[bool, float]]:
    """Whether each cry for help from the flooding address was answered, and its milliseconds."""
    found = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, answer, ms = await say(http, url, token, CRISIS, FLOODER)
        found.append((status == 200 and answer["messages"][0]["kind"] == "crisis", ms))
        await asyncio.sleep(0.2)
    return found


def figures(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95)]
    return {"n": len(times), "p50_ms": round(statistics.median(times), 1), "p95_ms": round(p95, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="messages a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--words", default="flooding", help="what each message begins with")
    given = parser.parse_args()
    train_once()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(new_home(Path(folder)), {"FAMILYDESK_TRUSTED_PROXIES": "127.0.0.1"})
        stack.start()
        try:
            found = asyncio.run(measure(stack, rate=given.rate, seconds=given.seconds, words=given.words))
            print(json.dumps(found, indent=2))
        finally:
            stack.stop()


if __name__ == "__main__":
    main()
