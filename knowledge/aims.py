"""What the lessons of the tuning pull together and push apart: one number, the less the better."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from knowledge.lessons import LONGEST, SEED, Lessons, Step, kinds
from knowledge.student import Student, encode

# So many prototypes stand for "none of the topics": what nothing answers has little in common.
_NOTHING = 12
# So many of each topic's, wish's and danger's examples say where its prototype begins.
_FIRST = 24


class Aims(torch.nn.Module):
    """The losses, with the prototypes that they pull towards."""

    def __init__(self, lessons: Lessons, dimension: int) -> None:
        super().__init__()
        self.topics = torch.nn.Parameter(torch.randn(len(lessons.passages) + _NOTHING, dimension) * 0.05)
        self.wishes = _Kinds(len(kinds(lessons.wishes)), dimension)
        self.dangers = _Kinds(len(kinds(lessons.dangers)), dimension)

    @torch.no_grad()
    def begin(self, student: Student, lessons: Lessons) -> None:
        """Put each prototype in the middle of some of its examples, so that no step is spent on looking for it."""
        chance = random.Random(SEED)  # noqa: S311  # no secret
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

    def forward(self, student: Student, step: Step) -> Tensor:
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
        middle = encode(student, some, LONGEST).mean(0) if some else torch.randn(width, device=student.own.device)
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
