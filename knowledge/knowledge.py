"""The door of this room: the articles as they are now, and the one that answers a question."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from watchfiles import watch

from knowledge.articles import Library, LibraryLoader, Problem
from knowledge.encoder import Encoder, Vectors, load_encoder
from knowledge.index import open_index
from knowledge.language import use_model
from knowledge.retriever import Finding, Retriever
from knowledge.settings import Settings
from knowledge.voices import Trained, load_trained

log = logging.getLogger(__name__)

# A family's message waits at most for one batch of this size before its own turn.
_LARGEST_BATCH = 32
# Editors write a file in several goes; after this many milliseconds of quiet it is read.
_QUIET_MS = 50
_LONGEST_WAIT_MS = 400
# Where the system does not tell of changes (some network drives), they are looked for this often.
_LOOK_MS = 5000
# After so many seconds without an edit the index is written to disk.
_TIDY_AFTER = 10.0
# With more passages than this beside the index or gone from it, it is built in one piece again.
_MOST_WORN = 2000
# A message is read several times on its way (crisis screen, intent, retriever), and each time means the same.
_REMEMBERED = 512

Vector = NDArray[np.float32]


def index_folder(settings: Settings) -> Path:
    """Where the passage index is kept."""
    return settings.home / "knowledge" / "index"


def trained_folder(settings: Settings) -> Path:
    """Where `familydesk train` puts what it learns from questions."""
    return settings.home / "knowledge" / "trained"


@dataclass
class _Waiting:
    """A question that waits for its batch: for a finding, or for nothing but what it means."""

    text: str
    language: str | None
    answer: Future[Finding] | Future[Vector]
    find: bool


class _Meanings:
    """The encoder, and what the latest messages meant to it; any thread may ask."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[str, Vector] = OrderedDict()
        self._using = threading.Lock()

    def of(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder.encode`."""
        with self._using:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            found.update(zip(new, self._encoder.encode(new), strict=True))
            with self._using:
                self._known.update((text, found[text]) for text in new)
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return np.stack([found[text] for text in texts]) if texts else self._encoder.encode(texts)


class Knowledge:
    """Serves one state of the articles at a time; a new state is built beside it and takes its place at once."""

    def __init__(self, settings: Settings, encoder: Encoder, progress: Callable[[str], None] = log.info) -> None:
        self._settings = settings
        self._encoder = encoder
        self._meanings = _Meanings(encoder)
        self._loader = LibraryLoader(settings.articles, department_keys(settings.district))
        self._refreshing = threading.Lock()
        self._batching = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="retriever")
        self._tidying = threading.Lock()
        self._tidier: threading.Thread | None = None
        self._closing = threading.Event()
        self._reported: frozenset[Problem] = frozenset()
        self._trained: Trained | None = load_trained(trained_folder(settings), encoder)
        use_model(self._trained.language if self._trained else None)
        library = self._loader.load()
        self._report(library)
        index = open_index(index_folder(settings), library, encoder, progress)
        self._retriever = Retriever(library, index, encoder, self._trained.voices if self._trained else None)

    @classmethod
    def open(cls, settings: Settings, progress: Callable[[str], None] = log.info) -> Knowledge:
        """Load encoder, articles, index and trained voices; build the index if it is missing or out of date.

        Raises EncoderError. Works without `familydesk train`, only less well.
        """
        progress("loading the encoder")
        # One question is too little work for several threads to share: with two, the slow ones take half as long again.
        threadpool_limits(1)
        return cls(settings, load_encoder(settings.encoder), progress)

    @property
    def encoder(self) -> str:
        """The name of the encoder whose vectors `meaning` gives."""
        return self._encoder.name

    @property
    def library(self) -> Library:
        """The articles that are served now."""
        return self._retriever.library

    def find(self, text: str, language: str | None) -> Finding:
        """The articles that answer `text`, shown in `language`. Blocks for some milliseconds; any thread may call."""
        return self._retriever.find_all([text], [language], self._meanings.of([text]))[0]

    def meaning(self, text: str) -> Vector:
        """The encoder's vector of a message: (dimension,), of length one. Blocks; any thread may call."""
        found: Vector = self._meanings.of([text])[0]
        return found

    async def find_soon(self, text: str, language: str | None) -> Finding:
        """Like `find`, without blocking the loop; questions that wait together go through the encoder together."""
        finding: Future[Finding] = Future()
        self._soon(_Waiting(text, language, finding, find=True))
        return await asyncio.wrap_future(finding)

    async def meaning_soon(self, text: str) -> Vector:
        """Like `meaning`, without blocking the loop."""
        meaning: Future[Vector] = Future()
        self._soon(_Waiting(text, None, meaning, find=False))
        return await asyncio.wrap_future(meaning)

    def _soon(self, waiting: _Waiting) -> None:
        with self._batching:
            self._waiting.append(waiting)
            if len(self._waiting) == 1:
                self._worker.submit(self._answer_waiting)

    def refresh(self) -> tuple[Problem, ...]:
        """Read what changed in the articles' folder and serve it; gives everything that is wrong there now."""
        with self._refreshing:
            library = self._loader.load()
            self._report(library)
            before = self._retriever
            if library.articles != before.library.articles:
                self._retriever = before.updated(library)
                self._tidy_soon()
            return library.problems

    def watch(self, stop: threading.Event) -> None:
        """Refresh whenever a file changes under the articles' folder, until `stop` is set. Blocks."""
        folder = self._settings.articles
        while not stop.is_set():
            if not folder.is_dir():  # taken away, or a folder of the same name is about to take its place
                stop.wait(1.0)
                continue
            changes = watch(
                folder,
                debounce=_LONGEST_WAIT_MS,
                step=_QUIET_MS,
                stop_event=stop,
                rust_timeout=_LOOK_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
            )
            for _ in changes:
                self._refresh_or_log()

    def close(self) -> None:
        """Let go of the threads; questions that wait are still answered, and edits are written to disk."""
        self._worker.shutdown(wait=True)
        self._closing.set()
        with self._refreshing:
            tidier = self._tidier
        if tidier:
            tidier.join()

    def _refresh_or_log(self) -> None:
        """A change that cannot be served must not end the watching: what is served stays as it was."""
        try:
            self.refresh()
        except Exception:  # whatever it is, the next change may mend it
            log.exception("the articles could not be read again; the last good ones are still served")

    def _tidy_soon(self) -> None:
        if self._tidier is None:
            # Nothing is lost if the process ends before: the next start encodes those texts again.
            self._tidier = threading.Thread(target=self._tidy, name="index", daemon=True)
            self._tidier.start()

    def _tidy(self) -> None:
        """Build a worn index in one piece, and write it to disk; neither holds up an edit."""
        seen: Retriever | None = None
        while seen is not (now := self._retriever) and now.index.worn <= _MOST_WORN and not self._closing.is_set():
            seen = now
            self._closing.wait(_TIDY_AFTER)
        with self._tidying:
            with self._refreshing:
                self._tidier = None
                start = self._retriever
            try:
                if start.index.worn > _MOST_WORN and not self._closing.is_set():
                    start = self._put_together(start)
                start.index.save(index_folder(self._settings))
            except Exception:  # it is served from memory all the same
                log.exception("the index could not be written to %s", index_folder(self._settings))

    def _put_together(self, start: Retriever) -> Retriever:
        """Serve the same articles from an index in one piece, with the edits that came while it was built."""
        whole = start.whole()
        with self._refreshing:
            now = self._retriever
            self._retriever = whole if now is start else whole.updated(now.library)
            return self._retriever

    def _answer_waiting(self) -> None:
        with self._batching:
            batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
            if self._waiting:
                self._worker.submit(self._answer_waiting)
        running = [waiting for waiting in batch if waiting.answer.set_running_or_notify_cancel()]
        if not running:
            return
        try:
            meanings = self._meanings.of([one.text for one in running])
            asking = [place for place, one in enumerate(running) if one.find]
            texts, languages = [running[place].text for place in asking], [running[place].language for place in asking]
            findings = iter(self._retriever.find_all(texts, languages, meanings[asking]))
        except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to those who wait for the answer
            for waiting in running:
                waiting.answer.set_exception(error)
            return
        for waiting, meaning in zip(running, meanings, strict=True):
            waiting.answer.set_result(next(findings) if waiting.find else meaning)  # type: ignore[arg-type]

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
