"""The encoder that is tuned: the bundled model with new word pieces, and what its lessons pull together and apart."""

from __future__ import annotations

import math
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from knowledge.typing_slips import as_typed
from knowledge.voices import Example

# Most messages, titles and steps are shorter; the beginning of the others is enough to learn from.
_LONGEST = 48
# How many of everything stand together in one step.
_MESSAGES, _PAIRS, _WISHES, _DANGERS = 192, 128, 128, 64
# So many prototypes stand for "none of the topics": what nothing answers has little in common.
_NOTHING = 12
# Texts of like length that are read together.
_GROUP = 192
_SLIPS = 0.35
_RATE = 1e-4
# The weights that are kept are a running mean over about so many steps.
_MEAN_OVER = 150
_SEED = 11

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Lessons:
    """All that is learnt from.

    `passages` are texts by the article they stand in; `pairs` are (text, what the untouched model sees in its English
    translation); `wishes` are (text, what is wished), `dangers` (text, which danger or none).
    """

    messages: Sequence[Example]
    passages: Mapping[str, Sequence[str]]
    pairs: Sequence[tuple[str, Floats]]
    wishes: Sequence[tuple[str, str]]
    dangers: Sequence[tuple[str, str]]


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
        return [one.ids for one in self._tokenizer.encode_batch(list(texts))]

    def forward(self, cut: Sequence[Sequence[int]]) -> Tensor:
        """Vectors of length one of texts that were cut into pieces: (texts, dimension)."""
        width = max(len(one) for one in cut)
        ids = torch.tensor([[*one, *[-1] * (width - len(one))] for one in cut], device=self.pieces.device)
        mask, base = ids >= 0, len(self.own)
        hidden = torch.where(
            (ids >= base)[..., None],
            functional.embedding((ids - base).clamp(min=0), self.pieces),
            functional.embedding(ids.clamp(min=0, max=base - 1), self.own),
        )
        out = self.bert(inputs_embeds=hidden, attention_mask=mask.to(torch.int64)).last_hidden_state
        weights = mask[..., None].to(out.dtype)
        return functional.normalize(((out * weights).sum(1) / weights.sum(1)).float(), dim=-1)

    def read(self, texts: Sequence[str], longest: int, group: int) -> Tensor:
        """Vectors of length one, (texts, dimension); `group` texts of like length together, for padding costs time."""
        cut = self.cut(texts, longest)
        order = sorted(range(len(cut)), key=lambda place: len(cut[place]))
        device = self.pieces.device
        found = []
        for start in range(0, len(order), group):
            with torch.autocast(device.type, dtype=torch.bfloat16):
                found.append(self([cut[place] for place in order[start : start + group]]))
        return torch.cat(found)[torch.argsort(torch.tensor(order, device=device))]


@torch.no_grad()
def encode(student: Student, texts: Sequence[str], longest: int = 128, group: int = 64) -> Tensor:
    """Vectors of length one of many texts: (texts, dimension)."""
    return student.read(texts, longest, group)


class _Mean:
    """The running mean of the weights: it generalises better than where the last steps happen to end."""

    def __init__(self, student: Student) -> None:
        self._weights = {name: value.detach().clone() for name, value in student.named_parameters()}
        self._steps = 0

    @torch.no_grad()
    def add(self, student: Student) -> None:
        self._steps += 1
        share = 1.0 / min(self._steps + 1, _MEAN_OVER)
        for name, value in student.named_parameters():
            self._weights[name].lerp_(value, share)

    @torch.no_grad()
    def give(self, student: Student) -> None:
        for name, value in student.named_parameters():
            value.copy_(self._weights[name])


def learn(student: Student, lessons: Lessons, epochs: float, minutes: float) -> None:
    """Messages near their articles' passages and topics; translations near the untouched view of their English.

    Ends early, with what it has, when `minutes` are over.
    """
    torch.manual_seed(_SEED)
    chance = random.Random(_SEED)  # noqa: S311  # no secret
    device = student.pieces.device
    aims = _Aims(lessons, student.own.shape[1]).to(device)
    student.bert.embeddings.requires_grad_(requires_grad=False)
    body = [weight for weight in student.bert.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": body, "lr": _RATE},
            {"params": [student.pieces], "lr": 1e-3},
            {"params": list(aims.parameters()), "lr": 3e-3},
        ],
        weight_decay=0.01,
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    steps = max(1, int(epochs * len(lessons.messages) / _MESSAGES))
    began, limit = time.monotonic(), minutes * 60.0
    deck = _Deck(lessons.messages, chance)
    mean = _Mean(student)
    student.train()
    for step in range(steps):
        share = max(step / steps, (time.monotonic() - began) / limit)
        if share >= 1.0:
            break
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / 60) * max(0.02, 0.5 + 0.5 * math.cos(math.pi * share))
        loss = aims(student, _Step.draw(deck, lessons, chance))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*body, student.pieces], 1.0)
        optimiser.step()
        mean.add(student)
        if step % 50 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f}, {time.monotonic() - began:.0f} s", flush=True)
    mean.give(student)
    student.eval()


class _Deck:
    """The messages in random order, over and over."""

    def __init__(self, messages: Sequence[Example], chance: random.Random) -> None:
        self._messages, self._chance = messages, chance
        self._left: list[Example] = []

    def draw(self, count: int) -> list[Example]:
        while len(self._left) < count:
            again = list(self._messages)
            self._chance.shuffle(again)
            self._left = again + self._left
        drawn, self._left = self._left[-count:], self._left[:-count]
        return drawn


