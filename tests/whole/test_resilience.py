"""Rasa killed, hanging, the desk killed: the family hears something within five seconds and nothing is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid

import pytest

from actions.desk.district import load_district
from bot.replies import Replies
from tests.stack import Family, Stack, call, status

pytestmark = [pytest.mark.slow, pytest.mark.alone]

CRISES = {
    "en": "i want to kill myself",
    "es": "mi hija dice que se quiere morir",
    "zh": "我不想活了",
    "vi": "con tôi nói muốn tự tử",
    "ar": "ابني يقول إنه يريد أن ينتحر",
    "ht": "pitit mwen di li vle touye tèt li",
    "pt": "minha filha disse que quer se matar",
    "ru": "дочь говорит, что не хочет жить",
}


def wait_for(url: str, code: int, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while status(url) != code:
        assert time.monotonic() < end, f"{url} never said {code}"
        time.sleep(0.2)


def assert_fallback_then_recovery(stack: Stack, parent: Family) -> None:
    began = time.monotonic()
    parent.say("mi chromebook no prende")
    assert time.monotonic() - began < 5
    assert parent.kinds == ["notice"]
    assert parent.state["language"] == "es"
    assert "mensaje quedó guardado" in parent.text
    assert [m["text"] for m in parent.history() if m["from"] == "family"][-1] == "mi chromebook no prende"
    wait_for(f"{stack.url}/readyz", 200)
    parent.say("mi chromebook no prende")
    assert parent.articles[0] == "chromebook-wont-turn-on"


def wait_for_rasa(stack: Stack) -> None:
    """Until the killed Rasa is back: what was looked at a moment before may still say that it is there."""
    wait_for(f"{stack.url}/readyz", 503)
    wait_for(f"{stack.url}/readyz", 200)


def test_rasa_killed_gives_the_fallback_and_the_supervisor_brings_it_back(own_stack: Stack) -> None:
    parent = Family(own_stack.url, "es")
    os.kill(own_stack.pid_of("rasa"), signal.SIGKILL)
    assert_fallback_then_recovery(own_stack, parent)


def test_rasa_hanging_gives_the_fallback_and_the_supervisor_replaces_it(own_stack: Stack) -> None:
    parent = Family(own_stack.url, "es")
    os.kill(own_stack.pid_of("rasa"), signal.SIGSTOP)
    assert_fallback_then_recovery(own_stack, parent)


def test_a_person_can_be_asked_for_while_rasa_is_down(own_stack: Stack) -> None:
    parent = Family(own_stack.url)
    os.kill(own_stack.pid_of("rasa"), signal.SIGKILL)
    parent.say("my chromebook wont turn on")
    parent.press("Talk to a person")
    assert parent.kinds == ["handoff"]
    assert parent.state["mode"] == "waiting"
    wait_for_rasa(own_stack)


def test_a_crisis_is_answered_at_once_in_every_language_while_rasa_is_down(own_stack: Stack) -> None:
    replies = Replies.load(values=load_district(own_stack.home / "district").values())
    assert set(CRISES) == set(replies.languages)
    parents = {language: Family(own_stack.url, language) for language in CRISES}
    os.kill(own_stack.pid_of("rasa"), signal.SIGKILL)
    wait_for(f"http://127.0.0.1:{own_stack.rasa_port}/", 0, seconds=5)
    for language, parent in parents.items():
        began = time.monotonic()
        parent.say(CRISES[language])
        assert time.monotonic() - began < 5, language
        assert [(one["kind"], one["lang"]) for one in parent.messages] == [("crisis", language)]
        assert replies.render("utter_crisis_self_harm", language).text in parent.text
        assert "911" in parent.text
        assert "988" in parent.text
    wait_for_rasa(own_stack)


def test_a_ticket_half_filled_goes_on_after_rasa_was_killed(own_stack: Stack) -> None:
    parent = Family(own_stack.url, "en")
    parent.say("open a ticket")
    opened = parent.text
    parent.say("the screen is cracked")
    assert parent.asks == "asset_tag", f"{opened}\n{parent.text}\n{own_stack.logs()[-3000:]}"
    os.kill(own_stack.pid_of("rasa"), signal.SIGKILL)
    wait_for_rasa(own_stack)
    parent.say("CB204187")
    assert parent.asks == "school"


def test_messages_acknowledged_before_kill_9_of_the_desk_are_all_there_and_single(own_stack: Stack) -> None:
    parent = Family(own_stack.url, "en")
    acknowledged: list[str] = []
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set() and number < 40:
            number += 1
            text = f"how do i log in, try {number}"
            try:
                code, _ = call(
                    f"{own_stack.url}/api/chat/messages", {"id": uuid.uuid4().hex, "text": text}, parent.token
                )
            except OSError:
                return
            if code == 200:
                acknowledged.append(text)

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 5:
        time.sleep(0.02)
    os.kill(own_stack.pid_of("desk"), signal.SIGKILL)
    stop.set()
    writer.join(30)
    wait_for(f"{own_stack.url}/readyz", 200)
    texts = [m["text"] for m in parent.history() if m["from"] == "family"]
    assert [text for text in acknowledged if texts.count(text) != 1] == []
