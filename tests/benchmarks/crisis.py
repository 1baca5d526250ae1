"""Measures the crisis screen on the set-aside messages: `python -m uv run python -m tests.benchmarks.crisis`.

Recall over messages in which somebody may be in danger; false alarms over everyday messages that share their words, and
over the set-aside messages to the help desk, without those about safety online: many of them tell of a danger. Needs
`familydesk train`, which makes the screen's second reader.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass

from actions.desk.crisis import screen, use_meaning, use_second_reader
from actions.desk.crisis_reader import CrisisReader
from bot.training import QUESTIONS, ROOT, crisis_folder
from knowledge.encoder import load_encoder
from knowledge.evaluation import NONE, read_headed, read_rows
from knowledge.settings import Settings, load_settings

HELD_OUT = ROOT / "tests" / "actions" / "data" / "crisis-held-out"


@dataclass(frozen=True)
class Figures:
    """Shares between 0 and 1; `kind` is how often the right text was chosen among the alarms that were due."""

    recall: float
    kind: float
    close: float
    questions: float


def measure(settings: Settings) -> dict[str, Figures]:
    """The figures of every language that has a set-aside part."""
    use_second_reader(CrisisReader.load(crisis_folder(settings)))
    encoder = load_encoder(settings.encoder)
    use_meaning(lambda text: encoder.encode([text])[0], encoder.name)
    found = {}
    for path in sorted(HELD_OUT.glob("*.txt")):
        examples = [(screen(text), kind) for text, kind in read_headed(path)]
        due = [(said, kind) for said, kind in examples if kind != NONE]
        alarms = [(said, kind) for said, kind in due if said]
        close = [said for said, kind in examples if kind == NONE]
        rows = read_rows(QUESTIONS / "held-out" / f"{path.stem}.jsonl")
        questions = [screen(row.text) for row in rows if "online-safety" not in row.topics]
        found[path.stem] = Figures(
            recall=len(alarms) / len(due),
            kind=sum(said == kind for said, kind in alarms) / max(len(alarms), 1),
            close=sum(map(bool, close)) / len(close),
            questions=sum(map(bool, questions)) / len(questions),
        )
    return found


def table(found: dict[str, Figures]) -> str:
    """The figures as a Markdown table."""
    lines = [
        "| | recall | right kind | false alarms, close wordings | false alarms, help desk |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {lang} | {f.recall:.3f} | {f.kind:.3f} | {f.close:.3f} | {f.questions:.4f} |" for lang, f in found.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    figures = measure(load_settings())
    print(json.dumps({lang: asdict(f) for lang, f in figures.items()}) if "--json" in sys.argv else table(figures))
