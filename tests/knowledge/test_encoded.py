"""Encoding each training text once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.encoded import RememberingEncoder
from knowledge.encoder import load_encoder
from tests.knowledge.stand_ins import FakeEncoder

TEXTS = ["the bus is late", "no internet", "the bus is late", "xe buýt tới trễ"]


def test_each_text_is_encoded_once_also_after_a_restart(tmp_path: Path) -> None:
    path, first, second = tmp_path / "deep" / "encoded.npz", FakeEncoder(), FakeEncoder()
    remembering = RememberingEncoder(first, path)
    found = remembering.encode(TEXTS)
    remembering.save()

    again = RememberingEncoder(second, path).encode([*TEXTS, "new"])

    assert (sum(first.batches), sum(second.batches)) == (3, 1)
    np.testing.assert_array_equal(again[:4], found)
    np.testing.assert_allclose(found, FakeEncoder().encode(TEXTS), atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert remembering.encode([]).shape == (0, first.dimension)


def test_another_encoders_vectors_are_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "encoded.npz"
    old = RememberingEncoder(FakeEncoder(), path)
    old.encode(TEXTS)
    old.save()
    other = FakeEncoder("other")
    RememberingEncoder(other, path).encode(TEXTS)
    assert sum(other.batches) == 3


def test_a_damaged_file_is_named_and_made_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "encoded.npz"
    path.write_bytes(b"PK\x03\x04 half a file")
    encoder = FakeEncoder()
    remembering = RememberingEncoder(encoder, path)
    remembering.encode(TEXTS)
    remembering.save()
    assert "encoded.npz" in caplog.text
    RememberingEncoder(encoder, path).encode(TEXTS)
    assert sum(encoder.batches) == 3


def test_many_texts_are_encoded_by_two_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.encoded._MANY", 3)
    monkeypatch.setattr("knowledge.encoded._PART", 2)
    path, said = tmp_path / "encoded.npz", list[str]()
    encoder = load_encoder("bundled")
    RememberingEncoder(encoder, path).learn(TEXTS, "bundled", said.append)
    assert said == ["encoded 2 of 3 texts to learn from", "encoded 3 of 3 texts to learn from"]

    stand_in = FakeEncoder(encoder.name, encoder.dimension)
    found = RememberingEncoder(stand_in, path).encode(TEXTS)

    assert not stand_in.batches
    # In eight-bit numbers a text's company counts a little.
    assert np.einsum("td,td->t", found, encoder.encode(TEXTS)).min() > 0.98


def test_two_trainings_at_once_keep_what_both_encoded(tmp_path: Path) -> None:
    path = tmp_path / "encoded.npz"
    one, other = (RememberingEncoder(FakeEncoder(), path) for _ in range(2))
    one.encode(["bus"])
    other.encode(["mic"])
    one.save()
    other.save()
    third = FakeEncoder()
    RememberingEncoder(third, path).encode(["bus", "mic"])
    assert not third.batches
