"""The whole of FamilyDesk, started as a newcomer starts it, and a family that chats with it over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.training import is_trained
from knowledge.settings import load_settings
from tests.districts import open_folder
from tests.ports import free_ports
from tests.workers import locked

ROOT = Path(__file__).resolve().parent.parent
TRAINED_HOME = ROOT / ".var"
# Made by `familydesk train`, shared by everything that a test run starts.
TRAINED_PARTS = ("rasa/models", "knowledge", "desk", "trained")
START_SECONDS = 240


ACCOUNT, TOKEN, OUR_NUMBER = "AC123", "12345", "+15155550142"


def twilio_settings(port: int) -> dict[str, str]:
    """The settings of a desk whose texts go to the stand-in for Twilio at that port."""
    return {
        "FAMILYDESK_TWILIO_ACCOUNT_SID": ACCOUNT,
        "FAMILYDESK_TWILIO_AUTH_TOKEN": TOKEN,
        "FAMILYDESK_TWILIO_FROM": OUR_NUMBER,
        "FAMILYDESK_TWILIO_API_URL": f"http://127.0.0.1:{port}",
    }


def train_once() -> None:
    """Train under the default home, where the other worker and a second run find it."""
    with locked(TRAINED_HOME / "tests.lock"):
        if is_trained(load_settings({"FAMILYDESK_HOME": str(TRAINED_HOME)})):
            return
        subprocess.run(
            [sys.executable, "-m", "bot.command", "train"],
            cwd=ROOT,
            env={**os.environ, "FAMILYDESK_HOME": str(TRAINED_HOME)},
            stdout=sys.stderr,  # what a benchmark prints is JSON alone
            check=True,
            timeout=900,
        )


def new_home(folder: Path) -> Path:
    """A state folder of its own with the trained parts copied in."""
    for part in TRAINED_PARTS:
        source = TRAINED_HOME / part
        if source.is_dir():
            shutil.copytree(source, folder / part, dirs_exist_ok=True)
        elif source.exists():
            shutil.copy(source, folder / part)
    return folder


@dataclass
class Stack:
    """A running `familydesk up` on free ports."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        port, rasa_port, actions_port = free_ports(3)
        self.port, self.rasa_port, self.actions_port = port, rasa_port, actions_port
        self.settings = {
            "FAMILYDESK_HOME": str(self.home),
            "FAMILYDESK_PORT": str(port),
            "FAMILYDESK_RASA_PORT": str(rasa_port),
            "FAMILYDESK_ACTIONS_PORT": str(actions_port),
            "FAMILYDESK_DISTRICT": str(open_folder(self.home / "district")),
            **self.settings,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.home / "desk.db"

    def start(self) -> None:
        with (self.home / "up.log").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.command", "up"],
                cwd=ROOT,
                env={**os.environ, **self.settings},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"familydesk up has ended:\n{self.logs()}")
            if status(f"{self.url}/readyz") == 200:
                return
            time.sleep(0.1)
        raise AssertionError(f"not ready after {seconds} s:\n{self.logs()}")

    def logs(self) -> str:
        files = [self.home / "up.log", *sorted((self.home / "log").glob("*.log"))]
        return "\n".join(f"== {f.name}\n{f.read_text(errors='replace')[-4000:]}" for f in files if f.exists())

    def pid_of(self, part: str) -> int:
        """Process id of "rasa" or "desk"."""
        import psutil

        words = {"rasa": "bot.rasa_process", "desk": "serve"}[part]
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            if words in child.cmdline():
                return int(child.pid)
        raise AssertionError(f"{part} is not running")

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def call(
    url: str, body: Any = None, token: str | None = None, *, raw: bytes | None = None, timeout: float = 30
) -> tuple[int, Any]:
    """(status, JSON body) of a GET, or of a POST when there is a body."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = raw if raw is not None else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class Family:
    """One family's conversation over the chat API."""

    def __init__(self, url: str, language: str | None = None) -> None:
        self.url = url
        code, body = call(f"{url}/api/chat/sessions", {"language": language})
        assert code == 201, body
        self.token, self.conversation = body["token"], body["conversation"]
        self.messages: list[dict[str, Any]] = body["messages"]
        self.state: dict[str, Any] = body["state"]

    def _send(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        code, body = call(f"{self.url}/api/chat/messages", {"id": uuid.uuid4().hex, **message}, self.token)
        assert code == 200, body
        self.messages, self.state = body["messages"], body["state"]
        return self.messages

    def say(self, text: str) -> list[dict[str, Any]]:
        return self._send({"text": text})

    def press(self, title: str) -> list[dict[str, Any]]:
        """Press the newest button with this title."""
        for message in reversed(self.messages):
            for button in message["buttons"]:
                if button["title"] == title:
                    return self._send({"choice": button["id"]})
        titles = [button["title"] for message in self.messages for button in message["buttons"]]
        raise AssertionError(f"no button {title!r} among {titles}")

    @property
    def text(self) -> str:
        return "\n".join(message["text"] for message in self.messages)

    @property
    def kinds(self) -> list[str]:
        return [message["kind"] for message in self.messages]

    @property
    def asks(self) -> str | None:
        return self.state["asks"]

    @property
    def articles(self) -> list[str]:
        return [article["id"] for message in self.messages for article in message["articles"]]

    def history(self, after: str | None = None) -> list[dict[str, Any]]:
        code, body = call(f"{self.url}/api/chat/messages" + (f"?after={after}" if after else ""), token=self.token)
        assert code == 200, body
        return body["messages"]
