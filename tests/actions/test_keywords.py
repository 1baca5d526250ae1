"""Who wants no more texts is understood in every language, and nobody else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from actions.desk.keywords import said

CASES = yaml.safe_load((Path(__file__).parent / "data" / "keywords.yml").read_text(encoding="utf-8"))
EVERYDAY = sorted((Path(__file__).parent / "data" / "everyday").glob("*.txt"))


def cases(kind: str) -> list[tuple[str, str]]:
    return [(language, text) for language, kinds in CASES.items() for text in kinds.get(kind, ())]


@pytest.mark.parametrize(("language", "text"), cases("stop"))
def test_a_clear_no_is_understood(language: str, text: str) -> None:
    found = said(text, language)
    assert found is not None
    assert found.keyword == "stop"


@pytest.mark.parametrize(("language", "text"), cases("not_stop"))
def test_everyday_messages_end_nothing(language: str, text: str) -> None:
    found = said(text, language)
    assert found is None or found.keyword != "stop", text


# What stands among everyday messages and questions, and is a clear no all the same.
CLEAR = ["delete me from the texts", "stop texting me", "take me off the list", "ya no quiero recibir mensajes",
         "bórrenme de la lista"]  # fmt: skip
# About getting texts, or about what is done with a student's data.
NEAR = {"school-messages", "student-data-privacy"}


@pytest.mark.parametrize("file", EVERYDAY, ids=lambda file: file.stem)
def test_none_of_the_collected_everyday_messages_ends_anything(file: Path) -> None:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    stops = [line for line in lines if (found := said(line, file.stem)) and found.keyword == "stop"]
    assert [line for line in stops if line not in CLEAR] == []


@pytest.mark.parametrize("file", sorted(Path("data/questions").rglob("*.jsonl")), ids=str)
def test_no_question_about_anything_else_ends_texts(file: Path) -> None:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    others = [row["text"] for row in rows if row["topics"] and not NEAR & set(row["topics"])]
    assert [text for text in others if (found := said(text)) and found.keyword == "stop"] == []


WORDS = ["STOP", "Stopall", "UNSUBSCRIBE", "cancel", "END", "quit", "Revoke", "OPTOUT", "opt out", "opt-out", "stop.",
         " STOP! ", "s t o p", "St0p", '"STOP"']  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("language", [None, "en", "es", "zh", "vi", "ar", "ht", "pt", "ru"])
def test_the_words_of_the_phone_companies_count_in_every_language(word: str, language: str | None) -> None:
    found = said(word, language)
    assert found is not None
    assert found.keyword == "stop"


@pytest.mark.parametrize(
    ("text", "keyword"),
    [("START", "start"), ("unstop", "start"), ("empezar", "start"), ("старт", "start"), ("HELP", "help"),
     ("info", "help"), ("Ayuda", "help"), ("帮助", "help"), ("trợ giúp", "help"), ("مساعدة", "help"), ("èd", "help"),
     ("ajuda", "help"), ("помощь", "help"), ("MORE", "more"), ("más", "more"), ("MAS", "more"), ("更多", "more"),
     ("them", "more"), ("المزيد", "more"), ("plis", "more"), ("mais", "more"), ("ещё", "more"), ("ЕЩЕ", "more"),
     ("yes", "again"), ("sí", "again"), ("да", "again")],
)  # fmt: skip
def test_the_other_words_are_known_too(text: str, keyword: str) -> None:
    found = said(text)
    assert found is not None
    assert found.keyword == keyword


@pytest.mark.parametrize(
    "text", ["", "   ", "🙏", "?", "help me with my password", "the more the better", "Ed", "yes please"]
)
def test_other_texts_are_no_words(text: str) -> None:
    assert said(text) is None


def test_what_is_stop_in_one_language_may_be_ready_in_another() -> None:
    assert said("pare", "ht") is None
    assert said("pare", "pt") is not None


@pytest.mark.parametrize("language", ["es", "pt"])
def test_a_word_of_two_languages_is_of_the_one_spoken(language: str) -> None:
    for word in ("pare", "PARAR", "stop por favor", "iniciar"):
        found = said(word, language)
        assert found is not None
        assert found.language == language


def test_vietnamese_right_is_not_vietnamese_stop() -> None:
    assert said("đúng", "vi") is None
    assert said("dừng", "vi") is not None
    assert said("đúng, nhắn tin cho tôi nữa", "vi") is None


def test_a_long_text_is_never_a_word() -> None:
    assert said("please stop texting me " * 10) is None
