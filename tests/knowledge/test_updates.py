"""After any edits the retriever says what one that was built anew of the same files would say."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.articles import Library, LibraryLoader, load_library
from knowledge.evidence import EvidenceReader
from knowledge.index import PassageIndex, article_hashes
from knowledge.lexical import cut_up
from knowledge.lexical_index import LexicalIndex
from knowledge.passages import Passage, all_passages
from knowledge.retriever import Retriever
from tests.knowledge.stand_ins import FakeEncoder, english, translated, write

NAMES = ("bus", "lunch", "screen")
LANGUAGES = ("en", "es", "ru")
WORDS = ("late", "broken", "lost", "blue", "números", "автобус", "two words", "late late late")
ASKED = ("the bus is late", "lost my lunch", "números broken", "автобус", "Sobre screen", "about", "zzz")


def retriever(library: Library, encoder: FakeEncoder) -> Retriever:
    index = PassageIndex.build(all_passages(library), encoder, article_hashes(library))
    return Retriever(library, index, encoder, None)


def assert_says_the_same(edited: Retriever, encoder: FakeEncoder) -> None:
    """All numbers of the evidence, not only what is suggested."""
    anew = retriever(edited.library, encoder)
    one, other = edited._reader, anew._reader
    assert one.articles == other.articles
    if not one.articles:
        return
    for text in ASKED:
        (vector,) = encoder.encode([text])
        said, expected = one.read(text, vector).evidence, other.read(text, vector).evidence
        np.testing.assert_allclose(said.articles, expected.articles, atol=2e-5)
        for place, best in enumerate(said.best):
            assert edited.index.live[best]
            assert edited.index.passages[best].article == one.articles[place]


def article(language: str, name: str, words: Sequence[str]) -> str:
    questions = [f"{name} {word} {number}" for number, word in enumerate((*words, "a", "b", "c", "d"))]
    return (english if language == "en" else translated)(name, questions=questions)


edit = st.tuples(
    st.sampled_from(("write", "write", "delete", "break")),
    st.sampled_from(LANGUAGES),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(edit, max_size=3), min_size=1, max_size=5))
def test_any_edits_lead_to_what_a_build_from_nothing_gives(edits: list[list[tuple[str, str, str, list[str]]]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, encoder = Path(name), FakeEncoder()
        for language in ("en", "es"):
            for some in NAMES[:2]:
                write(folder, some, article(language, some, WORDS[:2]), language)
        loader = LibraryLoader(folder)
        edited = retriever(loader.load(), encoder)
        for together in edits:
            for what, language, some, words in together:
                if what == "delete":
                    (folder / language / f"{some}.md").unlink(missing_ok=True)
                else:
                    write(folder, some, article(language, some, words) if what == "write" else "half", language)
            edited = edited.updated(loader.load())
            assert_says_the_same(edited, encoder)
        assert_says_the_same(edited.whole(), encoder)
        assert edited.whole().index.passages == all_passages(edited.library)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        write(tmp_path, name, article("en", name, WORDS[:2]))
    return tmp_path


def test_an_edit_leaves_what_was_built_and_encodes_only_new_texts(folder: Path) -> None:
    encoder, loader = FakeEncoder(), LibraryLoader(folder)
    before = retriever(loader.load(), encoder)
    encoder.encoded.clear()

    write(folder, "bus", article("en", "bus", ["purple"]))
    after = before.updated(loader.load())

    assert sorted(encoder.encoded) == ["bus a 1", "bus b 2", "bus c 3", "bus d 4", "bus purple 0"]
    assert after.index.base is before.index.base
    assert after.find("bus purple", "en").suggestions[0].article == "bus"
    assert "purple" not in before.find("bus purple", "en").suggestions[0].passage


def test_two_edits_of_one_article_leave_only_the_last_beside_the_base(folder: Path) -> None:
    encoder, loader = FakeEncoder(), LibraryLoader(folder)
    edited = retriever(loader.load(), encoder)
    sizes = []
    for word in ("purple", "orange"):
        write(folder, "bus", article("en", "bus", [word]))
        edited = edited.updated(loader.load())
        sizes.append(edited.index.worn)

    assert sizes[0] == sizes[1]
    assert not any("purple" in passage.text for passage in edited.index.passages)
    assert_says_the_same(edited, encoder)


def test_an_edit_that_is_taken_back_leaves_the_index_in_one_piece(folder: Path) -> None:
    encoder, loader = FakeEncoder(), LibraryLoader(folder)
    edited = retriever(loader.load(), encoder)
    text = (folder / "en" / "bus.md").read_text()
    write(folder, "bus", article("en", "bus", ["purple"]))
    edited = edited.updated(loader.load())
    encoder.encoded.clear()

    write(folder, "bus", text)
    edited = edited.updated(loader.load())

    assert edited.index.worn == 0
    assert edited.index.whole() is edited.index
    assert encoder.encoded == []
    assert_says_the_same(edited, encoder)


def test_all_articles_may_go_and_others_come(folder: Path) -> None:
    encoder, loader = FakeEncoder(), LibraryLoader(folder)
    edited = retriever(loader.load(), encoder)
    for name in NAMES:
        (folder / "en" / f"{name}.md").unlink()
    edited = edited.updated(loader.load())
    assert edited.find("the bus is late", "en").decision == "unknown"

    write(folder, "taxi", article("en", "taxi", WORDS[:2]))
    edited = edited.updated(loader.load())
    assert edited.find("taxi late", "en").suggestions[0].article == "taxi"
    assert_says_the_same(edited, encoder)


def test_what_was_edited_is_saved_in_the_order_of_the_articles(folder: Path, tmp_path: Path) -> None:
    encoder, loader = FakeEncoder(), LibraryLoader(folder)
    edited = retriever(loader.load(), encoder)
    write(folder, "bus", article("en", "bus", ["purple"]))
    write(folder, "bus", article("es", "bus", ["azul"]), "es")
    edited = edited.updated(loader.load())

    edited.index.save(tmp_path / "saved")

    saved = PassageIndex.load(tmp_path / "saved", encoder)
    assert saved.passages == all_passages(load_library(folder))
    assert saved.record == edited.index.record
    np.testing.assert_array_equal(saved.vectors, encoder.encode([passage.text for passage in saved.passages]))


def test_an_encoder_that_gives_no_numbers_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, loader = FakeEncoder(), LibraryLoader(folder)
    before = retriever(loader.load(), encoder)
    write(folder, "bus", article("en", "bus", ["purple"]))
    monkeypatch.setattr(encoder, "encode", lambda texts: np.full((len(texts), 64), np.nan, dtype=np.float32))

    with pytest.raises(ValueError, match="the encoder fake gives no numbers"):
        before.updated(loader.load())


def passages(*texts: tuple[str, str]) -> list[Passage]:
    return [Passage(f"a{place}", language, "question", text) for place, (language, text) in enumerate(texts)]


BASE = passages(
    ("en", "the bus is late"), ("en", "bus stop"), ("es", "el bus no llega"), ("en", "?!"), ("ru", "автобус")
)


@pytest.mark.parametrize(
    ("added", "gone"),
    [
        ([], [0]),
        ([], [0, 1, 2, 3, 4]),
        ([("en", "the taxi is late late")], []),
        ([("zh", "校车 bus"), ("en", "...")], [1]),
        ([("ru", "автобус опоздал bus")], [4, 3]),
    ],
)
def test_words_weigh_what_they_weigh_among_all_passages_that_are_there(
    added: list[tuple[str, str]], gone: list[int]
) -> None:
    live = np.ones(len(BASE), dtype=bool)
    live[gone] = False
    left = [passage for passage, there in zip(BASE, live, strict=True) if there]

    edited = LexicalIndex(BASE).updated(passages(*added), live)
    anew = LexicalIndex([*left, *passages(*added)])

    for text in ("the bus is late", "bus", "автобус", "校车", "taxi stop", "zzz"):
        scores = edited.scores(cut_up(text))
        assert not scores[: len(BASE)][~live].any()
        kept = np.concatenate([scores[: len(BASE)][live], scores[len(BASE) :]])
        np.testing.assert_allclose(kept, anew.scores(cut_up(text)), atol=1e-6)


def test_a_reader_of_another_base_is_not_built_upon(folder: Path) -> None:
    encoder = FakeEncoder()
    one, other = (retriever(load_library(folder), encoder) for _ in range(2))

    reader = EvidenceReader(other.index, None, one._reader)

    (vector,) = encoder.encode(["bus late"])
    np.testing.assert_allclose(
        reader.read("bus late", vector).evidence.articles,
        one._reader.read("bus late", vector).evidence.articles,
        atol=1e-6,
    )
