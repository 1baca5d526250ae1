"""Figures are counted as the contract says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowledge.evaluation import Outcome, Row, evaluate, read_headed, read_rows, table

ANSWERS = {
    "first": Outcome("en", ("a", "b", "c")),
    "third": Outcome("en", ("b", "c", "a")),
    "wrong": Outcome("es", ("b",)),
    "silent": Outcome("en", ()),
    "small talk": Outcome("en", ()),
    "joke": Outcome(None, ("a",)),
    "hola": Outcome("es", ("a",)),
}
ROWS = [
    *(Row(text, "en", ("a",)) for text in ("first", "third", "wrong", "silent")),
    *(Row(text, "en", ()) for text in ("small talk", "joke")),
    Row("hola", "es", ("z", "a")),
]


def test_figures_are_counted_over_the_right_rows() -> None:
    figures = evaluate(ROWS, ANSWERS.__getitem__)

    english = figures["by_language"]["en"]
    assert (english["n"], english["hit_at_1"], english["hit_at_3"]) == (6, 0.25, 0.5)
    assert english["mrr"] == pytest.approx((1 + 1 / 3) / 4, abs=1e-4)
    assert (english["answered"], english["false_answer_rate"]) == (0.75, 0.5)
    assert english["language_accuracy"] == pytest.approx(4 / 6, abs=1e-4)
    assert figures["overall"]["n"] == 7
    assert figures["overall"]["hit_at_1"] == 0.4
    assert figures["by_language"]["es"]["false_answer_rate"] is None
    assert figures["overall"]["p95_ms"] >= figures["overall"]["p50_ms"] >= 0


def test_misses_are_told_with_what_went_wrong() -> None:
    told: list[dict[str, Any]] = []

    evaluate(ROWS, ANSWERS.__getitem__, told.append)

    wrong = {miss["text"]: miss["wrong"] for miss in told}
    assert wrong == {
        "third": ["not first"],
        "wrong": ["missed", "language"],
        "silent": ["not answered"],
        "joke": ["false answer", "language"],
    }


def test_a_row_without_a_language_counts_in_all_only() -> None:
    figures = evaluate([Row("joke", None, ())], ANSWERS.__getitem__)

    assert figures["by_language"] == {}
    assert figures["overall"]["language_accuracy"] is None
    assert figures["overall"]["false_answer_rate"] == 1.0


def test_words_of_another_language_than_the_familys_are_right_in_either_and_gibberish_in_none() -> None:
    english = [Row("first", "vi", (), "en"), Row("wrong", "vi", (), "en")]
    rows = [Row("hola", "es", ()), *english, Row("joke", "vi", (), "none")]

    figures = evaluate(rows, ANSWERS.__getitem__)

    assert figures["by_language"]["vi"]["language_by_words"] == 0.5
    assert figures["overall"]["language_by_words"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["overall"]["language_accuracy"] == 0.25
    assert "by words" in table(figures)
    assert "language_by_words" not in evaluate(ROWS, ANSWERS.__getitem__)["overall"]


def test_no_rows_at_all_are_no_problem() -> None:
    assert evaluate([], ANSWERS.__getitem__)["overall"]["hit_at_1"] is None


def test_the_table_has_a_line_for_all_and_for_each_language() -> None:
    lines = table(evaluate(ROWS, ANSWERS.__getitem__)).split("\n")

    assert [line.split()[0] for line in lines] == ["messages", "all", "en", "es"]
    assert lines[3].split()[-3] == "1.000"
    assert len({len(line) for line in lines}) == 1


def test_rows_are_read_and_blank_lines_left_out(tmp_path: Path) -> None:
    path = tmp_path / "en.jsonl"
    path.write_text('{"text": "a\u2028b", "lang": null, "topics": []}\n\n{"text": "c", "topics": ["x"]}\n')

    assert read_rows(path) == [Row("a\u2028b", None, ()), Row("c", None, ("x",))]


@pytest.mark.parametrize(
    "line", ["{", "[]", '"x"', '{"text": "a"}', '{"text": 1, "topics": []}', '{"text": "a", "topics": "x"}']
)
def test_a_line_that_is_no_row_is_named(line: str, tmp_path: Path) -> None:
    path = tmp_path / "en.jsonl"
    path.write_text('{"text": "a", "lang": "en", "topics": []}\n' + line + "\n")

    with pytest.raises(ValueError, match=r"en\.jsonl:2: .*write \{"):
        read_rows(path)


def test_examples_are_read_under_their_headings(tmp_path: Path) -> None:
    (tmp_path / "en.txt").write_text("# threat\nhe has a gun\n\n# none\nthe battery died\n")
    assert list(read_headed(tmp_path / "en.txt")) == [("he has a gun", "threat"), ("the battery died", "none")]
