"""Vectors kept in eight-bit numbers: a quarter of the memory, and of the time that goes into reading them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_LARGEST = np.float32(127.0)


class ShortRows:
    """`numbers` (rows, dimension), each row to be multiplied by its one of `scales` (rows,)."""

    def __init__(self, numbers: NDArray[np.int8], scales: Floats) -> None:
        # Takes seconds to import, so only when it is really wanted.
        import torch

        from knowledge.products import short_product

        self.numbers, self.scales = numbers, scales
        self._product = short_product(torch.from_numpy(numbers * scales[:, None]), None)

    @classmethod
    def of(cls, vectors: Floats) -> ShortRows:
        """From float32 (rows, dimension)."""
        scales = np.maximum(np.abs(vectors).max(axis=1), np.float32(1e-12)) / _LARGEST
        return cls(np.rint(vectors / scales[:, None]).astype(np.int8), scales)

    def __len__(self) -> int:
        return len(self.numbers)

    def products(self, vector: Floats) -> Floats:
        """(rows,) with one vector (dimension,); of vectors of length one they are right to some thousandths."""
        import torch

        with torch.inference_mode():
            found: Floats = self._product(torch.from_numpy(vector)[None])[0].numpy()
        return found
