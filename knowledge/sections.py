"""The section of an article that a question is about, where its summary does not say what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge.articles import Article
from knowledge.lexical import NgramSpace, cut_up
from knowledge.markdown import Section
from knowledge.passages import Passage, passages_of

# To an encoder that tells articles apart, all that is in one means nearly the same; the words tell more here.
_WORDS = 0.5
# A section that is no nearer to the question than this, or so much farther than all else, is about something else.
_NEAR, _BEHIND = 0.5, 0.1
# As near as this, and so much nearer than all else, must it be to be shown beside the summary, which is shown anyway:
# one section too many only distracts. Chosen by reading some hundred answers in two languages.
_TELLING, _AHEAD = 0.6, 0.04
# A section of more characters is not shown whole: only the piece of it that is nearest.
_LONGEST = 500

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Prepared:
    """An article's passages with the words in them, and its sections by their headings."""

    passages: tuple[Passage, ...]
    space: NgramSpace
    rows: sparse.csr_matrix
    sections: dict[str, Section]


def nearest_section(article: Article, text: str, vector: Floats, vectors: Floats) -> tuple[Section | None, bool]:
    """The section under a heading of its own that is nearest to the question; whether it tells more than all else.

    `vector` (dimension,) is what `text` means, `vectors` (passages, dimension) what each of `passages_of` does.
    """
    prepared = _prepared(article)
    places, weights = prepared.space.vector(cut_up(text))
    asked = np.zeros(prepared.rows.shape[1], dtype=np.float32)
    asked[places] = weights
    scores = vectors @ vector + np.float32(_WORDS) * (prepared.rows @ asked)
    found: list[tuple[float, str, str]] = []
    others = 0.0
    for passage, score in zip(prepared.passages, scores.tolist(), strict=True):
        heading, _, piece = passage.text.partition(": ")
        if passage.kind == "section" and heading in prepared.sections:
            found.append((score, heading, piece))
        elif passage.kind in {"summary", "section", "step"}:
            others = max(others, score)
    score, heading, piece = max(found, default=(0.0, "", ""))
    if score < max(_NEAR, others - _BEHIND):
        return None, False
    whole = prepared.sections[heading]
    shown = whole if len(whole.text) <= _LONGEST else Section(heading, piece)
    return shown, score >= max(_TELLING, others + _AHEAD)


@lru_cache(maxsize=1_000)
def _prepared(article: Article) -> _Prepared:
    passages = passages_of(article)
    space, rows = NgramSpace.of([passage.text for passage in passages])
    headed = {section.heading: section for section in article.sections if section.heading}
    return _Prepared(passages, space, rows, headed)
