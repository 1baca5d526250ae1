"""Products of vectors with a fixed matrix, in eight-bit numbers where the processor has such products."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import linear

from knowledge.processor import adds_bytes_exactly

# Eight-bit matrix products are there on Intel and AMD processors; elsewhere the same in 32 bits.
_ENGINE = "fbgemm"

Product = Callable[[Tensor], Tensor]


def eight_bit() -> bool:
    """Whether this processor can."""
    return _ENGINE in torch.backends.quantized.supported_engines


def plain_product(weight: Tensor, bias: Tensor | None) -> Product:
    """The product with each row of `weight` (rows, dimension), in the numbers that it has."""
    return lambda hidden: linear(hidden, weight, bias)


def short_product(weight: Tensor, bias: Tensor | None) -> Product:
    """The same in eight bits where the processor can."""
    return _eight_bit_product(weight, bias) if eight_bit() else plain_product(weight, bias)


def _eight_bit_product(weight: Tensor, bias: Tensor | None) -> Product:
    """One scale for each row: with a single one for all the vectors lose twice as much."""
    scales = (weight.abs().amax(dim=1) / 127.0).double()
    with warnings.catch_warnings():
        # torch means to move these calls into another package; the lock file holds a version that has them.
        warnings.simplefilter("ignore")
        torch.backends.quantized.engine = _ENGINE
        zeros = torch.zeros(len(scales), dtype=torch.int64)
        rows = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        packed = torch.ops.quantized.linear_prepack(rows, bias)
    product, seven_bits = torch.ops.quantized.linear_dynamic, not adds_bytes_exactly()
    return lambda hidden: product(hidden, packed, seven_bits)
