"""Questions find articles, in the family's language where there is one, and "I don't know" is an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.articles import load_library
from knowledge.index import PassageIndex, article_hashes
from knowledge.passages import all_passages
from knowledge.retriever import Retriever
from tests.knowledge.stand_ins import FakeEncoder, english, translated, write

PASSWORD = [
    *("I forgot my password", "password reset please", "cannot remember password"),
    *("new password needed", "password expired"),
]
BUS = ["the bus is late", "where is the bus", "missed the bus", "bus stop moved", "which bus number"]
CLAVE = [
    *("olvide mi contrasena", "cambiar la contrasena", "contrasena vencida"),
    *("no recuerdo la contrasena", "clave perdida"),
]


def retriever(folder: Path) -> Retriever:
    library, encoder = load_library(folder), FakeEncoder()
    index = PassageIndex.build(all_passages(library), encoder, article_hashes(library))
    return Retriever(library, index, encoder, None)


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    write(tmp_path, "password", english("password", title="Reset a password", questions=PASSWORD))
    write(tmp_path, "bus", english("bus", title="Find the school bus", questions=BUS))
    write(tmp_path, "password", translated("password", title="Cambiar una contrasena", questions=CLAVE), "es")
    return tmp_path


def test_a_question_finds_its_article_and_the_passage_that_won(articles: Path) -> None:
    finding = retriever(articles).find("i forgot my pasword", "en")

    assert finding.decision == "answer"
    best = finding.suggestions[0]
    assert (best.article, best.language, best.title) == ("password", "en", "Reset a password")
    assert best.passage == "I forgot my password"
    assert 0.5 < best.score <= 1.0


def test_suggestions_come_best_first(articles: Path) -> None:
    suggestions = retriever(articles).find("the bus is late", "en").suggestions

    assert [suggestion.article for suggestion in suggestions] == ["bus", "password"]
    assert suggestions[0].score >= suggestions[1].score


def test_a_question_in_one_language_shows_the_article_in_the_familys(articles: Path) -> None:
    found = retriever(articles)

    spanish = found.find("olvide mi contrasena", "en").suggestions[0]
    english_ = found.find("i forgot my password", "es").suggestions[0]
    none = found.find("where is the bus", "es").suggestions[0]

    assert (spanish.article, spanish.language) == ("password", "en")
    assert (english_.article, english_.language) == ("password", "es")
    assert (none.article, none.language) == ("bus", "en")


def test_what_shares_nothing_with_any_article_is_unknown(articles: Path) -> None:
    found = retriever(articles)

    for text in ("qwertyuiop", "", "???", "👍", "purple elephants dance"):
        finding = found.find(text, "en")
        assert (finding.decision, finding.suggestions) == ("unknown", ())


def test_many_questions_at_once_are_answered_as_one_by_one(articles: Path) -> None:
    found = retriever(articles)
    texts = ["i forgot my password", "where is the bus", "purple elephants", "contrasena vencida"]

    assert found.find_all(texts, ["en", "es", None, "es"]) == [
        found.find(text, language) for text, language in zip(texts, ["en", "es", None, "es"], strict=True)
    ]


def test_without_articles_everything_is_unknown(tmp_path: Path) -> None:
    assert retriever(tmp_path).find("password", "en").decision == "unknown"
