"""The encoder that is tuned: the bundled model with new word pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from knowledge.pieces import cut

Floats = NDArray[np.float32]


class Student(torch.nn.Module):
    """The bundled model with a second table for the new pieces, so that its own table stays as it is."""

    own: Tensor

    def __init__(self, bert: Any, tokenizer: Any, own: Tensor, places: Floats) -> None:
        super().__init__()
        self.bert, self._tokenizer = bert, tokenizer
        tokenizer.no_padding()
        self.register_buffer("own", own.detach().clone(), persistent=False)
        self.pieces = torch.nn.Parameter(torch.from_numpy(places.copy()))

    def cut(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """The word pieces of each text, by their numbers; at most `longest`."""
        self._tokenizer.enable_truncation(longest)
        return cut(self._tokenizer, texts)

    def forward(self, ids: Tensor) -> Tensor:
        """Vectors of length one of texts that were cut into pieces, (texts, width) with -1 behind the end."""
        ids = ids.to(torch.int64)
        mask, base = ids >= 0, len(self.own)
        hidden = torch.where(
            (ids >= base)[..., None],
            functional.embedding((ids - base).clamp(min=0), self.pieces),
            functional.embedding(ids.clamp(min=0, max=base - 1), self.own),
        )
        out = self.bert(inputs_embeds=hidden, attention_mask=mask.to(torch.int64)).last_hidden_state
        weights = mask[..., None].to(out.dtype)
        return functional.normalize(((out * weights).sum(1) / weights.sum(1)).float(), dim=-1)

    def look(self, read: Read) -> Tensor:
        """Vectors of length one, (texts, dimension), in the order that the texts came in."""
        with torch.autocast(self.pieces.device.type, dtype=torch.bfloat16):
            return torch.cat([self(group) for group in read.groups])[read.back]


@torch.no_grad()
def encode(student: Student, texts: Sequence[str], longest: int = 128, group: int = 64) -> Tensor:
    """Vectors of length one of many texts: (texts, dimension)."""
    return student.look(Read.of(student.cut(texts, longest), group).to(student.pieces.device))


@dataclass(frozen=True)
class Read:
    """Texts cut into pieces, those of like length together, for padding costs time.

    `groups` are numbers of pieces (texts, width) with -1 behind the end; `back` puts all texts in the order that they
    came in: (texts).
    """

    groups: list[Tensor]
    back: Tensor

    @classmethod
    def of(cls, cut: Sequence[Sequence[int]], group: int) -> Read:
        order = sorted(range(len(cut)), key=lambda place: len(cut[place]))
        groups = []
        for start in range(0, len(order), group):
            some = [cut[place] for place in order[start : start + group]]
            width = max(len(one) for one in some)
            groups.append(torch.tensor([[*one, *[-1] * (width - len(one))] for one in some], dtype=torch.int32))
        return cls(groups, torch.argsort(torch.tensor(order)))

    def to(self, device: torch.device) -> Read:
        return Read([one.to(device, non_blocking=True) for one in self.groups], self.back.to(device))
