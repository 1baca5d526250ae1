"""Evidence: what each voice says of each article for one question, as numbers that the fusion weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.fusion import UNTRAINED, Evidence, Fusion
from knowledge.index import PassageIndex
from knowledge.lexical import Cuts, cut_up
from knowledge.lexical_index import LexicalIndex
from knowledge.passages import Passage

Floats = NDArray[np.float32]

_ASK = frozenset({"title", "question"})
# Passages that FAISS brings; the others are taken to be no closer than the last of them.
_NEAREST = 400


@dataclass(frozen=True)
class Heard:
    """What the trained voices say: of each topic (topics, voices), for none of them (voices,), and how to weigh it."""

    topics: Floats
    nothing: Floats
    fusion: Fusion


@dataclass(frozen=True)
class Reading:
    """The evidence of a question, how to weigh it, and its cosine by wording with each passage of the index."""

    evidence: Evidence
    fusion: Fusion
    wording: Floats


class Voices(Protocol):
    """The voices that were trained on questions; see `knowledge.voices`."""

    @property
    def topics(self) -> tuple[str, ...]: ...

    def listen(self, cuts: Cuts, vector: Floats, language: str | None = None) -> Heard: ...


class EvidenceReader:
    """Asks every voice; built once for an index and its trained voices.

    With the reader of the index `before` an edit of it, whatever belongs to the base of the two is not built again.
    """

    def __init__(self, index: PassageIndex, voices: Voices | None, before: EvidenceReader | None = None) -> None:
        self._index = index
        self._voices = voices
        same = before if before is not None and before._index.base is index.base else None
        base_live = index.live[: len(index.base.passages)]
        self._base: _Places = same._base if same else _Places(index.base.passages)
        lexical = same._lexical if same else LexicalIndex(index.base.passages)
        self._lexical: LexicalIndex = (
            lexical.updated(index.delta.passages, base_live) if same or index.worn else lexical
        )
        delta = _Places(index.delta.passages)
        used = self._base.used(base_live)
        self.articles: tuple[str, ...] = tuple(sorted({*used, *delta.articles}))
        number = {article: place for place, article in enumerate(self.articles)}
        live = np.flatnonzero(index.live)
        groups = np.concatenate([self._base.groups(number), delta.groups(number)])[live]
        sorting = np.argsort(groups, kind="stable")
        self._order = live[sorting]
        # Every article has a title and a summary, so every group is there and the starts are all different.
        self._starts = np.searchsorted(groups[sorting], np.arange(2 * len(self.articles)))
        self._article = groups[sorting] // 2
        topics = {topic: place for place, topic in enumerate(voices.topics)} if voices else {}
        self._topic = np.array([topics.get(article, -1) for article in self.articles], dtype=np.int64)

    def read(self, text: str, vector: Floats, language: str | None = None) -> Reading:
        """What speaks for each article as the answer to one question, whose encoding is `vector`."""
        dense = self._dense(vector)
        cuts = cut_up(text)
        lexical = self._lexical.scores(cuts)
        ordered, ordered_lexical = dense[self._order], lexical[self._order]
        own = np.concatenate([self._group(ordered), self._group(ordered_lexical)], axis=1)
        best = self._best(ordered + ordered_lexical)
        known = self._topic >= 0
        if self._voices is None:
            return Reading(Evidence(own, known, np.zeros(0, dtype=np.float32), best), UNTRAINED, lexical)
        heard = self._voices.listen(cuts, vector, language)
        trained = np.where(known[:, None], heard.topics[self._topic], np.float32(0.0))
        evidence = Evidence(np.concatenate([own, trained], axis=1), known, heard.nothing, best)
        return Reading(evidence, heard.fusion, lexical)

    def _dense(self, vector: Floats) -> Floats:
        hits = self._index.search(vector[None, :], _NEAREST)[0]
        scores = np.full(len(self._index.passages), hits.scores[-1], dtype=np.float32)
        scores[hits.places] = hits.scores
        return scores

    def _group(self, ordered: Floats) -> Floats:
        """The best score of each article among what asks, and among what tells: (articles, 2)."""
        found: Floats = np.maximum.reduceat(ordered, self._starts).reshape(-1, 2)
        return found

    def _best(self, ordered: Floats) -> NDArray[np.int64]:
        """The place of each article's best passage."""
        highest = np.maximum.reduceat(ordered, self._starts[::2])
        winners = np.flatnonzero(ordered == highest[self._article])
        # Of several that are equally good the first.
        first = np.searchsorted(self._article[winners], np.arange(len(self.articles)))
        best: NDArray[np.int64] = self._order[winners[first]]
        return best


class _Places:
    """Which article each of some passages belongs to, and whether it asks or tells."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.articles = sorted({passage.article for passage in passages})
        number = {article: place for place, article in enumerate(self.articles)}
        self._article = np.array([number[passage.article] for passage in passages], dtype=np.int64)
        self._tells = np.array([passage.kind not in _ASK for passage in passages], dtype=np.int64)

    def used(self, live: NDArray[np.bool_]) -> list[str]:
        """The articles that have a passage that is live."""
        counts = np.bincount(self._article[live], minlength=len(self.articles))
        return [article for article, count in zip(self.articles, counts, strict=True) if count]

    def groups(self, number: Mapping[str, int]) -> NDArray[np.int64]:
        """For each passage twice the number of its article, one more where it tells; any where it has none."""
        numbers = np.array([number.get(article, 0) for article in self.articles], dtype=np.int64)
        found: NDArray[np.int64] = 2 * numbers[self._article] + self._tells
        return found
