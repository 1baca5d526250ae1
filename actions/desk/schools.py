"""Telling which school a family means, however it is spelt, also inside a longer sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from actions.desk.district import School
from actions.desk.folding import fold
from actions.desk.recognise import recognise
from actions.desk.sounds import in_other_letters, sounds
from actions.desk.spacing import spaced
from actions.desk.words import meanings, words

# A school is named within the first words of a message, if at all.
MOST_TOKENS = 300
# One letter wrong in five is a typo; more is another word.
LETTERS_FOR_ONE_TYPO = 5
SHORTEST_PART = 5
# So many consonants tell a name, and so many allow one to be another.
SHORTEST_SOUND, SHORTEST_SOUND_OF_A_PART, SOUND_FOR_ONE_SLIP = 4, 3, 6
_TOKEN = re.compile(r"\bk\s?-\s?(?:8|12)\b|\bpre[\s-]?k\b|[^\W_]+")
_GRADES = {"preschool": ("PK",), "elementary": "K12345", "middle": "678", "high": ("9", "10", "11", "12")}


@dataclass(frozen=True)
class SchoolMatch:
    """The school that is meant, or those that could be; neither when none is named."""

    school: School | None
    candidates: tuple[School, ...] = ()


@dataclass(frozen=True)
class _Name:
    """What of a school's name tells it from any other: `riverside` of Riverside Middle School."""

    school: School
    words: tuple[str, ...]
    level: str | None

    @property
    def joined(self) -> str:
        return "".join(self.words)

    @property
    def short(self) -> tuple[str, ...]:
        """How students abbreviate it: RMS, CHHS."""
        endings = {"high": ("hs",), "middle": ("ms",), "elementary": ("es",)}.get(self.level or "", ())
        initials = "".join(word[0] for word in self.words)
        return tuple(initials + ending for ending in endings if ending != "es" or len(initials) > 1)


@dataclass(frozen=True)
class _Hit:
    name: _Name
    first: int
    last: int
    quality: float
    level: str | None


def match_school(text: str, schools: Sequence[School]) -> SchoolMatch:
    """The school named in `text`; several that fit equally well are candidates."""
    tokens = _TOKEN.findall(fold(spaced(text).text))[:MOST_TOKENS]
    levels = _levels(tokens)
    latin = all(token.isascii() for token in tokens)
    names = [name for name in _names(tuple(schools)) if not latin or name.joined.isascii()]
    hits = [hit for name in names if (hit := _best(name, tokens, levels)) is not None]
    hits = _one_each(hits)
    hits = [hit for hit in hits if not _beaten(hit, hits)]
    agreeing = [hit for hit in hits if hit.level is not None and hit.level == hit.name.level]
    places = {(hit.first, hit.last) for hit in agreeing}
    # Lincoln High says nothing about the other Lincoln; a name at another place stays.
    hits = [hit for hit in hits if hit in agreeing or (hit.first, hit.last) not in places]
    if len(hits) > 1:
        hits = _by_grade(text, hits)
    found = tuple(hit.name.school for hit in hits)
    if not hits:
        return _only_level(tokens, levels, schools)
    if len(hits) == 1 and not _contradicts(hits[0]):
        return SchoolMatch(found[0])
    return SchoolMatch(None, found)


def _one_each(hits: list[_Hit]) -> list[_Hit]:
    """For each school the best of its names."""
    best: dict[str, _Hit] = {}
    for hit in hits:
        if hit.name.school.id not in best or hit.quality > best[hit.name.school.id].quality:
            best[hit.name.school.id] = hit
    return list(best.values())


@lru_cache(maxsize=8)
def _names(schools: tuple[School, ...]) -> tuple[_Name, ...]:
    fillers, levels = words("schools", "fillers"), meanings("schools", "levels")
    names = []
    for school, written in ((one, text) for one in schools for text in (one.name, *one.aliases)):
        tokens = [token.replace(" ", "") for token in _TOKEN.findall(fold(spaced(written).text))]
        own = tuple(token for token in tokens if token not in fillers and token not in levels)
        names.append(_Name(school, own or tuple(tokens), school.level))
    return tuple(names)


def _levels(tokens: list[str]) -> list[str | None]:
    """For each token the level that it says, alone or with the next one ("junior high", "grade school")."""
    table = meanings("schools", "levels")
    found: list[str | None] = [table.get(token) or table.get(re.sub(r"[\s-]", "", token)) for token in tokens]
    for place in range(len(tokens) - 1):
        level = table.get(f"{tokens[place]} {tokens[place + 1]}")
        if level is not None:
            found[place] = found[place + 1] = level
    return found


def _best(name: _Name, tokens: list[str], levels: list[str | None]) -> _Hit | None:
    best: _Hit | None = None
    for length in range(1, len(name.words) + 2):
        for first in range(len(tokens) - length + 1):
            last = first + length - 1
            quality = _quality(name, tokens, levels, first, last)
            if quality > (best.quality if best else 0) and not _means_district(name, tokens, levels, last):
                level = name.level if tokens[first] in name.short else _level_beside(levels, first, last)
                best = _Hit(name, first, last, quality, level)
    return best


