"""The crisis screen's second reader: a machine that learnt from examples, beside the wordings that people agreed on."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Encoder
from knowledge.evaluation import NONE
from knowledge.lexical import NgramSpace, cut_up

log = logging.getLogger(__name__)
Floats = NDArray[np.float32]

# At most this share of everyday messages that it has not seen may raise an alarm.
FALSE_ALARMS = 0.007
_LONGEST = 2_000
# How much what a text means weighs beside its words.
_MEANING = np.float32(3.0)


@dataclass(frozen=True)
class _Alarm:
    """Scores above `threshold` are alarms; `words` (features + 1,) ends with the start."""

    words: Floats
    threshold: float

    def excess(self, places: NDArray[np.int32], values: Floats) -> float:
        """How far the words alone are above the threshold."""
        return float(values @ self.words[places] + self.words[-1]) - self.threshold


@dataclass(frozen=True)
class CrisisReader:
    """Tells by words and by what a text means; by words alone where nobody says what it means.

    Either may raise the alarm: what is said plainly must not be talked away by what else it is like. Both together
    would be wrong more often, so above its threshold the louder must be by `margin`.

    `meaning` (dimension,) is what a text's meaning adds to `by_both`. `kinds` (features + dimension + 1, classes) says
    which danger it is; the last row is the start.
    """

    space: NgramSpace
    by_words: _Alarm
    by_both: _Alarm
    meaning: Floats
    margin: float
    kinds: Floats
    classes: tuple[str, ...]
    encoder: str

    def read(self, text: str, meaning: Floats | None = None) -> str | None:
        """The kind of danger that the text is most like, or None for an everyday text.

        `meaning` is the vector, of length one, that `encoder` gives the text.
        """
        places, values = self.space.vector(cut_up(text[:_LONGEST]))
        excess = self.by_words.excess(places, values)
        if meaning is not None:
            excess = max(excess, self.by_both.excess(places, values) + float(meaning @ self.meaning))
            excess -= self.margin
        if excess <= 0.0:
            return None
        said = values @ self.kinds[places] + self.kinds[-1]
        if meaning is not None:
            said = said + _MEANING * meaning @ self.kinds[len(self.by_words.words) - 1 : -1]
        return self.classes[int(said.argmax())]

    def save(self, folder: Path) -> None:
        """Write it; the record comes last, so that a half-written one is not read."""
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / "crisis.json"
        record.unlink(missing_ok=True)
        np.savez_compressed(
            folder / "crisis.npz", by_words=self.by_words.words, by_both=self.by_both.words,
            meaning=self.meaning, kinds=self.kinds, words=self.space.idf[0], pieces=self.space.idf[1],
        )  # fmt: skip
        thresholds = [self.by_words.threshold, self.by_both.threshold, self.margin]
        content = {
            "encoder": self.encoder,
            "classes": self.classes,
            "thresholds": thresholds,
            "vocabularies": self.space.vocabularies,
        }
        record.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> CrisisReader | None:
        """What `familydesk train` made, or None when there is nothing that can be read."""
        try:
            record = json.loads((folder / "crisis.json").read_text(encoding="utf-8"))
            with np.load(folder / "crisis.npz", allow_pickle=False) as stored:
                space = NgramSpace(record["vocabularies"], (stored["words"], stored["pieces"]))
                alone, both, margin = record["thresholds"]
                return cls(
                    space,
                    _Alarm(stored["by_words"], alone),
                    _Alarm(stored["by_both"], both),
                    stored["meaning"],
                    margin,
                    stored["kinds"],
                    tuple(record["classes"]),
                    record["encoder"],
                )
        except (OSError, ValueError, KeyError) as error:
            log.warning("the crisis screen has no second reader (%s); run `familydesk train`", type(error).__name__)
            return None


def fit_reader(
    examples: Sequence[tuple[str, str]], everyday: Sequence[str], unseen: Sequence[str], encoder: Encoder
) -> CrisisReader:
    """From (text, class) examples and everyday messages; `unseen` everyday ones set the thresholds."""
    from scipy import sparse
    from sklearn.svm import LinearSVC

    texts = [text for text, _ in examples] + list(everyday)
    kinds = np.array([kind for _, kind in examples] + [NONE] * len(everyday))
    bad = kinds != NONE
    space, rows = NgramSpace.of(texts)
    meanings = encoder.encode(texts)
    both = sparse.hstack([rows, sparse.csr_matrix(_MEANING * meanings)]).tocsr()
    unseen_rows, unseen_meanings = sparse.csr_matrix(space.vectors(list(unseen))), encoder.encode(unseen)

    def machine() -> LinearSVC:
        return LinearSVC(C=1.0, class_weight="balanced", random_state=0)

    def quiet(said: Floats) -> float:
        """Above this are as many everyday messages as may raise an alarm."""
        return float(np.quantile(said, 1.0 - FALSE_ALARMS)) if len(unseen) else 0.0

    def alarm(fitted: LinearSVC, added: Floats) -> tuple[_Alarm, Floats]:
        """The machine's alarm, and how far the unseen messages are above it; `added` is what their meaning gives."""
        words = np.append(fitted.coef_[0, : rows.shape[1]], fitted.intercept_[0]).astype(np.float32)
        said = unseen_rows @ words[:-1] + words[-1] + added
        return _Alarm(words, quiet(said)), said - quiet(said)

    which = machine().fit(both[np.flatnonzero(bad)], kinds[bad])
    joint = machine().fit(both, bad)
    meaning = _MEANING * joint.coef_[0, rows.shape[1] :].astype(np.float32)
    by_words, alone = alarm(machine().fit(rows, bad), np.zeros(len(unseen), dtype=np.float32))
    by_both, together = alarm(joint, unseen_meanings @ meaning)
    return CrisisReader(
        space,
        by_words,
        by_both,
        meaning,
        quiet(np.maximum(alone, together)),
        np.concatenate([which.coef_, which.intercept_[:, None]], axis=1).T.astype(np.float32),
        tuple(str(name) for name in which.classes_),
        encoder.name,
    )
