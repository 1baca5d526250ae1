"""Voices are weighed into probabilities, and the weights are learnt from messages that no voice had seen."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from knowledge.fitting import FALSE_ANSWERS, Lesson, fit_fusions
from knowledge.fusion import ARTICLE_VOICES, UNTRAINED, Evidence, Fusion, softmax

OWN = len(ARTICLE_VOICES)
ARTICLES = 6


def evidence(rows: np.ndarray, *, trained: int = 0, known: list[bool] | None = None) -> Evidence:
    count = len(rows)
    return Evidence(
        rows.astype(np.float32),
        np.array(known if known is not None else [True] * count),
        np.zeros(trained, dtype=np.float32),
        np.zeros(count, dtype=np.int64),
    )


def test_without_training_the_closest_article_wins() -> None:
    judgement = UNTRAINED.judge(evidence(np.array([[0.2, 0.2, 0.1, 0.0], [0.9, 0.5, 0.8, 0.2], [0.3, 0.3, 0.0, 0.0]])))

    assert judgement.articles.argmax() == 1
    assert judgement.articles.sum() == pytest.approx(1.0)
    assert UNTRAINED.decision(judgement) == "answer"


def test_without_training_nothing_close_is_unknown() -> None:
    assert UNTRAINED.decision(UNTRAINED.judge(evidence(np.full((3, OWN), 0.05)))) == "unknown"


def test_without_training_two_equally_close_are_a_choice() -> None:
    rows = np.array([[0.9, 0.5, 0.8, 0.2], [0.9, 0.5, 0.8, 0.2], [0.1, 0.1, 0.0, 0.0]])
    fusion = replace(UNTRAINED, threshold=0.1, clear=0.6)

    assert fusion.decision(fusion.judge(evidence(rows))) == "clarify"


def lessons(random: np.random.Generator, count: int = 600, trained: int = 2) -> list[Lesson]:
    """The right article scores higher in the second own voice and in the first trained one; the others are noise."""
    found = []
    for number in range(count):
        rows = random.normal(0.3, 0.1, (ARTICLES, OWN + trained))
        right = np.zeros(ARTICLES, dtype=bool)
        known = random.random(ARTICLES) > (0.3 if number % 2 else 0.0)
        if number % 3:
            winner = random.integers(ARTICLES)
            right[winner] = True
            rows[winner, 1] += 0.4
            rows[winner, OWN] += 0.5
        rows[~known, OWN:] = 0.0
        found.append(Lesson(evidence(rows, trained=trained, known=known.tolist()), right))
    return found


def test_fitting_finds_the_voices_that_can_be_trusted() -> None:
    fusion = fit_fusions({"en": lessons(np.random.default_rng(1))})["en"]

    assert fusion.new[1] > 3 * max(abs(fusion.new[0]), abs(fusion.new[2]))
    assert fusion.known[OWN] > 3 * abs(fusion.known[OWN + 1])


def test_a_language_that_has_just_begun_is_weighed_by_all_and_nothing_to_weigh_by_is_an_error() -> None:
    many, few = lessons(np.random.default_rng(1)), lessons(np.random.default_rng(2), 9)
    fusions = fit_fusions({"en": many, "so": few, "pl": []})

    assert fusions["so"].known == pytest.approx(fit_fusions({"en": [*many, *few]})["en"].known)
    assert fusions["pl"].known == fusions["so"].known
    assert fusions["pl"].if_known.weights == fusions["en"].if_known.weights
    nothing = [lesson for lesson in many if not lesson.right.any()]
    with pytest.raises(ValueError, match="too few messages"):
        fit_fusions({"en": nothing})


def test_a_fitted_fusion_finds_known_and_new_articles_alike_and_keeps_false_answers_rare() -> None:
    fusion = fit_fusions({"en": lessons(np.random.default_rng(1))})["en"]
    right, false, answered = {True: [], False: []}, [], []
    for lesson in lessons(np.random.default_rng(2), count=3000):
        judgement = fusion.judge(lesson.evidence)
        decided = fusion.decision(judgement) != "unknown"
        if lesson.right.any():
            winner = int(lesson.right.argmax())
            right[bool(lesson.evidence.known[winner])].append(judgement.articles.argmax() == winner)
            answered.append(decided)
        else:
            false.append(decided)

    assert min(np.mean(right[True]), np.mean(right[False])) > 0.9
    assert np.mean(answered) > 0.9
    assert np.mean(false) < FALSE_ANSWERS + 0.05


def test_evidence_of_fewer_voices_is_judged_by_the_articles_own_words() -> None:
    fusion = fit_fusions({"en": lessons(np.random.default_rng(1))})["en"]
    rows = np.full((3, OWN), 0.3)
    rows[2, 1] = 0.8

    assert fusion.scores(evidence(rows)).argmax() == 2


def test_a_fusion_can_be_kept_and_made_again() -> None:
    fusion = fit_fusions({"en": lessons(np.random.default_rng(1), 60)})["en"]

    assert Fusion.from_dict(json.loads(json.dumps(asdict(fusion)))) == fusion
    with pytest.raises(KeyError):
        Fusion.from_dict({"known": [1]})


def test_shares_of_huge_scores_stay_finite() -> None:
    assert softmax(np.array([1e4, 0.0])).tolist() == [1.0, 0.0]


def test_how_strict_a_language_is_with_what_nothing_answers_comes_half_from_all() -> None:
    near, far = lessons(np.random.default_rng(1)), lessons(np.random.default_rng(2))
    # What nothing answers comes near an article in one language and not in the other.
    for lesson in near:
        if not lesson.right.any():
            lesson.evidence.articles[0, [1, OWN]] += 0.3
    fusions = fit_fusions({"near": near, "far": far})

    def answered(name: str, some: list[Lesson]) -> float:
        nothing = [lesson for lesson in some if not lesson.right.any() and lesson.evidence.known.all()]
        judged = [fusions[name].judge(lesson.evidence) for lesson in nothing]
        return float(np.mean([fusions[name].decision(one) != "unknown" for one in judged]))

    assert answered("near", near) > FALSE_ANSWERS + 0.05
    assert answered("far", far) < FALSE_ANSWERS - 0.05
