"""`familydesk up`: makes what is missing, starts desk and Rasa, keeps both running, stops them cleanly."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import yaml

from bot.ports import unusable
from bot.training import CREDENTIALS, ENDPOINTS, ROOT, model_path, rasa_environment
from knowledge.settings import Settings

START_SECONDS = 180.0
HEALTH_EVERY_SECONDS = 1.0
HEALTH_TIMEOUT_SECONDS = 3.0
# So many silent health checks in a row mean that a process hangs and must be killed.
SILENT_CHECKS = 3
STOP_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 30.0
LOG_BYTES = 10_000_000
# How a child ends that cannot start as it is set up; it has written why, and starting it again mends nothing.
WRONGLY_SET_UP = 2
# So much of what it wrote last is shown then.
LAST_WORDS = 2_000


Health = Literal["well", "not ready", "silent"]


class UpError(RuntimeError):
    """The start cannot go on; the message names what is wrong and the cure."""


@dataclass
class Child:
    """One supervised process: its command, and the address that says whether it is well."""

    name: str
    command: list[str]
    health: str
    environment: Mapping[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = None
    started: float = 0.0
    well_once: bool = False
    silent: int = 0
    restarts: int = 0
    # How much of the log is of runs before.
    written_before: int = 0
    _file: IO[bytes] | None = field(default=None, repr=False)

    async def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self._file is not None:
            self._file.close()
        too_long = self.log.exists() and self.log.stat().st_size > LOG_BYTES
        self._file = self.log.open("wb" if too_long else "ab")
        self.written_before = self._file.tell()
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            env=dict(self.environment),
            cwd=ROOT,
            stdout=self._file,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=_end_with_parent,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the children in order
        )
        self.started, self.well_once, self.silent = time.monotonic(), False, 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask it to end; kill it when it does not."""
        if self.process is not None and self.running:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), seconds)
            except TimeoutError:
                self.kill()
                await self.process.wait()
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def last_words(self) -> str:
        """The end of what it has written since it was started."""
        written = self.log.read_bytes()[self.written_before :][-LAST_WORDS:] if self.log.exists() else b""
        return written.decode("utf-8", "replace").strip()

    def kill(self) -> None:
        if self.process is not None and self.running:
            os.killpg(self.process.pid, signal.SIGKILL)

    async def look(self) -> Health:
        return await asyncio.to_thread(_health, self.health)


