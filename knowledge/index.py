"""The passage index: FAISS over the vectors of all passages, with a record of how it was built."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.articles import Library
from knowledge.encoder import Encoder, Vectors
from knowledge.files import replace_file
from knowledge.passages import Passage, all_passages

FORMAT = 1
CURE = "run `familydesk index`"


class IndexMismatchError(RuntimeError):
    """A saved index that does not fit what is asked of it; the message names the command that mends it."""


@dataclass(frozen=True)
class BuildRecord:
    """How an index was built; `articles` maps `language/id` to the content hash of the file."""

    format: int
    encoder: str
    dimension: int
    passages: int
    articles: Mapping[str, str]
    built_at: str


@dataclass(frozen=True)
class Hits:
    """The passages nearest to one question, best first: their places in the index and their cosines."""

    places: NDArray[np.int64]
    scores: NDArray[np.float32]


class PassageIndex:
    """Exact search over the passages' vectors. Never changed after it is built; a new one takes its place."""

    def __init__(self, passages: Sequence[Passage], vectors: Vectors, record: BuildRecord) -> None:
        self.passages = tuple(passages)
        self.record = record
        # Exact search: at a few thousand passages it costs less than a tenth of encoding the question.
        self._faiss = faiss.IndexFlatIP(record.dimension)
        if len(vectors):
            self._faiss.add(vectors)

    @classmethod
    def build(
        cls,
        passages: Sequence[Passage],
        encoder: Encoder,
        articles: Mapping[str, str],
        known: Mapping[str, Vectors] | None = None,
    ) -> PassageIndex:
        """Encode the passages, except the texts whose vectors are `known` already, and index them."""
        found = dict(known or {})
        new = sorted({passage.text for passage in passages} - found.keys())
        found.update(zip(new, encoder.encode(new), strict=True))
        rows = [found[passage.text] for passage in passages]
        vectors = np.stack(rows) if rows else np.zeros((0, encoder.dimension), dtype=np.float32)
        built_at = datetime.now(UTC).isoformat(timespec="seconds")
        record = BuildRecord(FORMAT, encoder.name, encoder.dimension, len(rows), dict(articles), built_at)
        return cls(passages, vectors, record)

    @property
    def vectors(self) -> Vectors:
        """All vectors, one row for each passage."""
        found: NDArray[np.float32] = self._faiss.reconstruct_n(0, self._faiss.ntotal)
        return found.reshape(-1, self.record.dimension)

    def known(self) -> dict[str, Vectors]:
        """The vector of every text, so that a rebuild encodes only what is new."""
        return {passage.text: vector for passage, vector in zip(self.passages, self.vectors, strict=True)}

    def search(self, vectors: Vectors, count: int) -> list[Hits]:
        """For each row of `vectors` the `count` passages with the highest cosine."""
        if not self.passages:
            return [Hits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)) for _ in vectors]
        scores, places = self._faiss.search(np.ascontiguousarray(vectors), min(count, len(self.passages)))
        return [Hits(row, values) for row, values in zip(places, scores, strict=True)]

    def save(self, folder: Path) -> None:
        """Write the index, the passages and the record; each file appears whole or not at all, the record last."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(json.dumps(asdict(passage), ensure_ascii=False) + "\n" for passage in self.passages)
        replace_file(folder / "passages.jsonl", lines.encode())
        replace_file(folder / "passages.faiss", faiss.serialize_index(self._faiss).tobytes())
        replace_file(folder / "record.json", json.dumps(asdict(self.record), indent=1).encode())

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
            lines = (folder / "passages.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
            passages = [Passage(**json.loads(line)) for line in lines]
            stored = faiss.deserialize_index(np.frombuffer((folder / "passages.faiss").read_bytes(), dtype=np.uint8))
            vectors = stored.reconstruct_n(0, stored.ntotal).reshape(-1, record.dimension)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise IndexMismatchError(f"the index in {folder} is damaged ({error}); {CURE}") from error
        if not len(passages) == len(vectors) == record.passages:
            raise IndexMismatchError(f"the index in {folder} is of two builds; {CURE}")
        return cls(passages, vectors, record)


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
