"""Turning what an action knows (a status, a review, a time) into words of the family's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from babel.dates import format_datetime, format_time

from bot.replies.catalogue import Replies

# Our language codes that Babel knows under another name.
LOCALES = {"zh": "zh_Hans", "pt": "pt_BR", "ht": "fr", "es": "es_US"}
# Babel has no Haitian Creole; its words for French are turned into ours.
_HAITIAN = {
    "lundi": "lendi", "mardi": "madi", "mercredi": "mèkredi", "jeudi": "jedi", "vendredi": "vandredi",
    "samedi": "samdi", "dimanche": "dimanch", "janvier": "janvye", "février": "fevriye", "mars": "mas",
    "avril": "avril", "mai": "me", "juin": "jen", "juillet": "jiyè", "août": "out", "septembre": "septanm",
    "octobre": "oktòb", "novembre": "novanm", "décembre": "desanm",
}  # fmt: skip
# Day and month in the order and with the small words of the language.
_DAY = {
    "es": "EEEE d 'de' MMMM", "pt": "EEEE, d 'de' MMMM", "ht": "EEEE d MMMM", "zh": "M月d日EEEE",
    "vi": "EEEE, 'ngày' d 'tháng' M", "ru": "EEEE, d MMMM", "ar": "EEEE، d MMMM",
}  # fmt: skip

_COMMA = {"ar": "، ", "zh": " "}


def spoken_values(values: Mapping[str, Any], language: str, replies: Replies) -> dict[str, Any]:
    """`values` with `status` (a ticket status), `review` ((word, value) pairs), `opening` (ISO moment) and `hours`
    (from, to) in words."""
    spoken = dict(values)
    if "status" in spoken:
        spoken["status"] = replies.word(f"status_{spoken['status']}", language)
    if "review" in spoken:
        spoken["review"] = _review(spoken["review"], language, replies)
    if "opening" in spoken:
        spoken["opening"] = spoken_time(datetime.fromisoformat(spoken["opening"]), language)
    if "hours" in spoken:
        spoken["hours"] = "–".join(spoken_clock(time.fromisoformat(moment), language) for moment in spoken["hours"])
    if "contact" in spoken and not spoken["contact"]:
        spoken["contact"] = replies.word("not_given", language)
    return spoken


def spoken_time(when: datetime, language: str) -> str:
    """Day and time as a person of that language says it; `when` is already in the district's zone."""
    locale = LOCALES.get(language, language)
    day = format_datetime(when, _DAY.get(language, "EEEE, MMMM d"), locale=locale)
    if language == "ht":
        day = " ".join(_HAITIAN.get(word, word) for word in day.split())
    return f"{day}{_COMMA.get(language, ', ')}{spoken_clock(when, language)}"


def spoken_clock(when: datetime | time, language: str) -> str:
    """The time of day."""
    return str(format_time(when, "short", locale=LOCALES.get(language, language)))


def _review(pairs: list[list[str]], language: str, replies: Replies) -> str:
    none = replies.word("not_given", language)
    return "\n".join(f"{replies.word(word, language)}: {value or none}" for word, value in pairs)
