"""Replies: every language says the same things with the same placeholders, and nothing reaches a family half filled."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from actions.desk.district import load_district
from actions.desk.segments import fits
from bot.replies import Replies, RepliesError
from bot.replies.catalogue import FOLDER
from bot.replies.values import spoken_time, spoken_values
from knowledge.article_rules import HARDEST_GRADE
from knowledge.readability import reading_grade
from tests.benchmarks.texts import FILLED

DISTRICT = load_district(Path("data/district"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "replies", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "replies"


def change(folder: Path, language: str, name: str, text: str | None) -> None:
    path = folder / f"{language}.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if text is None:
        del content["replies"][name]
    else:
        content["replies"][name] = text
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize("language", Replies.load().languages)
@pytest.mark.parametrize("channel", ["widget", "sms"])
def test_every_reply_can_be_filled_in_every_language(language: str, channel: str) -> None:
    replies = Replies.load(values=DISTRICT.values())
    for name in replies.names:
        reply = replies.render(name, language, channel=channel, values=FILLED)
        assert reply.text, name
        assert "{" not in reply.text, name
        assert reply.language == language
        assert all(title and payload for title, payload in reply.buttons), name


def test_a_missing_reply_and_a_wrong_placeholder_are_both_named_with_file_and_cure(folder: Path) -> None:
    change(folder, "es", "utter_greet", None)
    change(folder, "es", "utter_step", "Paso {numero} de {count}: {step}")
    with pytest.raises(RepliesError) as caught:
        Replies.load(folder)
    text = "\n".join(caught.value.problems)
    assert "es.yml:1: the reply utter_greet is missing; add its text" in text
    assert "utter_step differs from English in {number}, {numero}" in text


def test_an_unfilled_placeholder_stops_the_reply() -> None:
    with pytest.raises(KeyError):
        Replies.load(values=DISTRICT.values()).render("utter_step", "en")


def test_a_language_without_replies_gets_english() -> None:
    assert Replies.load(values=DISTRICT.values()).render("utter_thanks", "xx").language == "en"


def test_crisis_replies_name_911_and_no_reply_asks_for_a_password() -> None:
    replies = Replies.load(values=DISTRICT.values())
    for language in replies.languages:
        for name in replies.names:
            text = replies.render(name, language, values=FILLED).text
            if name.startswith("utter_crisis_"):
                assert "911" in text, (language, name)
            if name.startswith("utter_ask"):
                for word in ("password", "contraseña", "social security", "birth"):
                    assert word not in text.lower(), (language, name)


@pytest.mark.parametrize("channel", ["widget", "sms"])
def test_who_wrote_a_password_is_told_where_to_change_it(channel: str) -> None:
    replies = Replies.load(values=DISTRICT.values())
    for language in replies.languages:
        text = replies.render("utter_masked", language, channel=channel).text
        assert "https://password.cedarhollow.example" in text, language
        assert DISTRICT.help_desk.phone in text, language
        assert channel == "widget" or fits(text), (language, len(text))


@pytest.mark.parametrize("channel", ["widget", "sms"])
def test_english_replies_are_no_harder_to_read_than_articles_may_be(channel: str) -> None:
    replies = Replies.load(values=DISTRICT.values())
    values = dict.fromkeys(FILLED, "it")
    hard = {}
    for name in replies.names:
        text = replies.render(name, "en", channel=channel, values=values).text
        if len(text.split()) >= 8 and reading_grade(text) > HARDEST_GRADE:  # of a few words one would decide
            hard[name] = text
    assert hard == {}


def test_values_become_words_of_the_language() -> None:
    replies = Replies.load(values=DISTRICT.values())
    spoken = spoken_values({"status": "open", "review": [["problem", "no prende"], ["school", ""]]}, "es", replies)
    assert spoken["status"].startswith("abierto")
    assert spoken["review"] == "Problema: no prende\nEscuela: sin dato"


def test_a_time_is_said_as_people_of_the_language_say_it() -> None:
    when = datetime(2026, 11, 30, 7, 0, tzinfo=ZoneInfo("America/Chicago"))
    assert spoken_time(when, "en").startswith("Monday, November 30, 7:00")
    assert spoken_time(when, "es").startswith("lunes 30 de noviembre")
