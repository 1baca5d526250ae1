"""The trained voices: what the messages that families wrote before say of a new one."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge.encoder import Encoder
from knowledge.evidence import Heard
from knowledge.files import replace_file
from knowledge.fusion import Fusion
from knowledge.language_model import LanguageModel
from knowledge.lexical import Cuts, NgramSpace, Postings
from knowledge.shared_machine import SharedMachine
from knowledge.short_rows import ShortRows

FORMAT = 6
CURE = "run `familydesk train`"
SHARED, LANGUAGE = "shared.npy", "language.npz"

# One column of evidence each: the language's machine, the nearest earlier messages by meaning and by wording, and the
# machine that all languages share.
TRAINED_VOICES = ("machine", "near_dense", "near_lexical", "shared")
# How much a language that was recognised is ahead of the others when it is decided whose examples are listened to.
_RECOGNISED = 0.15
# An example of a language that was recognised which is so near by wording is enough: no other language is looked at.
_NEAR_ENOUGH = 0.35
_NEAREST = 3

log = logging.getLogger(__name__)
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """A message of a family; no topics means that no article answers it."""

    text: str
    language: str
    topics: tuple[str, ...]


def kernel(dense: Floats, lexical: Floats) -> Floats:
    """How much a message says of another, from their cosines by meaning and by wording.

    The part by meaning falls off quickly, so that far messages say nothing.
    """
    # In one piece of memory: in training this is every message with every other.
    found: Floats = dense - np.float32(1.0)
    found *= np.float32(3.0)
    np.exp(found, out=found)
    found *= np.float32(0.7)
    found += np.float32(0.3) * lexical
    return found


@dataclass(frozen=True)
class LanguageVoices:
    """The messages of one language, a kernel ridge machine over them, and how its voices are weighed.

    `classes` and `weights` are (messages, classes), where the classes are the topics and last "nothing answers it".
    """

    meanings: ShortRows
    space: NgramSpace
    rows: sparse.csr_matrix
    classes: NDArray[np.bool_]
    weights: Floats
    fusion: Fusion

    @cached_property
    def members(self) -> Members:
        """The messages of each class."""
        return Members(self.classes)

    @cached_property
    def _postings(self) -> Postings:
        return Postings(self.rows)

    def by_wording(self, cuts: Cuts) -> Floats:
        """Cosines of a message with each example, by wording."""
        return self._postings.scores(*self.space.vector(cuts))

    def by_meaning(self, vector: Floats) -> Floats:
        """Cosines of a message with each example, by meaning."""
        return self.meanings.products(vector)

    def listen(self, dense: Floats, lexical: Floats) -> Floats:
        """What each voice says of each class, from the cosines: (classes, voices)."""
        machine = kernel(dense, lexical) @ self.weights
        return np.stack([machine, self.members.nearest(dense), self.members.nearest(lexical)], axis=1)


class Members:
    """Which examples belong to each class, from (examples, classes); the last class has many more than the others."""

    def __init__(self, classes: NDArray[np.bool_]) -> None:
        lists = [np.flatnonzero(column) for column in classes.T]
        self._topics, self._none = _padded(lists[:-1]), _padded(lists[-1:])

    def nearest(self, cosines: Floats) -> Floats:
        """Mean cosine of each class's three nearest examples; fewer examples count as far ones."""
        padded = np.append(cosines, np.float32(0.0))
        found = [
            np.partition(padded[places], -_NEAREST, axis=1)[:, -_NEAREST:] for places in (self._topics, self._none)
        ]
        mean: Floats = np.concatenate(found).mean(axis=1, dtype=np.float32)
        return mean


