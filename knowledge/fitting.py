"""Fitting the fusion: weights under which messages that no voice had seen are judged right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge.fusion import ARTICLE_VOICES, Answerable, Evidence, Fusion, softmax, summary

# At most this share of the training messages that nothing answers may be answered.
FALSE_ANSWERS = 0.10
# What is answered from: the weights are shifted so that this is where false answers are as rare as they must be.
THRESHOLD = 0.5
# A first article with this share of the probability is right often enough to be given as the answer.
CLEAR = 0.5
_SHRINK = 1e-3
# A language with fewer lessons is weighed by those of all: it has just begun.
_FEWEST = 20

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """A message with evidence from voices that had not seen it; `right` (articles,) is all False for "nothing"."""

    evidence: Evidence
    right: NDArray[np.bool_]


def fit_fusions(lessons: Mapping[str, Sequence[Lesson]]) -> dict[str, Fusion]:
    """For each language: weights for the articles, then for whether the first one answers, then the threshold.

    A voice that is good in one language may be poor in another, so the articles' weights are each language's own. What
    speaks for "nothing answers this" is much the same in all, and a few hundred lessons are too few to learn it from.
    Raises ValueError when no language has lessons enough.
    """
    everything = [lesson for some in lessons.values() for lesson in some]
    if not _answered(everything):
        raise ValueError("too few messages in data/questions are answered by an article; write more of them")
    ranked = {
        language: _fit_ranking(some if _answered(some) >= _FEWEST else everything) for language, some in lessons.items()
    }
    if_known = _fit_answerable({name: _Judged.of(_full(some), ranked[name]) for name, some in lessons.items() if some})
    if_new = _fit_answerable(
        {name: _Judged.of(_new(some, ranked[name]), ranked[name]) for name, some in lessons.items() if some}
    )
    return {
        name: replace(fusion, if_known=if_known.get(name, if_known[""]), if_new=if_new.get(name, if_new[""]))
        for name, fusion in ranked.items()
    }


def _answered(lessons: Sequence[Lesson]) -> int:
    """How many of them an article answers; of those with new articles and those without, whichever are fewer."""
    full = [bool(lesson.evidence.known.all()) for lesson in lessons if lesson.right.any()]
    return min(sum(full), len(full) - sum(full))


def _full(lessons: Sequence[Lesson]) -> list[Lesson]:
    """Those in which the trained voices know all articles."""
    return [lesson for lesson in lessons if lesson.evidence.known.all()]


def _new(lessons: Sequence[Lesson], fusion: Fusion) -> list[Lesson]:
    """Those whose first article is newer than the training; all with new articles, where there is none such."""
    partial = [lesson for lesson in lessons if not lesson.evidence.known.all()]
    return [one for one in partial if not one.evidence.known[fusion.scores(one.evidence).argmax()]] or partial


def _fit_ranking(lessons: Sequence[Lesson]) -> Fusion:
    partial = [lesson for lesson in lessons if not lesson.evidence.known.all()]
    known = _fit_known([lesson for lesson in _full(lessons) if lesson.right.any()])
    new = _fit_new([lesson for lesson in partial if lesson.right.any()], known)
    nobody = Answerable((), 0.0)
    return Fusion(tuple(known.tolist()), tuple(new[:-1].tolist()), float(new[-1]), nobody, nobody, THRESHOLD, CLEAR)


def _fit_known(lessons: Sequence[Lesson]) -> Floats:
    """The weight of every voice, from lessons in which the trained voices know all articles."""
    voices = np.stack([lesson.evidence.articles for lesson in lessons]).astype(float)
    right = np.stack([lesson.right for lesson in lessons])
    return _fit_shares(voices, np.zeros(right.shape), right)


def _fit_new(lessons: Sequence[Lesson], known: Floats) -> Floats:
    """The weights of an article's own words and its start (last), so that it can stand beside the known ones."""
    own = len(ARTICLE_VOICES)
    voices = np.stack([lesson.evidence.articles for lesson in lessons]).astype(float)
    seen = np.stack([lesson.evidence.known for lesson in lessons])
    right = np.stack([lesson.right for lesson in lessons])
    wide = np.concatenate([voices[..., :own], np.ones((*seen.shape, 1))], axis=2) * ~seen[..., None]
    return _fit_shares(wide, (voices @ known) * seen, right)


