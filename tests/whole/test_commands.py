"""The commands that the README shows to newcomers and to people who know Rasa, as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.stack import ROOT, TRAINED_HOME, Stack, call, free_ports, status

pytestmark = pytest.mark.slow

RASA = Path(sys.executable).with_name("rasa")


def run(*command: str, home: Path = TRAINED_HOME) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "FAMILYDESK_HOME": str(home), "RASA_TELEMETRY_ENABLED": "false"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)


def from_readme(beginning: str) -> list[str]:
    """The words of the README's own command line that begins so, after `rasa`."""
    line = re.search(rf"^rasa ({re.escape(beginning)}.*?)( &)?$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert line is not None, f"the README has no line that begins with `rasa {beginning}`"
    return line[1].split()


def test_a_start_with_nothing_changed_trains_nothing(stack: Stack) -> None:
    log = (stack.home / "up.log").read_text()
    assert "training: nothing has changed" in log
    assert "trained" not in log


def test_rasa_listens_on_this_machine_alone_and_has_no_door_but_ours(stack: Stack) -> None:
    process = psutil.Process(stack.pid_of("rasa"))
    listening = {c.laddr for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert {(address.ip, address.port) for address in listening} == {("127.0.0.1", stack.rasa_port)}
    rasa = f"http://127.0.0.1:{stack.rasa_port}"
    for path in ("/webhooks/rest/", "/webhooks/twilio/", "/conversations/x/tracker", "/domain", "/status"):
        assert status(rasa + path) == 404, path


def test_the_actions_are_served_on_this_machine_alone(stack: Stack) -> None:
    process = psutil.Process(stack.pid_of("desk"))
    listening = {c.laddr for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert {address.ip for address in listening if address.port == stack.actions_port} == {"127.0.0.1"}


def test_ask_shows_what_a_family_would_be_answered() -> None:
    asked = run(sys.executable, "-m", "bot.command", "ask", "--lang", "es", "mi chromebook no prende")
    assert asked.returncode == 0, asked.stderr
    assert "chromebook-wont-turn-on" in asked.stdout


def test_index_says_how_many_articles_it_holds() -> None:
    indexed = run(sys.executable, "-m", "bot.command", "index")
    assert indexed.returncode == 0, indexed.stdout + indexed.stderr
    assert re.search(r"index: \d+ articles in en, ar, es, ht, pt, ru, vi, zh", indexed.stdout), indexed.stdout


def test_rasa_finds_its_data_valid(trained: None) -> None:
    checked = run(str(RASA), *from_readme("data validate"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_rasas_own_test_of_the_rules_passes(trained: None, tmp_path: Path) -> None:
    command = from_readme("test core")
    command[command.index("--out") + 1] = str(tmp_path)
    tested = run(str(RASA), *command)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    failed = (tmp_path / "failed_test_stories.yml").read_text("utf-8")
    assert "None of the test stories failed" in failed, failed


def test_the_actions_run_under_rasas_own_action_server(trained: None) -> None:
    [port] = free_ports(1)
    environment = {**os.environ, "FAMILYDESK_HOME": str(TRAINED_HOME), "RASA_TELEMETRY_ENABLED": "false"}
    command = [str(RASA), *from_readme("run actions"), "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 120
        while status(f"http://127.0.0.1:{port}/health") != 200:
            assert server.poll() is None, "the action server has ended"
            assert time.monotonic() < end, "the action server does not answer"
            time.sleep(0.2)
        code, actions = call(f"http://127.0.0.1:{port}/actions")
        assert code == 200, json.dumps(actions)
        assert {"action_answer", "action_ticket_status"} <= {action["name"] for action in actions}
    finally:
        server.terminate()
        server.wait(30)
