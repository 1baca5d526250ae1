"""Training makes voices that know how families ask, and is not needed for an article that came later."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge import training
from knowledge.articles import load_library
from knowledge.encoded import RememberingEncoder
from knowledge.index import PassageIndex, article_hashes
from knowledge.kernel_machine import fit_machine, without_topic
from knowledge.knowledge import Knowledge, trained_folder
from knowledge.lexical import cut_up
from knowledge.passages import all_passages
from knowledge.settings import Settings
from knowledge.training import train, train_on
from knowledge.voices import Example, Members, kernel, load_trained
from tests.knowledge.stand_ins import FakeEncoder, english, settings_for, write

# What families say of each thing.
WORDS = {
    "bus": ["yellow", "driver", "pickup", "corner", "ride"],
    "screen": ["cracked", "glass", "lines", "shattered", "flicker"],
    "password": ["forgot", "login", "secret", "expired", "locked"],
    "lunch": ["cafeteria", "hungry", "balance", "menu", "tray"],
}
FILLER = ["my", "the", "please", "today", "kid", "again", "why", "school"]
ELSEWHERE = ["football", "prom", "weather", "passport", "yearbook"]


def message(random: np.random.Generator, words: Sequence[str]) -> str:
    return " ".join(random.permutation([*random.choice(words, 2, False), *random.choice(FILLER, 3, False)]))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    found = settings_for(tmp_path)
    monkeypatch.setattr(training, "load_encoder", lambda _: FakeEncoder())
    for name, words in WORDS.items():
        write(found.articles, name, english(name, questions=[f"{word} {name}" for word in words]))
    return found


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    rows = [(message(random, words), [topic]) for topic, words in WORDS.items() for _ in range(30)]
    rows += [(message(random, ELSEWHERE), []) for _ in range(40)]
    folder = tmp_path / "questions"
    (folder / "held-out").mkdir(parents=True)
    lines = [json.dumps({"text": text, "lang": "en", "topics": topics}) for text, topics in rows]
    (folder / "en.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "held-out" / "en.jsonl").write_text("this must never be read\n")
    return folder


@pytest.fixture
def knowledge(settings: Settings, questions: Path) -> Knowledge:
    train(settings, lambda _: None, questions)
    return Knowledge(settings, FakeEncoder())


def test_what_families_wrote_before_finds_the_article(knowledge: Knowledge, settings: Settings) -> None:
    random = np.random.default_rng(4)
    right = []
    for topic, words in WORDS.items():
        for _ in range(10):
            suggestions = knowledge.find(message(random, words), "en").suggestions
            right.append(bool(suggestions) and suggestions[0].article == topic)

    assert np.mean(right) > 0.9


def test_what_no_article_answers_is_mostly_unknown(knowledge: Knowledge) -> None:
    random = np.random.default_rng(5)

    unknown = [knowledge.find(message(random, ELSEWHERE), "en").decision == "unknown" for _ in range(40)]

    assert np.mean(unknown) > 0.85


def test_an_article_written_after_the_training_is_found_by_its_own_questions(
    knowledge: Knowledge, settings: Settings
) -> None:
    asked = ["hotspot blinks amber", "hotspot no signal", "hotspot data ran out", "hotspot wont pair", "hotspot is red"]
    write(settings.articles, "hotspot", english("hotspot", title="The hotspot", questions=asked))
    knowledge.refresh()

    suggestions = knowledge.find("hotspot is red again", "en").suggestions

    assert suggestions[0].article == "hotspot"


def test_an_article_that_was_deleted_after_the_training_is_not_suggested(
    knowledge: Knowledge, settings: Settings
) -> None:
    (settings.articles / "en" / "bus.md").unlink()
    knowledge.refresh()

    suggestions = knowledge.find("yellow pickup driver", "en").suggestions

    assert "bus" not in [suggestion.article for suggestion in suggestions]


def test_training_again_happens_only_when_questions_or_encoder_change(
    settings: Settings, questions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    train(settings, said.append, questions)
    assert said[-1] == "trained"

    train(settings, said.append, questions)
    assert said[-1] == "the questions did not change; nothing to train"

    with (questions / "en.jsonl").open("a") as file:
        file.write('{"text": "one more about lunch", "lang": "en", "topics": ["lunch"]}\n')
    train(settings, said.append, questions)
    assert said[-1] == "trained"

    monkeypatch.setattr(training, "load_encoder", lambda _: FakeEncoder("other"))
    train(settings, said.append, questions)
    assert said[-1] == "trained"


def test_without_questions_there_is_nothing_to_train(settings: Settings, tmp_path: Path) -> None:
    said: list[str] = []

    train(settings, said.append, tmp_path / "nowhere")

    assert "no questions in" in said[-1]
    assert not trained_folder(settings).exists()


def test_questions_about_articles_that_are_not_there_are_left_out(settings: Settings, questions: Path) -> None:
    (settings.articles / "en" / "bus.md").unlink()

    train(settings, lambda _: None, questions)

    trained = load_trained(trained_folder(settings), FakeEncoder())
    assert trained is not None
    assert trained.voices.topics == ("lunch", "password", "screen")


def test_a_broken_question_is_named_by_its_line(settings: Settings, questions: Path) -> None:
    (questions / "en.jsonl").write_text("{}\n")

    with pytest.raises(ValueError, match=r"en\.jsonl:1: "):
        train(settings, lambda _: None, questions)


def test_what_was_trained_comes_back_the_same(settings: Settings, questions: Path) -> None:
    train(settings, lambda _: None, questions)
    encoder = RememberingEncoder(FakeEncoder(), settings.home / "other.npz")
    library = load_library(settings.articles)
    index = PassageIndex.build(all_passages(library), encoder, article_hashes(library))
    examples = [
        Example(row["text"], "en", tuple(row["topics"]))
        for row in map(json.loads, (questions / "en.jsonl").read_text().splitlines())
    ]

    kept = load_trained(trained_folder(settings), encoder)
    fresh = train_on(examples, index, encoder, "mark", lambda _: None)

    assert kept is not None
    (vector,) = encoder.encode(["yellow driver"])
    one, other = (voices.listen(cut_up("yellow driver"), vector) for voices in (kept.voices, fresh.voices))
    np.testing.assert_allclose(one.topics, other.topics, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(one.nothing, other.nothing, rtol=1e-4, atol=1e-5)
    assert one.fusion == other.fusion


def test_the_machine_judges_each_message_as_if_it_had_not_seen_it(settings: Settings) -> None:
    encoder = FakeEncoder()
    random = np.random.default_rng(6)
    examples = [Example(message(random, words), "en", (topic,)) for topic, words in WORDS.items() for _ in range(8)]
    vectors = encoder.encode([example.text for example in examples])
    topics = sorted(WORDS)

    _, unseen = fit_machine(examples, vectors, topics, [0], 0)
    voices, _ = fit_machine(examples[1:], vectors[1:], topics, [], 0)

    # Not exactly the same, since leaving a message out also changes how rare its words are.
    said = voices.listen(voices.by_meaning(vectors[0]), voices.by_wording(cut_up(examples[0].text)))[:, 0]
    np.testing.assert_allclose(unseen.alone[0], said, atol=0.05)
    np.testing.assert_allclose(unseen.cosines[0][0], vectors @ vectors[0], atol=1e-5)


def test_the_machine_judges_each_topic_as_if_it_had_seen_none_of_it() -> None:
    random = np.random.default_rng(6)
    nothing = [Example(f"nothing {number}", "en", ()) for number in range(3)]
    some = [Example(message(random, words), "en", (topic,)) for topic, words in WORDS.items() for _ in range(4)]
    examples, topics = [*nothing, *some], sorted(WORDS)
    vectors = FakeEncoder().encode([example.text for example in examples])

    voices, unseen = fit_machine(examples, vectors, topics, [], len(nothing))
    found = without_topic(voices, unseen)

    matrix = kernel(vectors @ vectors.T, (voices.rows @ voices.rows.T).toarray())
    for topic in topics:
        left_out = np.array([topic in example.topics for example in examples])
        others = matrix[~left_out][:, ~left_out] + 0.2 * np.eye((~left_out).sum())
        said = matrix[left_out][:, ~left_out] @ np.linalg.solve(others, voices.classes[~left_out].astype(float))
        np.testing.assert_allclose(found[left_out], said, atol=1e-4)
    assert np.isnan(found[: len(nothing)]).all()


@pytest.mark.parametrize("damage", ["en.fusion.json", "en.npz", "en.words.json", "record.json"])
def test_damaged_training_is_said_and_done_without(
    damage: str, settings: Settings, questions: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(settings, lambda _: None, questions)
    path = trained_folder(settings) / damage
    path.write_bytes(path.read_bytes()[:20])

    with caplog.at_level(logging.WARNING):
        knowledge = Knowledge(settings, FakeEncoder())

    assert "run `familydesk train`" in caplog.text
    assert knowledge.find("about bus", "en").suggestions[0].article == "bus"
    knowledge.close()


def test_the_nearest_examples_of_a_class_count_and_missing_ones_are_far() -> None:
    cosines = np.array([0.9, 0.6, 0.3, 0.1, 0.8], dtype=np.float32)
    topic, nothing = [True, True, True, True, False], [False, False, False, False, True]

    for classes, means in (([topic, nothing], [0.6, 0.8 / 3]), ([nothing, topic], [0.8 / 3, 0.6])):
        found = Members(np.array(classes).T).nearest(cosines)
        np.testing.assert_allclose(found, means, rtol=1e-5)


def test_what_is_learnt_otherwise_is_learnt_anew(
    settings: Settings, questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    way = tmp_path / "way.py"
    way.write_text("FALSE_ANSWERS = 0.1\n")
    monkeypatch.setattr(training, "LEARNING", (way,))
    train(settings, said.append, questions)
    assert said.pop() == "trained"
    train(settings, said.append, questions)
    assert said.pop() == "the questions did not change; nothing to train"
    way.write_text("FALSE_ANSWERS = 0.2\n")
    train(settings, said.append, questions)
    assert said.pop() == "trained"
