"""Reading a ticket's values out of what a family writes, several in one message if need be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from actions.desk.district import District, School
from actions.desk.recognise import Found, recognise
from actions.desk.schools import SchoolMatch, match_school
from actions.lead_ins import NAME, corrects, ends_name, led_name, led_problem

DEVICE_REPAIR = "device-repair"
SHORTEST_PROBLEM = 4
# "my son Tyler Johnson goes": without a verb between, only capitals tell a name from "my son forgot".
_CAPITALS = r"[^\W\d_a-z][\w'’.-]+(?: [^\W\d_a-z][\w'’.-]+){0,3}"
_NAME_CAPITALS = re.compile(
    r"\b(?i:(?:my|our|mi|nuestr[oa]) (?:son|daughter|child|kid|student|grandson|granddaughter|"
    rf"hij[oa]|niet[oa]|niñ[oa]|sobrin[oa])|for|para) ({_CAPITALS})"
)
_SCHOOL_WORD = re.compile(
    r"\b(?:school|elem\w*|middle|high|hs|grader? at|grado (?:en|de)|academy|preschool|k-?8|attends|goes to|"
    r"escuela|primaria|secundaria|preparatoria|prepa|colegio|va a(?: la)?|estudia en|"
    r"escola|estuda na|lekòl|lekol|trường|truong|школ\w*|لمدرسة|مدرسة\w*|المدرسة|في مدرسة)\b|学校|小学|中学|高中",
    re.IGNORECASE,
)
_CHUNKS = re.compile(r"[,;\n]+|\s+[-–]\s+|\.\s+")
_PARTS = re.compile(r"[,;.!?\n]+|[，。；！？、،؛؟]+")
MOST_PARTS = 6
# Words that no name has, in the languages that are written with spaces.
_NO_NAMES = frozenset(
    """yes no si sí ok okay hello hola help ayuda please por favor thanks gracias what que qué why how como cómo when
    where the it is not broken screen chromebook computer computadora laptop internet wifi school escuela cancel skip
    none other another otro otra también change cambiar corregir nada ninguno ninguna tampoco
    sửa đổi còn đứa kia nữa nó không biết máy trường làm sao cũng
    chanje korije anyen mwen pitit lòt pa konnen lekòl epi
    mudar corrigir trocar nenhum nenhuma outro outra não sei escola também filho filha
    изменить исправить нету ничего не знаю нет ещё школа другой другого второй второго тоже
    تغيير تعديل لا اعرف أعرف مدرسة الثاني الثانية أيضا كمان ابني ابنتي""".split()  # noqa: SIM905 - a list of words reads best as words
)
# Without spaces, a sentence is told from a name by its length and by signs that names do not have.
_HAN_SENTENCE = re.compile(r"[\u4e00-\u9fff]{7,}|[我你他她它的了吗呢们这那什么怎不没]")


@dataclass(frozen=True)
class Values:
    """What one message holds; `school_candidates` when its school is one of several."""

    problem: str | None = None
    asset_tag: str | None = None
    school: str | None = None
    student_name: str | None = None
    contact: str | None = None
    ticket_number: str | None = None
    school_candidates: tuple[School, ...] = ()
    # Where a message names several devices, all of them; `asset_tag` is empty then.
    asset_tags: tuple[str, ...] = ()
    rest: str = field(default="", compare=False)
    # Whether words such as "her name is" say that it is one.
    name_led: bool = field(default=False, compare=False)

    def given(self) -> dict[str, str]:
        """The ticket's slots that this message fills."""
        names = ("problem", "asset_tag", "school", "student_name", "contact")
        return {name: value for name in names if (value := getattr(self, name))}


def read_values(text: str, district: District, asks: str | None) -> Values:
    """Everything that can be told for sure, given what was asked (`asks`: a slot's name or None)."""
    found = recognise(text, asks=asks)
    one = {kind: next(iter(_meant(text, found, kind)), None) for kind in ("ticket_number", "phone", "email")}
    rest = _without(text, found)
    school, candidates = _school(rest, district, asks)
    problem = led_problem(text)
    tags = _meant(text, found, "asset_tag")
    return Values(
        problem=problem,
        asset_tag=tags[0] if len(tags) == 1 else None,
        asset_tags=tags if len(tags) > 1 else (),
        school=school,
        student_name=None if problem else _student_name(text, rest, found, district, asks),
        contact=one["phone"] or one["email"],
        ticket_number=one["ticket_number"],
        school_candidates=candidates,
        rest=rest.strip(" ,;.\n"),
        name_led=led_name(rest, asked=False) is not None,
    )


