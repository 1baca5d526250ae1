"""The small language in which wordings are written."""

from __future__ import annotations

import pytest

from actions.desk.vocabulary import Vocabulary, prepare, tokens_of, typed_tokens
from actions.desk.wording import Compiler, WordingError, Wordings, without

GROUPS = {"self": ["myself", "him self"], "kill": ["kill", "hurt"]}


def finds(wording: str, text: str, *, similar: frozenset[str] = frozenset()) -> bool:
    vocabulary = Vocabulary(similar)
    for complete in (False, True):
        vocabulary.complete = complete
        wordings = Wordings([Compiler(vocabulary, GROUPS).wording(wording)])
    return wordings.first_in(without(vocabulary.read(tokens_of(prepare(text))), set())) is not None


@pytest.mark.parametrize(
    ("wording", "found", "missed"),
    [
        ("kill <self>", "i will KILL myself", "i will kill time"),
        ("<kill> <self>", "hurt him self", "him hurt self"),
        ("kill|hurt <self|people>", "hurt people", "hurt nothing"),
        ("want to? die", "want die", "want or die"),
        ("want ..2 die", "want so to die", "want so very much die"),
        ("want ..2 die", "want, to die", "want. die"),
        ("die !of|laughing", "i die now", "i die of it"),
        ("^ help $", "oh no. help! now", "please help me"),
        ("gone $", "she is gone", "she is gone shopping"),
        ("suicid*", "suicidio", "suit"),
        ("shoot_up school", "shoot up school", "shoot school"),
        ("don't go", "dont go", "do go"),
        ("cámara rota", "camara ROTA", "camara nueva"),
        ("我 想", "老师我想回家", "他想回家"),
    ],
)
def test_a_wording_finds_what_it_says(wording: str, found: str, missed: str) -> None:
    assert finds(wording, found)
    assert not finds(wording, missed)


def test_a_listed_word_may_be_misspelt_by_one_letter() -> None:
    similar = frozenset({"myself"})
    assert all(
        finds("kill myself", f"kill {word}", similar=similar) for word in ("mysef", "myselff", "mysalf", "mys*lf")
    )
    assert not finds("kill myself", "kill mysfle", similar=similar)
    assert not finds("kill time", "kill tine", similar=similar)


def test_doubled_letters_and_digits_for_letters_are_read() -> None:
    assert all(finds("kill", text) for text in ("killlll", "k1ll", "k i l l", "K.I.L.L"))
    assert not finds("off", "of")


@pytest.mark.parametrize("wording", ["<nobody> dies", "to?", "..3", "!die"])
def test_a_wording_that_cannot_be_meant_is_refused(wording: str) -> None:
    with pytest.raises(WordingError):
        finds(wording, "x")


def test_marks_of_a_word_that_must_not_stand_there_are_not_those_of_one_that_must() -> None:
    wording = Compiler(Vocabulary(), {}).wording("cười|mắng !cuối|tháng")

    assert wording.forms == {"cuoi": {"cười"}, "mang": {"mắng"}}


def test_what_begins_within_words_of_other_marks_is_found() -> None:
    vocabulary = Vocabulary()
    for complete in (False, True):
        vocabulary.complete = complete
        wordings = Wordings([Compiler(vocabulary, {}).wording("bán|gửi ..3 hình")])

    def is_found(text: str) -> bool:
        tokens = tokens_of(prepare(text))
        return wordings.first_in(without(vocabulary.read(tokens), set(), tokens, typed_tokens(text))) is not None

    assert is_found("bạn gửi hình")  # "bạn ... hình" is none, "gửi hình" within it is
    assert not is_found("bạn xem hình")


def test_the_first_wording_in_order_is_found_whichever_word_of_it_is_rare() -> None:
    vocabulary = Vocabulary()
    compiler = Compiler(vocabulary, {})
    wordings = Wordings([compiler.wording(source) for source in ("my knife", "my gun", "gun school", "my")])

    def first(text: str) -> str | None:
        found = wordings.first_in(without(vocabulary.read(text.split()), set()))
        return found and found.source

    assert [first(text) for text in ("my gun school", "gun school my", "my cat", "a cat")] == [
        "my gun", "gun school", "my", None
    ]  # fmt: skip
