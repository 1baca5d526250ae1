"""The fusion: weighs the voices, and turns what they say into probabilities and a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What the articles themselves say: there for a new article as soon as its file is saved.
ARTICLE_VOICES = ("dense_ask", "dense_tell", "lexical_ask", "lexical_tell")


@dataclass(frozen=True)
class Evidence:
    """One question: `articles` (n, voices) with `known` (n,) marking articles that the trained voices know of.

    `nothing` is what speaks for no article at all; `best` is the place of the passage that won for each article.
    """

    articles: NDArray[np.float32]
    known: NDArray[np.bool_]
    nothing: NDArray[np.float32]
    best: NDArray[np.int64]


@dataclass(frozen=True)
class Judgement:
    """`answerable`: probability that some article answers; `articles`: which, if one does (sums to one)."""

    answerable: float
    articles: Floats


@dataclass(frozen=True)
class Answerable:
    """Weights of `summary(...)` that give the log odds that the first article answers."""

    weights: tuple[float, ...]
    bias: float

    def odds(self, features: Floats) -> float:
        """The log odds of one question."""
        return float(features @ np.array(self.weights)) + self.bias


@dataclass(frozen=True)
class Fusion:
    """The weights. `known` weighs all voices of articles that the trained voices know, `new` the others' own words.

    `if_known` and `if_new` say whether the first article answers, when it is one of those. `threshold` is the least
    probability that is answered, `clear` the first article's share from which it is an answer and not a choice.
    """

    known: tuple[float, ...]
    new: tuple[float, ...]
    new_bias: float
    if_known: Answerable
    if_new: Answerable
    threshold: float
    clear: float

    def judge(self, evidence: Evidence) -> Judgement:
        """Probabilities for one question."""
        shares = softmax(self.scores(evidence))
        answerable = self.if_known if self.known and evidence.known[shares.argmax()] else self.if_new
        odds = answerable.odds(summary(evidence, shares))
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

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fusion:
        """From what `asdict` gave; raises KeyError or TypeError when it is something else."""
        return cls(
            known=tuple(values["known"]),
            new=tuple(values["new"]),
            new_bias=float(values["new_bias"]),
            if_known=_answerable(values["if_known"]),
            if_new=_answerable(values["if_new"]),
            threshold=float(values["threshold"]),
            clear=float(values["clear"]),
        )


def _answerable(values: Mapping[str, Any]) -> Answerable:
    return Answerable(tuple(values["weights"]), float(values["bias"]))


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
    spread = [float(shares[first]), min(ahead, 8.0)]
    found: Floats = np.concatenate([winner, top, spread, evidence.nothing.astype(float)])
    return found


# Before `familydesk train` has run there are only the articles' own words. These weights are what the fitting gives for
# 1,500 messages of five languages with the tuned encoder and no trained voice, rounded and a little more willing.
_OWN_WORDS = Answerable((-0.3, 4.1, 3.7, 1.0, 3.8, 1.5, -0.6, 0.4, -0.1, -0.1), -4.3)
UNTRAINED = Fusion(
    known=(),
    new=(11.0, 12.0, 4.0, 11.0),
    new_bias=0.0,
    if_known=_OWN_WORDS,
    if_new=_OWN_WORDS,
    threshold=0.7,
    clear=0.5,
)
