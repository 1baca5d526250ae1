"""Wordings: short patterns over words, which find what is meant however it is spelt, in time linear in the text.

A wording is a row of elements with blanks between them: a word (`die`), a group (`<self>`), or alternatives
(`die|<self>`, `<die|self>`), optional as a whole with a `?` behind. `..3` lets up to three other words stand between
(not across a comma in what is harmless), `!die|<self>` says what must not follow, `^` is the beginning and `$` the end
of a sentence. `_` is the blank within an alternative (`shoot_up`), and a word that ends in `*` stands for all that
begin so. Words are written without apostrophes (`dont`); capitals and accents make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice, product, takewhile

from actions.desk.folding import fold

_FIRST_CODE = 0xE000
_OTHER, _END, _PAUSE = "x", ".", ","
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(r"[^\W_]+(?:[*][^\W_]+)*|[.!?;。！？…]+|\n{2,}|[,，、\n]")
_SINGLE_SIGN = re.compile(rf"([{_IDEOGRAPH}])")
_ENDS = frozenset(".!?;。！？…\n")
_PAUSES = frozenset(",，、\n")
# Letters written as digits and signs (k1ll, d!e), letters that stand apart (k i l l), and long rests without a word.
_LEET = re.compile(r"(?<![013457@$!|])[013457@$!|]+(?=[^\W\d_])|3(?!\w)")
_AS_LETTER = str.maketrans("013457@$!|", "oieastasil")
_APART = re.compile(
    rf"(?<![\w'])(?![{_IDEOGRAPH}])[^\W\d_](?:[ .\-_*]{{1,2}}(?![{_IDEOGRAPH}])[^\W\d_](?![\w'])){{2,}}"
)
_NAMED = re.compile(r"\w+")
_NAME = re.compile(r"<[^>]*>|[^|]+")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´ʼ′", "'"))
# Two tones of Vietnamese that are one in the south of the country, where many write them alike.
_TONES = str.maketrans("ãẵẫẽễĩõỗỡũữỹ", "ảẳẩẻểỉỏổởủửỷ")
# Arabic writes "and" as one letter at the front of the next word.
_ARABIC_AND, _SHORTEST_AFTER_AND = "و", 3
_TWICE = re.compile(r"(.)\1+")
_STOP = rf"(?:[{_END}{_PAUSE}]|\Z)"
# Of many words in a row that no wording names, so many count.
_LONGEST_REST = 12


def prepare(text: str) -> str:
    """The text folded, with disguised letters put back."""
    folded = _LEET.sub(_letters, fold(text))
    return _APART.sub(lambda match: re.sub(r"[ .\-_*]", "", match[0]), folded)


def _letters(match: re.Match[str]) -> str:
    """k1ll is kill and @buse is abuse, but "grade 5th" and a price stay."""
    text, start = match.string, match.start()
    inside = start > 0 and text[start - 1].isalpha()
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
    return tokens_of(unicodedata.normalize("NFC", text).lower().translate(_APOSTROPHES).translate(_TONES))


@dataclass(frozen=True)
class Coded:
    """A text in a vocabulary's signs, as wordings look at it; `places` are those of the signs among the tokens."""

    signs: str
    places: Sequence[int]
    tokens: Sequence[str] = ()
    # The tokens with the marks that they were typed with, where marks tell words apart; else nothing.
    typed: Sequence[str] = ()

    def means(self, span: tuple[int, int], forms: Mapping[str, frozenset[str]]) -> bool:
        """Whether no word of the span was typed with the marks of another one: `tự tử` is suicide, `từ từ` slowly.

        A word typed without marks stands for all of them, as families on phones type it.
        """
        if not self.typed:
            return True
        said = ((self.tokens[place], self.typed[place]) for place in self.places[slice(*span)])
        return all(typed.isascii() or typed in forms.get(token, {typed}) for token, typed in said)


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
        known = dict(self._codes)
        for token in set(tokens):
            if token not in known:
                known[token] = self._sign(token) or self._misspelt(token)
        return "".join([known[token] for token in tokens])

    @staticmethod
    def _sign(token: str) -> str | None:
        if token in _PAUSES:
            return _PAUSE
        return _END if token[0] in _ENDS else None

    def _misspelt(self, token: str) -> str:
        if len(token) < 2 or len(token) > 24:
            return _OTHER
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
        return found or _OTHER

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


