"""The section of an article that a question is about, where its summary does not say what was asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge.articles import Article
from knowledge.markdown import Section
from knowledge.passages import passages_of

# To an encoder that tells articles apart, all that is in one means nearly the same; the words tell more here.
_WORDS = 0.5
# A section that is no nearer to the question than this, or so much farther than all else, is about something else.
_NEAR, _BEHIND = 0.48, 0.1
# As near as this, and so much nearer than all else, must it be to be shown beside the summary, which is shown anyway:
# one section too many only distracts. Chosen by reading some hundred answers in two languages.
_TELLING, _AHEAD = 0.58, 0.04
# A section of more characters is not shown whole: only the piece of it that is nearest.
_LONGEST = 500

Floats = NDArray[np.float32]


def nearest_section(article: Article, meaning: Floats, wording: Floats) -> tuple[Section | None, bool]:
    """The section under a heading of its own that is nearest to the question; whether it tells more than all else.

    `meaning` and `wording` (passages,) are the cosines of the question with each of `passages_of`.
    """
    sections = {section.heading: section for section in article.sections if section.heading}
    scores = meaning + np.float32(_WORDS) * wording
    found: list[tuple[float, str, str]] = []
    others = 0.0
    for passage, score in zip(passages_of(article), scores.tolist(), strict=True):
        heading, _, piece = passage.text.partition(": ")
        if passage.kind == "section" and heading in sections:
            found.append((score, heading, piece))
        elif passage.kind in {"summary", "section", "step"}:
            others = max(others, score)
    score, heading, piece = max(found, default=(0.0, "", ""))
    if score < max(_NEAR, others - _BEHIND):
        return None, False
    whole = sections[heading]
    shown = whole if len(whole.text) <= _LONGEST else Section(heading, piece)
    return shown, score >= max(_TELLING, others + _AHEAD)
