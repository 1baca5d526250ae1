"""Reactions that phones send as texts: `Liked "1/5: Plug ..."` answers nothing and asks nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from actions.desk.folding import fold

# "ends in ‘…’" and the like: what is quoted, and what stands before it.
_QUOTING = re.compile(
    r"(?P<lead>[^\"“”„«»「『\n]{1,60}?)\s*[\"“„«「『](?P<quoted>.+)[\"”“»」』](?P<tail>[^\"”“»」』\n]{0,20})", re.DOTALL
)
# What iPhones and Android phones write in the languages in which we know it, folded; `*` is one word or sign.
_LEADS = (
    "liked", "disliked", "loved", "laughed at", "emphasized", "emphasised", "questioned", "reacted * to",
    "reacted with * to", "removed a * from", "removed an * from", "removed * from",
    "le gusto", "no le gusto", "le encanto", "le dio risa", "se rio de", "enfatizo", "destaco", "cuestiono",
    "reacciono con * a", "reacciono * a", "quito * de", "elimino * de", "ya no le gusta", "ya no le encanta",
    "gostou de", "nao gostou de", "curtiu", "amou", "adorou", "riu de", "enfatizou", "destacou", "questionou",
    "reagiu com * a", "reagiu * a", "removeu * de",
)  # fmt: skip
_KNOWN = re.compile("|".join(re.escape(lead).replace(r"\*", r"\S+(?: \S+)?") for lead in _LEADS))
_PICTURE = re.compile(
    r"(?:liked|disliked|loved|laughed at|emphasized|questioned) an? (?:image|photo|video|movie|attachment)"
    r"|(?:no )?(?:le gusto|le encanto|le dio risa) (?:una|un) (?:imagen|foto|video)"
)
# In other languages the quotation tells it: so many words before one of our own texts, of which so much is quoted.
_MOST_WORDS, _LEAST_QUOTED = 8, 20


@dataclass(frozen=True)
class Reaction:
    """A text that may be one; `known` when its words alone tell it."""

    known: bool
    lead: str = ""
    quoted: str = ""

    def quotes(self, sent: Sequence[str]) -> bool:
        """Whether it quotes one of the texts that the number got: a part of one will do where its words are known."""
        start = _letters(self.quoted)
        if len(start) < _LEAST_QUOTED or len(self.lead.split()) > _MOST_WORDS:
            return False
        bodies = [_letters(body) for body in sent]
        if self.known:
            return any(start in body for body in bodies)
        cut = self.quoted.rstrip().endswith(("…", "..."))
        return any(body.startswith(start) if cut else body == start for body in bodies)


def reaction_in(text: str) -> Reaction | None:
    """What a phone may have written when its owner tapped on one of our texts; None for what cannot be that."""
    found = _QUOTING.fullmatch(text.strip())
    if found is None:
        return Reaction(known=True) if _PICTURE.fullmatch(_words(text)) else None
    lead = _words(found["lead"])
    known = _KNOWN.fullmatch(lead) is not None or _is_sign(found["lead"])
    return Reaction(known and not _words(found["tail"]), lead, found["quoted"])


def _is_sign(lead: str) -> bool:
    """`👍 to`: a sign, and a word between it and the quotation at most."""
    first, *others = lead.strip("\u200a\u200b\u2063 ").split() or [""]
    return len(others) <= 1 and bool(first) and all(unicodedata.category(letter)[0] in "SMC" for letter in first)


def _words(text: str) -> str:
    """Small plain words with single blanks; signs such as a heart stay."""
    return " ".join(fold(re.sub("[\u200a-\u200f\u2060-\u2069\ufe0f]", " ", text)).strip(" .").split())


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w", fold(text)))
