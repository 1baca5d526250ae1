"""Articles are cut into the pieces that questions are compared with."""

from __future__ import annotations

from pathlib import Path

from knowledge.articles import load_library
from knowledge.passages import LONGEST_PIECE, all_passages, passages_of
from tests.knowledge.stand_ins import english, translated, write


def test_every_part_of_an_article_becomes_a_passage(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x", body="First this.\n\n1. Look.\n\n## Costs\n\nNone.\n"))
    (article,) = load_library(tmp_path).of("en")

    found = [(passage.kind, passage.text) for passage in passages_of(article)]

    assert found[:2] == [("title", "About x"), ("summary", "What to do about x.")]
    assert [kind for kind, _ in found].count("question") == 5
    assert found[-3:] == [("section", "About x: First this."), ("section", "Costs: None."), ("step", "About x: Look.")]


def test_a_long_section_is_cut_between_sentences(tmp_path: Path) -> None:
    sentence = "Here are some words that say a little."
    write(tmp_path, "x", english("x", body=" ".join([sentence] * 40) + "\n"))
    (article,) = load_library(tmp_path).of("en")

    pieces = [passage.text for passage in passages_of(article) if passage.kind == "section"]

    assert len(pieces) > 2
    assert all(len(piece) <= LONGEST_PIECE + 20 and piece.endswith(".") for piece in pieces)
    assert sum(piece.count(sentence) for piece in pieces) == 40


def test_passages_of_all_languages_come_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write(tmp_path, name, english(name))
    write(tmp_path, "b", translated("b"), "es")

    passages = all_passages(load_library(tmp_path))

    order = list(dict.fromkeys((passage.language, passage.article) for passage in passages))
    assert order == [("en", "a"), ("en", "b"), ("es", "b")]
