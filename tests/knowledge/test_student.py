"""The encoder that is tuned, with a tiny model in the place of the bundled one: what it learns, and in what order."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

from knowledge.learning import branch_of, learn
from knowledge.lessons import Lessons
from knowledge.student import Student, encode
from knowledge.typing_slips import as_typed
from knowledge.voices import Example

WORDS = ["bus", "late", "where", "is", "password", "forgot", "my", "lunch", "money", "pay", "hello", "weather"]
DIMENSION = 32


@pytest.fixture
def student() -> Student:
    torch.manual_seed(1)
    vocabulary = {word: place for place, word in enumerate(["[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    bert = BertModel(
        BertConfig(
            vocab_size=2, hidden_size=DIMENSION, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
        ),
        add_pooling_layer=False,
    )
    own = torch.randn(len(vocabulary) - 2, DIMENSION)
    return Student(bert, tokenizer, own, np.zeros((2, DIMENSION), dtype=np.float32)).eval()


def test_vectors_come_in_the_order_of_the_texts_however_they_are_grouped(student: Student) -> None:
    texts = ["bus", "where is my bus", "lunch money", "password forgot my password", "pay"]

    together, alone = encode(student, texts, group=2), torch.cat([encode(student, [text]) for text in texts])

    assert together.shape == (5, DIMENSION)
    torch.testing.assert_close(together, alone, atol=0.03, rtol=0.0)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(5))


@pytest.mark.parametrize("branches", [1, 2])
def test_messages_come_near_the_passages_of_their_article_and_wishes_apart(student: Student, branches: int) -> None:
    topics = {"bus": ["where is my bus", "bus late"], "password": ["forgot my password"], "lunch": ["pay lunch money"]}
    asked = [("late bus", "bus"), ("is bus late", "bus"), ("password forgot", "password"), ("forgot", "password"),
             ("pay money", "lunch"), ("lunch", "lunch")]  # fmt: skip
    messages = [Example(text, "en", (topic,)) for text, topic in asked] * 20
    messages += [Example("hello weather", "en", ()), Example("weather", "en", ())] * 10
    view = np.full(DIMENSION, DIMENSION**-0.5, dtype=np.float32)
    lessons = Lessons(
        messages, topics, [("hello", view)], [("hello", "greet"), ("pay", "other")], [("weather", "none")]
    )

    learn(student, lessons, epochs=40, minutes=1.0, branches=branches)

    said = encode(student, [text for text, _ in asked])
    told = encode(student, [texts[0] for texts in topics.values()])
    assert [list(topics)[place] for place in (said @ told.T).argmax(dim=1)] == [topic for _, topic in asked]
    nearest = (encode(student, ["weather"]) @ told.T).max()
    assert nearest < (said @ told.T).max(dim=1).values.min()


def test_each_branch_has_its_part_of_the_time_behind_the_trunk() -> None:
    assert [branch_of(share, 1) for share in (0.0, 0.5)] == [(1, 0.0), (1, 0.5)]
    assert branch_of(0.2, 3) == (0, 0.5)
    assert [branch_of(share, 3) for share in (0.41, 0.61, 0.81)] == [pytest.approx((way, 0.05)) for way in (1, 2, 3)]
    assert branch_of(0.9, 3) == pytest.approx((3, 0.5))
    assert branch_of(1.0, 3) == pytest.approx((3, 1.0))


@pytest.mark.parametrize(
    "text", ["¿Dónde está el autobús de mi hijo?", "мой сын забыл пароль", "孩子的电脑打不开", "x", "?"]
)
def test_slips_leave_something_to_read(text: str) -> None:
    chance = random.Random(2)

    written = {as_typed(text, chance) for _ in range(60)}

    assert all(one.strip() for one in written)
    assert all(abs(len(one) - len(text)) < 20 for one in written)


def test_slips_are_those_of_people_in_a_hurry() -> None:
    chance = random.Random(2)

    written = {as_typed("¿Dónde está el autobús?", chance) for _ in range(200)}

    assert "¿Donde esta el autobus?" in written
    assert "¿DÓNDE ESTÁ EL AUTOBÚS?" in written
