"""Words and pieces of words are compared without accents and across typing errors, each language by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexical import NgramSpace, cut_up, fold
from knowledge.lexical_index import LexicalIndex
from knowledge.passages import Passage


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("¿Olvidó la CONTRASEÑA?", "olvido la contrasena"),
        ("won't turn on!!!", "wont turn on"),
        ("heeeelp", "heelp"),
        ("a_b-c", "a b c"),
        ("我的 孩子", "我 的 孩 子"),
        ("забыл пароль", "забыл пароль"),
        ("Đăng nhập không được", "dang nhap khong duoc"),
        ("كلمة الســـر على الجهاز", "كلمه السر علي الجهاز"),
        ("電腦開不了機", "电 脑 开 不 了 机"),
        ("", ""),
    ],
)
def test_text_is_folded_as_families_type_it(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def passages(*texts: tuple[str, str]) -> list[Passage]:
    return [Passage(f"a{place}", language, "question", text) for place, (language, text) in enumerate(texts)]


def test_a_misspelt_question_still_finds_its_passage() -> None:
    index = LexicalIndex(passages(("en", "forgot my password"), ("en", "the bus is late"), ("en", "broken screen")))

    assert index.scores(cut_up("i forgott the pasword")).argmax() == 0
    assert index.scores(cut_up("buss is lat")).argmax() == 1


def test_accents_make_no_difference() -> None:
    index = LexicalIndex(passages(("es", "olvidé mi contraseña"), ("es", "el camión llega tarde")))

    np.testing.assert_allclose(
        index.scores(cut_up("olvide mi contrasena")), index.scores(cut_up("Olvidé mi contraseña"))
    )


def test_the_same_words_score_one_and_nothing_shared_scores_zero() -> None:
    index = LexicalIndex(passages(("en", "forgot my password"), ("en", "bus")))

    scores = index.scores(cut_up("forgot my password"))

    assert scores[0] == pytest.approx(1.0, abs=1e-5)
    assert scores[1] == 0.0
    assert not index.scores(cut_up("zzz 我")).any()


def test_a_word_that_is_common_in_one_language_may_be_rare_in_another() -> None:
    english = [("en", f"the {word} no") for word in ("bus", "screen", "key", "code")]
    index = LexicalIndex(passages(("es", "no prende"), ("es", "la luz roja"), *english))

    scores = index.scores(cut_up("no"))

    assert scores[0] > scores[2]


def test_passages_without_words_and_no_passages_at_all_are_no_problem() -> None:
    assert LexicalIndex(passages(("en", "?!"), ("en", "bus"))).scores(cut_up("bus")).tolist() == pytest.approx(
        [0.0, 1.0]
    )
    assert LexicalIndex([]).scores(cut_up("bus")).tolist() == []


def test_a_space_can_be_kept_and_made_again() -> None:
    space, rows = NgramSpace.of(["forgot my password", "the bus"])
    again = NgramSpace(space.vocabularies, space.idf)

    assert (again.vectors(["forgot my password", "the bus"]) != rows).nnz == 0


@given(st.lists(st.text(), max_size=5))
def test_any_text_has_a_vector_of_length_one_or_zero(texts: list[str]) -> None:
    space, _ = NgramSpace.of(["forgot my password", "the bus", "我的孩子"])
    lengths = np.sqrt(space.vectors(texts).power(2).sum(axis=1))

    assert (lengths <= 1.0 + 1e-5).all()