def _fit_shares(voices: Floats, start: Floats, right: NDArray[np.bool_]) -> Floats:
    """Conditional logit: weights that make the right articles likely among all.

    `voices` is (lessons, articles, voices); `start` and `right` are (lessons, articles).
    """
    scale = np.maximum(voices.std(axis=(0, 1)), 1e-6)
    wide = voices / scale

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = wide @ weights + start
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        shares = raised / raised.sum(axis=1, keepdims=True)
        hit = np.maximum((shares * right).sum(axis=1), 1e-12)
        within = shares * right / hit[:, None]
        slope = np.einsum("na,naf->f", shares - within, wide) / len(wide)
        return float(-np.log(hit).mean() + _SHRINK * (weights @ weights)), slope + 2.0 * _SHRINK * weights

    found: Floats = minimize(loss, np.zeros(wide.shape[2]), jac=True, method="L-BFGS-B").x / scale
    return found


@dataclass(frozen=True)
class _Judged:
    """What says of lessons whether the first article answers, (lessons, features), and whether one does."""

    features: Floats
    answers: NDArray[np.bool_]

    @classmethod
    def of(cls, lessons: Sequence[Lesson], fusion: Fusion) -> _Judged:
        features = [summary(lesson.evidence, softmax(fusion.scores(lesson.evidence))) for lesson in lessons]
        return cls(np.stack(features), np.array([bool(lesson.right.any()) for lesson in lessons]))


def _fit_answerable(judged: Mapping[str, _Judged]) -> dict[str, Answerable]:
    """One set of weights, and a start for each language, by which FALSE_ANSWERS of what nothing answers is answered.

    How near a language's messages that nothing answers come to the articles depends on who wrote them, so what is
    known of one language counts half, and what is known of all the other half. "" is for one that nothing is known of.
    """
    features = np.concatenate([one.features for one in judged.values()])
    answers = np.concatenate([one.answers for one in judged.values()])
    weights, bias = _fit_logistic(features, answers.astype(float))

    def strict(some: Floats) -> float:
        return float(np.quantile(some @ weights, 1.0 - FALSE_ANSWERS))

    if answers.all():
        return dict.fromkeys([*judged, ""], Answerable(tuple(weights.tolist()), bias))
    of_all = strict(features[~answers])
    false = {"": of_all}
    for language, one in judged.items():
        nothing = one.features[~one.answers]
        false[language] = 0.5 * (strict(nothing) + of_all) if len(nothing) >= _FEWEST else of_all
    middle = float(np.log(THRESHOLD / (1.0 - THRESHOLD)))
    return {name: Answerable(tuple(weights.tolist()), middle - start) for name, start in false.items()}


def _fit_logistic(features: Floats, answers: Floats) -> tuple[Floats, float]:
    """Logistic regression, both classes weighing the same; the weights are for the features as they are."""
    middle, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    scaled = (features - middle) / scale
    weight = np.where(answers > 0.5, 0.5 / max(answers.mean(), 1e-6), 0.5 / max(1.0 - answers.mean(), 1e-6))

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = scaled @ weights[:-1] + weights[-1]
        wrong = weight * (1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))) - answers)
        value = (weight * (np.logaddexp(0.0, odds) - answers * odds)).mean() + _SHRINK * (weights @ weights)
        slope = np.append(scaled.T @ wrong, wrong.sum()) / len(answers)
        return float(value), slope + 2.0 * _SHRINK * weights

    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / scale
    return weights, float(found[-1] - middle @ weights)