@dataclass(frozen=True)
class Wording:
    """One wording; `needs` are sets of signs of which each must occur."""

    source: str
    expression: str
    needs: tuple[frozenset[str], ...]
    # All that it is made of, its groups written out.
    written: str = ""

    @cached_property
    def forms(self) -> Mapping[str, frozenset[str]]:
        """The words of the wording with their marks, by how they are without."""
        found: dict[str, set[str]] = {}
        for word in typed_tokens(self.written.replace("_", " ")):
            found.setdefault(fold(word), set()).add(word)
        return {bare: frozenset(words) for bare, words in found.items()}

    def is_in(self, text: Coded) -> bool:
        """Whether it occurs, with the marks of its own words where there are marks."""
        return any(text.means(match.span(), self.forms) for match in self.pattern.finditer(text.signs))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Made at the first text that has all that is needed; most wordings wait long for one."""
        return re.compile(self.expression)


class WordingError(ValueError):
    """A wording that cannot be read."""


class Compiler:
    """Turns wordings into patterns over a vocabulary's signs."""

    def __init__(self, vocabulary: Vocabulary, groups: Mapping[str, Iterable[str]]) -> None:
        self._vocabulary = vocabulary
        self._known: dict[str, list[str]] = {}
        self._groups = {name: self._alternatives(map(str, members)) for name, members in groups.items()}
        self._written = {name: " ".join(map(str, members)) for name, members in groups.items()}

    def wording(self, source: str) -> Wording:
        """Compile one; raises WordingError."""
        parts: list[str] = []
        needs: list[frozenset[str]] = []
        for element in source.split():
            part, need = self._element(element)
            parts.append(part)
            if need:
                needs.append(need)
        if not needs:
            raise WordingError(f"'{source}' needs at least one word that is not optional")
        written = _NAMED.sub(lambda name: f" {self._written.get(name[0], name[0])} ", source)
        return Wording(source, "".join(parts), tuple(needs), written)

    def _element(self, element: str) -> tuple[str, frozenset[str]]:
        gap = re.fullmatch(r"\.\.(\d+)", element)
        if gap:
            return rf"[^{_END}{_PAUSE}]{{0,{gap[1]}}}", frozenset()
        if element == "^":
            return rf"(?:(?<=[{_END}{_PAUSE}])|\A)", frozenset()
        if element == "$":
            return _STOP, frozenset()
        optional, negative = element.endswith("?"), element.startswith("!")
        members = [sign for name in _NAME.findall(element.strip("?!")) for sign in self._members(name)]
        if negative:
            return f"(?!{_either(members)})", frozenset()
        # The end of the text counts as the end of a sentence, and no sign stands there.
        needless = optional or _END in members
        return _either(members) + "?" * optional, frozenset() if needless else _firsts(members)

    def _members(self, name: str) -> list[str]:
        """What one alternative stands for: `<self>`, `<self|kids>` or `kids`."""
        if name == "$":
            return [_END]
        if not name.startswith("<"):
            return self._alternatives([name])
        inner = name[1:-1].split("|")
        if len(inner) == 1 and name[1:-1] not in self._groups:
            raise WordingError(f"there is no group {name[1:-1]}")
        return [
            sign for entry in inner for sign in (self._groups[entry] if entry in self._groups else self._members(entry))
        ]

    def _alternatives(self, entries: Iterable[str]) -> list[str]:
        """Each entry as signs; `word word` and ideographs make several."""
        return [signs for entry in dict.fromkeys(entries) for signs in self._signs(entry)]

    def _signs(self, entry: str) -> list[str]:
        known = self._known.get(entry)
        if known is None:
            rows = [self._vocabulary.codes(token) for token in _spaced(entry).split()]
            known = self._known[entry] = ["".join(signs) for signs in product(*rows)]
        return known


def _spaced(entry: str) -> str:
    return re.sub(rf"([{_IDEOGRAPH}])", r" \1 ", fold(entry).replace("'", "").replace("-", " ").replace("_", " "))


def _firsts(members: Iterable[str]) -> frozenset[str]:
    return frozenset(member[0] for member in members)


def _either(members: Sequence[str]) -> str:
    """A pattern for any of the members; the end of the text counts as the end of a sentence."""
    single = "".join(sorted({member for member in members if len(member) == 1 and member != _END}))
    several = sorted({member for member in members if len(member) > 1}, key=len, reverse=True)
    pieces = [*several, *([f"[{single}]"] if single else [])]
    if _END in members:
        pieces.append(_STOP)
    return f"(?:{'|'.join(pieces)})"


class Wordings:
    """Many wordings, of which only those are tried whose rarest word occurs."""

    def __init__(self, wordings: Sequence[Wording]) -> None:
        self._wordings = tuple(wordings)
        self._by_sign: dict[str, list[int]] = {}
        for number, wording in enumerate(wordings):
            for sign in min(wording.needs, key=len):
                self._by_sign.setdefault(sign, []).append(number)

    def first_in(self, text: Coded) -> Wording | None:
        """The first that occurs."""
        return next((wording for wording in self._possible(text.signs) if wording.is_in(text)), None)

    def places_in(self, coded: str) -> set[int]:
        """The places of all tokens that any of them finds."""
        found: set[int] = set()
        for wording in self._possible(coded):
            for match in wording.pattern.finditer(coded):
                found.update(range(*match.span()))
        return found

    def _possible(self, coded: str) -> Iterator[Wording]:
        present = frozenset(coded)
        numbers = {number for sign in present for number in self._by_sign.get(sign, ())}
        for number in sorted(numbers):
            if all(need & present for need in self._wordings[number].needs):
                yield self._wordings[number]


def without(coded: str, cut: set[int], tokens: Sequence[str] = (), typed: Sequence[str] = ()) -> Coded:
    """The text with other words in the places `cut`, without its pauses, and with long rests shortened."""
    signs, places, rest = [], [], 0
    for place, sign in enumerate(coded):
        shown = _OTHER if place in cut else sign
        if shown == _PAUSE:
            continue
        rest = rest + 1 if shown == _OTHER else 0
        if rest <= _LONGEST_REST:
            signs.append(shown)
            places.append(place)
    in_step = bool(typed) and len(tokens) == len(typed) == len(coded)
    return Coded("".join(signs), places, tokens if in_step else (), typed if in_step else ())
