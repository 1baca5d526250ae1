"""Training: the voices and the fusion's weights, from how families ask and from the articles."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.articles import load_library
from knowledge.encoded import RememberingEncoder
from knowledge.encoder import Encoder, load_encoder
from knowledge.evaluation import read_rows
from knowledge.evidence import EvidenceReader
from knowledge.fitting import Lesson, fit_fusions
from knowledge.fusion import Evidence
from knowledge.index import PassageIndex, open_index
from knowledge.kernel_machine import Unseen, fit_machine, without_topic
from knowledge.knowledge import department_keys, index_folder, trained_folder
from knowledge.language_model import LanguageModel, fit_language_model
from knowledge.lexical import fold
from knowledge.russian_letters import some_in_latin_letters
from knowledge.settings import Settings
from knowledge.shared_machine import SharedLessons, classes_of, fit_shared
from knowledge.voices import (
    Example,
    ExampleVoices,
    LanguageVoices,
    Trained,
    read_record,
)

QUESTIONS = Path(__file__).resolve().parents[1] / "data" / "questions"
# What is learnt depends on how it is learnt: when one of these changes, it is learnt anew.
LEARNING = [
    Path(__file__).with_name(f"{name}.py")
    for name in [
        "training",
        "fitting",
        "fusion",
        "voices",
        "kernel_machine",
        "shared_machine",
        "language_model",
        "russian_letters",
        "evidence",
        "index",
        "letters",
        "lexical",
        "lexical_index",
        "passages",
    ]
]
# The share of articles that a lesson takes to be newer than the training.
_NEW = 0.2
# The share of a language's topics of which the right article is one of them in the lessons about new articles. To leave
# all of a topic out of what the machine learnt is work that grows fast with how many examples such topics have.
_LEFT_OUT = 0.4
_SEED = 7
# So many of a language's messages with an answer weigh its voices; a few weights need no more.
_LESSONS = 1_200
# The share of other languages' messages that teach, once more, beside some English words.
_BESIDE_ENGLISH = 0.15
# One message in so many is not tuned with, so that it stands for the messages of families to come.
_CALIBRATION = 4

Floats = NDArray[np.float32]


def train(
    settings: Settings,
    progress: Callable[[str], None],
    questions: Path = QUESTIONS,
    encoder: RememberingEncoder | None = None,
) -> None:
    """Train this room's voices into HOME/knowledge; nothing happens when questions, topics and encoder are the same.

    The `encoder` is loaded where there is none yet.

    Raises EncoderError, and ValueError that names the line of a question that cannot be read.
    """
    library = load_library(settings.articles, department_keys(settings.district))
    examples = tuple(_examples(questions, {name for _, name in library.articles}))
    if not examples:
        progress(f"no questions in {questions}; the articles' own words must do")
        return
    folder = trained_folder(settings)
    encoder = encoder or training_encoder(settings)
    mark = _fingerprint(examples, encoder)
    if read_record(folder).get("fingerprint") == mark:
        progress("the questions did not change; nothing to train")
        return
    index = open_index(index_folder(settings), library, encoder, progress)
    train_on(examples, index, encoder, mark, progress).save(folder)
    encoder.save()
    progress("trained")


def training_encoder(settings: Settings) -> RememberingEncoder:
    """The encoder for all that is trained, with what it encoded before. Raises EncoderError."""
    return RememberingEncoder(load_encoder(settings.encoder), settings.home / "knowledge" / "encoded.npz")


def train_on(
    examples: Sequence[Example], index: PassageIndex, encoder: Encoder, mark: str, progress: Callable[[str], None]
) -> Trained:
    """Train on these examples and on the articles of the index."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        progress("learning to tell the languages apart, beside the machines")
        model = beside.submit(_tell_languages, examples)
        voices = _train_voices(examples, index, encoder, progress)
        return Trained(voices, mark, encoder.name, model.result())


def _tell_languages(examples: Sequence[Example]) -> LanguageModel:
    misleading = _foreign_english(examples)
    told = [example for example in examples if example.text not in misleading]
    told += [*_beside_english(told), *_in_latin_letters(told)]
    return fit_language_model([example.text for example in told], [example.language for example in told])


