"""Words by which a phone is told to stop, to start again, to say who we are, or to go on, in every language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from actions.desk.vocabulary import Vocabulary, prepare, tokens_of
from actions.desk.wording import Coded, Compiler, WordingError, Wordings
from actions.desk.words import read_words

Keyword = Literal["stop", "start", "again", "help", "more"]

FILE = Path(__file__).parent / "keywords.yml"
# A longer message has something else to say, or quotes somebody.
MOST_TOKENS = 30


@dataclass(frozen=True)
class Said:
    """What a text asks for, in which language; `again` is a yes, which means START after STOP."""

    keyword: Keyword
    language: str
    # Ends what the assistant is asking, and texts only when it asks nothing.
    soft: bool = False


class _Language:
    """The wordings of one language for STOP."""

    def __init__(self, stop: dict[str, Any]) -> None:
        self._vocabulary = Vocabulary()
        groups = stop.get("groups") or {}
        compiler = Compiler(self._vocabulary, groups)
        self._wordings = Wordings([compiler.wording(source) for source in stop.get("wordings") or ()])

    def says_stop(self, tokens: list[str]) -> bool:
        signs = self._vocabulary.read(tokens)
        return self._wordings.first_in(Coded(signs, range(len(signs)))) is not None


@dataclass(frozen=True)
class _Table:
    """What the file says, made ready: words without and with their accents, and what each language has beside them."""

    words: dict[str, dict[str, Said]]
    accented: dict[str, dict[str, Said]]
    languages: dict[str, _Language]
    unless: dict[str, frozenset[str]]
    other: dict[str, frozenset[str]]

    def keep(self, word: str, said_by_it: Said) -> None:
        kept, key = (self.accented, _accented) if word.startswith("=") else (self.words, _plain)
        kept.setdefault(key(word), {}).setdefault(said_by_it.language, said_by_it)

    def word(self, accented: str, plain: str, spoken: str | None) -> Said | None:
        """What a word means: in the language spoken, where that has it, else in the first one that does."""
        meanings = self.accented.get(accented) or self.words.get(plain) or {}
        return meanings.get(spoken or "") or next(iter(meanings.values()), None)


@cache
def _table() -> _Table:
    table = _Table({}, {}, {}, {}, {})
    try:
        for language, content in read_words(FILE).items():
            for keyword in get_args(Keyword):
                for word in content[keyword]["words"]:
                    table.keep(word, Said(cast(Keyword, keyword), language))
            for word in content["stop"].get("soft") or ():
                table.keep(word, Said("stop", language, soft=True))
            table.languages[language] = _Language(content["stop"])
            table.unless[language] = frozenset(content.get("unless") or ())
            table.other[language] = frozenset(map(_plain, content.get("other") or ()))
    except WordingError as error:
        raise WordingError(f"{FILE}: {error}") from error
    return table


def check_keywords() -> None:
    """Read the file, so that what is wrong with it stops the start. Raises WordingError."""
    _table()


def said(text: str, spoken: str | None = None) -> Said | None:
    """What a text message asks for beside the conversation; None for all that is not clearly one of these.

    `spoken` is the language of the conversation, in which a foreign language's word may mean something else.
    """
    table = _table()
    tokens = tokens_of(prepare(text))
    if not tokens or len(tokens) > MOST_TOKENS:
        return None
    plain, accented = _words_of(tokens), _accented(text)
    if plain in table.other.get(spoken or "", ()):
        return None
    word = table.word(accented, plain, spoken)
    if word is not None:
        return word
    marked = frozenset(accented.split())
    for language, wordings in table.languages.items():
        if wordings.says_stop(tokens) and not table.unless[language] & marked:
            return Said("stop", language)
    return None


def _plain(text: str) -> str:
    """The words alone, folded."""
    return _words_of(tokens_of(prepare(text)))


def _words_of(tokens: Sequence[str]) -> str:
    return " ".join(token for token in tokens if token[0].isalnum())


def _accented(text: str) -> str:
    """The words alone, in small letters with their accents."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold()))
