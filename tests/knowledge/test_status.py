"""What staff are told to look after, and how an article begins."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.articles import load_library
from knowledge.new_article import NewArticleError, begin_article
from knowledge.status import report, status
from tests.knowledge.stand_ins import english, write

TODAY = date(2026, 11, 25)
_TRANSLATED = """---
title: Autobús tarde
summary: El autobús llega tarde.
questions: [a, b, c, d, e]
source_hash: "{hash}"
translation: machine
reviewed_by: ""
---
Texto.
"""


def spanish(folder: Path, name: str, source_hash: str) -> None:
    (folder / "es").mkdir(exist_ok=True)
    (folder / "es" / f"{name}.md").write_text(_TRANSLATED.format(hash=source_hash), encoding="utf-8")


def test_missing_stale_machine_made_and_overdue_are_told_apart(tmp_path: Path) -> None:
    for name in ("bus", "lunch", "wifi"):
        write(tmp_path, name, english(name))
    path = tmp_path / "en" / "wifi.md"
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("review_by:"))
    path.write_text(text.replace(line, "review_by: 2026-11-24"), encoding="utf-8")
    good = load_library(tmp_path).articles["en", "bus"].source_hash
    spanish(tmp_path, "bus", good)
    spanish(tmp_path, "lunch", "0000000000000000")

    first, second = status(load_library(tmp_path), ("en", "es"), TODAY)

    assert (first.language, first.due, first.fine) == ("en", ("wifi",), False)
    assert (second.there, second.missing, second.stale, second.machine) == (2, ("wifi",), ("lunch",), ("bus", "lunch"))
    table = report((first, second))
    assert "es: missing: translate it" in table
    assert "en: due: read it" in table


def test_a_language_offered_without_any_article_has_them_all_missing(tmp_path: Path) -> None:
    write(tmp_path, "bus", english("bus"))
    _, vietnamese = status(load_library(tmp_path), ("en", "vi"), TODAY)
    assert (vietnamese.there, vietnamese.missing) == (0, ("bus",))


def test_a_broken_article_is_named(tmp_path: Path) -> None:
    write(tmp_path, "bus", english("bus"))
    (tmp_path / "en" / "lunch.md").write_text("---\ntitle: Lunch\n---\n", encoding="utf-8")
    (first,) = status(load_library(tmp_path), ("en",), TODAY)
    assert first.broken == ("lunch",)


def test_a_begun_article_has_every_key_and_is_served_only_when_filled_in(tmp_path: Path) -> None:
    path = begin_article(tmp_path, load_library(tmp_path), "yearbook-orders", 'The "yearbook"', TODAY)
    library = load_library(tmp_path)
    assert library.articles == {}
    assert not any("is missing" in problem.what for problem in library.problems)
    assert "review_by: 2027-11-25" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Late Bus", "late_bus", "../late", "", "late--bus"])
def test_what_is_no_article_id_is_refused_with_an_example(tmp_path: Path, name: str) -> None:
    with pytest.raises(NewArticleError, match="late-bus"):
        begin_article(tmp_path, load_library(tmp_path), name, "", TODAY)


def test_an_article_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path, "bus", english("bus"))
    with pytest.raises(NewArticleError, match="is there already"):
        begin_article(tmp_path, load_library(tmp_path), "bus", "", TODAY)