@dataclass(frozen=True)
class _Step:
    """What stands together in one step; `told` are the article and a text of it for each message that has one."""

    messages: list[Example]
    told: list[tuple[str, str]]
    pairs: list[tuple[str, Floats]]
    wishes: list[tuple[str, str]]
    dangers: list[tuple[str, str]]

    @classmethod
    def draw(cls, deck: _Deck, lessons: Lessons, chance: random.Random) -> _Step:
        messages = deck.draw(_MESSAGES)
        chosen = [chance.choice(message.topics) for message in messages if message.topics]
        return cls(
            messages,
            [(topic, chance.choice(lessons.passages[topic])) for topic in chosen],
            chance.sample(lessons.pairs, min(_PAIRS, len(lessons.pairs))),
            chance.sample(lessons.wishes, min(_WISHES, len(lessons.wishes))),
            chance.sample(lessons.dangers, min(_DANGERS, len(lessons.dangers))),
        )

    def texts(self, chance: random.Random) -> list[str]:
        """All of them, so that the model is run once; what families write is written with slips now and then."""
        said = [*(m.text for m in self.messages), *(text for text, _ in (*self.wishes, *self.dangers))]
        slipped = [as_typed(text, chance) if chance.random() < _SLIPS else text for text in said]
        return [*slipped, *(text for _, text in self.told), *(text for text, _ in self.pairs)]


class _Aims(torch.nn.Module):
    """The losses, with the prototypes that they pull towards."""

    def __init__(self, lessons: Lessons, dimension: int) -> None:
        super().__init__()
        self._topic = {topic: place for place, topic in enumerate(sorted(lessons.passages))}
        self._chance = random.Random(_SEED)  # noqa: S311  # no secret
        self.topics = torch.nn.Parameter(torch.randn(len(self._topic) + _NOTHING, dimension) * 0.05)
        self.wishes = _Kinds(lessons.wishes, dimension)
        self.dangers = _Kinds(lessons.dangers, dimension)

    def forward(self, student: Student, step: _Step) -> Tensor:
        """One number, the less the better."""
        sizes = [len(some) for some in (step.messages, step.wishes, step.dangers, step.told, step.pairs)]
        vectors = student.read(step.texts(self._chance), _LONGEST, _GROUP)
        asked, wished, dangerous, told, spoken = torch.split(vectors, sizes)
        views = torch.from_numpy(np.stack([view for _, view in step.pairs])).to(spoken)
        loss: Tensor = (
            self._by_topic(asked, step.messages)
            + _by_passage(asked, told, step)
            + 0.5 * self.wishes(wished, [wish for _, wish in step.wishes])
            + 0.5 * self.dangers(dangerous, [kind for _, kind in step.dangers])
            + 4.0 * (1.0 - (spoken * views).sum(-1)).mean()
        )
        return loss

    def _by_topic(self, asked: Tensor, messages: Sequence[Example]) -> Tensor:
        """Each message near the prototype of its topic, or of "none of them"."""
        count = len(self._topic)
        wanted = torch.zeros(len(messages), count + 1)
        for row, message in enumerate(messages):
            for topic in message.topics:
                wanted[row, self._topic[topic]] = 1.0 / len(message.topics)
            if not message.topics:
                wanted[row, -1] = 1.0
        scores = 16.0 * asked @ functional.normalize(self.topics, dim=-1).T
        nothing = scores[:, count:].logsumexp(-1, keepdim=True)
        shares = torch.log_softmax(torch.cat([scores[:, :count], nothing], -1), -1)
        found: Tensor = -(wanted.to(asked) * shares).sum(-1).mean()
        return found


class _Kinds(torch.nn.Module):
    """Each example near the prototype of its kind."""

    def __init__(self, examples: Sequence[tuple[str, str]], dimension: int) -> None:
        super().__init__()
        self._place = {kind: place for place, kind in enumerate(sorted({kind for _, kind in examples}))}
        self.prototypes = torch.nn.Parameter(torch.randn(max(1, len(self._place)), dimension) * 0.05)

    def forward(self, said: Tensor, kinds: Sequence[str]) -> Tensor:
        """Cross entropy of `said` (texts, dimension) with what kinds they are."""
        scores = 16.0 * said @ functional.normalize(self.prototypes, dim=-1).T
        aims = torch.tensor([self._place[kind] for kind in kinds], device=scores.device)
        found: Tensor = functional.cross_entropy(scores, aims, label_smoothing=0.1)
        return found


def _by_passage(asked: Tensor, told: Tensor, step: _Step) -> Tensor:
    """Each message nearer to a passage of its article than to the other messages' passages."""
    rows = [row for row, message in enumerate(step.messages) if message.topics]
    scores = 20.0 * asked[rows] @ told.T
    places: dict[str, list[int]] = defaultdict(list)
    for column, (article, _) in enumerate(step.told):
        places[article].append(column)
    same = torch.zeros(len(rows), len(rows), dtype=torch.bool)
    for line, row in enumerate(rows):
        for topic in step.messages[row].topics:
            same[line, places[topic]] = True
    same.fill_diagonal_(fill_value=False)
    aims = torch.arange(len(rows), device=scores.device)
    return functional.cross_entropy(scores.masked_fill(same.to(scores.device), -1e4), aims)
