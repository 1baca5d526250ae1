"""The encoder that is tuned: the bundled model with new word pieces, and what its lessons pull together and apart."""

from __future__ import annotations

import copy
import math
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from knowledge.letters import plain_letters
from knowledge.typing_slips import as_typed
from knowledge.voices import Example

# Most messages, titles and steps are shorter; the beginning of the others is enough to learn from.
_LONGEST = 48
# How many of everything stand together in one step.
_MESSAGES, _PAIRS, _WISHES, _DANGERS = 512, 384, 192, 384
# So many prototypes stand for "none of the topics": what nothing answers has little in common.
_NOTHING = 12
# Texts of like length that are read together: many keep a graphics card busy, few leave a processor less padding.
_GROUP = {"cuda": 640, "cpu": 96}
# So many of each topic's, wish's and danger's examples say where its prototype begins.
_FIRST = 24
_SLIPS = 0.35
# So many of what families write lose so many of their pieces.
_THINNED, _THIN = 0.3, 0.12
_WORKERS = 15
_RATE = 2e-4
# The weights that are kept are a running mean over about so many steps, and over a quarter of a way at most.
_MEAN_OVER = 300
# So much of the time is the trunk, where there are several branches.
_TRUNK = 0.4
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
        return [one.ids for one in self._tokenizer.encode_batch([plain_letters(text) for text in texts])]

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

    def look(self, read: _Read) -> Tensor:
        """Vectors of length one, (texts, dimension), in the order that the texts came in."""
        with torch.autocast(self.pieces.device.type, dtype=torch.bfloat16):
            return torch.cat([self(group) for group in read.groups])[read.back]


@torch.no_grad()
def encode(student: Student, texts: Sequence[str], longest: int = 128, group: int = 64) -> Tensor:
    """Vectors of length one of many texts: (texts, dimension)."""
    return student.look(_Read.of(student.cut(texts, longest), group).to(student.pieces.device))


class _Mean:
    """The running mean of the weights: it generalises better than where the last steps happen to end."""

    def __init__(self, student: Student, over: int) -> None:
        self._weights = _weights(student)
        self._steps, self._over = 0, over

    @torch.no_grad()
    def add(self, student: Student) -> None:
        self._steps += 1
        share = 1.0 / min(self._steps + 1, self._over)
        for name, value in student.named_parameters():
            self._weights[name].lerp_(value, share)

    def weights(self) -> dict[str, Tensor]:
        """The mean so far."""
        return self._weights


class _Branches:
    """Ways from the end of a trunk, each learnt to its own end; the mean of the ends is kept."""

    def __init__(self, student: Student, aims: _Aims, optimiser: torch.optim.Optimizer, over: int) -> None:
        self._student, self._aims, self._optimiser, self._over = student, aims, optimiser, over
        self._trunk: tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Any]] | None = None
        self._ends: list[dict[str, Tensor]] = []
        self._mean = _Mean(student, over)

    def add(self) -> None:
        """A step was made."""
        self._mean.add(self._student)

    def begin(self) -> None:
        """The next branch begins: the first one here, the others where it began."""
        if self._trunk is None:
            state = copy.deepcopy(self._optimiser.state_dict())
            self._trunk = _weights(self._student), _weights(self._aims), state
        else:
            self._ends.append(self._mean.weights())
            weights, aims, state = self._trunk
            _put(self._student, weights)
            _put(self._aims, aims)
            self._optimiser.load_state_dict(copy.deepcopy(state))
        self._mean = _Mean(self._student, self._over)

    def end(self) -> None:
        """Give the student the mean of what all have learnt."""
        ends = [*self._ends, self._mean.weights()]
        _put(self._student, {name: torch.stack([end[name] for end in ends]).mean(0) for name in ends[0]})


def _weights(module: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.named_parameters()}


@torch.no_grad()
def _put(module: torch.nn.Module, weights: Mapping[str, Tensor]) -> None:
    for name, value in module.named_parameters():
        value.copy_(weights[name])


def branch_of(share: float, branches: int) -> tuple[int, float]:
    """Which branch is learnt, 0 for the trunk, and how much of it is over, when `share` of everything is."""
    trunk = _TRUNK if branches > 1 else 0.0
    if share < trunk:
        return 0, share / trunk
    over = (share - trunk) / (1.0 - trunk) * branches
    return min(branches, int(over) + 1), over - min(branches - 1, int(over))


