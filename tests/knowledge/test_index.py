"""The index finds the nearest passages, knows how it was built, and refuses what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from knowledge.articles import load_library
from knowledge.files import replace_file
from knowledge.index import IndexMismatchError, PassageIndex, open_index, read_record
from knowledge.passages import Passage, all_passages
from tests.knowledge.stand_ins import FakeEncoder, english, write

PASSAGES = [
    Passage("bus", "en", "question", "the bus is late"),
    Passage("password", "en", "question", "forgot my password"),
    Passage("password", "es", "question", "olvide mi contrasena"),
]


def build(encoder: FakeEncoder) -> PassageIndex:
    return PassageIndex.build(PASSAGES, encoder, {"en/bus": "1", "en/password": "2"})


def test_the_nearest_passage_comes_first() -> None:
    encoder = FakeEncoder()
    index = build(encoder)

    first, second = index.search(encoder.encode(["forgot the password", "late bus"]), 2)

    assert [index.passages[place].article for place in first.places] == ["password", "bus"]
    assert index.passages[second.places[0]].article == "bus"
    assert first.scores[0] > first.scores[1]


def test_asking_for_more_than_there_is_gives_all() -> None:
    encoder = FakeEncoder()

    assert len(build(encoder).search(encoder.encode(["bus"]), 50)[0].places) == 3


def test_an_empty_index_finds_nothing() -> None:
    encoder = FakeEncoder()
    index = PassageIndex.build([], encoder, {})

    assert index.search(encoder.encode(["bus"]), 5)[0].places.size == 0
    assert index.known() == {}


def test_a_rebuild_encodes_only_what_is_new() -> None:
    encoder = FakeEncoder()
    index = build(encoder)
    encoder.encoded.clear()

    PassageIndex.build([*PASSAGES, Passage("new", "en", "title", "brand new")], encoder, {}, index.known())

    assert encoder.encoded == ["brand new"]


def test_a_saved_index_comes_back_the_same(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    index = build(encoder)
    odd = PassageIndex.build([Passage("x", "en", "title", "one\u2028line")], encoder, {})
    for number, one in enumerate((index, odd)):
        one.save(tmp_path / str(number))
        again = PassageIndex.load(tmp_path / str(number), encoder)
        assert again.passages == one.passages
        assert again.record == one.record
        np.testing.assert_array_equal(again.vectors, one.vectors)


def test_the_record_says_how_it_was_built(tmp_path: Path) -> None:
    build(FakeEncoder()).save(tmp_path)

    record = read_record(tmp_path)

    assert record is not None
    assert (record.encoder, record.dimension, record.passages) == ("fake", 64, 3)
    assert record.articles == {"en/bus": "1", "en/password": "2"}
    assert record.built_at.endswith("+00:00")


def test_another_encoder_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    build(FakeEncoder()).save(tmp_path)

    with pytest.raises(IndexMismatchError, match=r"built with fake .* and other .* is set; run `familydesk index`"):
        PassageIndex.load(tmp_path, FakeEncoder("other"))
    with pytest.raises(IndexMismatchError, match="run `familydesk index`"):
        PassageIndex.load(tmp_path, FakeEncoder("fake", 32))
    with pytest.raises(IndexMismatchError, match="there is none in"):
        PassageIndex.load(tmp_path / "nowhere", FakeEncoder())


@pytest.mark.parametrize("name", ["passages.faiss", "passages.jsonl", "record.json"])
def test_a_damaged_index_is_refused(name: str, tmp_path: Path) -> None:
    build(FakeEncoder()).save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:40])

    with pytest.raises(IndexMismatchError, match="run `familydesk index`"):
        PassageIndex.load(tmp_path, FakeEncoder())


def test_an_index_of_two_builds_is_refused(tmp_path: Path) -> None:
    build(FakeEncoder()).save(tmp_path)
    record = json.loads((tmp_path / "record.json").read_text())
    (tmp_path / "record.json").write_text(json.dumps({**record, "passages": 2}))

    with pytest.raises(IndexMismatchError, match="of two builds"):
        PassageIndex.load(tmp_path, FakeEncoder())


def test_files_of_two_builds_of_the_same_size_are_refused(tmp_path: Path) -> None:
    build(FakeEncoder()).save(tmp_path)
    lines = (tmp_path / "passages.jsonl").read_text()
    (tmp_path / "passages.jsonl").write_text(lines.replace("the bus is late", "the bus was late"))

    with pytest.raises(IndexMismatchError, match="of two builds"):
        PassageIndex.load(tmp_path, FakeEncoder())


def test_opening_builds_what_is_missing_or_stale_and_reuses_the_rest(tmp_path: Path) -> None:
    articles, home, said = tmp_path / "articles", tmp_path / "index", list[str]()
    write(articles, "x", english("x"))
    encoder = FakeEncoder()
    first = open_index(home, load_library(articles), encoder, said.append)
    encoder.encoded.clear()

    open_index(home, load_library(articles), encoder, said.append)
    assert encoder.encoded == []

    write(articles, "x", english("x", summary="All different."))
    changed = open_index(home, load_library(articles), encoder, said.append)
    assert encoder.encoded == ["All different."]
    assert changed.passages == all_passages(load_library(articles))
    assert changed.record.articles != first.record.articles

    open_index(home, load_library(articles), FakeEncoder("other"), said.append)
    assert any("run `familydesk index`" in line for line in said)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")

    def no_space(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="no space"):
        replace_file(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
