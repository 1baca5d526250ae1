"""Channels that reach far beyond the others are brought back, so that eight bits lose less."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from knowledge.encoder import BundledEncoder, bundled_folder
from knowledge.graph import Graph, eight_bits
from knowledge.smoothing import measure, messages, smoothing
from knowledge.tuned import FOLDER, SMOOTHING, read_smoothing, tuning_mark


def test_only_what_goes_beyond_nearly_all_channels_is_divided() -> None:
    reach = np.ones(200, dtype=np.float32)
    reach[7] = 9.0

    divisors = smoothing(reach)

    assert (divisors[7], set(np.delete(divisors, 7))) == (pytest.approx(9.0), {1.0})


def test_a_product_loses_less_where_its_far_channel_was_divided() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(50, 200)).astype(np.float32)
    given = random.normal(size=(20, 200)).astype(np.float32)
    given[:, 7] *= 40.0
    divisors = smoothing(np.abs(given).max(axis=0))

    def lost(divisors: np.ndarray) -> float:
        graph = Graph(2, 200)
        smooth = graph.step("Div", graph.input, graph.weight(divisors))
        found = graph.run_to(graph.product(smooth, *eight_bits(rows * divisors))).run(None, {graph.input: given})[0]
        return float(np.abs(found - given @ rows.T).mean())

    assert lost(divisors) < 0.5 * lost(np.ones_like(divisors))


@pytest.mark.slow
def test_what_is_stored_was_measured_on_these_weights(tmp_path: Path) -> None:
    stored, some = read_smoothing(), messages()[::100]

    found = measure(FOLDER, some)

    assert len(some) > 15
    assert found.keys() == stored.keys()
    # Of the same channels, if of fewer messages.
    for name in (name for name in stored if name.endswith("intermediate.dense")):
        assert found[name].argmax() == stored[name].argmax(), name


@pytest.mark.slow
def test_other_smoothing_is_another_encoder(tmp_path: Path) -> None:
    without = tmp_path / "weights"
    shutil.copytree(FOLDER, without, ignore=shutil.ignore_patterns(SMOOTHING))

    plain, smooth = BundledEncoder(bundled_folder(), without), BundledEncoder(bundled_folder())
    [one], [other] = plain.encode(["the bus is late"]), smooth.encode(["the bus is late"])

    assert tuning_mark(without) != tuning_mark()
    assert plain.name != smooth.name
    assert 0.98 < float(one @ other) < 1.0
