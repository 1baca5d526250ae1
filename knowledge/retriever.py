"""The retriever: what every voice says of every article, put together into an answer, a choice, or "I don't know"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from knowledge.articles import Library
from knowledge.encoder import Encoder, Vectors
from knowledge.evidence import EvidenceReader, Reading, Voices
from knowledge.fusion import Evidence, Judgement
from knowledge.index import PassageIndex
from knowledge.markdown import Section
from knowledge.sections import nearest_section

Decision = Literal["answer", "clarify", "unknown"]
MOST_SUGGESTIONS = 3


@dataclass(frozen=True)
class Suggestion:
    """An article that may answer; `score` is the probability that it does, `passage` the piece that won.

    `section` is the part of the best article that is nearest to the question; `section_tells`, whether it is nearer
    than the summary and all else.
    """

    article: str
    language: str
    title: str
    score: float
    passage: str
    section: Section | None = None
    section_tells: bool = False


@dataclass(frozen=True)
class Finding:
    """What was found: `answer` best first, `clarify` two or three close ones, `unknown` none."""

    decision: Decision
    suggestions: tuple[Suggestion, ...]


NOTHING = Finding("unknown", ())


class Retriever:
    """One state of articles, index and trained voices; never changed, so that any number of threads may use it."""

    def __init__(
        self,
        library: Library,
        index: PassageIndex,
        encoder: Encoder,
        voices: Voices | None,
        before: Retriever | None = None,
    ) -> None:
        self.library = library
        self.index = index
        self._encoder = encoder
        self._voices = voices
        self._reader: EvidenceReader = EvidenceReader(index, voices, before._reader if before else None)

    def updated(self, library: Library) -> Retriever:
        """The retriever of another state of the articles; costs what differs from the last one in one piece."""
        return Retriever(library, self.index.updated(library, self._encoder), self._encoder, self._voices, self)

    def whole(self) -> Retriever:
        """The same, built in one piece."""
        return Retriever(self.library, self.index.whole(), self._encoder, self._voices)

    def find(self, text: str, language: str | None) -> Finding:
        """The articles that answer `text`, shown in `language` where they exist in it, else in English."""
        return self.find_all([text], [language])[0]

    def find_all(
        self, texts: Sequence[str], languages: Sequence[str | None], vectors: Vectors | None = None
    ) -> list[Finding]:
        """Several questions at once, which costs less than one after the other; `vectors` if they are encoded."""
        if not self._reader.articles:
            return [NOTHING] * len(texts)
        vectors = self._encoder.encode(texts) if vectors is None else vectors
        return [
            self._decide(self._reader.read(text, vector, language), vector, language)
            for text, vector, language in zip(texts, vectors, languages, strict=True)
        ]

    def _decide(self, reading: Reading, vector: Vectors, language: str | None) -> Finding:
        judgement = reading.fusion.judge(reading.evidence)
        decision = reading.fusion.decision(judgement)
        if decision == "unknown":
            return NOTHING
        order = np.argsort(-judgement.articles, kind="stable")[:MOST_SUGGESTIONS]
        suggestions = [self._suggestion(reading.evidence, judgement, int(place), language) for place in order]
        if decision == "answer":
            suggestions[0] = self._with_section(suggestions[0], reading.wording, vector)
        return Finding(decision, tuple(suggestions))

    def _suggestion(self, evidence: Evidence, judgement: Judgement, place: int, language: str | None) -> Suggestion:
        article = self.library.get(self._reader.articles[place], language)
        # An article may live in one other language only while its English file is broken.
        if article is None:
            article = next(
                some for key, some in self.library.articles.items() if key[1] == self._reader.articles[place]
            )
        passage = self.index.passages[int(evidence.best[place])].text
        score = float(judgement.answerable * judgement.articles[place])
        return Suggestion(article.id, article.language, article.title, round(score, 4), passage)

    def _with_section(self, suggestion: Suggestion, wording: Vectors, vector: Vectors) -> Suggestion:
        article = self.library.articles[suggestion.language, suggestion.article]
        places = self.index.places_of(article.language, article.id)
        section, tells = nearest_section(article, self.index.vectors_at(places) @ vector, wording[places])
        return replace(suggestion, section=section, section_tells=tells)
