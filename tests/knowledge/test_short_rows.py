"""Rows in eight-bit numbers are near enough to the exact ones, and a search among them misses nothing that is near."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.index import Rows
from knowledge.passages import Passage
from knowledge.short_rows import Floats, ShortRows


@pytest.fixture
def vectors() -> Floats:
    """Some directions with many neighbours each, as articles have."""
    random = np.random.default_rng(5)
    found = random.normal(size=(40, 64))[random.integers(40, size=4_000)] + 0.4 * random.normal(size=(4_000, 64))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("able", [True, False])
def test_products_are_right_to_some_thousandths(vectors: Floats, able: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.graph.adds_bytes_exactly", lambda: able)
    rows = ShortRows.of(vectors)
    again = ShortRows(rows.numbers, rows.scales)

    exact = vectors @ vectors[3]

    assert len(rows) == len(vectors)
    assert np.abs(rows.products(vectors[3]) - exact).max() < 0.02
    np.testing.assert_array_equal(again.products(vectors[3]), rows.products(vectors[3]))


def test_a_row_of_nothing_is_near_nothing() -> None:
    assert not ShortRows.of(np.zeros((2, 8), dtype=np.float32)).products(np.ones(8, dtype=np.float32)).any()


@pytest.mark.parametrize("count", [1, 10, 300])
def test_a_search_brings_the_nearest_live_rows_with_their_exact_cosines(vectors: Floats, count: int) -> None:
    passages = [Passage("bus", "en", "step", str(place)) for place in range(len(vectors))]
    live = np.arange(len(vectors)) % 5 > 0

    scores, places = Rows(passages, vectors, 64).search(vectors[:3], count, live)

    for row, vector in enumerate(vectors[:3]):
        exact = np.where(live, vectors @ vector, -1.0)
        np.testing.assert_allclose(scores[row], np.sort(exact)[::-1][:count], atol=1e-5)
        np.testing.assert_allclose(scores[row], exact[places[row]], atol=1e-5)
        assert live[places[row]].all()


def test_all_that_is_live_can_be_asked_for(vectors: Floats) -> None:
    passages = [Passage("bus", "en", "step", str(place)) for place in range(len(vectors))]
    live = np.zeros(len(vectors), dtype=bool)
    live[[4, 70, 3_999]] = True

    _, [places] = Rows(passages, vectors, 64).search(vectors[:1], 3, live)

    assert sorted(places) == [4, 70, 3_999]
