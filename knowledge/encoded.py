"""An encoder that remembers on disk: training reads messages several times, and encoding is its longest part."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from knowledge.encoder import Encoder, Vectors, load_encoder

log = logging.getLogger(__name__)

# More than all texts of a training in eight languages; what was asked for longest ago is forgotten.
_MOST = 200_000
# So many new texts or more are shared with a second process, in parts of so many.
_MANY, _PART = 5_000, 4_000


class RememberingEncoder:
    """Gives what `encoder` gives, to half precision; `save` keeps it for the next training under the same encoder."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder, self._path = encoder, path
        self.name, self.dimension = encoder.name, encoder.dimension
        self._known = _load(path, encoder.name)
        self._grown = False

    def encode(self, texts: Sequence[str]) -> Vectors:
        marks = [_mark(text) for text in texts]
        new = {mark: text for mark, text in zip(marks, texts, strict=True) if mark not in self._known}
        if new:
            vectors = self._encoder.encode(list(new.values())).astype(np.float16)
            self._known.update(zip(new, vectors, strict=True))
            self._grown = True
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        # Halves are a little off length one.
        found = np.stack([self._known[mark] for mark in marks]).astype(np.float32)
        normal: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return normal

    def learn(self, texts: Sequence[str], setting: str, progress: Callable[[str], None]) -> None:
        """Encode what is new, on two cores where that is much, and save it; `setting` is FAMILYDESK_ENCODER."""
        new = list(dict.fromkeys(text for text in texts if _mark(text) not in self._known))
        if len(new) < _MANY:
            self.encode(new)
        else:
            # Those of like length together, which are encoded together; the longest first, so that both end alike.
            new.sort(key=len, reverse=True)
            parts = [new[start : start + _PART] for start in range(0, len(new), _PART)]
            with ProcessPoolExecutor(2, get_context("spawn"), _load_here, (setting,)) as processes:
                done = 0
                for part, vectors in zip(parts, processes.map(_encode_here, parts), strict=True):
                    self._known.update(zip(map(_mark, part), vectors, strict=True))
                    done += len(part)
                    progress(f"encoded {done} of {len(new)} texts to learn from")
            self._grown = True
        self.save()

    def save(self) -> None:
        """Write what is known; nothing happens when nothing is new."""
        if not self._grown:
            return
        # Another training of the same home may have written meanwhile: what it knows is kept too.
        self._known = {**_load(self._path, self.name), **self._known}
        kept = list(self._known.items())[-_MOST:]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(f".{self._path.name}")
        with beside.open("wb") as file:
            np.savez(
                file,
                name=np.array(self.name),
                marks=np.frombuffer(b"".join(mark for mark, _ in kept), dtype=np.uint8).reshape(len(kept), -1),
                vectors=np.stack([vector for _, vector in kept]),
            )
        beside.replace(self._path)
        self._grown = False


_here: list[Encoder] = []


def _load_here(setting: str) -> None:
    """In a process beside: load the encoder once."""
    _here.append(load_encoder(setting))


def _encode_here(texts: Sequence[str]) -> Vectors:
    return _here[0].encode(texts).astype(np.float16)


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _load(path: Path, name: str) -> dict[bytes, Vectors]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["name"]) != name:
                return {}
            return {bytes(mark): vector for mark, vector in zip(stored["marks"], stored["vectors"], strict=True)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        log.warning("%s cannot be read (%s) and is made anew", path, error)
        return {}
