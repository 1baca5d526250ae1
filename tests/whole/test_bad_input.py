"""Bad input over the real HTTP API: a clear error, or a reply, and nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stack import ROOT, Family, Stack, call, free_ports, new_home

pytestmark = pytest.mark.slow

FamilyMaker = Callable[..., Family]


def post(stack: Stack, family: Family, body: object = None, raw: bytes | None = None) -> tuple[int, dict]:
    return call(f"{stack.url}/api/chat/messages", body, family.token, raw=raw)


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\x00\x07"])
def test_an_empty_message_is_refused_with_the_cure(family: FamilyMaker, stack: Stack, text: str) -> None:
    code, body = post(stack, family(), {"id": uuid.uuid4().hex, "text": text})
    assert code == 422
    assert body["error"]["code"]
    assert body["error"]["message"]


def test_ten_thousand_characters_are_refused_with_the_limit_and_the_conversation_goes_on(
    family: FamilyMaker, stack: Stack
) -> None:
    parent = family()
    code, body = post(stack, parent, {"id": uuid.uuid4().hex, "text": "a" * 10_000})
    assert code == 413
    assert "2,000" in body["error"]["message"] or "2000" in body["error"]["message"]
    parent.say("how do i log in to the chromebook")
    assert parent.articles


@pytest.mark.parametrize("text", ["😀😀😀", "مرحبا abc שלום \u202e txet", "?!?!", "ñ" * 1_999])
def test_odd_messages_get_a_reply(family: FamilyMaker, text: str) -> None:
    parent = family()
    parent.say(text)
    assert parent.messages
    assert parent.messages[0]["text"]


def test_broken_json_is_named(family: FamilyMaker, stack: Stack) -> None:
    code, body = post(stack, family(), raw=b'{"id": "1", "text": ')
    assert code == 400
    assert "JSON" in body["error"]["message"]


def test_an_unknown_token_opens_nothing(stack: Stack) -> None:
    code, body = call(f"{stack.url}/api/chat/messages", {"id": "1", "text": "hello"}, "no-such-token")
    assert code == 401
    assert body["error"]["code"]


def test_the_same_id_twice_is_one_message(family: FamilyMaker, stack: Stack) -> None:
    parent = family()
    message = {"id": uuid.uuid4().hex, "text": "how do i log in to the chromebook"}
    first, second = post(stack, parent, message)[1], post(stack, parent, message)[1]
    assert first["messages"] == second["messages"]
    assert [m["text"] for m in parent.history() if m["from"] == "family"] == [message["text"]]


def test_a_button_of_another_conversation_is_unknown(family: FamilyMaker, stack: Stack) -> None:
    one, other = family(), family()
    one.say("my chromebook wont turn on")
    button = one.messages[-1]["buttons"][0]["id"]
    code, body = post(stack, other, {"id": uuid.uuid4().hex, "choice": button})
    assert code == 422
    assert body["error"]["code"] == "unknown_choice"


def start_with(*, command: str = "serve", **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FAMILYDESK_")}
    return subprocess.run(
        [sys.executable, "-m", "bot.command", command],
        cwd=ROOT,
        env={**environment, **settings},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_a_mistyped_setting_stops_the_start_and_names_itself_and_the_cure() -> None:
    done = start_with(FAMILYDESK_PROT="8080")
    assert done.returncode == 2
    assert "FAMILYDESK_PROT is not a setting; did you mean FAMILYDESK_PORT?" in done.stderr


def test_a_wrong_value_stops_the_start_and_names_itself() -> None:
    done = start_with(FAMILYDESK_PORT="many")
    assert done.returncode == 2
    assert "FAMILYDESK_PORT is 'many'; it must be a whole number" in done.stderr


def test_a_missing_district_folder_stops_the_start() -> None:
    done = start_with(FAMILYDESK_DISTRICT="/no/such/folder")
    assert done.returncode == 2
    assert "FAMILYDESK_DISTRICT" in done.stderr


@pytest.mark.parametrize(
    "address", ["nonsense", "sqlite://", "sqlite:////proc/no-folder/desk.db", "mysterysql://desk:hidden@host/desk"]
)
def test_a_database_that_cannot_be_used_stops_the_start_without_a_password_in_it(address: str, tmp_path: Path) -> None:
    ports = dict(zip(("PORT", "RASA_PORT", "ACTIONS_PORT"), map(str, free_ports(3)), strict=True))
    done = start_with(
        FAMILYDESK_HOME=str(tmp_path),
        FAMILYDESK_DATABASE_URL=address,
        **{f"FAMILYDESK_{name}": port for name, port in ports.items()},
    )
    assert done.returncode == 2, done.stderr
    assert "FAMILYDESK_DATABASE_URL" in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr


def test_up_ends_with_what_the_desk_said_when_it_cannot_start_as_it_is_set_up(trained: None, tmp_path: Path) -> None:
    ports = dict(zip(("PORT", "RASA_PORT", "ACTIONS_PORT"), map(str, free_ports(3)), strict=True))
    done = start_with(
        command="up",
        FAMILYDESK_HOME=str(new_home(tmp_path)),
        FAMILYDESK_DATABASE_URL="sqlite://",
        **{f"FAMILYDESK_{name}": port for name, port in ports.items()},
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "desk cannot start" in done.stderr
    assert "FAMILYDESK_DATABASE_URL" in done.stderr


def test_a_wrong_encoder_is_named_by_every_command_that_needs_one(tmp_path: Path) -> None:
    done = start_with(command="index", FAMILYDESK_HOME=str(tmp_path), FAMILYDESK_ENCODER=str(tmp_path / "nothing"))
    assert done.returncode == 2, done.stderr
    assert "FAMILYDESK_ENCODER" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_names_a_broken_article_with_its_line_and_cure_and_fails(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "knowledge" / "articles", tmp_path / "articles")
    broken = tmp_path / "articles" / "en" / "bus-tracking.md"
    broken.write_text(broken.read_text(encoding="utf-8").replace("ticket: general", "ticket: maybe"), encoding="utf-8")
    done = start_with(command="check", FAMILYDESK_ARTICLES=str(tmp_path / "articles"))
    assert done.returncode == 1
    line = next(line for line in done.stdout.splitlines() if "bus-tracking.md:" in line)
    assert "ticket is 'maybe'; use one of" in line