def _train_voices(
    examples: Sequence[Example], index: PassageIndex, encoder: Encoder, progress: Callable[[str], None]
) -> ExampleVoices:
    topics = sorted({passage.article for passage in index.passages})
    reader = EvidenceReader(index, None)
    names = sorted({example.language for example in examples})
    asked, lessons_at, first = {}, {}, {}
    for language in names:
        some = [example for example in examples if example.language == language]
        asked[language], lessons_at[language], first[language] = _in_order(some, _left_out(topics, language))
    # An article's own questions teach as well; they are no lessons, since the article finds itself by them.
    own = {
        language: [
            Example(passage.text, language, (passage.article,))
            for passage in index.passages
            if passage.kind == "question" and passage.language == language
        ]
        for language in names
    }
    taught = {language: [*asked[language], *own[language]] for language in names}
    vectors = {language: encoder.encode([example.text for example in taught[language]]) for language in names}
    progress("training the machine that all languages share")
    classes = classes_of([example.topics for language in names for example in taught[language]], topics)
    shared, lessons_of_all = fit_shared(np.concatenate([vectors[language] for language in names]), classes)
    languages: dict[str, LanguageVoices] = {}
    lessons: dict[str, list[Lesson]] = {}
    start = 0
    for language in names:
        progress(f"{language}: training its machine")
        voices, unseen = fit_machine(taught[language], vectors[language], topics, lessons_at[language], first[language])
        end = start + len(vectors[language])
        of_all = SharedLessons(lessons_of_all.alone[start:end], lessons_of_all.without[start:end])
        start = end
        progress(f"{language}: weighing the voices by messages that they did not see")
        lessons[language] = _lessons(
            asked[language], lessons_at[language], vectors[language], voices, unseen, of_all, reader, topics
        )
        languages[language] = voices
    for language, fusion in fit_fusions(lessons).items():
        languages[language] = replace(languages[language], fusion=fusion)
    return ExampleVoices(topics, languages, shared)


