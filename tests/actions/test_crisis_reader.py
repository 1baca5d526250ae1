"""The crisis screen's second reader: learns from examples, by words and by meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actions.desk import crisis
from actions.desk.crisis_reader import CrisisReader, _quiet, fit_reader
from knowledge.lexical import cut_up
from tests.knowledge.stand_ins import FakeEncoder

EXAMPLES = [
    *((f"he wants to end it {n}", "self_harm") for n in range(12)),
    *((f"she plans to end it all {n}", "self_harm") for n in range(12)),
    *((f"a man with a gun stands there {n}", "threat") for n in range(12)),
    *((f"somebody with a gun came in {n}", "threat") for n in range(12)),
    *((f"my child does not breathe {n}", "medical") for n in range(12)),
    *((f"the battery is at its end {n}", "none") for n in range(12)),
]
EVERYDAY = [f"{what} {n}" for what in ("where is the bus", "no internet", "my password is gone") for n in range(40)]
UNSEEN = [(f"{what} {n}", "en") for what in ("when is lunch", "xxx", "www") for n in range(20)]


@pytest.fixture(scope="module")
def reader() -> CrisisReader:
    return fit_reader(EXAMPLES, EVERYDAY, UNSEEN, FakeEncoder())


@pytest.fixture
def _screen_as_before() -> Iterator[None]:
    before = crisis._Second.reader, crisis._Second.meaning, crisis._Second.encoder
    yield
    crisis._Second.reader, crisis._Second.meaning, crisis._Second.encoder = before


@pytest.mark.parametrize(
    ("text", "kind"),
    [("they want to end it", "self_harm"), ("a man with a gun came in", "threat"), ("the bus is late", None)],
)
def test_it_tells_which_danger_and_leaves_everyday_texts(reader: CrisisReader, text: str, kind: str | None) -> None:
    assert reader.read(text) == kind
    assert reader.read(text, FakeEncoder().encode([text])[0]) == kind


def test_what_a_text_means_counts_where_its_words_are_unknown(reader: CrisisReader) -> None:
    meaning = FakeEncoder().encode(["he wants to end it all"])[0]
    assert reader.read("qqq zzz") is None
    assert reader.read("qqq zzz", meaning) == "self_harm"


def test_unknown_words_must_be_clearly_above_the_threshold(reader: CrisisReader) -> None:
    by_words, by_both = reader.thresholds
    excess = reader._excess("qqq zzz", *reader.space.vector(cut_up("qqq zzz")), None)
    just_above, clearly = (
        replace(reader, thresholds=({name: known + excess - above for name, known in by_words.items()}, by_both))
        for above in (0.1, 0.6)
    )

    assert just_above.read("qqq zzz") is None
    assert clearly.read("qqq zzz") is not None


def test_each_language_has_its_own_threshold_where_enough_of_it_is_known() -> None:
    often = [(f"{what} {n}", "en") for what in ("the bus", "the end of the bus") for n in range(150)]
    rarely = [(f"el autobús {n}", "es") for n in range(20)]
    found = fit_reader(EXAMPLES, EVERYDAY, [*often, *rarely], FakeEncoder())
    assert set(found.thresholds[1]) == {"", "en"}
    assert found.thresholds[0]["en"] != found.thresholds[0][""]


def test_saved_and_loaded_it_reads_the_same(reader: CrisisReader, tmp_path: Path) -> None:
    reader.save(tmp_path / "desk")
    again = CrisisReader.load(tmp_path / "desk")
    assert again is not None
    assert (again.encoder, again.classes) == ("fake", reader.classes)
    for text in ("he wants to end it", "a gun", "no internet", "lunch"):
        meaning = FakeEncoder().encode([text])[0]
        assert (again.read(text), again.read(text, meaning)) == (reader.read(text), reader.read(text, meaning))


@pytest.mark.parametrize("broken", ["", "{", '{"classes": []}'])
def test_a_broken_record_is_no_reader_and_the_log_names_the_cure(
    reader: CrisisReader, tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    reader.save(tmp_path)
    (tmp_path / "crisis.json").write_text(broken)
    assert CrisisReader.load(tmp_path) is None
    assert "familydesk train" in caplog.text


@pytest.mark.usefixtures("_screen_as_before")
def test_the_screen_asks_for_the_meaning_only_of_the_encoder_it_learnt_with(reader: CrisisReader) -> None:
    asked: list[str] = []

    def meaning(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        asked.append(text)
        vector: np.ndarray[tuple[int], np.dtype[np.float32]] = FakeEncoder().encode(["he wants to end it all"])[0]
        return vector

    crisis.use_second_reader(reader)
    crisis.use_meaning(meaning, "another encoder")
    assert crisis.screen("qqq zzz") is None
    crisis.use_meaning(meaning, "fake")
    assert crisis.screen("qqq zzz") == "self_harm"
    assert asked == ["qqq zzz"]


@pytest.mark.usefixtures("_screen_as_before")
def test_an_encoder_that_fails_leaves_the_words(reader: CrisisReader, caplog: pytest.LogCaptureFixture) -> None:
    def broken(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        raise RuntimeError(text)

    crisis.use_second_reader(reader)
    crisis.use_meaning(broken, "fake")
    assert crisis.screen("they want to end it 7") == "self_harm"
    assert "RuntimeError" in caplog.text
    assert "end it" not in caplog.text


@pytest.mark.usefixtures("_screen_as_before")
@pytest.mark.parametrize("text", ["MORE", "más", "Stop", "leave me alone", "еще", "更多"])
def test_what_the_desk_tells_families_to_write_is_no_cry(text: str, reader: CrisisReader) -> None:
    # A reader to whom everything is one.
    crisis.use_second_reader(replace(reader, thresholds=({"": -99.0}, {"": -99.0})))

    assert crisis.screen("qqq zzz they") is not None
    assert (crisis.screen(text), crisis.screen_quickly(text)) == (None, None)


def test_the_threshold_of_a_language_comes_half_from_all() -> None:
    said = np.concatenate([np.linspace(0.0, 1.0, 1_000), np.linspace(0.0, 3.0, 1_000)])
    languages = np.array(["en"] * 1_000 + ["es"] * 1_000)

    thresholds = _quiet(said, languages)

    assert 1.0 < thresholds["en"] < thresholds[""] < thresholds["es"] < 3.0


class _Doubter:
    """Sees danger only where "alone" stands."""

    encoder = "fake"

    def read(self, text: str, meaning: np.ndarray | None = None) -> str | None:
        return None

    def is_harmless(self, text: str, meaning: np.ndarray) -> bool:
        return "alone" not in text


@pytest.fixture
def _doubter(_screen_as_before: None) -> None:
    crisis._Second.reader = _Doubter()  # type: ignore[assignment]
    crisis.use_meaning(lambda text: FakeEncoder().encode([text])[0], "fake")


WORDING = "she wants to kill herself"


@pytest.mark.usefixtures("_doubter")
def test_an_agreed_wording_gives_way_only_where_no_sentence_is_near_a_danger() -> None:
    assert crisis.screen(WORDING) is None
    assert crisis.screen(f"{WORDING} alone") == "self_harm"
    # One sentence among many says little of the whole, so each is looked at.
    assert crisis.screen(f"the charger is lost. {WORDING}. she is alone! who calls me back?") == "self_harm"


@pytest.mark.usefixtures("_doubter")
def test_an_agreed_wording_decides_in_a_long_text_above_the_limits_and_without_the_encoder() -> None:
    assert crisis.screen(f"{WORDING} {'and the bus is late ' * 60}") == "self_harm"
    assert crisis.screen_quickly(WORDING) == "self_harm"
    crisis.use_meaning(None)
    assert crisis.screen(WORDING) == "self_harm"


def test_what_is_far_below_the_threshold_is_harmless(reader: CrisisReader) -> None:
    near, far = "a man with a gun came in", "my password is gone"
    meanings = FakeEncoder().encode([near, far])
    assert not reader.is_harmless(near, meanings[0])
    assert reader.is_harmless(far, meanings[1])
