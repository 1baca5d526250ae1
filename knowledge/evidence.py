"""Evidence: what each voice says of each article for one question, as numbers that the fusion weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.fusion import UNTRAINED, Evidence, Fusion
from knowledge.index import PassageIndex
from knowledge.lexical import Cuts, LexicalIndex, cut_up

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


class Voices(Protocol):
    """The voices that were trained on questions; see `knowledge.voices`."""

    @property
    def topics(self) -> tuple[str, ...]: ...

    def listen(self, cuts: Cuts, vector: Floats, language: str | None = None) -> Heard: ...


class EvidenceReader:
    """Asks every voice; built once for an index and its trained voices."""

    def __init__(self, index: PassageIndex, voices: Voices | None) -> None:
        self._index = index
        self._voices = voices
        self._lexical = LexicalIndex(index.passages)
        self.articles: tuple[str, ...] = tuple(sorted({passage.article for passage in index.passages}))
        number = {article: place for place, article in enumerate(self.articles)}
        groups = np.array(
            [2 * number[passage.article] + (passage.kind not in _ASK) for passage in index.passages], dtype=np.int64
        )
        self._order = np.argsort(groups, kind="stable")
        # Every article has a title and a summary, so every group is there and the starts are all different.
        self._starts = np.searchsorted(groups[self._order], np.arange(2 * len(self.articles)))
        self._by_article = self._starts[::2]
        topics = {topic: place for place, topic in enumerate(voices.topics)} if voices else {}
        self._topic = np.array([topics.get(article, -1) for article in self.articles], dtype=np.int64)

    def read(self, text: str, vector: Floats, language: str | None = None) -> tuple[Evidence, Fusion]:
        """The evidence of one question, whose encoding is `vector`, and how to weigh it."""
        dense = self._dense(vector)
        cuts = cut_up(text)
        lexical = self._lexical.scores(cuts)
        own = np.concatenate([self._group(dense), self._group(lexical)], axis=1)
        best = self._best(dense + lexical)
        known = self._topic >= 0
        if self._voices is None:
            return Evidence(own, known, np.zeros(0, dtype=np.float32), best), UNTRAINED
        heard = self._voices.listen(cuts, vector, language)
        trained = np.where(known[:, None], heard.topics[self._topic], np.float32(0.0))
        return Evidence(np.concatenate([own, trained], axis=1), known, heard.nothing, best), heard.fusion

    def _dense(self, vector: Floats) -> Floats:
        hits = self._index.search(vector[None, :], _NEAREST)[0]
        scores = np.full(len(self._index.passages), hits.scores[-1], dtype=np.float32)
        scores[hits.places] = hits.scores
        return scores

    def _group(self, scores: Floats) -> Floats:
        """The best score of each article among what asks, and among what tells: (articles, 2)."""
        found: Floats = np.maximum.reduceat(scores[self._order], self._starts).reshape(-1, 2)
        return found

    def _best(self, scores: Floats) -> NDArray[np.int64]:
        """The place of each article's best passage."""
        ordered = scores[self._order]
        ends = np.append(self._by_article[1:], len(ordered))
        inside = [start + int(ordered[start:end].argmax()) for start, end in zip(self._by_article, ends, strict=True)]
        return self._order[inside]
