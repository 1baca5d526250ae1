"""The door of this room: the articles as they are now, and the one that answers a question."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml
from watchfiles import watch

from knowledge.articles import Library, LibraryLoader, Problem
from knowledge.encoder import Encoder, load_encoder
from knowledge.index import PassageIndex, article_hashes, open_index
from knowledge.language import use_model
from knowledge.passages import all_passages
from knowledge.retriever import Finding, Retriever
from knowledge.settings import Settings
from knowledge.voices import Trained, load_trained

log = logging.getLogger(__name__)

# A family's message waits at most for one batch of this size before its own turn.
_LARGEST_BATCH = 32
# Editors write a file in several goes; after this many milliseconds of quiet it is read.
_QUIET_MS = 100
_LONGEST_WAIT_MS = 400


def index_folder(settings: Settings) -> Path:
    """Where the passage index is kept."""
    return settings.home / "knowledge" / "index"


def trained_folder(settings: Settings) -> Path:
    """Where `familydesk train` puts what it learns from questions."""
    return settings.home / "knowledge" / "trained"


@dataclass
class _Waiting:
    """A question that waits for its batch."""

    text: str
    language: str | None
    answer: Future[Finding]


class Knowledge:
    """Serves one state of the articles at a time; a new state is built beside it and takes its place at once."""

    def __init__(self, settings: Settings, encoder: Encoder, progress: Callable[[str], None] = log.info) -> None:
        self._settings = settings
        self._encoder = encoder
        self._loader = LibraryLoader(settings.articles, department_keys(settings.district))
        self._refreshing = threading.Lock()
        self._batching = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="retriever")
        self._reported: frozenset[Problem] = frozenset()
        self._trained: Trained | None = load_trained(trained_folder(settings), encoder)
        use_model(self._trained.language if self._trained else None)
        library = self._loader.load()
        self._report(library)
        self._retriever = self._retriever_for(library, open_index(index_folder(settings), library, encoder, progress))

    @classmethod
    def open(cls, settings: Settings, progress: Callable[[str], None] = log.info) -> Knowledge:
        """Load encoder, articles, index and trained voices; build the index if it is missing or out of date.

        Raises EncoderError. Works without `familydesk train`, only less well.
        """
        progress("loading the encoder")
        return cls(settings, load_encoder(settings.encoder), progress)

    @property
    def library(self) -> Library:
        """The articles that are served now."""
        return self._retriever.library

    def find(self, text: str, language: str | None) -> Finding:
        """The articles that answer `text`, shown in `language`. Blocks for some milliseconds; any thread may call."""
        return self._retriever.find(text, language)

    async def find_soon(self, text: str, language: str | None) -> Finding:
        """Like `find`, without blocking the loop; questions that wait together go through the encoder together."""
        waiting = _Waiting(text, language, Future())
        with self._batching:
            self._waiting.append(waiting)
            if len(self._waiting) == 1:
                self._worker.submit(self._answer_waiting)
        return await asyncio.wrap_future(waiting.answer)

    def refresh(self) -> tuple[Problem, ...]:
        """Read what changed in the articles' folder and serve it; gives everything that is wrong there now."""
        with self._refreshing:
            library = self._loader.load()
            self._report(library)
            before = self._retriever
            if library.articles != before.library.articles:
                index = self._build(library, before.index)
                self._retriever = self._retriever_for(library, index)
                index.save(index_folder(self._settings))
            return library.problems

    def watch(self, stop: threading.Event) -> None:
        """Refresh whenever a file changes under the articles' folder, until `stop` is set. Blocks."""
        folder = self._settings.articles
        while not stop.is_set():
            if not folder.is_dir():  # taken away, or a folder of the same name is about to take its place
                stop.wait(1.0)
                continue
            changes = watch(folder, debounce=_LONGEST_WAIT_MS, step=_QUIET_MS, stop_event=stop, raise_interrupt=False)
            for _ in changes:
                self._refresh_or_log()

    def close(self) -> None:
        """Let go of the worker thread; questions that wait are still answered."""
        self._worker.shutdown(wait=True)

    def _refresh_or_log(self) -> None:
        """A change that cannot be read must not end the watching: what is served stays as it was."""
        try:
            self.refresh()
        except OSError:
            log.exception("the articles could not be read again; the last good ones are still served")

    def _answer_waiting(self) -> None:
        with self._batching:
            batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
            if self._waiting:
                self._worker.submit(self._answer_waiting)
        running = [waiting for waiting in batch if waiting.answer.set_running_or_notify_cancel()]
        if not running:
            return
        try:
            texts, languages = [one.text for one in running], [one.language for one in running]
            findings = self._retriever.find_all(texts, languages)
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to those who wait for the answer
            for waiting in running:
                waiting.answer.set_exception(error)
            return
        for waiting, finding in zip(running, findings, strict=True):
            waiting.answer.set_result(finding)

    def _build(self, library: Library, before: PassageIndex) -> PassageIndex:
        return PassageIndex.build(all_passages(library), self._encoder, article_hashes(library), before.known())

    def _retriever_for(self, library: Library, index: PassageIndex) -> Retriever:
        return Retriever(library, index, self._encoder, self._trained.voices if self._trained else None)

    def _report(self, library: Library) -> None:
        """Log each error once, and again only after it had gone away."""
        errors = frozenset(problem for problem in library.problems if problem.severity == "error")
        for problem in sorted(errors - self._reported, key=str):
            log.error("%s", problem)
        self._reported = errors


def department_keys(district: Path) -> Collection[str] | None:
    """The departments that articles may name, or None when the district's file does not say."""
    try:
        values = yaml.safe_load((district / "district.yml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):  # the district's own checks name what is wrong with its file
        return None
    departments = values.get("departments") if isinstance(values, dict) else None
    return frozenset(departments) if isinstance(departments, dict) else None
