"""Measures the intents on the set-aside examples: `python -m uv run python -m tests.benchmarks.intents` prints a table.

Everything goes through the trained Rasa model. Under `.var/rasa/intents/` stand the table as JSON and, for each
language, a picture of what was taken for what.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.rasa_process import LEFT_OUT, leave_out_tensorflow
from bot.training import ROOT, model_path, rasa_environment
from knowledge.settings import Settings, load_settings

HELD_OUT = ROOT / "data" / "nlu-held-out"
TRAINING = ROOT / "data" / "nlu"


@dataclass(frozen=True)
class Example:
    """A message and the intent that it has; `seen` when the same words stand in the training examples too."""

    text: str
    intent: str
    seen: bool


def read_examples(language: str) -> list[Example]:
    """The set-aside examples of one language."""
    known = {_plain(text) for path in (TRAINING / language).glob("*.yml") for text, _ in _read(path)}
    return [Example(text, intent, _plain(text) in known) for text, intent in _read(HELD_OUT / f"{language}.yml")]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _read(path: Path) -> list[tuple[str, str]]:
    blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    lines = [(line.strip(), block["intent"]) for block in blocks for line in block["examples"].splitlines()]
    return [(line[2:], intent) for line, intent in lines if line.startswith("- ")]


def macro_f1(wanted: list[str], got: list[str]) -> float:
    """Mean over the wanted intents of their F1."""
    found = []
    for intent in sorted(set(wanted)):
        right = sum(w == g == intent for w, g in zip(wanted, got, strict=True))
        found.append(2 * right / max(wanted.count(intent) + got.count(intent), 1))
    return float(np.mean(found))


def predict(settings: Settings, examples: list[Example]) -> list[str]:
    """What the trained model takes each example for."""
    os.environ.update(rasa_environment(settings))
    warnings.simplefilter("ignore")
    leave_out_tensorflow()
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    from rasa.core.agent import Agent

    agent = Agent.load(str(model_path(settings)))
    loop = asyncio.new_event_loop()
    try:
        parsed = [loop.run_until_complete(agent.parse_message(example.text)) for example in examples]
    finally:
        loop.close()
    return [str(one["intent"]["name"]) for one in parsed]


def measure(settings: Settings) -> dict[str, Any]:
    """Per language: F1 over all examples and over those that are in no training example, and the confusions."""
    languages = sorted(path.stem for path in HELD_OUT.glob("*.yml"))
    examples = {language: read_examples(language) for language in languages}
    got = iter(predict(settings, [example for language in languages for example in examples[language]]))
    report: dict[str, Any] = {}
    folder = settings.home / "rasa" / "intents"
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        rows = [(example, next(got)) for example in examples[language]]
        new = [(example, name) for example, name in rows if not example.seen]
        confused = Counter((example.intent, name) for example, name in rows if example.intent != name)
        report[language] = {
            "n": len(rows),
            "f1": round(macro_f1([example.intent for example, _ in rows], [name for _, name in rows]), 3),
            "n_new": len(new),
            "f1_new": round(macro_f1([example.intent for example, _ in new], [name for _, name in new]), 3),
            "accuracy": round(sum(example.intent == name for example, name in rows) / len(rows), 3),
            "confused": [f"{wanted} as {name}: {times}" for (wanted, name), times in confused.most_common(8)],
        }
        _draw(rows, folder / f"{language}.png")
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    return report


def _draw(rows: list[tuple[Example, str]], path: Path) -> None:
    # matplotlib asks a loaded TensorFlow whether something is a tensor; ours is none.
    for name in [name for name in sys.modules if name.partition(".")[0] in LEFT_OUT]:
        del sys.modules[name]
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    names = sorted({example.intent for example, _ in rows} | {name for _, name in rows})
    table = np.zeros((len(names), len(names)))
    for example, name in rows:
        table[names.index(example.intent), names.index(name)] += 1
    figure, axes = pyplot.subplots(figsize=(10, 9))
    axes.imshow(table, cmap="Blues")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    for row, column in zip(*np.nonzero(table), strict=True):
        axes.text(column, row, int(table[row, column]), ha="center", va="center", fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def table(report: dict[str, Any]) -> str:
    """The report as a Markdown table."""
    lines = ["| | examples | F1 | F1 on wordings not trained on | accuracy |", "|---|---|---|---|---|"]
    lines += [
        f"| {language} | {one['n']} | {one['f1']:.3f} | {one['f1_new']:.3f} ({one['n_new']}) | {one['accuracy']:.3f} |"
        for language, one in report.items()
    ]
    return "\n".join(lines)


def main() -> None:
    found = measure(load_settings())
    print(table(found))
    for language, one in found.items():
        print(f"{language}: {'; '.join(one['confused'])}")


if __name__ == "__main__":
    main()
