"""Which language a message is in, learnt from messages: runs of letters and words, with and without accents."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge.lexical import fold

_BUCKETS = 1 << 16
_LONGEST_RUN = 4
# The language shows in the first lines; more only takes time.
_LONGEST_TEXT = 400
# Messages of one kind are learnt by heart; what is said of new ones is held back by so much.
_RESERVE = 0.45
_SEED = 5

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LanguageModel:
    """`weights` (buckets + 1, languages); the last row is the start."""

    languages: tuple[str, ...]
    weights: Floats

    def odds(self, text: str) -> Mapping[str, float]:
        """For each language the log odds against the average of all."""
        places, values = _features(text)
        said = values @ self.weights[places] + self.weights[-1]
        said = _RESERVE * (said - said.mean())
        return dict(zip(self.languages, said.tolist(), strict=True))

    def save(self, path: Path) -> None:
        beside = path.with_name(f".{path.name}")
        with beside.open("wb") as file:
            np.savez_compressed(file, languages=np.array(self.languages), weights=self.weights.astype(np.float16))
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> LanguageModel:
        """Raises OSError, ValueError or KeyError when there is none that can be read."""
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return cls(tuple(stored["languages"].tolist()), stored["weights"].astype(np.float32))


def fit_language_model(texts: Sequence[str], languages: Sequence[str]) -> LanguageModel:
    """One logistic regression for each language, every language weighing the same."""
    from sklearn.linear_model import SGDClassifier

    if len(set(languages)) < 2:  # nothing to tell apart
        only = tuple(sorted(set(languages)))
        return LanguageModel(only, np.zeros((_BUCKETS + 1, len(only)), dtype=np.float32))
    rows = [_features(text) for text in texts]
    starts = np.cumsum([0, *(len(places) for places, _ in rows)])
    table = sparse.csr_matrix(
        (np.concatenate([values for _, values in rows]), np.concatenate([places for places, _ in rows]), starts),
        shape=(len(rows), _BUCKETS),
    )
    # The mean of the steps, which a smaller alpha makes longer, knows more of new messages than the last of them.
    learner = SGDClassifier(
        loss="log_loss", alpha=2e-7, max_iter=10, tol=None, average=len(texts), class_weight="balanced",
        random_state=_SEED, n_jobs=2,
    )  # fmt: skip
    learner.fit(table, np.array(languages))
    weights = np.concatenate([learner.coef_, learner.intercept_[:, None]], axis=1).T
    names = [str(name) for name in learner.classes_]
    if len(names) == 2:  # two languages share one line, positive for the second
        weights = np.concatenate([-weights, weights], axis=1)
    return LanguageModel(tuple(names), weights.astype(np.float32))


@lru_cache(maxsize=512)  # the crisis screen asks for a message's language, and then the conversation does
def _features(text: str) -> tuple[NDArray[np.int32], Floats]:
    """The buckets of a text's features and their weights, of length one."""
    found = [*_cuts(text[:_LONGEST_TEXT])]
    if not found:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    places, counts = np.unique(np.concatenate(found), return_counts=True)
    # The squares of the values are the counts.
    return places, np.sqrt(counts / counts.sum()).astype(np.float32)


def _cuts(text: str) -> Iterator[NDArray[np.int32]]:
    written = unicodedata.normalize("NFC", text).lower()
    letters = "".join(sign if sign.isalpha() or sign == "'" else " " for sign in written)
    for mark, form in (("a", letters), ("f", fold(text))):
        tokens = form.split()
        for token in tokens:
            yield _of_token(mark, token)
        if len(tokens) > 1:
            yield np.array([_bucket(f"{mark}p{first} {second}") for first, second in pairwise(tokens)], dtype=np.int32)


@lru_cache(maxsize=32_768)  # the common words of all languages
def _of_token(mark: str, token: str) -> NDArray[np.int32]:
    padded = f" {token} "
    runs = [
        padded[start : start + size] for size in range(1, _LONGEST_RUN + 1) for start in range(len(padded) - size + 1)
    ]
    return np.array([_bucket(f"{mark}w{token}"), *(_bucket(mark + run) for run in runs)], dtype=np.int32)


def _bucket(feature: str) -> int:
    return zlib.crc32(feature.encode()) % _BUCKETS