def _quality(name: _Name, tokens: list[str], levels: list[str | None], first: int, last: int) -> float:
    """1 for the name as it is written, less for typos and for a part of it, 0 for anything else."""
    window = "".join(tokens[first : last + 1])
    if window == name.joined or (first == last and window in name.short):
        return 1.0
    allowed = len(name.joined) // LETTERS_FOR_ONE_TYPO if len(name.joined) >= SHORTEST_PART else 0
    unlike = abs(len(window) - len(name.joined)) > allowed
    if not window.isascii() and in_other_letters(window):
        return _quality_by_sound(name, window, tokens, levels, first, last)
    typos = allowed + 1 if unlike else OSA.distance(window, name.joined, score_cutoff=allowed)
    # A real word such as "links" for Lincoln must not do: the ends of a name are rarely mistyped.
    if typos <= allowed and (window[:1] == name.joined[:1] or typos == 1):
        return 0.9 - typos / (2 * len(name.joined))
    part = first == last and len(name.words) > 1 and any(_part(window, word) for word in name.words)
    return 0.5 if part and _beside_school_word(tokens, levels, first) else 0.0


def _quality_by_sound(
    name: _Name, window: str, tokens: list[str], levels: list[str | None], first: int, last: int
) -> float:
    """The same for a name in Russian or Arabic letters: whole by its consonants, or a part beside a word for school."""
    heard, meant = sounds(window), sounds(name.joined)
    # An alias in other letters is meant as it is written: 雪松, read aloud, would be the Russian word for snow.
    if not name.joined.isascii() or len(heard) < SHORTEST_SOUND_OF_A_PART:
        return 0.0
    slips = OSA.distance(heard, meant, score_cutoff=1)
    if len(heard) >= SHORTEST_SOUND and slips <= (len(meant) >= SOUND_FOR_ONE_SLIP):
        return 0.8 - 0.1 * slips
    part = first == last and len(name.words) > 1 and any(sounds(word) == heard for word in name.words)
    return 0.5 if part and _beside_school_word(tokens, levels, first) else 0.0


def _part(window: str, word: str) -> bool:
    if len(word) < SHORTEST_PART or abs(len(window) - len(word)) > 1:
        return False
    return OSA.distance(window, word, score_cutoff=1) <= (len(word) > SHORTEST_PART)


def _beside_school_word(tokens: list[str], levels: list[str | None], place: int) -> bool:
    """Whether a part of a name may stand for all of it: "la escuela chavez", "willow elementary", or just "chavez"."""
    says = words("schools", "school")
    fillers = words("schools", "fillers") - says
    rest = [token for token in tokens if token not in fillers]
    if len(rest) == 1:
        return True
    before = [token for token in tokens[max(0, place - 5) : place] if token not in fillers]
    after = tokens[place + 1 : place + 2]
    if levels[place] is not None:
        return False
    phrases = {*before[-1:], " ".join(before[-2:]), " ".join(tokens[max(0, place - 2) : place])}
    phrases |= {" ".join(tokens[max(0, place - 3) : place]), *after}
    return bool(phrases & says) or any(levels[max(0, place - 1) : place + 2])


def _level_beside(levels: list[str | None], first: int, last: int) -> str | None:
    """The level said next to a name: behind it ("Lincoln High"), else before it ("primaria Lincoln")."""
    behind = [level for level in levels[last + 1 : last + 3] if level]
    before = [level for level in levels[max(0, first - 2) : first] if level]
    if behind or before:
        return behind[0] if behind else before[-1]
    everywhere = {level for level in levels if level}
    return everywhere.pop() if len(everywhere) == 1 else None


def _means_district(name: _Name, tokens: list[str], levels: list[str | None], last: int) -> bool:
    """Cedar Hollow Schools and Cedar Hollow Library are no school, although one has their name."""
    if any(levels[last + 1 : last + 2]):
        return False
    district = words("schools", "district")
    behind = {" ".join(tokens[last + 1 : last + 2]), " ".join(tokens[last + 1 : last + 3])}
    return bool(behind & district) and "".join(tokens[last + 1 : last + 2]) not in name.words


def _beaten(hit: _Hit, hits: list[_Hit]) -> bool:
    """Whether another school fits the same words clearly better."""
    overlapping = [other for other in hits if other.first <= hit.last and hit.first <= other.last]
    return any(other.quality > hit.quality + 0.05 for other in overlapping)


def _contradicts(hit: _Hit) -> bool:
    """Lincoln Middle does not exist: better ask than guess. A part of a name with another level neither."""
    broad = {"k8", "k12", "alternative", None}
    return hit.level is not None and hit.level != hit.name.level and not {hit.level, hit.name.level} & broad


def _only_level(tokens: list[str], levels: list[str | None], schools: Sequence[School]) -> SchoolMatch:
    """ "The preschool" is one school, "the high school" one of two, where nothing else is said."""
    fillers, said = words("schools", "fillers"), {level for level in levels if level}
    if len(said) != 1 or any(
        level is None and token not in fillers for token, level in zip(tokens, levels, strict=True)
    ):
        return SchoolMatch(None)
    fitting = tuple(school for school in schools if school.level in said)
    return SchoolMatch(fitting[0]) if len(fitting) == 1 else SchoolMatch(None, fitting)


def _by_grade(text: str, hits: list[_Hit]) -> list[_Hit]:
    grades = [piece.value for piece in recognise(text) if piece.kind == "grade"]
    fitting = [hit for hit in hits if any(grade in _GRADES.get(hit.name.level or "", ()) for grade in grades)]
    return fitting if len(fitting) == 1 else hits
