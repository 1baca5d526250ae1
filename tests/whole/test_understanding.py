"""What families want and when somebody is in danger, measured on set-aside messages with the trained models."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.stack import ROOT, TRAINED_HOME

pytestmark = pytest.mark.slow

# What was measured last (bot/README.md), less 0.03 for chance; the aims are 0.93 and 0.97.
INTENTS = {"ar": 0.91, "en": 0.96, "es": 0.93, "ht": 0.93, "pt": 0.95, "ru": 0.93, "vi": 0.94, "zh": 0.94}
RECALL = {"ar": 0.93, "en": 0.94, "es": 0.94, "ht": 0.94, "pt": 0.96, "ru": 0.96, "vi": 0.96, "zh": 0.94}
FALSE_ALARMS = 0.015


def report_of(benchmark: str, *given: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *given],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def intents(trained: None) -> dict[str, Any]:
    """The report of every language; it stays under `.var/rasa/intents/`, with a picture of what was confused."""
    print(report_of("intents"))
    found: dict[str, Any] = json.loads((TRAINED_HOME / "rasa" / "intents" / "report.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def crisis(trained: None) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads(report_of("crisis", "--json"))
    return found


@pytest.mark.parametrize("language", INTENTS)
def test_intents_are_told_no_worse_than_before(
    language: str, intents: dict[str, Any], figures: Callable[[str], None]
) -> None:
    figures(f"intents {language}: {intents[language]}")
    assert intents[language]["f1"] >= INTENTS[language]
    assert (TRAINED_HOME / "rasa" / "intents" / f"{language}.png").is_file()


@pytest.mark.parametrize("language", RECALL)
def test_people_in_danger_are_noticed_no_worse_than_before(
    language: str, crisis: dict[str, dict[str, float]], figures: Callable[[str], None]
) -> None:
    figures(f"crisis {language}: {crisis[language]}")
    assert crisis[language]["recall"] >= RECALL[language]
    assert crisis[language]["questions"] <= FALSE_ALARMS
