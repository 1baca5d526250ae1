"""Wordings: short patterns over words, which find what is meant however it is spelt, in time linear in the text.

A wording is a row of elements with blanks between them: a word (`die`), a group (`<self>`), or alternatives
(`die|<self>`, `<die|self>`), optional as a whole with a `?` behind. `..3` lets up to three other words stand between
(not across a comma in what is harmless), `!die|<self>` says what must not follow, `^` is the beginning and `$` the end
of a sentence. `_` is the blank within an alternative (`shoot_up`), and a word that ends in `*` stands for all that
begin so. Words are written without apostrophes (`dont`); capitals and accents make no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from actions.desk.folding import fold
from actions.desk.vocabulary import END, IDEOGRAPH, OTHER, PAUSE, Vocabulary, typed_tokens

_NAMED = re.compile(r"\w+")
_NAME = re.compile(r"<[^>]*>|[^|]+")
_STOP = rf"(?:[{END}{PAUSE}]|\Z)"
# Of many words in a row that no wording names, so many count.
_LONGEST_REST = 12


@dataclass(frozen=True)
class Coded:
    """A text in a vocabulary's signs, as wordings look at it; `places` are those of the signs among the tokens."""

    signs: str
    places: Sequence[int]
    tokens: Sequence[str] = ()
    # The tokens with the marks that they were typed with, where marks tell words apart; else nothing.
    typed: Sequence[str] = ()

    def means(self, match: re.Match[str], forms: Mapping[str, frozenset[str]]) -> bool:
        """Whether no word of the wording was typed with the marks of another one: `tự tử` is suicide, `từ từ` slowly.

        A word typed without marks stands for all of them, as families on phones type it. What stands in a gap, which
        is all that the wordings capture, may be any word.
        """
        if not self.typed:
            return True
        gaps = {sign for gap in range(1, match.re.groups + 1) for sign in range(*match.span(gap))}
        places = (self.places[sign] for sign in range(*match.span()) if sign not in gaps)
        said = ((self.tokens[place], self.typed[place]) for place in places)
        return all(typed.isascii() or typed in forms.get(token, {typed}) for token, typed in said)


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
        match = self.pattern.search(text.signs)
        while match is not None and not text.means(match, self.forms):
            # Another may begin within the one whose marks are wrong.
            match = self.pattern.search(text.signs, match.start() + 1)
        return match is not None

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
        # How a word is spelt that must not stand there says nothing of those that must.
        named = " ".join(element for element in source.split() if not element.startswith("!"))
        written = _NAMED.sub(lambda name: f" {self._written.get(name[0], name[0])} ", named)
        return Wording(source, "".join(parts), tuple(needs), written)

    def _element(self, element: str) -> tuple[str, frozenset[str]]:
        gap = re.fullmatch(r"\.\.(\d+)", element)
        if gap:
            return rf"([^{END}{PAUSE}]{{0,{gap[1]}}})", frozenset()
        if element == "^":
            return rf"(?:(?<=[{END}{PAUSE}])|\A)", frozenset()
        if element == "$":
            return _STOP, frozenset()
        optional, negative = element.endswith("?"), element.startswith("!")
        members = [sign for name in _NAME.findall(element.strip("?!")) for sign in self._members(name)]
        if negative:
            return f"(?!{_either(members)})", frozenset()
        # The end of the text counts as the end of a sentence, and no sign stands there.
        needless = optional or END in members
        return _either(members) + "?" * optional, frozenset() if needless else _firsts(members)

    def _members(self, name: str) -> list[str]:
        """What one alternative stands for: `<self>`, `<self|kids>` or `kids`."""
        if name == "$":
            return [END]
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
    return re.sub(rf"([{IDEOGRAPH}])", r" \1 ", fold(entry).replace("'", "").replace("-", " ").replace("_", " "))


def _firsts(members: Iterable[str]) -> frozenset[str]:
    return frozenset(member[0] for member in members)


def _either(members: Sequence[str]) -> str:
    """A pattern for any of the members; the end of the text counts as the end of a sentence."""
    single = "".join(sorted({member for member in members if len(member) == 1 and member != END}))
    several = sorted({member for member in members if len(member) > 1}, key=len, reverse=True)
    pieces = [*several, *([f"[{single}]"] if single else [])]
    if END in members:
        pieces.append(_STOP)
    return f"(?:{'|'.join(pieces)})"


class Wordings:
    """Many wordings, of which only those are tried whose rarest word occurs."""

    def __init__(self, wordings: Sequence[Wording]) -> None:
        self._wordings = tuple(wordings)
        self._by_sign: dict[str, list[int]] = {}
        # Words that many wordings need are common ones in what families write as well.
        common = Counter(sign for wording in wordings for need in wording.needs for sign in need)
        for number, wording in enumerate(wordings):
            for sign in min(wording.needs, key=lambda need: sum(common[sign] for sign in need)):
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
            if not any(need.isdisjoint(present) for need in self._wordings[number].needs):
                yield self._wordings[number]


def without(coded: str, cut: set[int], tokens: Sequence[str] = (), typed: Sequence[str] = ()) -> Coded:
    """The text with other words in the places `cut`, without its pauses, and with long rests shortened."""
    signs, places, rest = [], [], 0
    for place, sign in enumerate(coded):
        shown = OTHER if place in cut else sign
        if shown == PAUSE:
            continue
        rest = rest + 1 if shown == OTHER else 0
        if rest <= _LONGEST_REST:
            signs.append(shown)
            places.append(place)
    in_step = bool(typed) and len(tokens) == len(typed) == len(coded)
    return Coded("".join(signs), places, tokens if in_step else (), typed if in_step else ())
