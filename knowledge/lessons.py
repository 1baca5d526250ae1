"""What the encoder is tuned on, drawn into steps: messages with slips of the pen, and what stands beside them."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from knowledge.student import Read, Student
from knowledge.typing_slips import as_typed
from knowledge.voices import Example

# Most messages, titles and steps are shorter; the beginning of the others is enough to learn from.
LONGEST = 48
# How many of everything stand together in one step.
MESSAGES, _PAIRS, _WISHES, _DANGERS = 512, 384, 192, 384
# Texts of like length that are read together: many keep a graphics card busy, few leave a processor less padding.
_GROUP = {"cuda": 640, "cpu": 96}
_SLIPS = 0.35
# So many of what families write lose so many of their pieces.
_THINNED, _THIN = 0.3, 0.12
SEED = 11

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


@dataclass(frozen=True)
class Step:
    """What stands together in one step: messages, wishes, dangers, passages, and pairs, read in this order.

    `sizes` says how many of each. `topics` (messages, topics + 1) are the shares that each message's topics have, the
    last that of "none"; `asking` the rows of the messages with a topic, each of which has one passage in its place, and
    `same` (asking, asking) whose passages are of the same article too. `wishes` and `dangers` are kinds by number,
    `views` what the untouched model sees in the English of the pairs: (pairs, dimension).
    """

    read: Read
    sizes: list[int]
    topics: Tensor
    asking: Tensor
    same: Tensor
    wishes: Tensor
    dangers: Tensor
    views: Tensor

    def to(self, device: torch.device) -> Step:
        tensors = (self.topics, self.asking, self.same, self.wishes, self.dangers, self.views)
        return Step(self.read.to(device), self.sizes, *(one.to(device, non_blocking=True) for one in tensors))


class Steps(torch.utils.data.IterableDataset[Step]):
    """Steps without end. Workers beside draw them, each by its own chance, so that a graphics card need not wait."""

    def __init__(self, student: Student, lessons: Lessons) -> None:
        self._student, self._lessons, self._group = student, lessons, _GROUP[student.pieces.device.type]
        texts = _texts(lessons)
        self._known = dict(zip(texts, student.cut(texts, LONGEST), strict=True))
        self._topic = {topic: place for place, topic in enumerate(sorted(lessons.passages))}
        self._wish, self._danger = kinds(lessons.wishes), kinds(lessons.dangers)

    def __iter__(self) -> Iterator[Step]:
        worker = torch.utils.data.get_worker_info()
        if worker:
            # Its threads do not outlive the fork, and it would wait for them for ever.
            os.environ["TOKENIZERS_PARALLELISM"] = "false"
        chance = random.Random(SEED + (worker.id if worker else 0))  # noqa: S311  # no secret
        deck = _Deck(self._lessons.messages, chance)
        while True:
            yield self._draw(deck, chance)

    def _draw(self, deck: _Deck, chance: random.Random) -> Step:
        lessons = self._lessons
        messages = deck.draw(MESSAGES)
        asking = [row for row, message in enumerate(messages) if message.topics]
        chosen = [chance.choice(messages[row].topics) for row in asking]
        pairs = chance.sample(lessons.pairs, min(_PAIRS, len(lessons.pairs)))
        wishes = chance.sample(lessons.wishes, min(_WISHES, len(lessons.wishes)))
        dangers = chance.sample(lessons.dangers, min(_DANGERS, len(lessons.dangers)))
        said = [*(m.text for m in messages), *(text for text, _ in (*wishes, *dangers))]
        slipped = [as_typed(text, chance) if chance.random() < _SLIPS else text for text in said]
        cut = [thinned(one, chance) if chance.random() < _THINNED else one for one in self._cut(slipped)]
        told = [chance.choice(lessons.passages[topic]) for topic in chosen]
        cut += self._cut([*told, *(text for text, _ in pairs)])
        return Step(
            Read.of(cut, self._group),
            [len(some) for some in (messages, wishes, dangers, told, pairs)],
            self._shares(messages),
            torch.tensor(asking, dtype=torch.int64),
            self._same([messages[row] for row in asking], chosen),
            torch.tensor([self._wish[wish] for _, wish in wishes], dtype=torch.int64),
            torch.tensor([self._danger[kind] for _, kind in dangers], dtype=torch.int64),
            torch.from_numpy(np.stack([view for _, view in pairs])),
        )

    def _cut(self, texts: Sequence[str]) -> list[list[int]]:
        # What nobody slipped in was cut before the first step.
        new = [text for text in texts if text not in self._known]
        cut = dict(zip(new, self._student.cut(new, LONGEST), strict=True))
        return [cut[text] if text in cut else self._known[text] for text in texts]

    def _shares(self, messages: Sequence[Example]) -> Tensor:
        shares = torch.zeros(len(messages), len(self._topic) + 1)
        for row, message in enumerate(messages):
            for topic in message.topics:
                shares[row, self._topic[topic]] = 1.0 / len(message.topics)
            if not message.topics:
                shares[row, -1] = 1.0
        return shares

    @staticmethod
    def _same(asking: Sequence[Example], chosen: Sequence[str]) -> Tensor:
        places: dict[str, list[int]] = defaultdict(list)
        for column, article in enumerate(chosen):
            places[article].append(column)
        same = torch.zeros(len(asking), len(asking), dtype=torch.bool)
        for row, message in enumerate(asking):
            for topic in message.topics:
                same[row, places[topic]] = True
        return same.fill_diagonal_(fill_value=False)


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


def _texts(lessons: Lessons) -> list[str]:
    texts = [message.text for message in lessons.messages]
    texts += [text for some in lessons.passages.values() for text in some]
    return [*texts, *(text for some in (lessons.pairs, lessons.wishes, lessons.dangers) for text, _ in some)]


def kinds(examples: Sequence[tuple[str, str]]) -> dict[str, int]:
    """A number for each kind."""
    return {kind: place for place, kind in enumerate(sorted({kind for _, kind in examples}))}


def thinned(cut: Sequence[int], chance: random.Random) -> list[int]:
    """The same without one piece in eight or so: the word that gives it away may not be there next time."""
    return [piece for place, piece in enumerate(cut) if place in (0, len(cut) - 1) or chance.random() > _THIN]
