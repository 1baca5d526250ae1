"""Telling whether somebody may be in danger, by wordings that people have read and agreed on, in every language."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from actions.desk.crisis_reader import CrisisReader
from actions.desk.folding import fold
from actions.desk.keywords import said
from actions.desk.vocabulary import Vocabulary, prepare, tokens_of, typed_tokens
from actions.desk.wording import Coded, Compiler, WordingError, Wordings, without
from actions.desk.words import read_words

CrisisClass = Literal[
    "self_harm", "threat", "abuse", "exploitation", "harassment", "bullying", "medical", "missing_child"
]

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "crisis_words"
# Where a message speaks of several, the first of these decides which text the family gets at once.
ORDER: tuple[CrisisClass, ...] = (
    "medical",
    "exploitation",
    "self_harm",
    "threat",
    "abuse",
    "missing_child",
    "harassment",
    "bullying",
)
# No message is longer; of a longer text so much is read at its beginning and at its end, so that nobody waits for it.
LONGEST_BEGINNING, LONGEST_END = 22_000, 8_000
# In a longer text an agreed wording always decides.
_LONGEST_DOUBTED = 1_000
_SENTENCE_ENDS = re.compile(r"[.!?;\n。！？；؟؛…]+")
_OTHER_KEYS = ("groups", "similar", "harmless", "marks")


class Screen:
    """The wordings of one language."""

    def __init__(self, path: Path) -> None:
        table = read_words(path)
        unknown = set(table) - set(_OTHER_KEYS) - set(get_args(CrisisClass))
        if unknown:
            raise WordingError(f"{path}:1: {', '.join(sorted(unknown))} is not known; use one of {', '.join(ORDER)}")
        # Whether its words are told apart by their marks.
        self.marks = table.get("marks") == "true"
        self._vocabulary = Vocabulary(frozenset(map(fold, table.get("similar") or ())))
        try:
            # Twice: only when all words are known is it known which of them begin with `suicid`.
            self._read(table)
            self._vocabulary.complete = True
            self._harmless, self._dangers, self._kinds = self._read(table)
        except WordingError as error:
            raise WordingError(f"{path}: {error}") from error

    def _read(self, table: Mapping[str, Any]) -> tuple[Wordings, Wordings, dict[str, CrisisClass]]:
        """What is harmless, all dangers in the order of their classes, and the class of each by its source."""
        compiler = Compiler(self._vocabulary, table.get("groups") or {})
        harmless = Wordings([compiler.wording(source) for source in table.get("harmless") or ()])
        named = [(source, name) for name in ORDER for source in table.get(name) or ()]
        # Of two classes that name the same wording, the first in order has it.
        kinds = dict(reversed(named))
        return harmless, Wordings([compiler.wording(source) for source, _ in named]), kinds

    def read(self, tokens: list[str]) -> tuple[str, set[int]]:
        """The text in this language's signs, and the places at which it is harmless."""
        coded = self._vocabulary.read(tokens)
        return coded, self._harmless.places_in(coded)

    def find(self, coded: Coded) -> tuple[CrisisClass, str] | None:
        """The first class that a wording of this language finds, and that wording."""
        wording = self._dangers.first_in(coded)
        return None if wording is None else (self._kinds[wording.source], wording.source)


@cache
def screens() -> dict[str, Screen]:
    """The wordings of every language there is a file for, read at the first need."""
    return {path.stem: Screen(path) for path in sorted(FOLDER.glob("*.yml"))}


def why(text: str) -> tuple[CrisisClass, str, str] | None:
    """Class, language and wording by which `screen` would decide; for those who look after the wordings."""
    if len(text) > LONGEST_BEGINNING + LONGEST_END:
        text = f"{text[:LONGEST_BEGINNING]}\n{text[-LONGEST_END:]}"
    tokens, typed = tokens_of(prepare(text)), typed_tokens(text)
    read = {language: screen_.read(tokens) for language, screen_ in screens().items()}
    # What is harmless in one language is so in all: "not suicidal" holds a word that is Spanish too.
    harmless = set().union(*(cut for _, cut in read.values()))
    found = []
    for language, (coded, _) in read.items():
        marked = typed if screens()[language].marks else ()
        hit = screens()[language].find(without(coded, harmless, tokens, marked))
        if hit is not None:
            found.append((hit[0], language, hit[1]))
    return min(found, key=lambda hit: ORDER.index(hit[0]), default=None)


class _Second:
    """One for the whole process: the screen is asked in many places, none of which knows of training or encoders."""

    reader: CrisisReader | None = None
    meaning: Callable[[str], NDArray[np.float32]] | None = None
    encoder: str = ""


def use_second_reader(reader: CrisisReader | None) -> None:
    """What `familydesk train` learnt from examples; without it the wordings alone decide."""
    _Second.reader = reader


def use_meaning(meaning: Callable[[str], NDArray[np.float32]] | None, encoder: str = "") -> None:
    """What tells the second reader what a text means, once the encoder of that name is there.

    Until then, and where the reader learnt with another encoder, it goes by the words.
    """
    _Second.meaning, _Second.encoder = meaning, encoder


def screen(text: str) -> CrisisClass | None:
    """The kind of danger that somebody may be in, whatever language of ours the text is in; None for everyday texts.

    The agreed wordings decide first, unless the second reader sees that each sentence is about something harmless:
    "the clock is dead and the bus hit a pole". Where none fits, the reader may still see what they do not name.
    """
    found = why(text)
    if found is not None:
        return None if _is_harmless(text) else found[0]
    return _seen(text, with_meaning=True)


def _seen(text: str, *, with_meaning: bool) -> CrisisClass | None:
    """What the second reader sees. Nothing in "more" and "stop", which the desk itself tells families to write."""
    reader = _Second.reader
    if reader is None or said(text) is not None:
        return None
    read = reader.read(text, _meaning(text, reader.encoder) if with_meaning else None)
    return next((name for name in ORDER if name == read), None)


def _is_harmless(text: str) -> bool:
    """Whether the reader sees no danger in the whole nor in any sentence: among many others one says little."""
    reader = _Second.reader
    if reader is None or len(text) > _LONGEST_DOUBTED:
        return False
    sentences = [sentence for sentence in _SENTENCE_ENDS.split(text) if sentence.strip()]
    for piece in dict.fromkeys((text, *sentences)):
        meaning = _meaning(piece, reader.encoder)
        if meaning is None or not reader.is_harmless(piece, meaning):
            return False
    return True


def screen_quickly(text: str) -> CrisisClass | None:
    """`screen` without asking the encoder, for what comes in floods: the words alone tell."""
    found = why(text)
    if found is not None:
        return found[0]
    return _seen(text, with_meaning=False)


def _meaning(text: str, encoder: str) -> NDArray[np.float32] | None:
    """What the text means to the encoder of that name, None where it cannot be asked: a cry for help never fails."""
    if _Second.meaning is None or _Second.encoder != encoder:
        return None
    try:
        return _Second.meaning(text)
    except Exception as error:  # noqa: BLE001 - whatever it is, the words still tell
        logger.error("the crisis screen goes by words alone: %s", type(error).__name__)
        return None
