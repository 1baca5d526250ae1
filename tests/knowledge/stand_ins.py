"""Stand-ins that the tests of this room share: a deterministic encoder, and articles written as a test needs them."""

from __future__ import annotations

import hashlib
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from knowledge.articles import Problem
from knowledge.encoder import Vectors
from knowledge.knowledge import Knowledge
from knowledge.lexical import fold
from knowledge.settings import Settings, load_settings

QUESTIONS = ("one question", "a second one", "what about three", "and number four", "last of five")


class FakeEncoder:
    """Texts that share words get like vectors: every word is a fixed random direction. Counts what it encodes."""

    def __init__(self, name: str = "fake", dimension: int = 64) -> None:
        self.name = name
        self.dimension = dimension
        self.encoded: list[str] = []
        self.batches: list[int] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def encode(self, texts: Sequence[str]) -> Vectors:
        assert self.may_go_on.wait(60)
        self.encoded += texts
        self.batches.append(len(texts))
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(-1, self.dimension)

    def _vector(self, text: str) -> Vectors:
        total = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in fold(text).split():
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        vector: Vectors = total / np.linalg.norm(total)
        return vector


@contextmanager
def watching(knowledge: Knowledge, articles: Path) -> Iterator[None]:
    """Its watcher at work, in a thread; begins when the system tells of changes."""
    stop = threading.Event()
    watcher = threading.Thread(target=knowledge.watch, args=(stop,))
    watcher.start()
    try:
        until_watched(knowledge, articles)
        yield
    finally:
        stop.set()
        watcher.join(60)
        assert not watcher.is_alive()


def until_watched(knowledge: Knowledge, articles: Path) -> None:
    """Change something beside the articles until the watcher has looked because of it."""
    looked, refresh = threading.Event(), knowledge.refresh

    def noted() -> tuple[Problem, ...]:
        looked.set()
        return refresh()

    knowledge.refresh = noted  # type: ignore[method-assign]
    for _ in range(100):
        (articles / "beside.txt").write_text("beside", encoding="utf-8")
        if looked.wait(0.3):
            break
    else:
        raise AssertionError("the watcher does not see changes")
    knowledge.refresh = refresh  # type: ignore[method-assign]


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> float:
    """Seconds until it was true; only what never comes takes as long as `seconds`."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen in time"
        time.sleep(0.01)
    return time.monotonic() - started


def _questions(name: str, questions: Sequence[str] | None) -> str:
    texts = questions if questions is not None else [f"{name} {text}" for text in QUESTIONS]
    return "".join(f'  - "{text}"\n' for text in texts)


def english(name: str, *, questions: Sequence[str] | None = None, body: str | None = None, **keys: str) -> str:
    """An English article's text; keyword arguments replace front-matter values, an empty one removes the key."""
    values = {
        "title": f"About {name}",
        "summary": f"What to do about {name}.",
        "category": "chromebook",
        "questions": "\n" + _questions(name, questions).rstrip("\n"),
        "device": "chromebook",
        "ticket": "device-repair",
        "department": "technology",
        "related": "[]",
        "owner": "Technology Department",
        "reviewed": "2026-08-17",
        "review_by": "2027-08-16",
        **keys,
    }
    return _file(values, body or "Do this.\n\n1. Look at it.\n2. Turn it on.\n3. Call us.\n")


def translated(name: str, *, questions: Sequence[str] | None = None, body: str | None = None, **keys: str) -> str:
    """A translation's text, as `english`."""
    values = {
        "title": f"Sobre {name}",
        "summary": f"Que hacer con {name}.",
        "questions": "\n" + _questions(f"es {name}", questions).rstrip("\n"),
        "source_hash": "PENDING",
        "translation": "machine",
        "reviewed_by": '""',
        **keys,
    }
    return _file(values, body or "Haga esto.\n\n1. Mire.\n2. Prenda.\n3. Llame.\n")


def _file(values: dict[str, str], body: str) -> str:
    front = "\n".join(f"{key}: {value}" for key, value in values.items() if value)
    return f"---\n{front}\n---\n{textwrap.dedent(body)}"


def write(folder: Path, name: str, text: str, language: str = "en") -> Path:
    """Put an article's text where the loader looks for it."""
    path = folder / language / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def settings_for(tmp_path: Path) -> Settings:
    """Settings with articles, district and home under `tmp_path`."""
    (tmp_path / "articles").mkdir(exist_ok=True)
    district = tmp_path / "district"
    district.mkdir(exist_ok=True)
    (district / "district.yml").write_text("departments:\n  technology: {name: Technology}\n", encoding="utf-8")
    return load_settings(
        {
            "FAMILYDESK_HOME": str(tmp_path / "home"),
            "FAMILYDESK_ARTICLES": str(tmp_path / "articles"),
            "FAMILYDESK_DISTRICT": str(district),
        }
    )
