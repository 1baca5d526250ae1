"""Text as families mean it: without accents, capitals and look-alike letters, so that wordings can be compared."""

from __future__ import annotations

import re
import unicodedata

from knowledge.letters import JOINER, plain_letters

# Signs that are typed for one another.
APOSTROPHES = dict.fromkeys("’‘`´ʼ′", "'")
# Signs of Chinese and Arabic writing that do what ours do.
_SIGNS = {"。": ".", "、": ",", "،": ",", "؛": ";", "؟": "?", "٫": ".", "「": '"', "」": '"', "『": '"', "』": '"'}
_SIGNS |= APOSTROPHES
_DASHES = "‐‑‒–—―−"
# What is not seen, and marks that make no letter of their own with the one below, such as Arabic vowels: both stand
# inside words.
_UNSEEN = re.compile(
    f"[{JOINER}\u00ad\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u20e3\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2069\ufe0e\ufe0f\ufeff]"
)


class _Folding(dict[int, str]):
    """One plain small letter for every sign, found once and kept."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        base = unicodedata.normalize("NFKD", sign)[:1].lower()
        digit = unicodedata.decimal(base, None) if base else None
        if digit is not None:
            folded = str(digit)
        elif sign in _DASHES:
            folded = "-"
        elif sign.isspace():
            folded = "\n" if sign == "\n" else " "
        else:
            folded = _SIGNS.get(base) or plain_letters(base[:1]) or sign
        self[code] = folded
        return folded


_FOLDING = _Folding()


def seen(text: str) -> str:
    """The text composed (NFC), without what would part its words unseen."""
    return text if text.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFC", text))


def fold(text: str) -> str:
    """The text folded sign by sign: places in it are places in `text`. Meant for composed (NFC) text."""
    return text.translate(_FOLDING)
