"""Letters that families write for one another: one plain form for each, so that texts can be compared."""

from __future__ import annotations

from functools import cache
from typing import Any

# Latin letters that Unicode does not take apart into a plain one and a mark: "đ" is typed as "d" without a keyboard.
_LATIN = {"đ": "d", "Đ": "D", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "ß": "s", "æ": "a", "œ": "o"}
# Arabic letters that people write for one another, and those of Persian keyboards and of Iraq.
_ARABIC = {"ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "گ": "ك", "چ": "ج"}
# Unified ideographs, their first extension, and those for compatibility.
_IDEOGRAPHS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
# Lengthens an Arabic word and says nothing.
JOINER = "\u0640"


class _Letters(dict[int, str]):
    """What stands for a letter; for an ideograph its simplified form, found once and kept."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        if any(first <= code <= last for first, last in _IDEOGRAPHS):
            # Twice, for one simplified form is the traditional form of another letter.
            sign = _converter().convert(_converter().convert(sign))
        self[code] = sign
        return sign


_PLAIN = _Letters(str.maketrans(_LATIN | _ARABIC))


def plain_letters(text: str) -> str:
    """The text with one letter for those that are written for one another, sign by sign."""
    return text if text.isascii() else text.translate(_PLAIN)


@cache
def _converter() -> Any:
    # Only who writes Chinese needs its tables.
    from opencc import OpenCC

    return OpenCC("t2s")
