"""Somebody in danger, and a password that a family types, in all eight languages; the rest is in test_flows.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.stack import Family, Stack

pytestmark = pytest.mark.slow

FamilyMaker = Callable[..., Family]

SAID = yaml.safe_load((Path(__file__).parent.parent / "conversations" / "languages.yml").read_text(encoding="utf-8"))
LANGUAGES = tuple(SAID)


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
def test_somebody_in_danger_gets_the_fixed_text_of_the_language(language: str, family: FamilyMaker) -> None:
    parent = family(language)
    parent.say(SAID[language]["crisis"])
    assert parent.kinds == ["crisis"], parent.text
    assert "988" in parent.text
    assert "911" in parent.text
    assert all_in(parent, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_bullying_has_its_own_text_and_the_coordinator_for_harassment_is_not_named(
    language: str, family: FamilyMaker
) -> None:
    parent = family(language)
    parent.say(SAID[language]["bullying"])
    assert parent.kinds == ["crisis"], parent.text
    assert begins_like(parent, "utter_crisis_bullying", language), parent.text
    assert "Renee Castillo" not in parent.text
    assert all_in(parent, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_password_is_gone_and_the_family_is_told(language: str, family: FamilyMaker, stack: Stack) -> None:
    parent = family(language)
    parent.say(SAID[language]["password"])
    assert begins_like(parent, "utter_masked", language), parent.text
    assert b"Tigre2024x" not in stack.database.read_bytes()
