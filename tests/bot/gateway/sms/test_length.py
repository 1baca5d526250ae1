"""What texts cost: every reply fits into two segments in every language, but for those that say why not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from actions.desk.district import load_district
from actions.desk.segments import fits
from bot.replies.values import spoken_values
from knowledge.articles import load_library
from knowledge.readability import sms_size
from tests.benchmarks.texts import FILLED, laid_out, replies
from tests.bot.gateway.sms.phone_stand_ins import PUBLIC_URL

DISTRICT = load_district(Path("data/district"))
LIBRARY = load_library(Path("knowledge/articles"), DISTRICT.departments)
MOST = 2
# Languages that no wording can write in GSM-7: a segment holds 67 of their signs and not 153.
UCS_2 = frozenset({"zh", "vi", "ar", "pt", "ru"})
# What may be longer, in which languages, and how long: with the reason.
LONGER = {
    # Nothing that helps may be left out or wait for MORE.
    "utter_crisis_": (frozenset(replies().languages), 8),
    # All that the law and carriers want is said once, and the link alone takes 48 signs.
    "utter_sms_welcome": (frozenset({"vi", "ar", "ru"}), 3),
    # The summary of an article; the language that it is in, and who interprets, must stand with it.
    "utter_answer_english": (UCS_2, 3),
    # A family sends only what it has seen whole: five values, of which one á (Chávez) makes all UCS-2.
    "utter_ask_confirmation": (frozenset(replies().languages), 5),
    # Where to change a password must stand beside the plea to do so.
    "utter_masked": (frozenset({"vi", "ar", "ru"}), 3),
    # What is kept against a family's will, and why, is said whole.
    "utter_delete_held": (UCS_2 - {"zh"}, 3),
    # A step comes with its three choices.
    "utter_step": (UCS_2 - {"zh"}, 3),
    "utter_guide_step": (UCS_2 - {"zh"}, 3),
}


def longest_values(language: str) -> dict[str, Any]:
    """What placeholders hold at their longest in the sample district, in words of the language."""
    titles = [article.title for (of, _), article in LIBRARY.articles.items() if of == language]
    with (Path("data/district") / "schools.csv").open(encoding="utf-8", newline="") as file:
        school = max((row["name"] for row in csv.DictReader(file)), key=len)
    problem = "the screen is cracked and the keyboard does not type any more"
    review = [["problem", problem], ["asset_tag", "CB204187"], ["school", school],
              ["student_name", "Maria Hernandez Lopez"], ["contact", "(515) 555-0177"]]  # fmt: skip
    values = {
        **FILLED, "privacy": f"{PUBLIC_URL}/help/{language}/privacy", "title": max(titles, key=len), "name": school,
        "opening": "2026-09-30T07:00:00-05:00", "status": "waiting", "hours": ("07:30", "15:30"), "review": review,
        "position": 12, "what": problem[:30] + "...",
    }  # fmt: skip
    return spoken_values(values, language, replies())


def allowed(name: str, language: str) -> int:
    found = (most for start, (languages, most) in LONGER.items() if name.startswith(start) and language in languages)
    return max(found, default=MOST)


def segments(name: str, language: str) -> int:
    """All that goes out at once, and whatever waits for MORE."""
    values = longest_values(language) | ({"number": 12, "count": 12} if name.endswith("step") else {})
    return sum(sms_size(part, toll_free=True).segments for part in laid_out(name, language, values))


@pytest.mark.parametrize("language", replies().languages)
def test_every_reply_takes_two_segments_at_most(language: str) -> None:
    # The chat's own welcome never goes out as a text.
    sizes = {name: segments(name, language) for name in replies().names if name != "utter_welcome"}
    assert {name: size for name, size in sizes.items() if size > allowed(name, language)} == {}


def test_nothing_may_be_longer_that_is_not() -> None:
    for start, (languages, most) in LONGER.items():
        names = [name for name in replies().names if name.startswith(start)]
        assert max(segments(name, language) for name in names for language in languages) == most, start
        for language in languages:
            assert any(segments(name, language) > MOST for name in names), (start, language)


@pytest.mark.parametrize("language", replies().languages)
def test_the_first_text_says_all_that_it_must(language: str) -> None:
    [welcome] = laid_out("utter_sms_welcome", language, longest_values(language))
    privacy = f"{PUBLIC_URL}/help/{language}/privacy "  # the blank keeps the next sign out of the link
    automated = {
        "en": "automated assistant", "es": "programa", "zh": "自动助手", "vi": "máy tự trả lời", "ar": "مساعد آلي",
        "ht": "pwogram òdinatè", "pt": "programa de computador", "ru": "программа",
    }[language]  # fmt: skip
    passwords = {
        "en": "passwords", "es": "contraseñas", "zh": "密码", "vi": "mật khẩu", "ar": "كلمات المرور", "ht": "modpas",
        "pt": "senhas", "ru": "пароли",
    }[language]  # fmt: skip
    for part in (DISTRICT.short_name, automated, "30", privacy, passwords, "911", "988", "STOP"):
        assert part in welcome, part
    assert fits(welcome)


@pytest.mark.parametrize("language", replies().languages)
def test_every_step_of_every_article_goes_out_whole(language: str) -> None:
    cut = []
    for article in LIBRARY.of(language):
        reply = "utter_guide_step" if article.guides else "utter_step"
        for number, step in enumerate(article.steps, start=1):
            parts = laid_out(reply, language, {"number": number, "count": len(article.steps), "step": step})
            cut += [(article.id, number)] * (len(parts) > 1)
    assert cut == []
