"""Articles are served as they are now: changed at once, never with a gap, never broken."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.encoder import Vectors
from knowledge.index import read_record
from knowledge.knowledge import Knowledge, department_keys, index_folder
from knowledge.retriever import Retriever
from knowledge.settings import Settings
from tests.knowledge.stand_ins import (
    FakeEncoder,
    english,
    settings_for,
    translated,
    until_watched,
    wait_for,
    watching,
    write,
)

BUS = ["the bus is late", "where is the bus", "missed the bus", "bus stop moved", "which bus number"]
SCREEN = ["cracked screen", "my screen broke", "lines on screen", "screen flickers", "screen is shattered"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = settings_for(tmp_path)
    write(found.articles, "bus", english("bus", questions=BUS))
    return found


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def knowledge(settings: Settings, encoder: FakeEncoder) -> Iterator[Knowledge]:
    found = Knowledge(settings, encoder)
    yield found
    found.close()


@pytest.fixture
def watched(knowledge: Knowledge, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Knowledge]:
    monkeypatch.setattr("knowledge.knowledge._LOOK_MS", 3_600_000)  # only what the system tells counts
    with watching(knowledge, settings.articles):
        yield knowledge


def first(knowledge: Knowledge, text: str) -> str | None:
    suggestions = knowledge.find(text, "en").suggestions
    return suggestions[0].article if suggestions else None


def saved_articles(settings: Settings) -> Collection[str]:
    record = read_record(index_folder(settings))
    return record.articles if record else ()


def passage(knowledge: Knowledge, text: str) -> str | None:
    suggestions = knowledge.find(text, "en").suggestions
    return suggestions[0].passage if suggestions else None


def test_a_new_article_is_found_by_its_own_questions_after_a_refresh(knowledge: Knowledge, settings: Settings) -> None:
    assert first(knowledge, "cracked screen") is None

    write(settings.articles, "screen", english("screen", questions=SCREEN))
    problems = knowledge.refresh()

    assert problems == ()
    assert first(knowledge, "cracked screen") == "screen"
    assert first(knowledge, "the bus is late") == "bus"


def test_a_refresh_encodes_only_what_changed(knowledge: Knowledge, settings: Settings, encoder: FakeEncoder) -> None:
    encoder.encoded.clear()
    knowledge.refresh()
    assert encoder.encoded == []

    write(settings.articles, "bus", english("bus", questions=[*BUS, "bus driver was rude"]))
    knowledge.refresh()
    assert encoder.encoded == ["bus driver was rude"]


def test_a_broken_file_keeps_its_last_good_version_and_is_named_once_in_the_log(
    knowledge: Knowledge, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    write(settings.articles, "bus", "---\ntitle: half a file\n")

    with caplog.at_level(logging.ERROR):
        problems = knowledge.refresh()
        knowledge.refresh()

    assert len(problems) == 1
    assert first(knowledge, "where is the bus") == "bus"
    assert [record.message for record in caplog.records] == [str(problems[0])]
    assert "bus.md:1: the front matter does not end" in caplog.text


def test_a_second_start_encodes_nothing(settings: Settings, encoder: FakeEncoder) -> None:
    Knowledge(settings, encoder).close()
    encoder.encoded.clear()

    again = Knowledge(settings, encoder)

    assert encoder.encoded == []
    assert first(again, "where is the bus") == "bus"
    again.close()


def test_a_start_after_the_articles_changed_serves_the_new_ones(settings: Settings, encoder: FakeEncoder) -> None:
    Knowledge(settings, encoder).close()
    write(settings.articles, "screen", english("screen", questions=SCREEN))

    again = Knowledge(settings, encoder)

    assert first(again, "my screen broke") == "screen"
    again.close()


@pytest.mark.alone
def test_saving_a_file_shows_within_a_second(watched: Knowledge, settings: Settings) -> None:
    took = []
    for number in range(5):
        write(settings.articles, "bus", english("bus", title=f"Bus {number}", questions=BUS))
        title = f"Bus {number}"
        took.append(wait_for(lambda title=title: watched.library.articles["en", "bus"].title == title))  # type: ignore[misc]

    assert sorted(took)[2] < 1.0


def test_an_editor_that_saves_by_renaming_is_seen(watched: Knowledge, settings: Settings) -> None:
    path = settings.articles / "en" / "bus.md"
    beside = path.with_name(".bus.md.swp")
    beside.write_text(english("bus", title="Moved into place", questions=BUS), encoding="utf-8")
    path.rename(path.with_name("bus.md~"))
    beside.rename(path)

    wait_for(lambda: watched.library.articles["en", "bus"].title == "Moved into place")


def test_a_new_language_folder_is_seen_and_a_deleted_file_is_gone(watched: Knowledge, settings: Settings) -> None:
    path = write(settings.articles, "bus", translated("bus"), "es")
    wait_for(lambda: "es" in watched.library.languages)

    path.unlink()
    wait_for(lambda: "es" not in watched.library.languages)
    assert first(watched, "where is the bus") == "bus"


def test_a_folder_that_was_taken_away_and_came_back_is_watched_again(watched: Knowledge, settings: Settings) -> None:
    away = settings.articles.with_name("away")
    settings.articles.rename(away)
    time.sleep(0.6)
    away.rename(settings.articles)
    until_watched(watched, settings.articles)
    write(settings.articles, "screen", english("screen", questions=SCREEN))

    wait_for(lambda: first(watched, "cracked screen") == "screen")


def test_there_is_never_a_gap_while_articles_change(watched: Knowledge, settings: Settings) -> None:
    answers: list[str | None] = []
    for number in range(20):
        write(settings.articles, "bus", english("bus", title=f"Bus {number}", questions=BUS))
        answers += [first(watched, "where is the bus") for _ in range(5)]
        time.sleep(0.02)

    wait_for(lambda: watched.library.articles["en", "bus"].title == "Bus 19")
    assert set(answers) == {"bus"}


def test_a_broken_file_that_is_mended_is_served_as_mended(
    watched: Knowledge, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    write(settings.articles, "bus", "---\ntitle: half a file\n")
    wait_for(lambda: "bus.md" in caplog.text)
    assert first(watched, "where is the bus") == "bus"

    write(settings.articles, "bus", english("bus", title="Mended", questions=[*BUS, "purple bus"]))

    wait_for(lambda: passage(watched, "purple bus") == "purple bus")
    assert watched.library.articles["en", "bus"].title == "Mended"


def test_an_edit_while_another_is_being_built_follows_it(
    watched: Knowledge, settings: Settings, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_go_on = threading.Event(), threading.Event()
    encode = encoder.encode

    def slow(texts: Sequence[str]) -> Vectors:
        if "purple bus" in texts and len(texts) > 1:
            began.set()
            assert may_go_on.wait(60)
        return encode(texts)

    monkeypatch.setattr(encoder, "encode", slow)
    write(settings.articles, "bus", english("bus", title="First", questions=[*BUS, "purple bus"]))
    assert began.wait(60)
    write(settings.articles, "bus", english("bus", title="Second", questions=[*BUS, "orange bus"]))
    write(settings.articles, "screen", english("screen", questions=SCREEN))
    assert first(watched, "where is the bus") == "bus"  # the last one serves meanwhile
    may_go_on.set()

    wait_for(lambda: first(watched, "cracked screen") == "screen")
    wait_for(lambda: passage(watched, "orange bus") == "orange bus")
    assert watched.library.articles["en", "bus"].title == "Second"


def test_a_change_that_cannot_be_built_leaves_the_last_state_and_the_watching(
    watched: Knowledge, settings: Settings, encoder: FakeEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    encode = encoder.encode

    def broken(texts: Sequence[str]) -> Vectors:
        if len(texts) > 1:
            raise RuntimeError("out of memory")
        return encode(texts)

    encoder.encode = broken  # type: ignore[method-assign]
    write(settings.articles, "screen", english("screen", questions=SCREEN))
    wait_for(lambda: "the last good ones are still served" in caplog.text)
    assert first(watched, "where is the bus") == "bus"

    encoder.encode = encode  # type: ignore[method-assign]
    write(settings.articles, "bus", english("bus", title="Later", questions=BUS))
    wait_for(lambda: first(watched, "cracked screen") == "screen")


def test_edits_are_on_disk_after_closing(settings: Settings, encoder: FakeEncoder) -> None:
    knowledge = Knowledge(settings, encoder)
    write(settings.articles, "screen", english("screen", questions=SCREEN))
    knowledge.refresh()
    knowledge.close()
    encoder.encoded.clear()

    again = Knowledge(settings, encoder)

    assert encoder.encoded == []
    assert first(again, "cracked screen") == "screen"
    again.close()


def test_edits_are_on_disk_after_a_while(
    knowledge: Knowledge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.knowledge._TIDY_AFTER", 0.05)
    write(settings.articles, "screen", english("screen", questions=SCREEN))
    knowledge.refresh()

    wait_for(lambda: "en/screen" in saved_articles(settings))


def test_a_worn_index_is_put_together_with_the_edits_that_come_meanwhile(
    knowledge: Knowledge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.knowledge._MOST_WORN", 3)
    began, may_go_on = threading.Event(), threading.Event()
    whole = Retriever.whole

    def slow(retriever: Retriever) -> Retriever:
        began.set()
        assert may_go_on.wait(60)
        return whole(retriever)

    monkeypatch.setattr(Retriever, "whole", slow)
    write(settings.articles, "screen", english("screen", questions=SCREEN))
    knowledge.refresh()
    worn = knowledge._retriever.index.worn
    assert began.wait(60)
    write(settings.articles, "bus", english("bus", questions=[*BUS, "purple bus"]))
    knowledge.refresh()
    assert passage(knowledge, "purple bus") == "purple bus"
    assert knowledge._retriever.index.worn > worn
    may_go_on.set()

    wait_for(lambda: len(knowledge._retriever.index.base.passages) > worn)
    assert first(knowledge, "cracked screen") == "screen"
    assert passage(knowledge, "purple bus") == "purple bus"


def test_a_disk_that_is_full_is_said_and_what_was_edited_is_served(
    knowledge: Knowledge, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_space(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", no_space)
    write(settings.articles, "screen", english("screen", questions=SCREEN))
    knowledge.refresh()
    knowledge.close()

    assert "the index could not be written" in caplog.text
    assert first(knowledge, "cracked screen") == "screen"


async def test_questions_that_wait_together_are_encoded_together(knowledge: Knowledge, encoder: FakeEncoder) -> None:
    encoder.batches.clear()
    encoder.may_go_on.clear()
    tasks = [asyncio.create_task(knowledge.find_soon(f"where is the bus {n}", "en")) for n in range(40)]
    await asyncio.sleep(0.05)
    encoder.may_go_on.set()

    findings = await asyncio.gather(*tasks)

    assert {finding.suggestions[0].article for finding in findings} == {"bus"}
    assert sum(encoder.batches) == 40
    assert len(encoder.batches) <= 4
    assert max(encoder.batches) <= 32


async def test_what_a_message_means_is_worked_out_once(knowledge: Knowledge, encoder: FakeEncoder) -> None:
    encoder.batches.clear()

    meaning = await knowledge.meaning_soon("where is the bus")
    finding = await knowledge.find_soon("where is the bus", "en")

    assert finding.suggestions[0].article == "bus"
    assert np.array_equal(meaning, knowledge.meaning("where is the bus"))
    assert np.array_equal(meaning, encoder.encode(["where is the bus"])[0])
    assert encoder.batches == [1, 1]  # the second is this test's own


async def test_a_question_that_nobody_waits_for_any_more_harms_no_other(
    knowledge: Knowledge, encoder: FakeEncoder
) -> None:
    encoder.may_go_on.clear()
    given_up, other = (asyncio.create_task(knowledge.find_soon("where is the bus", "en")) for _ in range(2))
    await asyncio.sleep(0.02)
    given_up.cancel()
    encoder.may_go_on.set()

    assert (await other).decision == "answer"


async def test_an_encoder_that_fails_is_told_to_each_who_waits(knowledge: Knowledge, encoder: FakeEncoder) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("out of memory")

    encoder.encode = broken  # type: ignore[assignment,method-assign]

    results = await asyncio.gather(*(knowledge.find_soon("x", "en") for _ in range(3)), return_exceptions=True)

    assert [str(result) for result in results] == ["out of memory"] * 3


def test_departments_come_from_the_district(tmp_path: Path, settings: Settings) -> None:
    assert department_keys(settings.district) == {"technology"}
    assert department_keys(tmp_path / "nowhere") is None
    (settings.district / "district.yml").write_text("[not, keys")
    assert department_keys(settings.district) is None


def test_an_article_of_an_unknown_department_is_left_out(settings: Settings, encoder: FakeEncoder) -> None:
    write(settings.articles, "screen", english("screen", department="cars"))

    found = Knowledge(settings, encoder)

    assert found.library.get("screen", "en") is None
    found.close()