def intent_examples(folder: Path) -> list[tuple[str, str]]:
    """(text, intent) of Rasa's examples in all languages, for the intent classifier listens to the encoder too."""
    found: list[tuple[str, str]] = []
    for path in sorted(folder.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = (line.strip() for line in block["examples"].splitlines())
            found += [(line[2:], block["intent"]) for line in lines if line.startswith("- ")]
    return found


def _foreign_english(examples: Sequence[Example]) -> set[str]:
    """Messages in English words alone that stand under another language: error texts, names of things."""
    known = {word for example in examples if example.language == SOURCE_LANGUAGE for word in fold(example.text).split()}
    return {
        example.text
        for example in examples
        if example.language != SOURCE_LANGUAGE and known.issuperset(fold(example.text).split())
    }


def _beside_english(examples: Sequence[Example]) -> list[Example]:
    """Words of other languages beside English ones, as in an error text that somebody asks about: they decide."""
    chance = random.Random(_SEED)  # noqa: S311  # no secret
    english = [words for e in examples if e.language == SOURCE_LANGUAGE and len(words := e.text.split()) > 2]
    found = []
    for example in examples:
        if english and example.language != SOURCE_LANGUAGE and chance.random() < _BESIDE_ENGLISH:
            runs = [_run(chance.choice(english), 5, chance), _run(example.text.split(), 4, chance)]
            chance.shuffle(runs)
            found.append(Example(" ".join(runs), example.language, ()))
    return found


def _in_latin_letters(examples: Sequence[Example]) -> list[Example]:
    """Russian as it is typed where the keyboard has no Russian letters."""
    chance = random.Random(_SEED)  # noqa: S311  # no secret
    russian = [(example.text, example) for example in examples if example.language == "ru"]
    return [replace(example, text=text) for text, example in some_in_latin_letters(russian, chance)]


def _run(words: Sequence[str], longest: int, chance: random.Random) -> str:
    start = chance.randrange(max(1, len(words)))
    return " ".join(words[start : start + chance.randint(1, longest)])


def _left_out(topics: Sequence[str], language: str) -> set[str]:
    """The topics whose lessons pretend that the machine has seen none of them; in every language others."""
    return set(random.Random(f"{_SEED}{language}").sample(topics, math.ceil(_LEFT_OUT * len(topics))))  # noqa: S311


def _in_order(examples: Sequence[Example], left_out: set[str]) -> tuple[list[Example], list[int], int]:
    """A language's messages; the rows of those that are lessons; the row from which on they are left out in turn.

    Lessons are of the messages that the encoder was not tuned on: some of those with an answer, all of those without,
    for of these there are less, and the share of them that may be answered is fine. They and all of the topics that are
    left out as a whole come last.
    """
    unseen = [row for row, example in enumerate(examples) if for_calibration(example.text)]
    answered = [row for row in unseen if examples[row].topics]
    kept = set(random.Random(_SEED).sample(answered, min(_LESSONS, len(answered))))  # noqa: S311
    kept.update(row for row in unseen if not examples[row].topics)
    late = [row in kept or not left_out.isdisjoint(example.topics) for row, example in enumerate(examples)]
    order = sorted(range(len(examples)), key=late.__getitem__)
    return [examples[row] for row in order], [at for at, row in enumerate(order) if row in kept], late.count(False)


def _lessons(
    asked: Sequence[Example],
    lessons_at: Sequence[int],
    vectors: Floats,
    voices: LanguageVoices,
    unseen: Unseen,
    of_all: SharedLessons,
    reader: EvidenceReader,
    topics: Sequence[str],
) -> list[Lesson]:
    """Each message that the encoder was not tuned on, with its topic known, and as if its article were newer.

    Those are `lessons_at` in `asked`; `of_all` is what the machine of all languages says.
    """
    without = without_topic(voices, unseen)
    everything = np.ones(len(topics), dtype=bool)
    chance = np.random.default_rng(_SEED)
    found: list[Lesson] = []
    for row, dense, lexical in zip(lessons_at, *unseen.cosines, strict=True):
        dense[row] = lexical[row] = 0.0
        near = [voices.members.nearest(cosines) for cosines in (dense, lexical)]
        own = reader.read(asked[row].text, vectors[row]).evidence
        right = voices.classes[row, :-1]
        # Some others are always new as well: that an article is new says nothing for it.
        old = chance.random(len(topics)) >= _NEW
        seen = np.stack([unseen.alone[row], *near, of_all.alone[row]], axis=1)
        found.append(Lesson(_with(own, seen, everything), right))
        if right.any() and not np.isnan(without[row]).any():
            blind = np.stack([without[row], *near, of_all.without[row]], axis=1)
            found.append(Lesson(_with(own, blind, old & ~right), right))
        else:
            found.append(Lesson(_with(own, seen, old | right), right))
    return found


def _with(own: Evidence, trained: Floats, known: NDArray[np.bool_]) -> Evidence:
    by_topic = np.where(known[:, None], trained[:-1], np.float32(0.0))
    return replace(own, articles=np.concatenate([own.articles, by_topic], axis=1), known=known, nothing=trained[-1])


def _examples(folder: Path, articles: set[str]) -> Iterator[Example]:
    """The questions of every language's file; a question about articles that are not there is left out."""
    for path in sorted(folder.glob("*.jsonl")):
        for row in read_rows(path):
            topics = tuple(topic for topic in row.topics if topic in articles)
            if topics or not row.topics:
                yield Example(row.text, path.stem, topics)


def for_calibration(text: str) -> bool:
    """Whether a message is kept from the encoder's tuning (one in four, by its text), to weigh the voices with."""
    return hashlib.sha256(text.encode()).digest()[0] % _CALIBRATION == 0


def _fingerprint(examples: Sequence[Example], encoder: Encoder) -> str:
    content = json.dumps([encoder.name, [[e.text, e.language, e.topics] for e in examples]])
    digest = hashlib.sha256(content.encode())
    for path in LEARNING:
        digest.update(path.read_bytes())
    return digest.hexdigest()
