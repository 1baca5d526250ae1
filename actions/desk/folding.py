"""Text as families mean it: without accents, capitals and look-alike letters, so that wordings can be compared."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not take apart into a plain one and a mark, and signs that are typed for one another.
APOSTROPHES = dict.fromkeys("’‘`´ʼ′", "'")
_ALIKE = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "ß": "s", "æ": "a", "œ": "o"} | APOSTROPHES
# Signs of Chinese and Arabic writing that do what ours do.
_ALIKE |= {"。": ".", "、": ",", "،": ",", "؛": ";", "؟": "?", "٫": ".", "「": '"', "」": '"', "『": '"', "』": '"'}
# Arabic letters that people write for one another, and those of Persian keyboards and of Iraq.
_ALIKE |= {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "گ": "ك", "چ": "ج"}
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
            folded = _ALIKE.get(base, base[:1]) or sign
        self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text folded sign by sign: places in it are places in `text`. Meant for composed (NFC) text."""
    return text.translate(_FOLDING)
