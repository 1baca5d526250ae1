"""Text as families mean it: without accents, capitals and look-alike letters, so that wordings can be compared."""

from __future__ import annotations

import unicodedata

from knowledge.letters import plain_letters

# Signs that are typed for one another.
APOSTROPHES = dict.fromkeys("’‘`´ʼ′", "'")
# Signs of Chinese and Arabic writing that do what ours do.
_SIGNS = {"。": ".", "、": ",", "،": ",", "؛": ";", "؟": "?", "٫": ".", "「": '"', "」": '"', "『": '"', "』": '"'}
_SIGNS |= APOSTROPHES
_DASHES = "‐‑‒–—―−"


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


def fold(text: str) -> str:
    """The text folded sign by sign: places in it are places in `text`. Meant for composed (NFC) text."""
    return text.translate(_FOLDING)
