"""The passage index: FAISS over the vectors of all passages, with a record of how it was built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.articles import Library
from knowledge.encoder import Encoder, Vectors
from knowledge.files import replace_file
from knowledge.passages import Passage, all_passages, passages_of
from knowledge.short_rows import ShortRows

FORMAT = 1
# So many more than are wanted are compared exactly; in eight bits a cosine is off by some thousandths.
_SPARE = 200
# Below every cosine.
_NOWHERE = -2.0
CURE = "run `familydesk index`"


class IndexMismatchError(RuntimeError):
    """A saved index that does not fit what is asked of it; the message names the command that mends it."""


@dataclass(frozen=True)
class BuildRecord:
    """How an index was built; `articles` maps `language/id` to the content hash of the file.

    `contents` stands in the saved record only: the hash of what was saved with it.
    """

    format: int
    encoder: str
    dimension: int
    passages: int
    articles: Mapping[str, str]
    built_at: str
    contents: str = ""


@dataclass(frozen=True)
class Hits:
    """The passages nearest to one question, best first: their places in the index and their cosines."""

    places: NDArray[np.int64]
    scores: NDArray[np.float32]


class Rows:
    """Some passages and their vectors. Never changed after it is built.

    All are compared in eight-bit numbers, and FAISS searches exactly among those that come out nearest so: a third of
    the time that comparing all exactly takes at a hundred thousand passages.
    """

    def __init__(self, passages: Sequence[Passage], vectors: Vectors, dimension: int) -> None:
        self.passages = tuple(passages)
        self._faiss = faiss.IndexFlatIP(dimension)
        if len(vectors):
            self._faiss.add(np.ascontiguousarray(vectors))
        self._short = ShortRows.of(vectors) if len(vectors) else None
        # Where the passages of each `language/id` are, and where each text is, so that it is not encoded again.
        self.by_article: dict[str, list[int]] = {}
        for place, passage in enumerate(self.passages):
            self.by_article.setdefault(f"{passage.language}/{passage.article}", []).append(place)
        self.by_text = {passage.text: place for place, passage in enumerate(self.passages)}

    @property
    def vectors(self) -> Vectors:
        """All vectors, copied."""
        found: NDArray[np.float32] = self._faiss.reconstruct_n(0, self._faiss.ntotal)
        return found.reshape(-1, self._faiss.d)

    def vector(self, place: int) -> Vectors:
        """One vector, copied."""
        found: NDArray[np.float32] = self._faiss.reconstruct(place)
        return found

    def search(self, vectors: Vectors, count: int, live: NDArray[np.bool_] | None) -> tuple[Any, Any]:
        """Scores and places of the nearest passages of those that are `live`, (len(vectors), count) each.

        At least `count` have to be live.
        """
        found = [self._nearest(vector, count, live) for vector in vectors]
        return np.stack([scores for scores, _ in found]), np.stack([places for _, places in found])

    def _nearest(self, vector: Vectors, count: int, live: NDArray[np.bool_] | None) -> tuple[Any, Any]:
        if not count or self._short is None:
            return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
        about = self._short.products(vector)
        if live is not None:
            about[~live] = _NOWHERE
        places = np.argpartition(about, -min(count + _SPARE, len(about)))[-(count + _SPARE) :]
        near = faiss.IDSelectorArray(places[about[places] > _NOWHERE])
        scores, found = self._faiss.search(vector[None, :], count, params=faiss.SearchParameters(sel=near))
        return scores[0], found[0]


class PassageIndex:
    """Exact search over the passages' vectors. Never changed after it is built; a new one takes its place.

    An edit does not touch what was built in one piece, the `base`: `updated` puts the changed articles' passages beside
    it, the `delta`, and passes over what is no longer `live`. Places count through the base and then the delta.
    """

    def __init__(self, passages: Sequence[Passage], vectors: Vectors, record: BuildRecord) -> None:
        self.record = record
        self.base = Rows(passages, vectors, record.dimension)
        self._base_articles = record.articles
        self._set_delta(Rows((), vectors[:0], record.dimension), np.ones(len(passages), dtype=bool))

    def _set_delta(self, delta: Rows, base_live: NDArray[np.bool_]) -> None:
        self.delta = delta
        self.live: NDArray[np.bool_] = np.concatenate([base_live, np.ones(len(delta.passages), dtype=bool)])
        self.passages = (*self.base.passages, *delta.passages)
        self._base_count = int(base_live.sum())
        whole = self._base_count == len(base_live)
        self._base_live = None if whole else base_live

    @classmethod
    def build(
        cls,
        passages: Sequence[Passage],
        encoder: Encoder,
        articles: Mapping[str, str],
        known: Mapping[str, Vectors] | None = None,
    ) -> PassageIndex:
        """Encode the passages, except the texts whose vectors are `known` already, and index them."""
        vectors = _encoded(passages, encoder, known or {})
        return cls(passages, vectors, _record(encoder, len(passages), articles))

    def updated(self, library: Library, encoder: Encoder) -> PassageIndex:
        """The index of this library; costs what differs from the base, and encodes only texts that are new."""
        articles = article_hashes(library)
        base_live = np.ones(len(self.base.passages), dtype=bool)
        for name, content in self._base_articles.items():
            if articles.get(name) != content:
                base_live[self.base.by_article.get(name, ())] = False
        passages = [
            passage
            for language in library.languages
            for article in library.of(language)
            if self._base_articles.get(f"{language}/{article.id}") != article.content_hash
            for passage in passages_of(article)
        ]
        vectors = _encoded(passages, encoder, self._known({passage.text for passage in passages}))
        found = copy(self)
        found.record = _record(encoder, int(base_live.sum()) + len(passages), articles)
        found._set_delta(Rows(passages, vectors, self.record.dimension), base_live)
        return found

    @property
    def worn(self) -> int:
        """How many passages are in the delta or passed over; each costs a little until the index is `whole` again."""
        return len(self.delta.passages) + len(self.base.passages) - self._base_count

    def whole(self) -> PassageIndex:
        """The same in one piece, in the order of `all_passages`."""
        if not self.worn:
            return self
        places = self._in_order()
        return PassageIndex([self.passages[place] for place in places], self.vectors[places], self.record)

    def _in_order(self) -> list[int]:
        """The places of the live passages, in the order of `all_passages`."""

        def order(place: int) -> tuple[bool, str, str]:
            passage = self.passages[place]
            return passage.language != SOURCE_LANGUAGE, passage.language, passage.article

        return sorted(np.flatnonzero(self.live).tolist(), key=order)

    @property
    def vectors(self) -> Vectors:
        """All vectors, one row for each of `passages`."""
        return np.concatenate([self.base.vectors, self.delta.vectors])

    def known(self) -> dict[str, Vectors]:
        """The vector of every text, so that a rebuild encodes only what is new."""
        return {passage.text: vector for passage, vector in zip(self.passages, self.vectors, strict=True)}

    def places_of(self, language: str, article: str) -> list[int]:
        """The places of an article's passages in a language, in the order of `passages_of`."""
        name = f"{language}/{article}"
        if name in self.delta.by_article:
            return [len(self.base.passages) + place for place in self.delta.by_article[name]]
        return self.base.by_article[name]

    def vectors_at(self, places: Sequence[int]) -> Vectors:
        """The vectors of some passages: (places, dimension)."""
        base = len(self.base.passages)
        return np.stack(
            [self.base.vector(place) if place < base else self.delta.vector(place - base) for place in places]
        )

    def search(self, vectors: Vectors, count: int) -> list[Hits]:
        """For each row of `vectors` the `count` passages with the highest cosine."""
        scores, places = self.base.search(vectors, min(count, self._base_count), self._base_live)
        if self.delta.passages:
            more, beside = self.delta.search(vectors, min(count, len(self.delta.passages)), None)
            scores = np.concatenate([scores, more], axis=1)
            places = np.concatenate([places, beside + len(self.base.passages)], axis=1)
            order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
            scores, places = np.take_along_axis(scores, order, axis=1), np.take_along_axis(places, order, axis=1)
        return [Hits(row, values) for row, values in zip(places, scores, strict=True)]

    def save(self, folder: Path) -> None:
        """Write passages, vectors and record; each file appears whole or not at all, the record last."""
        folder.mkdir(parents=True, exist_ok=True)
        places = self._in_order()
        passages = (self.passages[place] for place in places)
        lines = "".join(json.dumps(vars(passage), ensure_ascii=False) + "\n" for passage in passages).encode()
        flat = faiss.IndexFlatIP(self.record.dimension)
        if places:
            flat.add(self.vectors[places])
        stored: bytes = faiss.serialize_index(flat).tobytes()
        replace_file(folder / "passages.jsonl", lines)
        replace_file(folder / "passages.faiss", stored)
        record = asdict(replace(self.record, contents=_contents(lines, stored)))
        replace_file(folder / "record.json", json.dumps(record, indent=1).encode())

    def _known(self, texts: Iterable[str]) -> dict[str, Vectors]:
        """The vectors of those texts that are in this index."""
        found: dict[str, Vectors] = {}
        for rows in (self.base, self.delta):
            found |= {text: rows.vector(rows.by_text[text]) for text in texts if text in rows.by_text}
        return found

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> PassageIndex:
        """Read a saved index; raises IndexMismatchError when it is missing, damaged or made by another encoder."""
        record = read_record(folder)
        if record is None:
            raise IndexMismatchError(f"there is none in {folder}; {CURE}")
        wanted = (FORMAT, encoder.name, encoder.dimension)
        if (record.format, record.encoder, record.dimension) != wanted:
            raise IndexMismatchError(
                f"the index in {folder} was built with {record.encoder} ({record.dimension} dimensions, "
                f"format {record.format}) and {encoder.name} ({encoder.dimension}, format {FORMAT}) is set; {CURE}"
            )
        try:
            lines, stored = (folder / "passages.jsonl").read_bytes(), (folder / "passages.faiss").read_bytes()
            passages = [Passage(**json.loads(line)) for line in lines.decode().split("\n")[:-1]]
            index = faiss.deserialize_index(np.frombuffer(stored, dtype=np.uint8))
            vectors = index.reconstruct_n(0, index.ntotal).reshape(-1, record.dimension)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise IndexMismatchError(f"the index in {folder} is damaged ({error}); {CURE}") from error
        fits = record.contents in ("", _contents(lines, stored))
        if not (fits and len(passages) == len(vectors) == record.passages):
            raise IndexMismatchError(f"the index in {folder} is of two builds; {CURE}")
        return cls(passages, vectors, replace(record, contents=""))


