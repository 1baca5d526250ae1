"""The same service in all eight languages: answer, repair, ticket, person, change of language, crisis, unknown."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.replies import Replies
from tests.stack import Family, Stack

pytestmark = pytest.mark.slow

FamilyMaker = Callable[..., Family]

SAID = yaml.safe_load((Path(__file__).parent.parent / "conversations" / "languages.yml").read_text(encoding="utf-8"))
LANGUAGES = tuple(SAID)
REPLIES = Replies.load()


def button(name: str, language: str) -> str:
    return REPLIES.button(name, language)[0]


def begins_like(family: Family, reply: str, language: str) -> bool:
    """Whether a message is that reply: the text before its first placeholder, as the language's file has it."""
    texts = yaml.safe_load(Path(f"bot/replies/{language}.yml").read_text(encoding="utf-8"))["replies"][reply]
    text = texts if isinstance(texts, str) else texts["chat"]
    parts = [part for piece in text.split("{") for part in piece.split("}")[-1:]]
    longest = max(parts, key=len).strip()
    return any(longest in message["text"] for message in family.messages)


def all_in(family: Family, language: str) -> bool:
    direction = "rtl" if language == "ar" else "ltr"
    return {(message["lang"], message["dir"]) for message in family.messages} == {(language, direction)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_repair_fails_and_becomes_a_ticket_that_knows_what_was_tried(
    language: str, family: FamilyMaker, stack: Stack
) -> None:
    said = SAID[language]
    parent = family()
    parent.say(said["dead_chromebook"])
    assert parent.state["language"] == language, parent.text
    assert parent.articles[0] == "chromebook-wont-turn-on"
    assert parent.messages[0]["articles"][0]["lang"] == language
    assert all_in(parent, language)
    steps = 0
    while parent.kinds[-1] == "step":
        steps += 1
        assert steps < 15
        # By button and, once, by writing.
        if steps == 2:
            parent.say(said["still_not"])
        else:
            parent.press(button("not_yet", language))
    parent.press(button("open_ticket", language))
    assert parent.asks == "asset_tag"
    parent.say(said["tag"])
    assert parent.asks == "school", parent.text
    parent.say("lincoln elem")
    assert parent.asks == "student_name", parent.text
    parent.say(said["name"])
    assert parent.asks == "contact", parent.text
    parent.say("515 555 0177")
    assert parent.asks == "confirmation", parent.text
    assert said["name_alone"] in parent.text
    assert "Lincoln Elementary School" in parent.text
    parent.say(said["yes"])
    number = parent.state["ticket"]["number"]
    assert number in parent.text
    assert all_in(parent, language)
    connection = sqlite3.connect(stack.database)
    row = connection.execute(
        "SELECT asset_tag, school, student_name, language,"
        " (SELECT count(*) FROM ticket_steps WHERE ticket = tickets.id) FROM tickets WHERE number = ?",
        (number,),
    ).fetchone()
    connection.close()
    assert row == (said["tag_alone"], "lincoln-elementary", said["name_alone"], language, steps)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_can_be_asked_for_in_words(language: str, family: FamilyMaker) -> None:
    parent = family(language)
    parent.say(SAID[language]["person"])
    assert parent.state["handoff"]["status"] == "waiting", parent.text
    assert parent.kinds[-1] == "handoff"
    assert all_in(parent, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_in_danger_gets_the_fixed_text_of_the_language(language: str, family: FamilyMaker) -> None:
    parent = family(language)
    parent.say(SAID[language]["crisis"])
    assert parent.kinds == ["crisis"], parent.text
    assert "988" in parent.text
    assert "911" in parent.text
    assert all_in(parent, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_article_answers_is_said_to_be_unknown(language: str, family: FamilyMaker) -> None:
    parent = family(language)
    parent.say(SAID[language]["unknown"])
    assert begins_like(parent, "utter_unknown", language), parent.text
    assert parent.articles == []
    assert all_in(parent, language)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_language_is_changed_in_the_middle_of_a_form_which_stays_filled(language: str, family: FamilyMaker) -> None:
    parent = family("en")
    parent.say("please open a repair ticket, the screen of the chromebook is cracked")
    assert parent.asks == "asset_tag", parent.text
    parent.say(SAID[language]["change_to_it"])
    assert parent.state["language"] == language, parent.text
    assert parent.asks == "asset_tag"
    assert begins_like(parent, "utter_ask_asset_tag", language), parent.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_password_is_gone_and_the_family_is_told(language: str, family: FamilyMaker, stack: Stack) -> None:
    parent = family(language)
    parent.say(SAID[language]["password"])
    assert begins_like(parent, "utter_masked", language), parent.text
    assert b"Tigre2024x" not in stack.database.read_bytes()