def _end_with_parent() -> None:
    """Linux: a child whose supervisor was killed ends too, instead of holding its port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _health(url: str) -> Health:
    """A process that starts refuses the connection; one that hangs takes it and says nothing."""
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_SECONDS):  # noqa: S310 - our own address
            return "well"
    except urllib.error.HTTPError:
        return "not ready"
    except OSError as error:
        cause = getattr(error, "reason", error)
        return "silent" if isinstance(cause, TimeoutError) else "not ready"


def check_ports(settings: Settings) -> None:
    """Raise UpError naming each port that another program holds."""
    problems = []
    for name, host, port in (
        ("PORT", settings.host, settings.port),
        ("RASA_PORT", "127.0.0.1", settings.rasa_port),
        ("ACTIONS_PORT", "127.0.0.1", settings.actions_port),
    ):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                problems.append(unusable(host, port, name, error))
    if problems:
        raise UpError("\n".join(problems))


def write_endpoints(settings: Settings) -> Path:
    """Rasa's endpoints file with the port of this desk's own action listener."""
    endpoints: dict[str, Any] = yaml.safe_load(ENDPOINTS.read_text(encoding="utf-8"))
    endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{settings.actions_port}/webhook"
    path = settings.home.absolute() / "rasa" / "endpoints.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
    return path


def rasa_child(settings: Settings) -> Child:
    """Rasa on 127.0.0.1 with our channel only; its HTTP API stays off."""
    command = [
        sys.executable, "-m", "bot.rasa_process", "run",
        "--model", str(model_path(settings)),
        "--endpoints", str(write_endpoints(settings)),
        "--credentials", str(CREDENTIALS),
        "--interface", "127.0.0.1", "--port", str(settings.rasa_port),
        "--response-timeout", "60", "--quiet",
    ]  # fmt: skip
    health = f"http://127.0.0.1:{settings.rasa_port}/webhooks/desk/"
    return Child("rasa", command, health, rasa_environment(settings), settings.home.absolute() / "log" / "rasa.log")


def desk_child(settings: Settings) -> Child:
    """The desk; well means that its process answers, whatever Rasa does."""
    command = [sys.executable, "-m", "bot.command", "serve"]
    health = f"{settings.local_address}/healthz"
    # One short text is too little work for two threads, which would take Rasa's core from it.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return Child("desk", command, health, environment, settings.home.absolute() / "log" / "desk.log")


async def supervise(settings: Settings) -> None:
    """Run desk and Rasa until SIGINT or SIGTERM."""
    check_ports(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    children = [desk_child(settings), rasa_child(settings)]
    began = time.monotonic()
    try:
        for child in children:
            await child.start()
        _say(f"starting desk and Rasa (logs: {children[0].log.parent})")
        announcer = asyncio.create_task(_announce(settings, began, stop))
        keepers = [asyncio.create_task(_keep(child, stop, announcer)) for child in children]
        stopped = asyncio.create_task(stop.wait())
        try:
            # A keeper ends by itself only when its child cannot start as it is set up.
            done, _ = await asyncio.wait({stopped, *keepers}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                task.result()
        finally:
            for task in (*keepers, announcer, stopped):
                task.cancel()
            await asyncio.gather(*keepers, announcer, stopped, return_exceptions=True)
    finally:
        _say("stopping")
        # The desk first: it drains the turns under way while Rasa still answers them.
        for child in children:
            await child.stop()
        _say("stopped")


async def _keep(child: Child, stop: asyncio.Event, announcer: asyncio.Task[None]) -> None:
    """Restart a child that has ended or hangs, with a growing pause while it keeps failing.

    Raises UpError when it cannot start as it is set up. Once all was ready (`announcer` is done), that is somebody's
    edit which may be mended any moment, and it is tried again.
    """
    while not stop.is_set():
        await asyncio.sleep(HEALTH_EVERY_SECONDS)
        if not child.running:
            code = child.process.returncode if child.process else None
            if code == WRONGLY_SET_UP and not announcer.done():
                raise UpError(f"{child.name} cannot start:\n{child.last_words}")
            await _restart(child, f"{child.name} has ended (exit {code})")
            continue
        health = await child.look()
        if health == "well":
            child.well_once, child.silent, child.restarts = True, 0, 0
        elif health == "silent" or child.well_once or time.monotonic() - child.started > START_SECONDS:
            child.silent += 1
            if child.silent >= SILENT_CHECKS:
                child.kill()
                await _restart(child, f"{child.name} does not answer")


async def _restart(child: Child, why: str) -> None:
    pause = 0.0 if child.restarts == 0 else min(2.0**child.restarts, LONGEST_PAUSE_SECONDS)
    child.restarts += 1
    _say(f"{why}; starting it again{f' in {pause:.0f} s' if pause else ''} (see {child.log})")
    await asyncio.sleep(pause)
    if child.process is not None:
        await child.process.wait()
    await child.start()


async def _announce(settings: Settings, began: float, stop: asyncio.Event) -> None:
    """Print the addresses once everything answers."""
    last = ""
    while not stop.is_set():
        ready, checks = await asyncio.to_thread(_readiness, f"{settings.local_address}/readyz")
        if ready:
            break
        waiting = ", ".join(sorted(name for name, state in checks.items() if state != "ok")) or "desk"
        if waiting != last:
            _say(f"waiting for: {waiting}")
            last = waiting
        await asyncio.sleep(0.3)
    _say(f"ready after {time.monotonic() - began:.0f} s\n")
    print(
        f"  School page with the chat   {settings.address}/\n"
        f"  Help centre                 {settings.address}/help/\n"
        f"  Health                      {settings.address}/readyz\n"
        f'  A family that texts         familydesk text 515-555-0177 "mi chromebook no prende"\n\n'
        f"  Stop with Ctrl-C.\n",
        flush=True,
    )


def _readiness(url: str) -> tuple[bool, dict[str, str]]:
    try:
        with urllib.request.urlopen(url, timeout=HEALTH_TIMEOUT_SECONDS) as response:  # noqa: S310 - our own address
            return True, json.load(response).get("checks", {})
    except urllib.error.HTTPError as answer:
        return False, json.load(answer).get("checks", {})
    except (OSError, ValueError):
        return False, {"desk": "starting"}


def _say(what: str) -> None:
    print(f"familydesk: {what}", flush=True)
