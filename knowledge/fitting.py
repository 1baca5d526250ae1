"""Fitting the fusion: weights under which messages that no voice had seen are judged right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge.fusion import ARTICLE_VOICES, Answerable, Evidence, Fusion, softmax, summary

# At most this share of the training messages that nothing answers may be answered.
FALSE_ANSWERS = 0.13
# What is answered from: the weights are shifted so that this is where false answers are as rare as they must be.
THRESHOLD = 0.5
# A first article with this share of the probability is right often enough to be given as the answer.
CLEAR = 0.5
_SHRINK = 1e-3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """A message with evidence from voices that had not seen it; `right` (articles,) is all False for "nothing"."""

    evidence: Evidence
    right: NDArray[np.bool_]


def fit_fusion(lessons: Sequence[Lesson]) -> Fusion:
    """Weights for the articles first, then for whether the first one answers, then the threshold."""
    full = [lesson for lesson in lessons if lesson.evidence.known.all()]
    partial = [lesson for lesson in lessons if not lesson.evidence.known.all()]
    known = _fit_known([lesson for lesson in full if lesson.right.any()])
    new = _fit_new([lesson for lesson in partial if lesson.right.any()], known)
    nobody = Answerable((), 0.0)
    fusion = Fusion(tuple(known.tolist()), tuple(new[:-1].tolist()), float(new[-1]), nobody, nobody, THRESHOLD, CLEAR)
    first_is_new = [lesson for lesson in partial if not lesson.evidence.known[fusion.scores(lesson.evidence).argmax()]]
    return replace(
        fusion, if_known=_fit_answerable(full, fusion), if_new=_fit_answerable(first_is_new or partial, fusion)
    )


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


def _fit_answerable(lessons: Sequence[Lesson], fusion: Fusion) -> Answerable:
    """Weights under which FALSE_ANSWERS of the lessons that nothing answers reach THRESHOLD."""
    features = np.stack([summary(lesson.evidence, softmax(fusion.scores(lesson.evidence))) for lesson in lessons])
    answers = np.array([bool(lesson.right.any()) for lesson in lessons])
    weights, bias = _fit_logistic(features, answers.astype(float))
    if not answers.all():
        false = float(np.quantile(features[~answers] @ weights, 1.0 - FALSE_ANSWERS))
        bias = float(np.log(THRESHOLD / (1.0 - THRESHOLD))) - false
    return Answerable(tuple(weights.tolist()), bias)


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
