"""Learning of the encoder that is tuned: step by step, in one go or in branches whose mean is kept."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from knowledge.aims import Aims
from knowledge.lessons import MESSAGES, SEED, Lessons, Steps
from knowledge.student import Student

_WORKERS = 15
_RATE = 2e-4
# The weights that are kept are a running mean over about so many steps, and over a quarter of a branch at most.
_MEAN_OVER = 300
# So much of the time is the trunk, where there are several branches.
_TRUNK = 0.4


def learn(student: Student, lessons: Lessons, epochs: float, minutes: float, branches: int = 1) -> None:
    """Messages near their articles' passages and topics; translations near the untouched view of their English.

    With several branches all start where the trunk ends, each learns to its own end, and the mean of their weights is
    kept: like several encoders asked together, but as quick as one. Ends early, with what it has, when `minutes` are
    over.
    """
    torch.manual_seed(SEED)
    device = student.pieces.device
    if device.type == "cpu":
        _without_chance(student)
    aims = Aims(lessons, student.own.shape[1])
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
    steps = max(1, int(epochs * len(lessons.messages) / MESSAGES))
    began, limit = time.monotonic(), minutes * 60.0
    workers = _WORKERS if device.type == "cuda" else 0
    drawn = iter(torch.utils.data.DataLoader(Steps(student, lessons), batch_size=None, num_workers=workers))
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


def branch_of(share: float, branches: int) -> tuple[int, float]:
    """Which branch is learnt, 0 for the trunk, and how much of it is over, when `share` of everything is."""
    trunk = _TRUNK if branches > 1 else 0.0
    if share < trunk:
        return 0, share / trunk
    over = (share - trunk) / (1.0 - trunk) * branches
    return min(branches, int(over) + 1), over - min(branches - 1, int(over))


class _Branches:
    """Ways from the end of a trunk, each learnt to its own end; the mean of the ends is kept."""

    def __init__(self, student: Student, aims: Aims, optimiser: torch.optim.Optimizer, over: int) -> None:
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


def _weights(module: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.named_parameters()}


@torch.no_grad()
def _put(module: torch.nn.Module, weights: Mapping[str, Tensor]) -> None:
    for name, value in module.named_parameters():
        value.copy_(weights[name])
