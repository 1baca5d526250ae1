"""Wording: texts cut into words and pieces of words, and how much of them a question shares with others."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge.letters import JOINER, plain_letters

Scores = NDArray[np.float32]

_APOSTROPHES = re.compile(r"['’`´]")
_NOT_WORD = re.compile(r"[\W_]+")
_LONG_RUN = re.compile(r"(\w)\1{2,}")
# Writing without spaces between words: every character is taken as a word.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_SHORTEST_GRAM, _LONGEST_GRAM = 3, 5
# No vector is taken to be shorter, that of a text without words included.
_LEAST = 1e-12


def fold(text: str) -> str:
    """A text as families type it on a phone: small letters, no accents, no punctuation, single spaces."""
    plain = _APOSTROPHES.sub("", text)
    if plain.isascii():
        spaced = _LONG_RUN.sub(r"\1\1", plain.lower())
    else:
        # Small letters last: taking signs such as the one for "service mark" apart gives capitals.
        decomposed = unicodedata.normalize("NFKD", plain).lower()
        bare = "".join(character for character in decomposed if not unicodedata.combining(character))
        letters = plain_letters(bare).replace(JOINER, "")
        spaced = _UNSPACED.sub(r" \1 ", _LONG_RUN.sub(r"\1\1", letters))
    return " ".join(_NOT_WORD.sub(" ", spaced).split())


def words(folded: str) -> list[str]:
    """Single words and pairs of neighbours of a folded text."""
    single = folded.split()
    return single + [f"{first} {second}" for first, second in pairwise(single)]


def pieces(folded: str) -> list[str]:
    """Runs of three to five characters of each word, its edges marked by spaces: they survive a typing error."""
    return [piece for word in folded.split() for piece in pieces_of(word)]


@lru_cache(maxsize=4_096)  # a language's common words, two or three megabytes
def pieces_of(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    sizes = range(_SHORTEST_GRAM, min(_LONGEST_GRAM, len(padded)) + 1)
    return tuple(padded[start : start + size] for size in sizes for start in range(len(padded) - size + 1))


class Vocabulary(dict[str, int]):
    """Gives every new feature the next number."""

    def __missing__(self, feature: str) -> int:
        self[feature] = number = len(self)
        return number


Row = Sequence[int]
NumberOf = Callable[[str], int]


def numbered_words(folded: Sequence[str], number_of: NumberOf) -> list[Row]:
    """The numbers of each text's words and pairs of words, in their order."""
    return [array("i", map(number_of, words(text))) for text in folded]


def numbered_pieces(folded: Sequence[str], number_of: NumberOf) -> list[Row]:
    """The same of the pieces of words; each word is cut once, however often it comes."""
    cut: dict[str, array[int]] = {}
    found: list[Row] = []
    for text in folded:
        row = array("i")
        for word in text.split():
            if word not in cut:
                cut[word] = array("i", map(number_of, pieces_of(word)))
            row.extend(cut[word])
        found.append(row)
    return found


NUMBERED = (numbered_words, numbered_pieces)
_CUTS = (words, pieces)


class Cut:
    """The different features of a text, all words or all pieces, and 1 + log of how often each comes."""

    def __init__(self, features: Iterable[str]) -> None:
        counts = Counter(features)
        self._features = tuple(counts)
        self._damped: Scores = np.float32(1.0) + np.log(np.array(tuple(counts.values()), dtype=np.float32))

    def known(self, vocabulary: Mapping[str, int]) -> tuple[NDArray[np.int64], Scores]:
        """The numbers of those features that are in the vocabulary, and their damped counts."""
        get = vocabulary.get
        numbers = np.array([get(feature, -1) for feature in self._features], dtype=np.int64)
        found = numbers >= 0
        return numbers[found], self._damped[found]


Cuts = Sequence[Cut]


def cut_up(text: str) -> Cuts:
    """The words and the pieces of words of a text as it was typed."""
    folded = fold(text)
    return [Cut(cut(folded)) for cut in _CUTS]


