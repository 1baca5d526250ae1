"""What this project adds to the bundled encoder: word pieces of other languages, layers that know what families ask."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from knowledge.graph import eight_bits
from knowledge.pieces import extend

FOLDER = Path(__file__).parent / "encoder_weights"
PIECES, WEIGHTS, RECORD, SMOOTHING = "pieces.txt", "weights.npz", "record.json", "smoothing.npz"
# The published model's name for the table of its word pieces.
WORDS = "embeddings.word_embeddings.weight"

Floats = NDArray[np.float32]


def save_tuning(
    folder: Path, pieces: list[str], places: Floats, layers: dict[str, Floats], record: dict[str, Any]
) -> None:
    """Write pieces (n), their places (n, dimension) and the layers' weights by their names in the model."""
    folder.mkdir(parents=True, exist_ok=True)
    stored: dict[str, NDArray[Any]] = {}
    for name, values in {"pieces": places, **layers}.items():
        if values.ndim == 2:
            stored[name], stored[f"{name}|scales"] = eight_bits(values)
        else:
            stored[name] = values.astype(np.float16)
    np.savez_compressed(folder / WEIGHTS, **stored)
    (folder / PIECES).write_text("\n".join(pieces) + "\n", encoding="utf-8")
    (folder / RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def tuning_mark(folder: Path = FOLDER) -> str | None:
    """Eight digits that say which weights these are; None where there are none."""
    files = [path for path in (folder / WEIGHTS, folder / SMOOTHING) if path.is_file()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8] if files else None


def read_tuning(folder: Path = FOLDER) -> tuple[dict[str, Floats], list[str]]:
    """What `save_tuning` was given: the layers by name with the places as `pieces`, and the pieces themselves."""
    with np.load(folder / WEIGHTS, allow_pickle=False) as stored:
        found = {
            name: stored[name].astype(np.float32) * stored[f"{name}|scales"][:, None]
            if f"{name}|scales" in stored
            else stored[name].astype(np.float32)
            for name in stored.files
            if not name.endswith("|scales")
        }
    return found, (folder / PIECES).read_text(encoding="utf-8").splitlines()


def read_smoothing(folder: Path = FOLDER) -> dict[str, Floats]:
    """What `knowledge.smoothing` measured, by the products' names in the model; nothing where it was not."""
    try:
        with np.load(folder / SMOOTHING, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        return {}


def apply_tuning(weights: dict[str, Floats], tokenizer: Path, folder: Path = FOLDER) -> Tokenizer:
    """Put pieces and layers among the published model's arrays, by name; gives the tokenizer that fits."""
    found, pieces = read_tuning(folder)
    weights[WORDS] = np.concatenate([weights[WORDS], found.pop("pieces")])
    unknown = sorted(set(found) - set(weights))
    if unknown:
        raise ValueError(f"{folder / WEIGHTS} has weights that the model does not: {', '.join(unknown[:3])}")
    weights.update(found)
    return Tokenizer.from_str(extend(tokenizer, pieces))
