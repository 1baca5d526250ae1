"""Fitting the fusion: weights under which messages that no voice had seen are judged right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge.evidence import ARTICLE_VOICES, Evidence
from knowledge.fusion import Fusion, softmax, summary

# At most this share of the training messages that nothing answers may be answered.
FALSE_ANSWERS = 0.06
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
    """Weights for the articles first, then for whether any answers, then the threshold."""
    fusion = _fit_shares([lesson for lesson in lessons if lesson.right.any()])
    features = np.stack([summary(lesson.evidence, softmax(fusion.scores(lesson.evidence))) for lesson in lessons])
    answers = np.array([bool(lesson.right.any()) for lesson in lessons])
    weights, bias = _fit_logistic(features, answers.astype(float))
    fusion = replace(fusion, answerable=tuple(weights.tolist()), answerable_bias=bias)
    odds = features @ weights + bias
    threshold = float(np.quantile(odds[~answers], 1.0 - FALSE_ANSWERS)) if (~answers).any() else -30.0
    return replace(fusion, threshold=float(1.0 / (1.0 + np.exp(-threshold))))


def _fit_shares(lessons: Sequence[Lesson]) -> Fusion:
    """Conditional logit: maximise the probability of the right articles among all."""
    voices = np.stack([lesson.evidence.articles for lesson in lessons]).astype(float)
    known = np.stack([lesson.evidence.known for lesson in lessons])
    right = np.stack([lesson.right for lesson in lessons])
    own = len(ARTICLE_VOICES)
    # One wide row an article: its own voices twice, once for each kind, so that one vector holds all weights.
    wide = np.concatenate(
        [voices * known[..., None], voices[..., :own] * ~known[..., None], ~known[..., None] * 1.0], axis=2
    )
    scale = np.maximum(wide.std(axis=(0, 1)), 1e-6)
    wide /= scale

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = wide @ weights
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        shares = raised / raised.sum(axis=1, keepdims=True)
        hit = np.maximum((shares * right).sum(axis=1), 1e-12)
        within = shares * right / hit[:, None]
        slope = np.einsum("na,naf->f", shares - within, wide) / len(wide)
        return float(-np.log(hit).mean() + _SHRINK * (weights @ weights)), slope + 2.0 * _SHRINK * weights

    found = minimize(loss, np.zeros(wide.shape[2]), jac=True, method="L-BFGS-B").x / scale
    width = voices.shape[2]
    return Fusion(
        known=tuple(found[:width].tolist()),
        new=tuple(found[width : width + own].tolist()),
        new_bias=float(found[-1]),
        answerable=(),
        answerable_bias=0.0,
        threshold=0.5,
        clear=CLEAR,
    )


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