def _meant(text: str, found: tuple[Found, ...], kind: str) -> tuple[str, ...]:
    """The values of that kind, without those that the message itself takes back."""
    meant: list[Found] = []
    for piece in sorted((one for one in found if one.kind == kind), key=lambda one: one.start):
        if meant and corrects(text[meant[-1].end : piece.start]):
            meant.pop()
        meant.append(piece)
    return tuple(dict.fromkeys(piece.value for piece in meant))


def _without(text: str, found: tuple[Found, ...]) -> str:
    """The text with the recognised pieces cut out, so that a phone number is no part of a name."""
    kept, at = [], 0
    for piece in sorted(found, key=lambda f: f.start):
        if piece.kind != "grade" and piece.start >= at:
            kept.append(text[at : piece.start])
            at = piece.end
    return ", ".join([*kept, text[at:]]) if found else text


def _school(text: str, district: District, asks: str | None) -> tuple[str | None, tuple[School, ...]]:
    """A name such as Lincoln or Chávez is a school only where one was asked for or a word says so."""
    if asks == "school":
        match = match_school(text, district.schools)
        return (match.school.id if match.school else None), match.candidates
    for chunk in _CHUNKS.split(text):
        if _SCHOOL_WORD.search(chunk) or asks == "confirmation":
            match = match_school(chunk, district.schools)
            if match.school is not None or match.candidates:
                return (match.school.id if match.school else None), match.candidates
    return None, ()


def _student_name(whole: str, text: str, found: tuple[Found, ...], district: District, asks: str | None) -> str | None:
    """The name in `text`, which is `whole` without what was found in it."""
    led = led_name(text, asked=asks == "student_name")
    # "lekòl li se Lincoln" names a school.
    if led and (asks == "student_name" or match_school(led, district.schools) == SchoolMatch(None, ())):
        return clean_name(led)
    capitals = _NAME_CAPITALS.search(text)
    if capitals and match_school(capitals.group(1), district.schools) == SchoolMatch(None, ()):
        return clean_name(capitals.group(1))
    if asks == "student_name":
        pieces = [one for one in found if one.kind != "grade"]
        candidates = _beside(whole, pieces) if pieces else (text, *_CHUNKS.split(text))
        parts = [part for part in candidates if not _SCHOOL_WORD.search(part)]
        return next((name for part in parts if (name := clean_name(part))), None)
    if asks in {"problem", "confirmation", None}:
        return None
    for chunk in _CHUNKS.split(text):
        words = chunk.split()
        if 2 <= len(words) <= 4 and all(word[:1].isupper() for word in words) and not _SCHOOL_WORD.search(chunk):
            match = match_school(chunk, district.schools)
            name = clean_name(chunk)
            if name and match.school is None and not match.candidates:
                return name
    return None


def _beside(text: str, pieces: Sequence[Found]) -> Iterator[str]:
    """What may be a name in a message that tells a phone number or a tag as well.

    "My phone is ..." and "звоните на ..." are no names: a comma sets a name off, or its words are written as names are.
    """
    at = 0
    for chunk in _CHUNKS.split(text):
        first = text.index(chunk, at)
        at = first + len(chunk)
        piece = next((one for one in pieces if first <= one.start < at), None)
        if piece is None:
            yield chunk
            continue
        words = text[first : piece.start].split()
        capitals = list(takewhile(lambda word: word[:1].isupper(), words))
        if len(capitals) > 1 and (len(capitals) == len(words) or ends_name(words[len(capitals)])):
            yield " ".join(capitals)


def parts_of(text: str) -> tuple[str, ...]:
    """The pieces between the stops of a text that has some, the first few; what is too short to say anything is left
    out."""
    parts = [part.strip() for part in _PARTS.split(text)]
    return tuple(part for part in parts[:MOST_PARTS] if len(part) >= SHORTEST_PROBLEM) if len(parts) > 1 else ()


def names_a_school(text: str) -> bool:
    """Whether a word such as "school" says that the text is about one, known or not."""
    return _SCHOOL_WORD.search(text) is not None


def clean_name(text: str) -> str | None:
    """A person's name, or None when the text cannot be one."""
    candidate = _without_more(led_name(text, asked=True) or text).strip(" .,;!。！\n")
    words = [word.lower() for word in candidate.split()]
    if not 1 <= len(words) <= 5 or len(candidate) > 60 or "?" in text:
        return None
    if (
        _HAN_SENTENCE.search(candidate)
        or any(word in _NO_NAMES for word in words)
        or not any(character.isalpha() for character in candidate)
    ):
        return None
    return candidate if NAME.fullmatch(candidate) else None


def _without_more(text: str) -> str:
    """The text up to a word that ends a name; the first word is never one."""
    words = text.split()
    end = next((place for place, word in enumerate(words) if place and ends_name(word)), len(words))
    return " ".join(words[:end])
