"""What a name sounds like, so that one heard in English is known again when it is written in other letters."""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

# Cyrillic, and Arabic with the letters of its neighbours. Chinese names are translated as often as spelt: `aliases`.
_OTHER_LETTERS = re.compile("[\u0400-\u052f\u0600-\u06ff\u0750-\u077f]")
# In turn: letters that one language writes for a sound that the other writes or says otherwise.
_ALIKE = (
    ("dzh", "j"), ("tsh", "ch"), ("kh", "h"), ("ph", "f"), ("gh", "g"), ("ck", "k"),
    ("ce", "s"), ("ci", "s"), ("cy", "s"), ("ch", "4"), ("sh", "5"), ("c", "k"), ("q", "k"), ("x", "ks"),
    ("v", "f"), ("p", "b"), ("z", "s"), ("g", "j"),
)  # fmt: skip
# Vowels are written in one language, left out in another, and changed by Russian endings.
# "W" at the beginning is heard, and written as a V in Russian or with a U before a vowel.
_FIRST_W = re.compile(r"^(?:w|u(?=[aeiou]))")
_UNSURE = re.compile(r"[^a-z0-9]|[aeiouwy]")
_DOUBLED = re.compile(r"(.)\1+")


def in_other_letters(text: str) -> bool:
    """Whether something in it is written in letters whose sounds can be told but which are not Latin."""
    return _OTHER_LETTERS.search(text) is not None


@lru_cache(maxsize=4096)
def sounds(text: str) -> str:
    """Its consonants, those alike as one: `lnkln` for Lincoln, Линкольн and لينكولن."""
    plain = _FIRST_W.sub("v", anyascii(text).lower())
    for written, heard in _ALIKE:
        plain = plain.replace(written, heard)
    return _DOUBLED.sub(r"\1", _UNSURE.sub("", plain))
