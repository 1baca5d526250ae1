"""The one voice that all languages share: ridge regression on what the encoder makes of every language's messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# How much it mistrusts a single message.
_RIDGE = 1.0


@dataclass(frozen=True)
class SharedMachine:
    """`weights` (dimension + 1, classes) turn a vector into what each class is worth; the last row is the start."""

    weights: Floats

    def listen(self, vectors: Floats) -> Floats:
        """(classes,) for one vector, (messages, classes) for several."""
        found: Floats = vectors @ self.weights[:-1] + self.weights[-1]
        return found


@dataclass(frozen=True)
class SharedLessons:
    """What the machine says of its own messages as if it had not seen each, and as if it had seen none of its topic."""

    alone: Floats
    without: Floats


def fit_shared(vectors: Floats, classes: NDArray[np.bool_]) -> tuple[SharedMachine, SharedLessons]:
    """From (messages, dimension) and (messages, classes), the last class being "nothing answers it".

    Leaving a message out has a closed form (its leverage); leaving a topic out is one small system for each topic.
    """
    wide = np.concatenate([vectors, np.ones((len(vectors), 1), dtype=np.float32)], axis=1).astype(np.float64)
    truth = classes.astype(np.float64)
    square = wide.T @ wide + _RIDGE * np.eye(wide.shape[1])
    inverse = np.linalg.inv(square)
    product = wide.T @ truth
    weights = inverse @ product
    leverage = np.einsum("ij,jk,ik->i", wide, inverse, wide, optimize=True)
    said = wide @ weights
    alone = truth - (truth - said) / (1.0 - leverage)[:, None]
    without = alone.copy()
    for column in range(classes.shape[1] - 1):
        rows = np.flatnonzero(classes[:, column])
        if len(rows):
            some = wide[rows]
            left = np.linalg.solve(square - some.T @ some, product - some.T @ truth[rows])
            without[rows] = some @ left
    return SharedMachine(weights.astype(np.float32)), SharedLessons(
        alone.astype(np.float32), without.astype(np.float32)
    )


def classes_of(topics: Sequence[Sequence[str]], names: Sequence[str]) -> NDArray[np.bool_]:
    """(messages, classes): which of the named topics each message has; the last class stands for none."""
    place = {topic: number for number, topic in enumerate(names)}
    found = np.zeros((len(topics), len(names) + 1), dtype=bool)
    for row, some in enumerate(topics):
        found[row, [place[topic] for topic in some] or [-1]] = True
    return found
