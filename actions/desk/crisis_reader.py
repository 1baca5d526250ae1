"""The crisis screen's second reader: a machine that learnt from examples, beside the wordings that people agreed on."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Encoder
from knowledge.evaluation import NONE
from knowledge.language import detect_language
from knowledge.lexical import NgramSpace, cut_up

log = logging.getLogger(__name__)
Floats = NDArray[np.float32]

# At most this share of a language's everyday messages that it has not seen may raise an alarm.
FALSE_ALARMS = 0.010
# Fewer messages of a language say nothing of so small a share of them.
_ENOUGH = 200
_LONGEST = 2_000
# How much what a text means weighs beside its words.
_MEANING = np.float32(3.0)
# The machine of words counts so much beside the one of both, which knows many of its examples from the tuning of the
# encoder; less in English, of which the encoder understands more. How closely it keeps to its own examples; see
# bot/README.md.
_WORDS, _WORDS_IN, _BY_HEART = 0.6, {"en": 0.375}, 3.0
# Scikit-learn's own, a hundredth of it, takes a third longer and decides none of 143,000 messages otherwise.
_TOLERANCE = 1e-2
# What is so far below the threshold is harmless whatever its words, in deviations of what everyday messages get.
_HARMLESS = -1.8
# So far above it must be what has no word that any example has.
_OF_UNKNOWN_WORDS = 0.5


@dataclass(frozen=True)
class CrisisReader:
    """Tells by words and by what a text means; by words alone where nobody says what it means.

    What two linear machines say, one `alone` by words and a `joint` one by words and meaning, tells more of new texts
    together than either does and than the louder of them. `alone` and `joint` (features + 1,) end with the start,
    `meaning` (dimension,) is what a meaning adds to the joint one; both say how much they take a text for a danger, in
    deviations of what everyday messages get. A text is an alarm above the threshold of its language, the first of
    `thresholds` for words alone and the second for both, for what everyday messages get differs with the language; ""
    stands for one that is not known. `kinds` (features + dimension + 1, classes) says which danger it is; the last row
    is the start.
    """

    space: NgramSpace
    alone: Floats
    joint: Floats
    meaning: Floats
    thresholds: tuple[Mapping[str, float], Mapping[str, float]]
    kinds: Floats
    classes: tuple[str, ...]
    encoder: str

    def read(self, text: str, meaning: Floats | None = None) -> str | None:
        """The kind of danger that the text is most like, or None for an everyday text.

        `meaning` is the vector, of length one, that `encoder` gives the text.
        """
        text = text[:_LONGEST]
        places, values = self.space.vector(cut_up(text))
        # Of a name that nobody has written before there are only pieces, which stand behind the words and tell little.
        least = 0.0 if (places < len(self.space.idf[0])).any() else _OF_UNKNOWN_WORDS
        if self._excess(text, places, values, meaning) <= least:
            return None
        said = values @ self.kinds[places] + self.kinds[-1]
        if meaning is not None:
            said = said + _MEANING * meaning @ self.kinds[len(self.alone) - 1 : -1]
        return self.classes[int(said.argmax())]

    def is_harmless(self, text: str, meaning: Floats) -> bool:
        """Whether the text is so far from any danger that an agreed wording in it is taken to mean something else."""
        text = text[:_LONGEST]
        return self._excess(text, *self.space.vector(cut_up(text)), meaning) < _HARMLESS

    def _excess(self, text: str, places: NDArray[np.int32], values: Floats, meaning: Floats | None) -> float:
        """How far the text is above the threshold of its language."""
        by_words, by_both = self.thresholds
        language = detect_language(text, [name for name in by_words if name]).language or ""
        alone = float(values @ self.alone[places] + self.alone[-1])
        if meaning is None:
            return alone - by_words.get(language, by_words[""])
        joint = float(values @ self.joint[places] + self.joint[-1] + meaning @ self.meaning)
        both = _together(language, alone, joint)
        return both - by_both.get(language, by_both[""])

    def save(self, folder: Path) -> None:
        """Write it; the record comes last, so that a half-written one is not read."""
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / "crisis.json"
        record.unlink(missing_ok=True)
        np.savez_compressed(
            folder / "crisis.npz", alone=self.alone, joint=self.joint, meaning=self.meaning,
            kinds=self.kinds, words=self.space.idf[0], pieces=self.space.idf[1],
        )  # fmt: skip
        content = {
            "encoder": self.encoder,
            "classes": self.classes,
            "thresholds": [dict(some) for some in self.thresholds],
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
                by_words, by_both = record["thresholds"]
                return cls(
                    space,
                    stored["alone"],
                    stored["joint"],
                    stored["meaning"],
                    (by_words, by_both),
                    stored["kinds"],
                    tuple(record["classes"]),
                    record["encoder"],
                )
        except (OSError, ValueError, KeyError) as error:
            log.warning("the crisis screen has no second reader (%s); run `familydesk train`", type(error).__name__)
            return None


def fit_reader(
    examples: Sequence[tuple[str, str]], everyday: Sequence[str], unseen: Sequence[tuple[str, str]], encoder: Encoder
) -> CrisisReader:
    """From (text, class) examples and everyday messages; `unseen` everyday (text, language) set the thresholds."""
    from scipy import sparse
    from sklearn.svm import LinearSVC

    texts = [text for text, _ in examples] + list(everyday)
    kinds = np.array([kind for _, kind in examples] + [NONE] * len(everyday))
    bad = kinds != NONE
    space, rows = NgramSpace.of(texts)
    count = rows.shape[1]

    def with_meaning(words: sparse.csr_matrix, meanings: Floats) -> sparse.csr_matrix:
        return sparse.hstack([words, sparse.csr_matrix(_MEANING * meanings)]).tocsr()

    def machine(strictness: float = 1.0) -> LinearSVC:
        return LinearSVC(C=strictness, class_weight="balanced", random_state=0, tol=_TOLERANCE)

    both = with_meaning(rows, encoder.encode(texts))
    which = machine().fit(both[np.flatnonzero(bad)], kinds[bad])
    alone, joint = machine(_BY_HEART).fit(rows, bad), machine().fit(both, bad)
    said_alone, said_joint = np.zeros(0), np.zeros(0)
    if unseen:
        new = [text for text, _ in unseen]
        unseen_rows = sparse.csr_matrix(space.vectors(new))
        said_alone = alone.decision_function(unseen_rows)
        said_joint = joint.decision_function(with_meaning(unseen_rows, encoder.encode(new)))
    # On one scale before they are added.
    scales = [1.0 / max(float(said.std()), 1e-6) if unseen else 1.0 for said in (said_alone, said_joint)]
    said_alone, said_joint = scales[0] * said_alone, scales[1] * said_joint
    words = [
        (scale * np.append(one.coef_[0, :count], one.intercept_[0])).astype(np.float32)
        for scale, one in zip(scales, (alone, joint), strict=True)
    ]
    languages = np.array([language for _, language in unseen], dtype=str)
    added = np.array([_together(*said) for said in zip(languages, said_alone, said_joint, strict=True)])
    return CrisisReader(
        space,
        words[0],
        words[1],
        (scales[1] * _MEANING * joint.coef_[0, count:]).astype(np.float32),
        (_quiet(said_alone, languages), _quiet(added, languages)),
        np.concatenate([which.coef_, which.intercept_[:, None]], axis=1).T.astype(np.float32),
        tuple(str(name) for name in which.classes_),
        encoder.name,
    )


def _together(language: str, alone: float, joint: float) -> float:
    """What both machines say of a text in a language."""
    share = _WORDS_IN.get(language, _WORDS)
    return share * alone + (1.0 - share) * joint


def _quiet(said: NDArray[np.float64], languages: NDArray[np.str_]) -> dict[str, float]:
    """Above these are as many of what everyday messages get as may raise an alarm; "" is for all languages together.

    The few messages near a threshold depend on who wrote them, so a language's own counts half, and that of all half.
    """
    if not len(said):
        return {"": 0.0}
    names, counts = np.unique(languages, return_counts=True)
    parts = {str(name): said[languages == name] for name, count in zip(names, counts, strict=True) if count >= _ENOUGH}
    own = {name: float(np.quantile(some, 1.0 - FALSE_ALARMS)) for name, some in {"": said, **parts}.items()}
    return {name: 0.5 * (threshold + own[""]) for name, threshold in own.items()}
