"""The texts of the pages and of the widget, one file for each language in page_texts/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions.desk.retention import Retention
from bot.plurals import plural
from knowledge.article_rules import SOURCE_LANGUAGE

FOLDER = Path(__file__).parent / "page_texts"


@dataclass(frozen=True)
class PageTexts:
    """The texts of one language; `sections` holds them as in the file."""

    language: str
    name: str
    direction: str
    sections: Mapping[str, Any]

    def __getitem__(self, section: str) -> Any:
        return self.sections[section]

    def date(self, day: date) -> str:
        """A day as families of this language write it."""
        dates = self.sections["dates"]
        month: str = dates["months"][day.month - 1]
        filled: str = dates["pattern"].format(day=day.day, month=month, year=day.year)
        return filled

    def periods(self, kept: Retention) -> dict[str, str]:
        """`chat_period` and `ticket_period`: how long these are kept, in words of this language."""
        forms = self.sections["dates"]["days"]
        return {
            "chat_period": plural(forms, kept.chat_days, self.language),
            "ticket_period": plural(forms, kept.ticket_days, self.language),
        }

    def time(self, moment: time) -> str:
        """A time of day on the twelve-hour clock."""
        clock = f"{moment.hour % 12 or 12}:{moment.minute:02}"
        filled: str = self.sections["hours"]["morning" if moment.hour < 12 else "afternoon"].format(time=clock)
        return filled

    def category(self, category: str) -> str:
        """A category's name; one that a district added shows its own id in words."""
        name: str = self.sections["categories"].get(category) or category.replace("-", " ").capitalize()
        return name


@cache
def all_texts(folder: Path = FOLDER) -> Mapping[str, PageTexts]:
    """The texts of every language there is a file for that is no draft, English first."""
    files = sorted(folder.glob("*.yml"), key=lambda path: (path.stem != SOURCE_LANGUAGE, path.stem))
    contents = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}
    return {
        language: PageTexts(language, sections["name"], sections["direction"], sections)
        for language, sections in contents.items()
        if not sections.get("draft")
    }


def offered(languages: Iterable[str]) -> tuple[PageTexts, ...]:
    """The texts of those of the district's languages that the pages have."""
    texts = all_texts()
    return tuple(texts[language] for language in languages if language in texts) or (texts[SOURCE_LANGUAGE],)


def preferred_language(accept_language: str, languages: Sequence[str]) -> str | None:
    """The one of `languages` that a browser's Accept-Language header likes best; None when it likes none."""
    wishes = []
    for place, part in enumerate(accept_language[:1000].split(",")):
        tag, _, weight = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight) if weight else None
        wishes.append((-float(quality[1]) if quality else -1.0, place, tag.strip().lower().split("-")[0]))
    return next((language for quality, _, language in sorted(wishes) if quality and language in languages), None)
