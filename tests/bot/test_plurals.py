"""Words beside a number take the form that the number wants, in replies and on pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from actions.desk.district import load_district
from actions.desk.retention import Retention
from bot.gateway.texts import all_texts
from bot.plurals import categories, plural
from bot.replies import Replies
from bot.replies.catalogue import RepliesError

DISTRICT = load_district(Path("data/district"))
DAYS = {
    "en": {1: "1 day", 2: "2 days", 21: "21 days"},
    "es": {1: "1 día", 30: "30 días"},
    "pt": {1: "1 dia", 30: "30 dias"},
    "ru": {1: "1 день", 2: "2 дня", 5: "5 дней", 11: "11 дней", 21: "21 день", 30: "30 дней", 365: "365 дней"},
    "ar": {1: "24 ساعة", 2: "يومين", 7: "7 أيام", 30: "30 يومًا", 100: "100 يوم", 365: "365 يومًا"},
    "zh": {1: "1 天", 30: "30 天"},
    "vi": {1: "1 ngày", 30: "30 ngày"},
    "ht": {1: "1 jou", 30: "30 jou"},
}


@pytest.mark.parametrize("language", sorted(all_texts()))
def test_the_days_that_a_chat_is_kept_are_said_in_the_right_form(language: str) -> None:
    for number, said in DAYS[language].items():
        kept = replace(DISTRICT, retention=Retention(chat_days=number))
        replies = Replies.load(values=kept.values())
        assert f" {said}" in f" {replies.render('utter_welcome', language).text}"
        assert all_texts()[language].periods(kept.retention)["chat_period"] == said


@pytest.mark.parametrize("language", sorted(all_texts()))
def test_pages_have_a_form_for_every_number(language: str) -> None:
    assert len(all_texts()[language]["dates"]["days"].split("|")) == len(categories(language))


def test_a_language_that_nobody_knows_has_one_form() -> None:
    assert categories("ht") == ("other",)
    assert plural("{n} jou", 5, "ht") == "5 jou"


def test_a_wrong_number_of_forms_is_named_with_those_that_the_language_has(tmp_path: Path) -> None:
    for path in Path("bot/replies").glob("*.yml"):
        text = path.read_text(encoding="utf-8").replace("{n} день|{n} дня|{n} дней", "{n} день|{n} дней")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises(RepliesError) as error:
        Replies.load(tmp_path)
    [problem] = error.value.problems
    assert "days has 2 forms, and ru has 3 (one, few, many)" in problem
