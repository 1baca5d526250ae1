"""`familydesk evaluate --json` as other programs call it: JSON on standard output and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.evaluation import table
from tests.stack import ROOT

pytestmark = pytest.mark.slow

ROWS = [
    {"text": "my chromebook wont turn on", "lang": "en", "topics": ["chromebook-wont-turn-on"]},
    {"text": "mi chromebook no prende", "lang": "es", "topics": ["chromebook-wont-turn-on"]},
    {"text": "tell me a joke about penguins canary", "lang": "en", "topics": []},
]


def evaluate(file: Path, *, seconds: float) -> subprocess.CompletedProcess[str]:
    """`familydesk evaluate FILE --json`, ended well."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.command", "evaluate", str(file), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_report_is_json_in_the_shape_of_the_contract_and_shows_no_message(trained: None, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    done = evaluate(file, seconds=300)
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
FLOORS = yaml.safe_load((Path(__file__).parent / "floors.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def held_out(trained: None, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The figures of the set-aside messages of all languages, through everything that a first message goes through."""
    file = tmp_path_factory.mktemp("held-out") / "all.jsonl"
    parts = sorted((ROOT / "data" / "questions" / "held-out").glob("*.jsonl"))
    file.write_text("".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
    done = evaluate(file, seconds=900)
    report: dict[str, Any] = json.loads(done.stdout)
    print("\n" + table(report))
    return report


@pytest.mark.parametrize("language", FLOORS)
def test_the_set_aside_messages_are_answered_no_worse_than_before(
    language: str, held_out: Mapping[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found = held_out["overall"] if language == "all" else held_out["by_language"][language]
    with capsys.disabled():
        print(f"\n{language}: {found}")
    for figure, floor in FLOORS[language].items():
        worse = found[figure] > floor if figure == "false_answer_rate" else found[figure] < floor
        assert not worse, f"{language}: {figure} is {found[figure]}, wanted {floor}"