def open_index(folder: Path, library: Library, encoder: Encoder, progress: Callable[[str], None]) -> PassageIndex:
    """The saved index if it is of these articles and this encoder; else a new one, built and saved."""
    passages, hashes = all_passages(library), article_hashes(library)
    saved: PassageIndex | None = None
    try:
        saved = PassageIndex.load(folder, encoder)
        if saved.record.articles == hashes and saved.passages == passages:
            return saved
        progress("the articles changed: indexing what is new")
    except IndexMismatchError as mismatch:
        progress(f"indexing all articles: {mismatch}")
    index = PassageIndex.build(passages, encoder, hashes, saved.known() if saved else None)
    index.save(folder)
    progress(f"indexed {len(passages)} passages of {len(hashes)} articles")
    return index


def _encoded(passages: Sequence[Passage], encoder: Encoder, known: Mapping[str, Vectors]) -> Vectors:
    """One row for each passage; only texts that are not `known` go through the encoder."""
    found = dict(known)
    new = sorted({passage.text for passage in passages} - found.keys())
    if new:
        vectors = encoder.encode(new)
        if not np.isfinite(vectors).all():
            raise ValueError(f"the encoder {encoder.name} gives no numbers for some texts")
        found.update(zip(new, vectors, strict=True))
    rows = [found[passage.text] for passage in passages]
    return np.stack(rows) if rows else np.zeros((0, encoder.dimension), dtype=np.float32)


def _record(encoder: Encoder, passages: int, articles: Mapping[str, str]) -> BuildRecord:
    built_at = datetime.now(UTC).isoformat(timespec="seconds")
    return BuildRecord(FORMAT, encoder.name, encoder.dimension, passages, dict(articles), built_at)


def _contents(lines: bytes, stored: bytes) -> str:
    digest = hashlib.sha256(lines)
    digest.update(stored)
    return digest.hexdigest()


def article_hashes(library: Library) -> dict[str, str]:
    """`language/id` and content hash of each article, as the build record keeps them."""
    return {f"{language}/{name}": article.content_hash for (language, name), article in library.articles.items()}


def read_record(folder: Path) -> BuildRecord | None:
    """The record of a saved index, or None when there is none that can be read."""
    try:
        values: dict[str, Any] = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        return BuildRecord(**values)
    except (OSError, ValueError, TypeError):
        return None
