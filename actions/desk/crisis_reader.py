"""The crisis screen's second reader: a machine that learnt from examples, beside the wordings that people agreed on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.lexical import NgramSpace, cut_up

Floats = NDArray[np.float32]

NONE = "none"
# At most this share of everyday messages that it has not seen may raise an alarm.
FALSE_ALARMS = 0.007
_LONGEST = 2_000


@dataclass(frozen=True)
class CrisisReader:
    """`danger` (features + 1,) says whether; `kinds` (features + 1, classes) says which; the last row is the start."""

    space: NgramSpace
    danger: Floats
    kinds: Floats
    classes: tuple[str, ...]
    threshold: float

    def read(self, text: str) -> str | None:
        """The kind of danger that the text is most like, or None for an everyday text."""
        places, values = self.space.vector(cut_up(text[:_LONGEST]))
        if not len(places) or values @ self.danger[places] + self.danger[-1] <= self.threshold:
            return None
        return self.classes[int((values @ self.kinds[places] + self.kinds[-1]).argmax())]

    def save(self, folder: Path) -> None:
        """Write it; the record comes last, so that a half-written one is not read."""
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / "crisis.json"
        record.unlink(missing_ok=True)
        np.savez_compressed(
            folder / "crisis.npz", danger=self.danger, kinds=self.kinds, words=self.space.idf[0],
            pieces=self.space.idf[1],
        )  # fmt: skip
        content = {"classes": self.classes, "threshold": self.threshold, "vocabularies": self.space.vocabularies}
        record.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> CrisisReader | None:
        """What `familydesk train` made, or None when there is nothing that can be read."""
        try:
            record = json.loads((folder / "crisis.json").read_text(encoding="utf-8"))
            with np.load(folder / "crisis.npz", allow_pickle=False) as stored:
                space = NgramSpace(record["vocabularies"], (stored["words"], stored["pieces"]))
                return cls(space, stored["danger"], stored["kinds"], tuple(record["classes"]), record["threshold"])
        except (OSError, ValueError, KeyError):
            return None


def read_examples(path: Path) -> Iterator[tuple[str, str]]:
    """(text, class) from lines under `# class` headings; `# none` heads everyday messages."""
    kind = NONE
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            kind = line[2:].strip()
        elif line.strip():
            yield line.strip(), kind


def fit_reader(examples: Sequence[tuple[str, str]], everyday: Sequence[str], unseen: Sequence[str]) -> CrisisReader:
    """From (text, class) examples and everyday messages; `unseen` everyday ones set the threshold."""
    from scipy import sparse
    from sklearn.svm import LinearSVC

    texts = [text for text, _ in examples] + list(everyday)
    kinds = np.array([kind for _, kind in examples] + [NONE] * len(everyday))
    space, rows = NgramSpace.of(texts)
    bad = kinds != NONE
    whether = LinearSVC(C=1.0, class_weight="balanced", random_state=0).fit(rows, bad)
    which = LinearSVC(C=1.0, class_weight="balanced", random_state=0).fit(rows[np.flatnonzero(bad)], kinds[bad])
    danger = np.append(whether.coef_[0], whether.intercept_[0]).astype(np.float32)
    kinds_of = np.concatenate([which.coef_, which.intercept_[:, None]], axis=1).T.astype(np.float32)
    said = sparse.csr_matrix(space.vectors(list(unseen))) @ danger[:-1] + danger[-1]
    threshold = float(np.quantile(said, 1.0 - FALSE_ALARMS)) if len(unseen) else 0.0
    return CrisisReader(space, danger, kinds_of, tuple(str(name) for name in which.classes_), threshold)