def _padded(lists: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Padded with -1 to the same length: (lists, longest)."""
    longest = max([_NEAREST, *(len(some) for some in lists)])
    found = np.full((len(lists), longest), -1, dtype=np.int64)
    for place, some in enumerate(lists):
        found[place, : len(some)] = some
    return found


class ExampleVoices:
    """The trained voices of all languages; a message listens to the language whose examples share most with it."""

    def __init__(self, topics: Sequence[str], languages: Mapping[str, LanguageVoices], shared: SharedMachine) -> None:
        if not languages:
            raise ValueError("there are no trained languages")
        self.topics = tuple(topics)
        self.languages = dict(languages)
        self.shared = shared

    def listen(self, cuts: Cuts, vector: Floats, language: str | None = None) -> Heard:
        """What the voices say of each topic, and of none of them; `language` is what the message was taken for."""
        voices, wording = self._closest(cuts, language)
        said = voices.listen(voices.by_meaning(vector), wording)
        said = np.concatenate([said, self.shared.listen(vector)[:, None]], axis=1)
        return Heard(said[:-1], said[-1], voices.fusion)

    def _closest(self, cuts: Cuts, language: str | None) -> tuple[LanguageVoices, Floats]:
        """The voices of the language with the nearest example by wording, and what they say of each by wording."""
        found: dict[str, Floats] = {}
        if language in self.languages:
            found[language] = self.languages[language].by_wording(cuts)
            # Looking in eight languages takes a fifth of a question's time.
            if found[language].max() >= _NEAR_ENOUGH:
                return self.languages[language], found[language]
        for name in self.languages.keys() - found.keys():
            found[name] = self.languages[name].by_wording(cuts)
        closest = max(self.languages, key=lambda name: float(found[name].max()) + _RECOGNISED * (name == language))
        return self.languages[closest], found[closest]


@dataclass(frozen=True)
class Trained:
    """All that `familydesk train` makes for this room; `fingerprint` says of what."""

    voices: ExampleVoices
    fingerprint: str
    encoder: str
    language: LanguageModel

    def save(self, folder: Path) -> None:
        """Write it; the record goes first and comes last, so that a half-written folder is not read."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "record.json").unlink(missing_ok=True)
        for language, voices in self.voices.languages.items():
            _save_language(folder, language, voices)
        beside = folder / ".shared.npy"
        with beside.open("wb") as file:
            np.save(file, self.voices.shared.weights)
        beside.replace(folder / SHARED)
        self.language.save(folder / LANGUAGE)
        record = {
            "format": FORMAT,
            "encoder": self.encoder,
            "fingerprint": self.fingerprint,
            "topics": self.voices.topics,
            "languages": list(self.voices.languages),
        }
        replace_file(folder / "record.json", json.dumps(record, indent=1).encode())


def read_record(folder: Path) -> dict[str, Any]:
    """The record of what was trained, empty when there is none that can be read."""
    try:
        found = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def load_trained(folder: Path, encoder: Encoder) -> Trained | None:
    """What was trained, or None (and a line in the log that names the cure) when it is not there or does not fit."""
    record = read_record(folder)
    if (record.get("format"), record.get("encoder")) != (FORMAT, encoder.name):
        log.warning("nothing was trained for the encoder %s; answers are worse without it; %s", encoder.name, CURE)
        return None
    try:
        languages = {language: _load_language(folder, language) for language in record["languages"]}
        shared = SharedMachine(np.load(folder / SHARED, allow_pickle=False))
        voices = ExampleVoices(record["topics"], languages, shared)
        return Trained(voices, record["fingerprint"], record["encoder"], LanguageModel.load(folder / LANGUAGE))
    except (OSError, ValueError, TypeError, KeyError, BadZipFile) as error:
        log.warning("what was trained in %s is damaged (%s); answers are worse without it; %s", folder, error, CURE)
        return None


def _save_language(folder: Path, language: str, voices: LanguageVoices) -> None:
    replace_file(folder / f"{language}.words.json", json.dumps(voices.space.vocabularies, ensure_ascii=False).encode())
    replace_file(folder / f"{language}.fusion.json", json.dumps(asdict(voices.fusion), indent=1).encode())
    rows = voices.rows
    beside = folder / f".{language}.npz"
    with beside.open("wb") as file:
        np.savez(
            file,
            numbers=voices.meanings.numbers,
            scales=voices.meanings.scales,
            classes=voices.classes,
            weights=voices.weights,
            idf_words=voices.space.idf[0],
            idf_pieces=voices.space.idf[1],
            row_data=rows.data,
            row_indices=rows.indices,
            row_starts=rows.indptr,
            row_shape=np.array(rows.shape),
        )
    beside.replace(folder / f"{language}.npz")


def _load_language(folder: Path, language: str) -> LanguageVoices:
    fusion = Fusion.from_dict(json.loads((folder / f"{language}.fusion.json").read_text(encoding="utf-8")))
    vocabularies = json.loads((folder / f"{language}.words.json").read_text(encoding="utf-8"))
    with (folder / f"{language}.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
        space = NgramSpace(vocabularies, (stored["idf_words"], stored["idf_pieces"]))
        rows = sparse.csr_matrix(
            (stored["row_data"], stored["row_indices"], stored["row_starts"]), shape=tuple(stored["row_shape"])
        )
        meanings = ShortRows(stored["numbers"], stored["scales"])
        return LanguageVoices(meanings, space, rows, stored["classes"], stored["weights"], fusion)
