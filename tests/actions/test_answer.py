"""What an answer says where a section of the article was asked about: on a phone that section comes first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import answer
from actions.turn import Turn
from knowledge.markdown import Section

SECTION = Section("If it is stolen", "Call the police first.")
ARTICLE = SimpleNamespace(id="lost", language="en", title="Lost device", summary="Tell us soon.", steps=())


def told(monkeypatch: pytest.MonkeyPatch, channel: str, section: Section | None) -> dict[str, Any]:
    library = SimpleNamespace(get=lambda *_: ARTICLE)
    monkeypatch.setattr(answer, "resources", lambda: SimpleNamespace(knowledge=SimpleNamespace(library=library)))
    monkeypatch.setattr(answer, "cards_of", lambda *_: [])
    said: dict[str, Any] = {}
    monkeypatch.setattr(answer, "say", lambda _, reply, **values: said.update(values, reply=reply))
    user = {"event": "user", "input_channel": channel}
    tracker = Tracker("a", {}, {}, [user], False, None, {}, "action_listen")
    turn = Turn("a", "1", "it was stolen", "ask", 1.0, {}, "en", None, None)
    answer.show_article(CollectingDispatcher(), tracker, turn, ["lost"], [0.9], section)
    return said


def test_a_text_says_the_section_that_was_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "sms", SECTION)["summary"] == "If it is stolen\nCall the police first."
    assert told(monkeypatch, "sms", None)["summary"] == "Tell us soon."


def test_a_chat_says_both(monkeypatch: pytest.MonkeyPatch) -> None:
    said = told(monkeypatch, "widget", SECTION)
    assert said["summary"] == "Tell us soon."
    assert said["section"] == "\n\nIf it is stolen\nCall the police first."
