"""The lexical voice: words and pieces of words that a question shares with passages, each language by itself."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge.lexical import NUMBERED, Cut, Cuts, Row, Scores, Vocabulary, fold
from knowledge.passages import Passage


class _Texts:
    """Which texts have a feature and how often, by feature and then by the text's language; never changed.

    `documents` (features, languages) is in how many texts a feature is.
    """

    def __init__(self, numbers: Vocabulary, features: Sequence[Row], codes: NDArray[np.int64], languages: int) -> None:
        self.numbers = dict(numbers)
        self.size = len(features)
        self.languages = languages
        lengths = [len(some) for some in features]
        flat = np.concatenate([np.zeros(0, dtype=np.int32), *(np.asarray(some, dtype=np.int32) for some in features)])
        columns = flat * np.int32(languages) + np.repeat(codes, lengths).astype(np.int32)
        rows = np.repeat(np.arange(self.size, dtype=np.int32), lengths)
        shape = (self.size, len(numbers) * languages)
        counts = sparse.coo_matrix((np.ones(len(flat), dtype=np.float32), (rows, columns)), shape).tocsc()
        self.documents = np.diff(counts.indptr).reshape(len(numbers), languages).astype(np.float32)
        damped = np.float32(1.0) + np.log(counts.data)
        self._by_feature = sparse.csr_matrix((damped, counts.indices, counts.indptr), shape[::-1])

    def lengths(self, idf: Scores) -> Scores:
        """The length of each text's vector under weights (features, languages)."""
        found: Scores = np.sqrt(self._by_feature.power(2).T @ (idf[:, : self.languages] ** 2).ravel())
        return found

    def sums(self, numbers: NDArray[np.int64], weights: Scores) -> Scores:
        """For each text the sum of its features, weighed by (features, languages)."""
        places = (numbers[:, None] * self.languages + np.arange(self.languages)).ravel()
        found: Scores = self._by_feature[places].T @ weights[:, : self.languages].ravel()
        return found


class _Weighed:
    """Texts, and how much each feature weighs in each language now; `documents` is in how many texts it is."""

    def __init__(self, texts: _Texts, documents: Scores, counts: Scores, gone: NDArray[np.int64]) -> None:
        self.texts = texts
        rare = np.log((1.0 + counts) / (1.0 + np.maximum(documents, 0.0))) + 1.0
        # What no text of a language has any more is as unknown to it as what none ever had.
        self.idf: Scores = np.where(documents > 0.0, rare, 0.0).astype(np.float32)
        lengths = texts.lengths(self.idf)
        lengths[gone] = 0.0
        self._inverse = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0.0)

    def scores(self, numbers: NDArray[np.int64], weights: Scores) -> Scores:
        """The products of a question's features, weighed for each language, with each text's vector of length one."""
        found: Scores = self.texts.sums(numbers, weights * self.idf[numbers]) * self._inverse
        return found


class _Half:
    """Words, or pieces of words, of all passages: those of the base, some of them gone, and those that were added."""

    def __init__(
        self, base: _Texts, added: _Texts, gone: _Texts, gone_places: NDArray[np.int64], counts: Scores
    ) -> None:
        number = np.array([base.numbers.get(feature, -1) for feature in added.numbers], dtype=np.int64)
        self._new = number < 0
        documents = np.zeros((len(base.numbers), len(counts)), dtype=np.float32)
        documents[:, : base.languages] = base.documents
        documents[number[~self._new]] += added.documents[~self._new]
        documents[[base.numbers[feature] for feature in gone.numbers]] -= gone.documents
        documents_added = added.documents.copy()
        documents_added[~self._new] = documents[number[~self._new]]
        self._base = _Weighed(base, documents, counts, gone_places)
        self._added = _Weighed(added, documents_added, counts, gone_places[:0])

    def scores(self, cut: Cut) -> Scores:
        """Cosine of a text with each passage, each language by its own weights."""
        numbers, damped = cut.known(self._base.texts.numbers)
        weights = damped[:, None] * self._base.idf[numbers]
        numbers_added, damped = cut.known(self._added.texts.numbers)
        weights_added = damped[:, None] * self._added.idf[numbers_added]
        new = weights_added[self._new[numbers_added]]
        lengths = np.sqrt((weights**2).sum(axis=0) + (new**2).sum(axis=0))
        lengths[lengths == 0.0] = 1.0
        found = [self._base.scores(numbers, weights / lengths)]
        if self._added.texts.size:
            found.append(self._added.scores(numbers_added, weights_added / lengths))
        return np.concatenate(found)


class LexicalIndex:
    """Cosines of a question with every passage, from the passages of its language and of each other one.

    Never changed. As in `PassageIndex` an edit leaves the base as it is; weights are always those of all live passages.
    """

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = tuple(passages)
        self._languages = tuple(sorted({passage.language for passage in passages}))
        self._base = _cut(passages, self._languages)
        self._weigh((), np.zeros(0, dtype=np.int64))

    def updated(self, added: Sequence[Passage], live: NDArray[np.bool_]) -> LexicalIndex:
        """With other passages added to the base, and only those of the base that are `live`."""
        found = copy(self)
        new = {passage.language for passage in added} - set(self._languages)
        found._languages = (*self._languages, *sorted(new))
        found._weigh(added, np.flatnonzero(~live))
        return found

    def scores(self, cuts: Cuts) -> Scores:
        """Cosine of a text with each passage, first those of the base, then the added; 0.0 where nothing is shared."""
        words, pieces = (half.scores(cut) for half, cut in zip(self._halves, cuts, strict=True))
        found: Scores = np.float32(0.5) * (words + pieces)
        return found

    def _weigh(self, added: Sequence[Passage], gone: NDArray[np.int64]) -> None:
        some = _cut(added, self._languages)
        lost = _cut([self._passages[place] for place in gone], self._languages)
        counts = some.counts - lost.counts
        counts[: len(self._base.counts)] += self._base.counts
        self._halves = [
            _Half(base, beside, without, gone, counts)
            for base, beside, without in zip(self._base.halves, some.halves, lost.halves, strict=True)
        ]


@dataclass(frozen=True)
class _Cut:
    """Passages cut into words and into pieces of words, and how many passages with words each language has."""

    halves: tuple[_Texts, ...]
    counts: Scores


def _cut(passages: Sequence[Passage], languages: Sequence[str]) -> _Cut:
    folded = [fold(passage.text) for passage in passages]
    number = {language: place for place, language in enumerate(languages)}
    codes = np.array([number[passage.language] for passage in passages], dtype=np.int64)
    # A passage that is all punctuation has no words to be rare among.
    counts = np.bincount(codes[[bool(text) for text in folded]], minlength=len(languages)).astype(np.float32)
    vocabularies = [(numbered, Vocabulary()) for numbered in NUMBERED]
    halves = (
        _Texts(some, numbered(folded, some.__getitem__), codes, len(languages)) for numbered, some in vocabularies
    )
    return _Cut(tuple(halves), counts)
