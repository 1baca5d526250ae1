"""The fusion: weighs the voices, and turns what they say into probabilities and a decision."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.evidence import Evidence

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """`answerable`: probability that some article answers; `articles`: which, if one does (sums to one)."""

    answerable: float
    articles: Floats


@dataclass(frozen=True)
class Fusion:
    """The weights. `known` weighs all voices of articles that the trained voices know, `new` the others' own words.

    `answerable` weighs `summary(...)`; `threshold` is the least probability that is answered, `clear` the share of
    the first article among all from which it is an answer and not a choice.
    """

    known: tuple[float, ...]
    new: tuple[float, ...]
    new_bias: float
    answerable: tuple[float, ...]
    answerable_bias: float
    threshold: float
    clear: float

    def judge(self, evidence: Evidence) -> Judgement:
        """Probabilities for one question."""
        shares = softmax(self.scores(evidence))
        features = summary(evidence, shares)
        odds = float(features @ np.array(self.answerable)) + self.answerable_bias
        return Judgement(float(1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))), shares)

    def scores(self, evidence: Evidence) -> Floats:
        """One number for each article; their differences say which is likelier."""
        own = evidence.articles[:, : len(self.new)].astype(float)
        as_new: Floats = own @ np.array(self.new) + self.new_bias
        if evidence.articles.shape[1] != len(self.known):
            return as_new
        as_known: Floats = evidence.articles.astype(float) @ np.array(self.known)
        both: Floats = np.where(evidence.known, as_known, as_new)
        return both

    def decision(self, judgement: Judgement) -> Literal["answer", "clarify", "unknown"]:
        """What to do with the probabilities."""
        if judgement.answerable < self.threshold:
            return "unknown"
        return "answer" if judgement.articles.max() >= self.clear else "clarify"

    def to_json(self) -> str:
        """For a file."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Fusion:
        """From a file; raises ValueError or TypeError when it is not one."""
        values: dict[str, Any] = json.loads(text)
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        return cls(**values)


def softmax(scores: Floats) -> Floats:
    """Shares that sum to one."""
    raised: Floats = np.exp(scores - scores.max())
    shares: Floats = raised / raised.sum()
    return shares


def summary(evidence: Evidence, shares: Floats) -> Floats:
    """What says whether anything answers: the winner's voices, how far it is ahead, and what speaks for nothing."""
    order = np.argsort(-shares, kind="stable")
    first = int(order[0])
    second = int(order[1]) if len(order) > 1 else first
    winner = evidence.articles[first].astype(float)
    top = evidence.articles.max(axis=0).astype(float)
    ahead = float(np.log(shares[first] + 1e-6) - np.log(shares[second] + 1e-6)) if second != first else 5.0
    spread = [float(shares[first]), min(ahead, 8.0), float(evidence.known[first])]
    found: Floats = np.concatenate([winner, top, spread, evidence.nothing.astype(float)])
    return found


# Before `familydesk train` has run there are only the articles' own words. These are what the fitting gives for the
# sample district's articles without any trained voice, rounded; see README.
UNTRAINED = Fusion(
    known=(),
    new=(11.0, 12.0, 4.0, 11.0),
    new_bias=0.0,
    answerable=(1.7, 4.0, 0.6, 4.6, 5.8, 0.7, -1.0, -1.0, 1.0, -0.1, 0.0),
    answerable_bias=-5.9,
    threshold=0.7,
    clear=0.5,
)
