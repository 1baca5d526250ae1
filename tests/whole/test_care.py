"""What pages tell the desk, and deleting a chat, with the really trained Rasa."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request

import pytest

from tests.stack import Family, Stack, call

pytestmark = pytest.mark.slow


def from_page(stack: Stack, **page: str) -> Family:
    """A family that begins on a page which knows its device or its school."""
    family = Family(stack.url, "en")
    code, body = call(f"{stack.url}/api/chat/hints", page, family.token)
    assert code == 200, body
    return family


def dialogue(stack: Stack, family: Family) -> str | None:
    """What Rasa keeps of the dialogue."""
    with sqlite3.connect(f"file:{stack.home / 'rasa' / 'conversations.db'}?mode=ro", uri=True) as rows:
        row = rows.execute("SELECT state FROM conversations WHERE id = ?", (family.conversation,)).fetchone()
    return row[0] if row else None


def test_scanned_label_saves_the_questions_for_tag_and_school(stack: Stack) -> None:
    family = from_page(stack, asset_tag="CB204187")
    family.say("please open a repair ticket, the screen of the chromebook is cracked")
    assert family.asks == "student_name", family.text
    family.say("Diego Ramos")
    family.say("515-555-0177")
    assert family.asks == "confirmation", family.text
    assert "CB204187" in family.text
    assert "Lincoln Elementary" in family.text


def test_page_of_a_school_saves_the_question_for_it_and_the_family_may_say_another(stack: Stack) -> None:
    family = from_page(stack, school="lincoln-elementary")
    family.say("please open a repair ticket, the screen of the chromebook is cracked")
    assert family.asks == "asset_tag", family.text
    family.say("CB204187")
    assert family.asks == "student_name", family.text
    family.say("Diego Ramos")
    family.say("515-555-0177")
    family.say("the school is Riverside Middle School")
    assert "Riverside Middle School" in family.text


def test_deleted_chat_is_gone_from_desk_and_rasa(stack: Stack) -> None:
    family = Family(stack.url, "en")
    family.say("please open a repair ticket, the canary of the chromebook is cracked")
    kept = dialogue(stack, family)
    assert kept is not None
    assert "ticket_form" in json.loads(kept).values()
    request = urllib.request.Request(f"{stack.url}/api/chat/conversation", method="DELETE")
    request.add_header("Authorization", f"Bearer {family.token}")
    with urllib.request.urlopen(request, timeout=10) as response:
        assert json.load(response) == {"deleted": True}
    end = time.monotonic() + 10
    while dialogue(stack, family) is not None:
        assert time.monotonic() < end
        time.sleep(0.1)
    with sqlite3.connect(stack.database) as rows:
        for table in ("conversations", "messages"):
            column = "id" if table == "conversations" else "conversation"
            found = rows.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", (family.conversation,))
            assert found.fetchone() == (0,)
    assert call(f"{stack.url}/api/chat/messages", token=family.token)[0] == 401
