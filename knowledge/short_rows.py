"""Vectors kept in eight-bit numbers: a quarter of the memory, and of the time that goes into reading them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge.graph import Floats, Graph, eight_bits


class ShortRows:
    """`numbers` (rows, dimension), each row to be multiplied by its one of `scales` (rows,)."""

    def __init__(self, numbers: NDArray[np.int8], scales: Floats) -> None:
        self.numbers, self.scales = numbers, scales
        graph = Graph(2, numbers.shape[1])
        self._input = graph.input
        self._session = graph.run_to(graph.product(graph.input, numbers, scales))

    @classmethod
    def of(cls, vectors: Floats) -> ShortRows:
        """From float32 (rows, dimension)."""
        return cls(*eight_bits(vectors))

    def __len__(self) -> int:
        return len(self.numbers)

    def products(self, vector: Floats) -> Floats:
        """(rows,) with one vector (dimension,); of vectors of length one they are right to some thousandths."""
        found: Floats = self._session.run(None, {self._input: vector[None]})[0][0]
        return found
