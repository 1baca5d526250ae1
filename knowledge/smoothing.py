"""What the encoder's products are fed with, smoothed for eight bits: `python -m knowledge.smoothing` measures it anew.

One scale for all that goes into a product wastes the eight bits where one channel reaches four times as far as all
others, and in this model one does. Such a channel is divided by how far it goes beyond, and its weights are multiplied
by the same, which changes nothing but what is lost (SmoothQuant, Xiao and others, 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from knowledge.encoder import LONGEST_INPUT, bundled_folder
from knowledge.evaluation import read_rows
from knowledge.pieces import cut
from knowledge.training import QUESTIONS
from knowledge.tuned import FOLDER, SMOOTHING, apply_tuning

Floats = NDArray[np.float32]

# Of each language so many messages are looked at.
_LOOKED_AT = 250
# The channels beyond this share of all are brought back to it.
_FAR = 0.99


def messages() -> list[str]:
    """Messages to learn from, of every language, spread over its articles."""
    found: list[str] = []
    for path in sorted(QUESTIONS.glob("*.jsonl")):
        texts = [row.text for row in read_rows(path)]
        found += texts[:: max(1, len(texts) // _LOOKED_AT)]
    return found


def smoothing(reach: Floats) -> Floats:
    """What each channel is divided by, from how far each goes."""
    return np.maximum(reach / np.quantile(reach, _FAR), 1.0).astype(np.float32)


def measure(folder: Path, texts: Sequence[str]) -> dict[str, Floats]:
    """How far each channel goes that enters a product, by the product's name in the model: (channels,)."""
    # They take seconds to import.
    import torch
    from transformers import AutoConfig, AutoModel

    weights = load_file(bundled_folder() / "model.safetensors")
    tokenizer = apply_tuning(weights, bundled_folder() / "tokenizer.json", folder)
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST_INPUT)
    config = AutoConfig.from_pretrained(bundled_folder())
    config.vocab_size = tokenizer.get_vocab_size()
    bert: Any = AutoModel.from_config(config).eval()  # type: ignore[no-untyped-call]
    bert.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()}, strict=False)
    found: dict[str, Floats] = {}
    for name, part in _watched(bert):

        def look(_: Any, given: tuple[Any, ...], name: str = name) -> None:
            reach = given[0].abs().amax((0, 1)).numpy()
            found[name] = np.maximum(found.get(name, np.zeros_like(reach)), reach)

        part.register_forward_pre_hook(look)
    with torch.inference_mode():
        for ids in cut(tokenizer, texts):
            bert(torch.tensor([ids]))
    return found


def _watched(bert: Any) -> Iterator[tuple[str, Any]]:
    """Query stands for key and value too, which are fed with the same; what leaves the attention is even already."""
    for number, layer in enumerate(bert.encoder.layer):
        name = f"encoder.layer.{number}"
        yield f"{name}.attention.self.query", layer.attention.self.query
        yield f"{name}.intermediate.dense", layer.intermediate.dense
        yield f"{name}.output.dense", layer.output.dense


def save(folder: Path = FOLDER) -> None:
    """Measure and write it beside the weights."""
    found = {name: smoothing(reach) for name, reach in measure(folder, messages()).items()}
    np.savez_compressed(folder / SMOOTHING, **found)


if __name__ == "__main__":
    save()