class NgramSpace:
    """Texts as sparse vectors of length one: half from whole words, half from pieces of words (TF-IDF)."""

    def __init__(self, vocabularies: Sequence[Mapping[str, int]], idf: Sequence[Scores]) -> None:
        self.vocabularies = [dict(vocabulary) for vocabulary in vocabularies]
        self.idf = [np.asarray(values, dtype=np.float32) for values in idf]

    @classmethod
    def of(cls, texts: Sequence[str]) -> tuple[NgramSpace, sparse.csr_matrix]:
        """The space that `texts` span, and their vectors in it, one row each."""
        folded = [fold(text) for text in texts]
        vocabularies = [Vocabulary() for _ in NUMBERED]
        both = zip(NUMBERED, vocabularies, strict=True)
        # Counted first: a vocabulary is as long as it gets only then.
        counted = [(numbered(folded, some.__getitem__), some) for numbered, some in both]
        halves = [_damped(rows, len(some)) for rows, some in counted]
        idf = [np.log((1.0 + len(texts)) / (1.0 + half.getnnz(axis=0))) + 1.0 for half in halves]
        space = cls(vocabularies, idf)
        return space, space._rows(halves)

    def vectors(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One sparse row for each text; what the space does not know is left out."""
        folded = [fold(text) for text in texts]
        known = [partial(_number, some) for some in self.vocabularies]
        rows = [numbered(folded, number_of) for numbered, number_of in zip(NUMBERED, known, strict=True)]
        return self._rows([_damped(some, len(idf)) for some, idf in zip(rows, self.idf, strict=True)])

    def vector(self, cuts: Cuts) -> tuple[NDArray[np.int32], Scores]:
        """The places of a text's features in the space, and their weights."""
        found: list[NDArray[np.int64]] = []
        weights: list[Scores] = []
        shift = 0
        for cut, vocabulary, idf in zip(cuts, self.vocabularies, self.idf, strict=True):
            numbers, damped = cut.known(vocabulary)
            half = damped * idf[numbers]
            # Each half has the square root of one half as its length.
            weights.append(half / np.sqrt(max(2.0 * float(half @ half), _LEAST)))
            found.append(numbers + shift)
            shift += len(idf)
        return np.concatenate(found).astype(np.int32), np.concatenate(weights, dtype=np.float32)

    def _rows(self, halves: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
        """The same for many texts, from the damped counts of their words and of their pieces."""
        for half, idf in zip(halves, self.idf, strict=True):
            half.data *= idf[half.indices]
            squares = np.add.reduceat(np.append(half.data**2, np.float32(0.0)), half.indptr[:-1])
            lengths = np.sqrt(np.maximum(2.0 * squares, _LEAST))
            half.data /= np.repeat(lengths, np.diff(half.indptr)).astype(np.float32)
        return sparse.hstack(halves, format="csr", dtype=np.float32)


def _number(vocabulary: Mapping[str, int], feature: str) -> int:
    return vocabulary.get(feature, -1)


def _damped(rows: Sequence[Row], width: int) -> sparse.csr_matrix:
    """1 + log of how often each feature comes in each text, from their numbers; -1 is left out."""
    numbers = np.concatenate([np.zeros(0, dtype=np.int32), *(np.asarray(row, dtype=np.int32) for row in rows)])
    known = numbers >= 0
    starts = np.concatenate([[0], np.cumsum(known)])[np.cumsum([0, *map(len, rows)])]
    counts = sparse.csr_matrix((known[known].astype(np.float32), numbers[known], starts), shape=(len(rows), width))
    counts.sum_duplicates()
    counts.data = np.float32(1.0) + np.log(counts.data)
    return counts


class Postings:
    """Which texts have a feature, so that a question touches only the texts that share one with it."""

    def __init__(self, rows: sparse.csr_matrix) -> None:
        self._by_feature = sparse.csr_matrix(rows.T)

    def scores(self, places: NDArray[np.int32], weights: Scores) -> Scores:
        """Cosine of each text with a question's vector, as `NgramSpace.vector` gives it."""
        found: Scores = self._by_feature[places].T @ weights
        return found
