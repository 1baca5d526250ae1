"""`familydesk evaluate --json` as other programs call it: JSON on standard output and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from knowledge.evaluation import table
from tests.stack import ROOT, new_home

pytestmark = pytest.mark.slow

ROWS = [
    {"text": "my chromebook wont turn on", "lang": "en", "topics": ["chromebook-wont-turn-on"]},
    {"text": "mi chromebook no prende", "lang": "es", "topics": ["chromebook-wont-turn-on"]},
    {"text": "tell me a joke about penguins canary", "lang": "en", "topics": []},
]


def evaluate(
    file: Path, *more: str, seconds: float, settings: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """`familydesk evaluate FILE --json`, ended well."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.command", "evaluate", str(file), "--json", *more],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_report_is_json_in_the_shape_of_the_contract_and_shows_no_message(trained: None, tmp_path: Path) -> None:
    done = evaluate(write_rows(tmp_path / "rows.jsonl", ROWS), seconds=300)
    report = json.loads(done.stdout)
    assert "canary" not in done.stdout + done.stderr
    assert set(report) == {"overall", "by_language"}
    assert set(report["overall"]) == {
        "n", "hit_at_1", "hit_at_3", "mrr", "language_accuracy", "answered", "false_answer_rate", "p50_ms", "p95_ms",
    }  # fmt: skip
    assert report["overall"]["hit_at_1"] == 1.0
    assert report["overall"]["false_answer_rate"] == 0.0


# What the set-aside part reached when it was last measured (knowledge/README.md), less 0.03 for chance and machines;
# the aims are higher. A change that falls below has made the service worse.
LESS_IS_BETTER = {"false_answer_rate", "articles_seldom_found"}
# An article that fewer of its messages find in three is seldom found.
IN_THREE = 0.80
FLOORS = yaml.safe_load((Path(__file__).parent / "floors.yml").read_text(encoding="utf-8"))
ACROSS_LANGUAGES = 0.80


@dataclass(frozen=True)
class HeldOut:
    """The report on the set-aside messages, and of each (language, article) the share that found it in three."""

    report: Mapping[str, Any]
    in_three: Mapping[tuple[str, str], float]


def rows_held_out() -> list[dict[str, Any]]:
    parts = sorted((ROOT / "data" / "questions" / "held-out").glob("*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text(encoding="utf-8").split("\n") if line]


def write_rows(file: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def held_out(trained: None, tmp_path_factory: pytest.TempPathFactory) -> HeldOut:
    """The set-aside messages of all languages, through everything that a first message goes through."""
    folder, rows = tmp_path_factory.mktemp("held-out"), rows_held_out()
    file, misses = write_rows(folder / "all.jsonl", rows), folder / "misses.jsonl"
    done = evaluate(file, "--misses", str(misses), seconds=900)
    report: dict[str, Any] = json.loads(done.stdout)
    print("\n" + table(report))
    asked = Counter((row["lang"], topic) for row in rows for topic in row["topics"])
    missed = Counter(
        (row["lang"], topic)
        for row in map(json.loads, misses.read_text(encoding="utf-8").splitlines())
        if {"missed", "not answered"} & set(row["wrong"])
        for topic in row["topics"]
    )
    return HeldOut(report, {key: 1.0 - missed[key] / count for key, count in asked.items()})


@pytest.mark.parametrize("language", FLOORS)
def test_the_set_aside_messages_are_answered_no_worse_than_before(
    language: str, held_out: HeldOut, figures: Callable[[str], None]
) -> None:
    found = dict(held_out.report["overall"] if language == "all" else held_out.report["by_language"][language])
    rare = {key: share for key, share in held_out.in_three.items() if share < IN_THREE and language in {"all", key[0]}}
    found["articles_seldom_found"] = len(rare)
    seldom = "" if language == "all" else ", ".join(f"{name} {share:.2f}" for (_, name), share in sorted(rare.items()))
    figures(f"evaluate {language}: {found} {seldom}")
    for figure, floor in FLOORS[language].items():
        worse = found[figure] > floor if figure in LESS_IS_BETTER else found[figure] < floor
        assert not worse, f"{language}: {figure} is {found[figure]}, wanted {floor}"


# One in so many of the set-aside messages is asked again without the articles of its language.
SOME = 4


def test_articles_that_are_in_english_alone_are_found_in_the_other_languages(
    trained: None, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    shutil.copytree(ROOT / "knowledge" / "articles" / "en", tmp_path / "articles" / "en")
    rows = [row for row in rows_held_out() if row["topics"] and row["lang"] != "en"][::SOME]
    done = evaluate(
        write_rows(tmp_path / "rows.jsonl", rows),
        seconds=600,
        settings={
            "FAMILYDESK_ARTICLES": str(tmp_path / "articles"),
            "FAMILYDESK_HOME": str(new_home(tmp_path / "home")),
        },
    )
    report = json.loads(done.stdout)
    figures("evaluate with English articles alone:\n" + table(report))
    assert report["overall"]["hit_at_3"] >= ACROSS_LANGUAGES
