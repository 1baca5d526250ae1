"""`familydesk evaluate --json` as other programs call it: JSON on standard output and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

pytestmark = pytest.mark.slow

ROWS = [
    {"text": "my chromebook wont turn on", "lang": "en", "topics": ["chromebook-wont-turn-on"]},
    {"text": "mi chromebook no prende", "lang": "es", "topics": ["chromebook-wont-turn-on"]},
    {"text": "tell me a joke about penguins canary", "lang": "en", "topics": []},
]


def test_the_report_is_json_in_the_shape_of_the_contract_and_shows_no_message(trained: None, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot.command", "evaluate", str(file), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert "canary" not in done.stdout + done.stderr
    assert set(report) == {"overall", "by_language"}
    assert set(report["overall"]) == {
        "n", "hit_at_1", "hit_at_3", "mrr", "language_accuracy", "answered", "false_answer_rate", "p50_ms", "p95_ms",
    }  # fmt: skip
    assert report["overall"]["hit_at_1"] == 1.0
    assert report["overall"]["false_answer_rate"] == 0.0
