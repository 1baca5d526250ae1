"""The lexical voice: words and pieces of words that a question shares with passages, each language by itself."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge.passages import Passage

Scores = NDArray[np.float32]

_APOSTROPHES = re.compile(r"['’`´]")
_NOT_WORD = re.compile(r"[\W_]+")
_LONG_RUN = re.compile(r"(\w)\1{2,}")
# Writing without spaces between words: every character is taken as a word.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_SHORTEST_GRAM, _LONGEST_GRAM = 3, 5


def fold(text: str) -> str:
    """A text as families type it on a phone: small letters, no accents, no punctuation, single spaces."""
    # Small letters last: taking signs such as the one for "service mark" apart gives capitals.
    decomposed = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).lower()
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    spaced = _UNSPACED.sub(r" \1 ", _LONG_RUN.sub(r"\1\1", bare))
    return " ".join(_NOT_WORD.sub(" ", spaced).split())


def words(folded: str) -> list[str]:
    """Single words and pairs of neighbours of a folded text."""
    single = folded.split()
    return single + [f"{first} {second}" for first, second in pairwise(single)]


def pieces(folded: str) -> list[str]:
    """Runs of three to five characters of each word, its edges marked by spaces: they survive a typing error."""
    found: list[str] = []
    for word in folded.split():
        padded = f" {word} "
        for size in range(_SHORTEST_GRAM, min(_LONGEST_GRAM, len(padded)) + 1):
            found += [padded[start : start + size] for start in range(len(padded) - size + 1)]
    return found


_CUTS = (words, pieces)
Cuts = Sequence[Sequence[str]]


def cut_up(text: str) -> Cuts:
    """The words and the pieces of words of a text as it was typed."""
    folded = fold(text)
    return [cut(folded) for cut in _CUTS]


class NgramSpace:
    """Texts as sparse vectors of length one: half from whole words, half from pieces of words (TF-IDF)."""

    def __init__(self, vocabularies: Sequence[Mapping[str, int]], idf: Sequence[Scores]) -> None:
        self.vocabularies = [dict(vocabulary) for vocabulary in vocabularies]
        self.idf = [np.asarray(values, dtype=np.float32) for values in idf]
        self._width = sum(len(vocabulary) for vocabulary in self.vocabularies)

    @classmethod
    def of(cls, texts: Sequence[str]) -> tuple[NgramSpace, sparse.csr_matrix]:
        """The space that `texts` span, and their vectors in it, one row each."""
        folded = [fold(text) for text in texts]
        vocabularies, idf = [], []
        for cut in _CUTS:
            documents = Counter(feature for text in folded for feature in set(cut(text)))
            vocabularies.append({feature: place for place, feature in enumerate(documents)})
            counts = np.fromiter(documents.values(), dtype=np.float32, count=len(documents))
            idf.append(np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0)
        space = cls(vocabularies, idf)
        return space, space.vectors(texts)

    def vectors(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One sparse row for each text; what the space does not know is left out."""
        rows = [self.vector(cut_up(text)) for text in texts]
        starts = np.cumsum([0, *(len(places) for places, _ in rows)])
        data = np.concatenate([values for _, values in rows]) if rows else np.zeros(0, dtype=np.float32)
        places = np.concatenate([places for places, _ in rows]) if rows else np.zeros(0, dtype=np.int32)
        return sparse.csr_matrix((data, places, starts), shape=(len(texts), self._width))

    def vector(self, cuts: Cuts) -> tuple[NDArray[np.int32], Scores]:
        """The places of a text's features in the space, and their weights."""
        found: list[int] = []
        weights: list[Scores] = []
        shift = 0
        for features, vocabulary, idf in zip(cuts, self.vocabularies, self.idf, strict=True):
            counts = Counter(vocabulary[feature] for feature in features if feature in vocabulary)
            if counts:
                places = list(counts)
                half = (1.0 + np.log(list(counts.values()))) * idf[places]
                # Each half has the square root of one half as its length.
                weights.append((half / np.sqrt(2.0 * (half @ half))).astype(np.float32))
                found += [place + shift for place in places]
            shift += len(vocabulary)
        return np.array(found, dtype=np.int32), np.concatenate(weights) if weights else np.zeros(0, dtype=np.float32)


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
        spans = [slice(start, end) for start, end in zip(self._starts[places], self._starts[places + 1], strict=True)]
        texts = np.concatenate([self._texts[span] for span in spans])
        products = [weight * self._weights[span] for weight, span in zip(weights, spans, strict=True)]
        return np.bincount(texts, np.concatenate(products), minlength=self._size).astype(np.float32)


class LexicalIndex:
    """Cosines of a question with every passage, from the passages of its language and of each other one."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        places: dict[str, list[int]] = {}
        for place, passage in enumerate(passages):
            # A language whose passages are all punctuation has no words to index.
            if fold(passage.text):
                places.setdefault(passage.language, []).append(place)
        self._size = len(passages)
        self._spaces: list[tuple[NDArray[np.int64], NgramSpace, Postings]] = []
        for some in places.values():
            space, rows = NgramSpace.of([passages[place].text for place in some])
            self._spaces.append((np.array(some), space, Postings(rows)))

    def scores(self, cuts: Cuts) -> Scores:
        """Cosine of a text with each passage, in the passages' order; 0.0 where nothing is shared."""
        found = np.zeros(self._size, dtype=np.float32)
        for places, space, postings in self._spaces:
            found[places] = postings.scores(*space.vector(cuts))
        return found
