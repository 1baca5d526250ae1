"""The section of an article that a question is about stands beside its summary, and only where it tells more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.articles import load_library
from knowledge.index import PassageIndex, article_hashes
from knowledge.passages import all_passages, passages_of
from knowledge.retriever import Retriever
from knowledge.sections import nearest_section
from tests.knowledge.stand_ins import FakeEncoder, english, write

BODY = """The calendar shows every day.

1. Open the calendar page.
2. Look for the day.

## Snow

If it snows at night, schools may close, and the message comes early.

## When schools are open

- Elementary schools: half past seven
- High schools: seven
"""
ASKED = ("is there school today", "the calendar please", "which day is free", "days off", "holiday list")


@pytest.fixture
def retriever(tmp_path: Path) -> Retriever:
    text = english("calendar", title="The calendar", summary="Days off are listed there.", questions=ASKED, body=BODY)
    write(tmp_path, "calendar", text)
    library, encoder = load_library(tmp_path), FakeEncoder()
    return Retriever(
        library, PassageIndex.build(all_passages(library), encoder, article_hashes(library)), encoder, None
    )


def test_a_question_about_one_section_finds_it_whole_with_its_lines(retriever: Retriever) -> None:
    [best] = retriever.find("when are elementary schools open", "en").suggestions
    assert best.section is not None
    assert best.section_tells
    assert best.section.heading == "When schools are open"
    assert best.section.text == "Elementary schools: half past seven\nHigh schools: seven"


def test_what_the_summary_says_needs_no_section(retriever: Retriever) -> None:
    [best] = retriever.find("days off are listed there", "en").suggestions
    assert not best.section_tells


def test_of_a_long_section_only_the_nearest_piece_is_shown(tmp_path: Path) -> None:
    filler = " ".join(f"Sentence number {number} says nothing much at all." for number in range(20))
    body = f"Begin.\n\n## Costs\n\n{filler} A lost charger costs thirty dollars. {filler}\n"
    write(tmp_path, "fees", english("fees", body=body))
    fees = load_library(tmp_path).articles["en", "fees"]
    passages = passages_of(fees)
    meaning = np.array(["thirty" in passage.text for passage in passages], dtype=np.float32)

    section, tells = nearest_section(fees, meaning, np.zeros_like(meaning))

    assert tells
    assert section is not None
    assert "A lost charger costs thirty dollars." in section.text
    assert len(section.text) < 500
