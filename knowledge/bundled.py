"""The bundled encoder's fast way: all-MiniLM-L6-v2 written out plainly, in eight-bit numbers, without padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from tokenizers import Tokenizer

from knowledge.graph import Floats, Graph, eight_bits
from knowledge.pieces import cut
from knowledge.tuned import WORDS

_EPSILON = 1e-12
_LAYERS, _HEADS = 6, 12


class BundledModel:
    """Built from the published model's arrays: BERT with mean pooling; gives the same vectors.

    Half the time of the general way goes into its bookkeeping and into reading weights four times as wide.
    """

    def __init__(
        self, weights: Mapping[str, Floats], tokenizer: Tokenizer, longest: int, smoothing: Mapping[str, Floats]
    ) -> None:
        """`smoothing` is what the channels that enter a product are divided by (see `knowledge.smoothing`)."""
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(longest)
        # Halves are exact to a thousandth, and 40 MB less.
        self._words = weights[WORDS].astype(np.float16)
        # A message is one segment, so the segment's vector belongs to every place.
        places = weights["embeddings.position_embeddings.weight"][:longest]
        self._places = places + weights["embeddings.token_type_embeddings.weight"][0]
        self.dimension = int(self._words.shape[1])
        graph = Graph(3, self.dimension)
        self._input = graph.input
        hidden = graph.step("LayerNormalization", graph.input, *_norm(graph, weights, "embeddings"), epsilon=_EPSILON)
        for number in range(_LAYERS):
            hidden = _layer(graph, weights, smoothing, f"encoder.layer.{number}", hidden)
        mean = graph.step("ReduceMean", hidden, graph.weight(np.array([1])), keepdims=0)
        self._session = graph.run_to(graph.step("LpNormalization", mean))

    def cut(self, texts: Sequence[str]) -> list[list[int]]:
        """The word pieces of each text, by their numbers."""
        return cut(self._tokenizer, texts)

    def encode(self, ids: Sequence[Sequence[int]]) -> Floats:
        """The vectors, of length one, of texts that were cut into equally many pieces: (texts, dimension)."""
        hidden = self._words[np.array(ids)] + self._places[: len(ids[0])]
        found: Floats = self._session.run(None, {self._input: hidden})[0]
        return found


def _layer(graph: Graph, weights: Mapping[str, Floats], smoothing: Mapping[str, Floats], name: str, hidden: str) -> str:
    """One layer, from the step `hidden` on; gives its last step."""

    def product(given: str, *parts: str) -> str:
        rows = np.concatenate([weights[f"{name}.{part}.weight"] for part in parts])
        divisors = smoothing.get(f"{name}.{parts[0]}")
        if divisors is not None:
            given, rows = graph.step("Div", given, graph.weight(divisors)), rows * divisors
        return graph.product(given, *eight_bits(rows))

    def bias(*parts: str) -> str:
        return graph.weight(np.concatenate([weights[f"{name}.{part}.bias"] for part in parts]))

    def together(given: str, before: str, part: str) -> str:
        """The part's product, its bias and what was there before, brought to one length."""
        norm = _norm(graph, weights, f"{name}.{part.rpartition('.')[0]}")
        return graph.added("SkipLayerNormalization", product(given, part), before, *norm, bias(part), epsilon=_EPSILON)

    asked = ("attention.self.query", "attention.self.key", "attention.self.value")
    three = graph.step("Add", product(hidden, *asked), bias(*asked))
    mixed = graph.added(
        "MultiHeadAttention", *graph.steps("Split", three, outputs=3, axis=2, num_outputs=3), num_heads=_HEADS
    )
    hidden = together(mixed, hidden, "attention.output.dense")
    wide = graph.added("BiasGelu", product(hidden, "intermediate.dense"), bias("intermediate.dense"))
    return together(wide, hidden, "output.dense")


def _norm(graph: Graph, weights: Mapping[str, Floats], name: str) -> tuple[str, str]:
    return graph.weight(weights[f"{name}.LayerNorm.weight"]), graph.weight(weights[f"{name}.LayerNorm.bias"])
