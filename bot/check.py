"""`familydesk check`: articles, replies, district, training data and questions, every problem at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from actions.desk.district import District, DistrictError, load_district
from bot.add_language import draft_notes
from bot.gateway.inbox.setup import MAIL_CURE, TEXT_CURE
from bot.gateway.sms.setup import carrier
from bot.gateway.sms.twilio import Nobody
from bot.replies import Replies, RepliesError
from bot.replies.catalogue import FOLDER
from bot.training import DOMAIN, ROOT
from knowledge.articles import load_library
from knowledge.settings import Settings

QUESTIONS = ROOT / "data" / "questions"
NLU = ROOT / "data" / "nlu"
# Phone companies take texts with such links for fraud, and nobody sees where they lead.
_SHORT_LINK = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:www\.)?"
    r"(bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|v\.gd|buff\.ly|rebrand\.ly|cutt\.ly|t\.ly|rb\.gy|shorturl\.at"
    r"|tiny\.cc|lnkd\.in|fb\.me|youtu\.be|forms\.gle)(?![\w.-]*\w)(?=/|\W|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Report:
    """Errors stop something from being served; notes are for the next quiet hour."""

    errors: tuple[str, ...]
    notes: tuple[str, ...]
    summary: str


def check_everything(settings: Settings) -> Report:
    """Run every rule; nothing is loaded that takes more than a second or two."""
    errors: list[str] = []
    departments, district = None, None
    district_notes: tuple[str, ...] = ()
    try:
        district = load_district(settings.district)
        departments = district.departments
        district_notes = district.notes
    except DistrictError as error:
        errors += error.problems
    library = load_library(settings.articles, departments)
    errors += [str(problem) for problem in library.problems if problem.severity == "error"]
    notes = [str(problem) for problem in library.problems if problem.severity != "error"]
    errors += [
        f"{settings.district / 'district.yml'}: {key} names {name}, which is no article; "
        "take the name of a file in articles/en without .md"
        for key, name in (_named_articles(district) if district is not None else ())
        if library.get(name, None) is None
    ]
    try:
        Replies.load()
    except RepliesError as error:
        errors += error.problems
    notes += [*district_notes, *alert_notes(settings), *draft_notes()]
    errors += short_link_problems([*sorted(FOLDER.glob("*.yml")), *sorted(settings.articles.rglob("*.md"))])
    articles = {identifier for language, identifier in library.articles if language == "en"}
    errors += nlu_problems(NLU, DOMAIN / "intents.yml")
    question_files = sorted(QUESTIONS.rglob("*.jsonl"))
    for path in question_files:
        errors += question_problems(path, articles)
    summary = f"{len(library.articles)} articles, {len(errors)} problems, {len(notes)} notes"
    return Report(tuple(errors), tuple(notes), summary)


def _named_articles(district: District) -> list[tuple[str, str]]:
    """The articles that `district.yml` names, each with its key."""
    of_crises = [("crisis_articles", name) for name in sorted(set(district.crisis_articles.values()))]
    return of_crises + ([("hand_off_article", district.hand_off_article)] if district.hand_off_article else [])


def alert_notes(settings: Settings) -> list[str]:
    """Which of the two paths of a crisis alert lead nowhere: each may fail just when it is needed."""
    ready = {
        f"by mail: {MAIL_CURE}": bool(settings.smtp_url.reveal()),
        f"by text: {TEXT_CURE}": not isinstance(carrier(settings, b"", warn=False), Nobody),
    }
    return [f"settings: no crisis alert goes out {path}" for path, is_there in ready.items() if not is_there]


def short_link_problems(paths: Iterable[Path]) -> list[str]:
    """Shortened links in what may go out as a text."""
    return [
        f"{path}:{number}: {found[1]} shortens a link, and phone companies block such texts; write the whole address"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for found in _SHORT_LINK.finditer(line)
    ]


def question_problems(path: Path, articles: set[str]) -> list[str]:
    """What is wrong with a file of questions: broken lines, unknown articles, the same text twice."""
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(f"{place}: this is not JSON ({error.msg}); write one object a line")
            continue
        text = row.get("text") if isinstance(row, dict) else None
        topics = row.get("topics") if isinstance(row, dict) else None
        if not isinstance(text, str) or not text.strip() or not isinstance(topics, list):
            problems.append(f"{place}: a line needs `text` and `topics`; add what is missing")
            continue
        problems += [
            f"{place}: there is no article {topic}; name one that exists, or none for a text that nothing answers"
            for topic in topics
            if topic not in articles
        ]
        folded = " ".join(text.casefold().split())
        if folded in seen:
            problems.append(f"{place}: the same text stands in line {seen[folded]}; remove one")
        seen[folded] = number
    return problems


def nlu_problems(folder: Path, domain: Path) -> list[str]:
    """Examples under an intent that the domain does not know, and one example under two intents of one language."""
    intents = set(yaml.safe_load(domain.read_text(encoding="utf-8"))["intents"])
    problems: list[str] = []
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for path in sorted(folder.rglob("*.yml")):
        intent = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            stripped = line.strip()
            place = f"{path}:{number}"
            if stripped.startswith("- intent:"):
                intent = stripped.removeprefix("- intent:").strip()
                if intent not in intents:
                    problems.append(
                        f"{place}: the domain has no intent {intent}; correct it or add it to {domain.name}"
                    )
            elif stripped.startswith("- ") and intent:
                example = " ".join(stripped[2:].casefold().split())
                other, where = seen.setdefault((path.parent.name, example), (intent, place))
                if other != intent:
                    problems.append(f"{place}: this example stands under {other} too ({where}); keep one of them")
    return problems
