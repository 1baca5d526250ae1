"""Cleaning what a client sends, and disarming what Rasa would read as a command."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.errors import ApiError
from bot.gateway.incoming import clean, disarm, read_after, read_language, read_message, visible


@pytest.mark.parametrize(
    ("attack", "seen_by_rasa"),
    [
        ("/restart", "restart"),
        ("/session_start", "session_start"),
        ("/back", "back"),
        ('/intent@1.0{"entity":"x"}', 'intent@1.0{"entity":"x"}'),
        ("  \n\t/restart", "restart"),
        ("///restart", "restart"),
        ("/ / /restart", "restart"),
        ("／restart", "restart"),
        ("／/／restart", "restart"),
        ("\u200b/restart", "restart"),
        ("\ufeff\u2060\u202e/restart", "restart"),
        ("\u00a0\u3000/restart", "restart"),
        ("\u0338/restart", "restart"),
        ("\x00/restart", "restart"),
        ("/", "help"),
        ("/ ／ \u200b/", "help"),
    ],
)
def test_a_slash_command_never_reaches_rasa_as_one(attack: str, seen_by_rasa: str) -> None:
    assert disarm(attack) == seen_by_rasa


@pytest.mark.parametrize("text", ["and/or", "the 1/2 key", "http://portal.cedarhollow.example", "k/12", "\u200fمرحبا"])
def test_slashes_elsewhere_stay(text: str) -> None:
    assert disarm(text) == text


@pytest.mark.parametrize("text", ["CB٢٠٤١٢٠", "CB۲۰۴۱۲۰", "CB２０４１２０"])
def test_rasa_reads_the_digits_of_every_script(text: str) -> None:
    assert disarm(text) == "CB204120"


@given(st.text(st.sampled_from("/／ \u200b\ufeff\u0338\n\x00ab"), max_size=30))
def test_no_mixture_of_slashes_and_invisible_letters_gets_through(text: str) -> None:
    seen = disarm(text)
    assert seen
    assert not seen.lstrip().startswith("/")
    assert not clean(seen).startswith(("/", "／"))


def test_disarming_is_linear() -> None:
    began = time.process_time()
    disarm("\u200b/" * 100_000)
    assert time.process_time() - began < 5  # in the square of its length it would take hours


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("  hello  ", "hello"),
        ("cafe\u0301", "caf\u00e9"),
        ("half \ud83d a letter", "half  a letter"),
        ("👨\u200d👩\u200d👧 مرحبا \u200fabc", "👨\u200d👩\u200d👧 مرحبا \u200fabc"),
    ],
)
def test_text_is_composed_and_free_of_control_characters(sent: str, kept: str) -> None:
    assert clean(sent) == kept


@given(st.text())
def test_clean_text_can_always_be_stored(text: str) -> None:
    clean(text).encode("utf-8")
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b", "\n\t", "\x00\x07", "\u00a0\u3000", "\ud83d"])
def test_nothing_to_see_is_an_empty_message(text: str) -> None:
    assert not visible(clean(text))
    with pytest.raises(ApiError, match="empty_text"):
        read_message({"id": "1", "text": text})


@pytest.mark.parametrize("text", ["😀", "?", "مرحبا", "0"])
def test_a_single_sign_is_a_message(text: str) -> None:
    assert read_message({"id": "1", "text": text}).text == text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "hello"}, "wrong_id"),
        ({"id": None, "text": "hello"}, "wrong_id"),
        ({"id": "", "text": "hello"}, "wrong_id"),
        ({"id": 7, "text": "hello"}, "wrong_id"),
        ({"id": "x" * 65, "text": "hello"}, "wrong_id"),
        ({"id": "\ud800", "text": "hello"}, "wrong_id"),
        ({"id": "a\nb", "text": "hello"}, "wrong_id"),
        ({"id": "1"}, "text_or_choice"),
        ({"id": "1", "text": None}, "text_or_choice"),
        ({"id": "1", "text": "hello", "choice": "b"}, "text_or_choice"),
        ({"id": "1", "text": 5}, "wrong_text"),
        ({"id": "1", "text": ["hello"]}, "wrong_text"),
        ({"id": "1", "choice": 5}, "unknown_choice"),
        ({"id": "1", "choice": "\ud800"}, "unknown_choice"),
    ],
)
def test_each_wrong_field_is_named(body: dict[str, Any], code: str) -> None:
    with pytest.raises(ApiError) as raised:
        read_message(body)
    assert (raised.value.status, raised.value.code) == (422, code)
    assert raised.value.message.endswith(".")


def test_an_id_of_sixty_four_characters_is_taken() -> None:
    assert read_message({"id": "x" * 64, "text": "hello"}).client_id == "x" * 64


@pytest.mark.parametrize(
    ("value", "number"), [(None, 0), ("", 0), ("0", 0), ("17", 17), (17, 17), ("9" * 19, 2**63 - 1)]
)
def test_after_is_a_message_id(value: object, number: int) -> None:
    assert read_after(value) == number


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "１", "9" * 20, True, 1.0, [1], "1; DROP TABLE messages"])
def test_any_other_after_is_refused(value: object) -> None:
    with pytest.raises(ApiError, match="wrong_after"):
        read_after(value)


@pytest.mark.parametrize("language", ["fr", "", 5, ["en"], "EN", "en-US", {"a": 1}])
def test_a_language_that_is_not_offered_is_refused_with_those_that_are(language: object) -> None:
    with pytest.raises(ApiError) as raised:
        read_language({"language": language}, ("en", "es"))
    assert (raised.value.status, raised.value.code) == (422, "unknown_language")
    assert "en, es" in raised.value.message
