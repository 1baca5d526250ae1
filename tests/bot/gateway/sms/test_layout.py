"""On a phone: no choice is worded like STOP, START or HELP, and what the desk says itself is short."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import yaml

from actions.desk.keywords import said
from actions.desk.messages import Button, Stored
from actions.desk.segments import MOST_SEGMENTS, fits
from bot.gateway.sms.layout import Layout
from bot.replies.catalogue import FOLDER
from knowledge.readability import sms_size
from tests.benchmarks.texts import all_replies, counted
from tests.bot.gateway.desk_stand_ins import REPLIES
from tests.bot.gateway.sms.phone_stand_ins import PUBLIC_URL

LAYOUT = Layout(REPLIES)
PRIVACY = {"privacy": f"{PUBLIC_URL}/help/es/privacy"}
PAYLOADS = yaml.safe_load((FOLDER / "shapes.yml").read_text(encoding="utf-8"))["buttons"]
# What Twilio itself answers when it is a whole text.
TAKEN = {
    "stop",
    "stopall",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "start",
    "yes",
    "unstop",
    "help",
    "info",
}


def stored(text: str, kind: str = "text", language: str = "en", titles: tuple[str, ...] = ()) -> Stored:
    buttons = tuple(Button(f"b{place}", title, "/x") for place, title in enumerate(titles))
    return Stored(1, datetime.now(UTC), "bot", kind, language, text, buttons, (), True)


@pytest.mark.parametrize("language", REPLIES.languages)
def test_no_choice_is_worded_as_what_ends_or_begins_texts(language: str) -> None:
    for name in PAYLOADS:
        title, payload = REPLIES.button(name, language)
        shown = LAYOUT.title(Button("id", title, payload), language)
        assert shown.casefold().strip(" .!") not in TAKEN, name
        assert said(shown, language) is None, (name, shown)


@pytest.mark.parametrize("language", REPLIES.languages)
@pytest.mark.parametrize("name", ["welcome", "stopped", "started", "help", "pictures"])
def test_what_only_phones_are_told_is_short(language: str, name: str) -> None:
    text = REPLIES.render(f"utter_sms_{name}", language, values=PRIVACY).text
    size = sms_size(text)
    assert size.segments <= MOST_SEGMENTS[size.alphabet]
    if language in {"en", "es", "ht"}:
        assert size.alphabet == "GSM-7", text


@pytest.mark.parametrize("language", REPLIES.languages)
def test_each_language_says_how_to_read_on_with_a_word_that_is_understood(language: str) -> None:
    hint = REPLIES.word("sms_more", language)
    words = re.findall(r"\w+", hint)
    assert any((found := said(word, language)) and found.keyword == "more" for word in words), hint


@pytest.mark.parametrize("language", REPLIES.languages)
def test_welcome_and_help_say_what_they_must(language: str) -> None:
    welcome = REPLIES.render("utter_sms_welcome", language, values=PRIVACY).text
    for part in ("911", "988", "STOP", "30"):
        assert part in welcome
    helped = REPLIES.render("utter_sms_help", language).text
    for part in ("Cedar Hollow School District", "515-555-0142", "STOP"):
        assert part in helped


@pytest.mark.parametrize("kind", ["crisis", "ticket", "handoff", "notice", "welcome"])
def test_what_must_not_wait_goes_out_whole(kind: str) -> None:
    text = "Call 911 now. " * 50
    assert LAYOUT.parts(stored(text.strip(), kind)) == [text.strip()]


def test_what_a_person_writes_is_never_kept_back() -> None:
    message = stored("word " * 500, "text")
    parts = LAYOUT.parts(Stored(**{**vars(message), "sender": "staff"}))
    assert len(parts) == 2
    assert all("MORE" not in part for part in parts)


def test_many_choices_are_all_shown() -> None:
    titles = tuple(f"Elementary School number {number}" for number in range(1, 21))
    parts = LAYOUT.parts(stored("Which school?", "question", titles=titles))
    assert all(title in "\n".join(parts) for title in titles)
    assert "MORE" not in "\n".join(parts)


@pytest.mark.parametrize("language", REPLIES.languages)
def test_a_long_step_ends_with_its_choices(language: str) -> None:
    text = "1/5: " + "Hold the power key for ten seconds. " * 20
    parts = LAYOUT.parts(stored(text, "step", language, ("It works now", "Not yet")))
    assert len(parts) > 1
    assert all(fits(part) for part in parts)
    assert parts[-1].endswith("\n1 It works now\n2 Not yet")
    assert all(part.endswith(REPLIES.word("sms_more", language)) for part in parts[:-1])


@pytest.mark.parametrize(("language", "most", "most_ucs_2"), [("en", 1.2, 0), ("ht", 1.2, 0), ("es", 1.3, 22)])
def test_replies_are_worded_so_that_few_letters_make_them_long(language: str, most: float, most_ucs_2: int) -> None:
    count = counted(list(all_replies(language)))
    assert count["mean_segments"] <= most
    assert count["ucs_2"] <= most_ucs_2


def test_signs_are_plain_in_the_choices_too() -> None:
    [part] = LAYOUT.parts(stored("“Which” one?", "question", titles=("FD-100001 · …341", "None")))
    assert part == '"Which" one?\n1 FD-100001 - ...341\n2 None'


@pytest.mark.parametrize("language", REPLIES.languages)
def test_the_choices_under_a_step_are_short(language: str) -> None:
    buttons = [Button("b", *REPLIES.button(name, language)) for name in ("worked", "not_yet", "not_seen")]
    assert len(LAYOUT.choices(buttons, language)) <= 58
    assert len({LAYOUT.title(button, language) for button in buttons}) == 3
