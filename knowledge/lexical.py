"""Wording: texts cut into words and pieces of words, and how much of them a question shares with others."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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

    def added_to(self, vocabulary: dict[str, int]) -> tuple[NDArray[np.int64], Scores]:
        """The same, after what is new has got a number."""
        numbers = [vocabulary.setdefault(feature, len(vocabulary)) for feature in self._features]
        return np.array(numbers, dtype=np.int64), self._damped


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
        self._width = sum(len(vocabulary) for vocabulary in self.vocabularies)

    @classmethod
    def of(cls, texts: Sequence[str]) -> tuple[NgramSpace, sparse.csr_matrix]:
        """The space that `texts` span, and their vectors in it, one row each."""
        vocabularies: list[dict[str, int]] = [{} for _ in _CUTS]
        numbered = [
            [cut.added_to(vocabulary) for cut, vocabulary in zip(cut_up(text), vocabularies, strict=True)]
            for text in texts
        ]
        idf = []
        for place, vocabulary in enumerate(vocabularies):
            numbers = [row[place][0] for row in numbered]
            counts = np.bincount(np.concatenate(numbers), minlength=len(vocabulary)) if numbers else np.zeros(0)
            idf.append(np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0)
        space = cls(vocabularies, idf)
        return space, space._matrix([space._weighed(row) for row in numbered])

    def vectors(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One sparse row for each text; what the space does not know is left out."""
        return self._matrix([self.vector(cut_up(text)) for text in texts])

    def vector(self, cuts: Cuts) -> tuple[NDArray[np.int32], Scores]:
        """The places of a text's features in the space, and their weights."""
        return self._weighed([cut.known(vocabulary) for cut, vocabulary in zip(cuts, self.vocabularies, strict=True)])

    def _weighed(self, numbered: Sequence[tuple[NDArray[np.int64], Scores]]) -> tuple[NDArray[np.int32], Scores]:
        found: list[NDArray[np.int64]] = []
        weights: list[Scores] = []
        shift = 0
        for (numbers, damped), idf in zip(numbered, self.idf, strict=True):
            half = damped * idf[numbers]
            # Each half has the square root of one half as its length.
            weights.append(half / np.sqrt(max(2.0 * float(half @ half), 1e-12)))
            found.append(numbers + shift)
            shift += len(idf)
        return np.concatenate(found).astype(np.int32), np.concatenate(weights, dtype=np.float32)

    def _matrix(self, rows: Sequence[tuple[NDArray[np.int32], Scores]]) -> sparse.csr_matrix:
        starts = np.cumsum([0, *(len(places) for places, _ in rows)])
        data = np.concatenate([values for _, values in rows]) if rows else np.zeros(0, dtype=np.float32)
        places = np.concatenate([places for places, _ in rows]) if rows else np.zeros(0, dtype=np.int32)
        return sparse.csr_matrix((data, places, starts), shape=(len(rows), self._width))


class Postings:
    """Which texts have a feature, so that a question touches only the texts that share one with it."""

    def __init__(self, rows: sparse.csr_matrix) -> None:
        by_feature = sparse.csr_matrix(rows.T)
        self._starts, self._texts, self._weights = by_feature.indptr, by_feature.indices, by_feature.data
        self._size = rows.shape[0]

    def scores(self, places: NDArray[np.int32], weights: Scores) -> Scores:
        """Cosine of each text with a question's vector, as `NgramSpace.vector` gives it."""
        if not len(places):
            return np.zeros(self._size, dtype=np.float32)
        starts, ends = self._starts[places], self._starts[places + 1]
        spans = list(map(slice, starts.tolist(), ends.tolist()))
        texts = np.concatenate([self._texts[span] for span in spans])
        products = np.concatenate([self._weights[span] for span in spans]) * np.repeat(weights, ends - starts)
        return np.bincount(texts, products, minlength=self._size).astype(np.float32)
