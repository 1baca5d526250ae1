"""A crisis outside the desk's hours: the reply says that nobody may be watching, in every language, without Rasa."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from actions.desk.opening_hours import Holiday
from bot.gateway.own_replies import OwnReplies
from tests.bot.gateway.desk_stand_ins import DISTRICT, REPLIES, Family, running_desk
from tests.districts import always_open

OPEN = always_open(DISTRICT)
# A holiday that has no end as far as a test can tell.
CLOSED = replace(OPEN, holidays=(Holiday(date(2000, 1, 1), date(2100, 1, 1), "always"),))
SAID = {
    "en": "i want to kill myself",
    "es": "quiero morirme",
    "zh": "我想自杀",
    "vi": "tôi muốn tự tử",
    "ar": "أريد أن أنتحر",
    "ht": "mwen vle touye tèt mwen",
    "pt": "quero me matar",
    "ru": "я хочу покончить с собой",
}


def closed_text(language: str, channel: str) -> str:
    return REPLIES.render("utter_crisis_closed", language, channel=channel).text


@pytest.mark.parametrize("channel", ["widget", "sms"])
@pytest.mark.parametrize("language", DISTRICT.languages)
def test_by_the_clock_of_the_district_the_reply_tells_that_nobody_may_be_watching(language: str, channel: str) -> None:
    hours = dict.fromkeys(DISTRICT.help_desk.hours, (time(7), time(17)))
    own = OwnReplies(
        REPLIES, replace(DISTRICT, holidays=(), help_desk=replace(DISTRICT.help_desk, hours=hours)), channel
    )
    fixed = REPLIES.render("utter_crisis_self_harm", language, channel=channel).text
    monday_at = [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (15, 23)]  # 9:00 and 17:00 in Chicago
    within, after = (own.crisis("self_harm", language, moment) for moment in monday_at)
    assert within.text == fixed
    # The numbers come first, and are all still there.
    assert after.text == f"{fixed}\n{closed_text(language, channel)}"
    assert (after.kind, after.language) == ("crisis", language)
    assert language == "en" or closed_text(language, channel) != closed_text("en", channel)


async def test_every_language_is_told_so_in_the_chat_while_rasa_is_down(tmp_path: Path) -> None:
    async with running_desk(tmp_path, district=CLOSED, rasa_starts=False) as desk:
        for language, words in SAID.items():
            family: Family = await desk.family(language)
            [told] = await family.say(words)
            assert (told["kind"], told["lang"]) == ("crisis", language)
            assert told["text"].endswith(closed_text(language, "widget"))


async def test_within_the_hours_it_is_not_said(tmp_path: Path) -> None:
    async with running_desk(tmp_path, district=OPEN, rasa_starts=False) as desk:
        family = await desk.family("es")
        [told] = await family.say(SAID["es"])
        assert told["text"] == REPLIES.render("utter_crisis_self_harm", "es").text
