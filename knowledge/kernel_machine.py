"""Each language's own machine: kernel ridge regression over meaning and wording, and what it says of what it learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge.fusion import UNTRAINED
from knowledge.lexical import NgramSpace
from knowledge.shared_machine import classes_of
from knowledge.short_rows import ShortRows
from knowledge.voices import Example, LanguageVoices, kernel

# How much the machine mistrusts a single example.
_RIDGE = 0.2
# So many examples' kernel with all others is computed at once.
_BLOCK = 1_000
# So many n-grams have nineteen in twenty of what pairs of messages share; for them a product of full rows is quicker.
_COMMON = 1_024

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Unseen:
    """What the machine says of its own examples as if it had not seen them.

    `alone` (examples, classes): without that one example; the columns of `root` (examples from `first` on, the same),
    as `_inverse_root` gives it, give the same without any set of these examples. Of those before `first` nothing is
    known (NaN), and the fewer are behind it, the less work is `root`: an eighth for half as many. `cosines` are those
    of the lessons' messages with all examples, by meaning and by wording: each (lessons, examples).
    """

    alone: Floats
    root: Floats
    first: int
    cosines: tuple[Floats, Floats]


def fit_machine(
    examples: Sequence[Example], vectors: Floats, topics: Sequence[str], lessons: Sequence[int], first: int
) -> tuple[LanguageVoices, Unseen]:
    """Kernel ridge regression on the classes; leaving an example out needs no second training (closed form).

    `lessons` are the rows whose cosines are kept, `first` the row from which on examples are left out.
    """
    from scipy.linalg.blas import strsm

    classes = classes_of([example.topics for example in examples], topics)
    space, rows = NgramSpace.of([example.text for example in examples])
    matrix, lexical = _kernel_of_all(vectors, rows)
    # Of each pair only one half is there; an example's cosine with itself is never asked for.
    cosines = vectors[lessons] @ vectors.T, lexical[lessons] + lexical[:, lessons].T
    del lexical
    triangle = _triangle(matrix)
    truth = np.asfortranarray(classes, dtype=np.float32)
    weights: Floats = np.ascontiguousarray(
        strsm(1.0, triangle, strsm(1.0, triangle, truth, lower=1), lower=1, trans_a=1)
    )
    root = _inverse_root(triangle[first:, first:])
    alone = np.full_like(weights, np.nan)
    alone[first:] = truth[first:] - weights[first:] / np.einsum("ij,ij->j", root, root)[:, None]
    voices = LanguageVoices(ShortRows.of(vectors), space, rows, classes, weights, UNTRAINED)
    return voices, Unseen(alone, root, first, cosines)


def _kernel_of_all(vectors: Floats, rows: sparse.csr_matrix) -> tuple[Floats, Floats]:
    """The kernel of every example with those behind it, and their cosines by wording: the upper triangles."""
    count = len(vectors)
    matrix, lexical = np.zeros((count, count), dtype=np.float32), np.zeros((count, count), dtype=np.float32)
    order = np.argsort(-rows.getnnz(axis=0), kind="stable")
    common, rare = rows[:, order[:_COMMON]].toarray(), rows[:, order[_COMMON:]].tocsr()
    by_feature = rare.T.tocsr()
    for start in range(0, count, _BLOCK):
        some = slice(start, start + _BLOCK)
        lexical[some, start:] = common[some] @ common[start:].T
        shared = (rare[some] @ by_feature[:, start:]).tocoo()
        lexical[some, start:][shared.row, shared.col] += shared.data
        matrix[some, start:] = kernel(vectors[some] @ vectors[start:].T, lexical[some, start:])
        lexical[some, some] = np.triu(lexical[some, some])
    return matrix, lexical


def _triangle(upper: Floats) -> Floats:
    """L, lower and in Fortran's order, where LL' is a positive definite matrix and _RIDGE; `upper` is overwritten."""
    from scipy.linalg.lapack import spotrf

    upper[np.diag_indices_from(upper)] += np.float32(_RIDGE)
    # Its transpose is in the order that LAPACK works in without a copy.
    found: Floats
    found, not_definite = spotrf(upper.T, lower=1, overwrite_a=1)
    if not_definite:
        raise np.linalg.LinAlgError("the messages' kernel is not positive definite")
    return found


def _inverse_root(triangle: Floats) -> Floats:
    """W, where W'W is the inverse that `_triangle` found the root of, or the last rows and columns of that inverse.

    It is much less work than the inverse, of which little is asked for.
    """
    from scipy.linalg.lapack import strtri

    found: Floats = strtri(triangle, lower=1)[0]
    return found


def without_topic(voices: LanguageVoices, unseen: Unseen) -> Floats:
    """What the machine says of each message had it seen none of its topic: (examples, classes).

    NaN where an example of the topic stands before `unseen.first`.
    """
    found = np.full_like(unseen.alone, np.nan)
    for column in voices.classes.T[:-1]:
        rows = np.flatnonzero(column)
        if rows.min(initial=unseen.first) < unseen.first:
            continue
        some = unseen.root[:, rows - unseen.first]
        left_out = np.linalg.solve(some.T @ some, voices.weights[rows])
        found[rows] = voices.classes[rows] - left_out
    return found