def learn(student: Student, lessons: Lessons, epochs: float, minutes: float, branches: int = 1) -> None:
    """Messages near their articles' passages and topics; translations near the untouched view of their English.

    With several branches all start where the trunk ends, each learns to its own end, and the mean of their weights is
    kept: like several encoders asked together, but as quick as one. Ends early, with what it has, when `minutes` are
    over.
    """
    torch.manual_seed(_SEED)
    device = student.pieces.device
    if device.type == "cpu":
        _without_chance(student)
    aims = _Aims(lessons, student.own.shape[1])
    aims.begin(student.eval(), lessons)
    aims.to(device)
    student.bert.embeddings.requires_grad_(requires_grad=False)
    body = [weight for weight in student.bert.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(
        [
            {"params": body, "lr": _RATE},
            {"params": [student.pieces], "lr": 1e-3},
            {"params": list(aims.parameters()), "lr": 3e-3},
        ],
        weight_decay=0.01,
        fused=device.type == "cuda",
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    steps = max(1, int(epochs * len(lessons.messages) / _MESSAGES))
    began, limit = time.monotonic(), minutes * 60.0
    workers = _WORKERS if device.type == "cuda" else 0
    drawn = iter(torch.utils.data.DataLoader(_Steps(student, lessons), batch_size=None, num_workers=workers))
    ways, now = _Branches(student, aims, optimiser, max(1, min(_MEAN_OVER, steps // (4 * branches)))), 0
    student.train()
    for step in range(steps):
        share = max(step / steps, (time.monotonic() - began) / limit)
        if share >= 1.0:
            break
        branch, part = branch_of(share, branches)
        if branch != now:
            ways.begin()
            now = branch
        slower = max(0.02, 0.5 + 0.5 * math.cos(math.pi * part)) if branch else 1.0
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / 60) * slower
        loss = aims(student, next(drawn).to(device))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*body, student.pieces], 1.0)
        optimiser.step()
        ways.add()
        if step % 50 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f}, {time.monotonic() - began:.0f} s", flush=True)
    ways.end()
    student.eval()


def _without_chance(student: Student) -> None:
    """No dropout and attention written out: on a processor a step takes a third of the time."""
    student.bert.config._attn_implementation = "eager"
    for module in student.bert.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0


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
class _Read:
    """Texts cut into pieces, those of like length together, for padding costs time.

    `groups` are numbers of pieces (texts, width) with -1 behind the end; `back` puts all texts in the order that they
    came in: (texts).
    """

    groups: list[Tensor]
    back: Tensor

    @classmethod
    def of(cls, cut: Sequence[Sequence[int]], group: int) -> _Read:
        order = sorted(range(len(cut)), key=lambda place: len(cut[place]))
        groups = []
        for start in range(0, len(order), group):
            some = [cut[place] for place in order[start : start + group]]
            width = max(len(one) for one in some)
            groups.append(torch.tensor([[*one, *[-1] * (width - len(one))] for one in some], dtype=torch.int32))
        return cls(groups, torch.argsort(torch.tensor(order)))

    def to(self, device: torch.device) -> _Read:
        return _Read([one.to(device, non_blocking=True) for one in self.groups], self.back.to(device))


@dataclass(frozen=True)
class _Step:
    """What stands together in one step: messages, wishes, dangers, passages, and pairs, read in this order.

    `sizes` says how many of each. `topics` (messages, topics + 1) are the shares that each message's topics have, the
    last that of "none"; `asking` the rows of the messages with a topic, each of which has one passage in its place, and
    `same` (asking, asking) whose passages are of the same article too. `wishes` and `dangers` are kinds by number,
    `views` what the untouched model sees in the English of the pairs: (pairs, dimension).
    """

    read: _Read
    sizes: list[int]
    topics: Tensor
    asking: Tensor
    same: Tensor
    wishes: Tensor
    dangers: Tensor
    views: Tensor

    def to(self, device: torch.device) -> _Step:
        tensors = (self.topics, self.asking, self.same, self.wishes, self.dangers, self.views)
        return _Step(self.read.to(device), self.sizes, *(one.to(device, non_blocking=True) for one in tensors))


class _Steps(torch.utils.data.IterableDataset[_Step]):
    """Steps without end. Workers beside draw them, each by its own chance, so that a graphics card need not wait."""

    def __init__(self, student: Student, lessons: Lessons) -> None:
        self._student, self._lessons, self._group = student, lessons, _GROUP[student.pieces.device.type]
        texts = _texts(lessons)
        self._known = dict(zip(texts, student.cut(texts, _LONGEST), strict=True))
        self._topic = {topic: place for place, topic in enumerate(sorted(lessons.passages))}
        self._wish, self._danger = kinds(lessons.wishes), kinds(lessons.dangers)

    def __iter__(self) -> Iterator[_Step]:
        worker = torch.utils.data.get_worker_info()
        if worker:
            # Its threads do not outlive the fork, and it would wait for them for ever.
            os.environ["TOKENIZERS_PARALLELISM"] = "false"
        chance = random.Random(_SEED + (worker.id if worker else 0))  # noqa: S311  # no secret
        deck = _Deck(self._lessons.messages, chance)
        while True:
            yield self._draw(deck, chance)

    def _draw(self, deck: _Deck, chance: random.Random) -> _Step:
        lessons = self._lessons
        messages = deck.draw(_MESSAGES)
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
        return _Step(
            _Read.of(cut, self._group),
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
        cut = dict(zip(new, self._student.cut(new, _LONGEST), strict=True))
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


class _Aims(torch.nn.Module):
    """The losses, with the prototypes that they pull towards."""

    def __init__(self, lessons: Lessons, dimension: int) -> None:
        super().__init__()
        self.topics = torch.nn.Parameter(torch.randn(len(lessons.passages) + _NOTHING, dimension) * 0.05)
        self.wishes = _Kinds(len(kinds(lessons.wishes)), dimension)
        self.dangers = _Kinds(len(kinds(lessons.dangers)), dimension)

    @torch.no_grad()
    def begin(self, student: Student, lessons: Lessons) -> None:
        """Put each prototype in the middle of some of its examples, so that no step is spent on looking for it."""
        chance = random.Random(_SEED)  # noqa: S311  # no secret
        topics = [(message.text, topic) for message in lessons.messages for topic in message.topics]
        nothing = [message.text for message in lessons.messages if not message.topics]
        middles = [
            _middles(student, topics, sorted(lessons.passages), chance),
            _middles(
                student,
                [(text, str(n % _NOTHING)) for n, text in enumerate(nothing)],
                map(str, range(_NOTHING)),
                chance,
            ),
        ]
        self.topics.copy_(torch.cat(middles))
        for prototypes, examples in ((self.wishes, lessons.wishes), (self.dangers, lessons.dangers)):
            if examples:
                prototypes.prototypes.copy_(_middles(student, examples, kinds(examples), chance))

    def forward(self, student: Student, step: _Step) -> Tensor:
        """One number, the less the better."""
        asked, wished, dangerous, told, spoken = torch.split(student.look(step.read), step.sizes)
        loss: Tensor = (
            self._by_topic(asked, step.topics)
            + _by_passage(asked, told, step.asking, step.same)
            + 0.5 * self.wishes(wished, step.wishes)
            + 0.5 * self.dangers(dangerous, step.dangers)
            + 4.0 * (1.0 - (spoken * step.views).sum(-1)).mean()
        )
        return loss

    def _by_topic(self, asked: Tensor, wanted: Tensor) -> Tensor:
        """Each message near the prototype of its topic, or of "none of them"."""
        count = wanted.shape[1] - 1
        scores = 16.0 * asked @ functional.normalize(self.topics, dim=-1).T
        nothing = scores[:, count:].logsumexp(-1, keepdim=True)
        shares = torch.log_softmax(torch.cat([scores[:, :count], nothing], -1), -1)
        found: Tensor = -(wanted * shares).sum(-1).mean()
        return found


def _middles(
    student: Student, examples: Sequence[tuple[str, str]], names: Iterable[str], chance: random.Random
) -> Tensor:
    """The middle of some examples of each kind, in the order of `names`: (kinds, dimension); random where none is."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for text, kind in examples:
        by_kind[kind].append(text)
    found = []
    for name in names:
        some = chance.sample(by_kind[name], min(_FIRST, len(by_kind[name])))
        width = student.own.shape[1]
        middle = encode(student, some, _LONGEST).mean(0) if some else torch.randn(width, device=student.own.device)
        found.append(functional.normalize(middle, dim=-1).cpu())
    return torch.stack(found)


class _Kinds(torch.nn.Module):
    """Each example near the prototype of its kind."""

    def __init__(self, count: int, dimension: int) -> None:
        super().__init__()
        self.prototypes = torch.nn.Parameter(torch.randn(max(1, count), dimension) * 0.05)

    def forward(self, said: Tensor, aims: Tensor) -> Tensor:
        """Cross entropy of `said` (texts, dimension) with what kinds they are."""
        scores = 16.0 * said @ functional.normalize(self.prototypes, dim=-1).T
        found: Tensor = functional.cross_entropy(scores, aims, label_smoothing=0.1)
        return found


def _by_passage(asked: Tensor, told: Tensor, asking: Tensor, same: Tensor) -> Tensor:
    """Each message nearer to a passage of its article than to the others' passages, and each passage to its message.

    Of all messages, so that a passage is far from what nothing answers, however near that sounds.
    """
    scores = 20.0 * asked @ told.T
    scores[asking] = scores[asking].masked_fill(same, -1e4)
    by_message = functional.cross_entropy(scores[asking], torch.arange(len(told), device=scores.device))
    return by_message + functional.cross_entropy(scores.T, asking)
