"""The words of a text as wordings look at it: disguised and misspelt ones put back, each with a sign of its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice, takewhile

from actions.desk.folding import APOSTROPHES, fold, seen

_FIRST_CODE = 0xE000
OTHER, END, PAUSE = "x", ".", ","
IDEOGRAPH = "\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(r"[^\W_]+(?:[*][^\W_]+)*|[.!?;。！？…]+|\n{2,}|[,，、\n]")
_SINGLE_SIGN = re.compile(rf"([{IDEOGRAPH}])")
_ENDS = frozenset(".!?;。！？…\n")
_PAUSES = frozenset(",，、\n")
# Letters written as digits and signs (k1ll, d!e), and letters that stand apart (k i l l).
_LEET = re.compile(r"(?<![013457@$!|])[013457@$!|]+(?=[^\W\d_])|3(?!\w)")
_AS_LETTER = str.maketrans("013457@$!|", "oieastasil")
_APART = re.compile(rf"(?<![\w'])(?![{IDEOGRAPH}])[^\W\d_](?:[ .\-_*]{{1,2}}(?![{IDEOGRAPH}])[^\W\d_](?![\w'])){{2,}}")
_APOSTROPHES = str.maketrans(APOSTROPHES)
# Two tones of Vietnamese that are one in the south of the country, where many write them alike.
_TONES = str.maketrans("ãẵẫẽễĩõỗỡũữỹ", "ảẳẩẻểỉỏổởủửỷ")
# Arabic writes "and" as one letter at the front of the next word.
_ARABIC_AND, _SHORTEST_AFTER_AND = "و", 3
_TWICE = re.compile(r"(.)\1+")


def prepare(text: str) -> str:
    """The text folded, with disguised letters put back."""
    folded = _LEET.sub(_letters, fold(seen(text)))
    return _APART.sub(lambda match: re.sub(r"[ .\-_*]", "", match[0]), folded)


def _letters(match: re.Match[str]) -> str:
    """k1ll is kill and @buse is abuse, but "grade 5th", a price and 女儿14岁 stay."""
    text, start = match.string, match.start()
    inside = start > 0 and text[start - 1].isalpha() and text[start - 1].isascii()
    first = (
        match[0] in {"@", "$"} and not text[max(0, start - 1) : start].strip() and text[start + 1 : start + 3].isalpha()
    )
    return match[0].translate(_AS_LETTER) if inside or first else match[0]


def tokens_of(prepared: str) -> list[str]:
    """Words without apostrophes, each ideograph by itself, and signs that end a sentence or pause in it."""
    text = prepared.replace("'", "")
    return _TOKEN.findall(text if text.isascii() else _SINGLE_SIGN.sub(r" \1 ", text))


def typed_tokens(text: str) -> list[str]:
    """The tokens in small letters with their marks, in step with those of the prepared text unless it was disguised."""
    return tokens_of(seen(text).lower().translate(_APOSTROPHES).translate(_TONES))


@dataclass
class Vocabulary:
    """The words that any wording names, each with a sign of its own, and the ways in which they may be misspelt."""

    similar: frozenset[str] = frozenset()
    # Whether all words are known, so that `suicid*` can be told as all of them that begin so.
    complete: bool = False
    _codes: dict[str, str] = field(default_factory=dict)
    _prefixes: dict[str, str] = field(default_factory=dict)
    _single: dict[str, str] = field(default_factory=dict)
    _shortened: dict[str, str] = field(default_factory=dict)
    # How misspellable words and prefixes begin: most words need not be looked at further.
    _heads: set[str] = field(default_factory=set)
    _prefix_heads: set[str] = field(default_factory=set)

    def code(self, word: str) -> str:
        """The sign of a word; a new word gets one."""
        if word.endswith("*"):
            self._prefix_heads.add(word[:3])
            return self._prefixes.setdefault(word[:-1], self._next())
        code = self._codes.setdefault(word, self._next())
        self._single.setdefault(_single(word), code)
        if word in self.similar:
            self._heads.add(word[:2])
            self._shortened.update(dict.fromkeys([word, *_one_less(word)], code))
        return code

    def codes(self, word: str) -> list[str]:
        """The sign of a word, or for `suicid*` those of all known words that begin so."""
        code = self.code(word)
        if not word.endswith("*") or not self.complete:
            return [code]
        start = bisect_left(self._in_order, (word[:-1],))
        begun = takewhile(lambda one: one[0].startswith(word[:-1]), islice(self._in_order, start, None))
        return [sign for _, sign in begun]

    @cached_property
    def _in_order(self) -> list[tuple[str, str]]:
        """All words and prefixes with their signs, once they are complete."""
        return sorted((*self._codes.items(), *self._prefixes.items()))

    def _next(self) -> str:
        return chr(_FIRST_CODE + len(self._codes) + len(self._prefixes))

    def read(self, tokens: Sequence[str]) -> str:
        """One sign for each token."""
        codes = self._codes
        signs = {token: codes.get(token) or self._sign(token) or self._misspelt(token) for token in set(tokens)}
        return "".join([signs[token] for token in tokens])

    @staticmethod
    def _sign(token: str) -> str | None:
        if token in _PAUSES:
            return PAUSE
        return END if token[0] in _ENDS else None

    def _misspelt(self, token: str) -> str:
        if len(token) < 2 or len(token) > 24:
            return OTHER
        # "kiling" and "killling" are killing; a short word such as "of" is not "off".
        single = _single(token)
        found = self._single.get(single) if single != token or len(token) > 4 else None
        found = found or self._begun(token)
        if found is None and "*" in token:
            found = self._starred(token)
        if found is None and 5 <= len(token) <= 14 and token[:2] in self._heads:
            found = next(
                (self._shortened[less] for less in (token, *_one_less(token)) if less in self._shortened), None
            )
        if found is None and token[0] == _ARABIC_AND and len(token) > _SHORTEST_AFTER_AND:
            rest = token[1:]
            return self._codes.get(rest) or self._misspelt(rest)
        return found or OTHER

    def _begun(self, token: str) -> str | None:
        if token[:3] not in self._prefix_heads:
            return None
        lengths = range(len(token), 2, -1)
        return next((self._prefixes[token[:length]] for length in lengths if token[:length] in self._prefixes), None)

    def _starred(self, token: str) -> str | None:
        """A word with some letters hidden: su*cide."""
        seen = token.split("*")
        for word in self.similar:
            if len(word) == len(token) and word.startswith(seen[0]) and word.endswith(seen[-1]) and word in self._codes:
                return self._codes[word]
        return None


@lru_cache(maxsize=8192)
def _single(token: str) -> str:
    return _TWICE.sub(r"\1", token)


def _one_less(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(len(word))]
