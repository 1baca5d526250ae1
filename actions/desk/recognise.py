"""Finding asset tags, ticket numbers, phones, e-mails and grades in what a family writes, typos and all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal

import phonenumbers

from actions.desk.folding import fold
from actions.desk.spacing import spaced
from actions.desk.words import meanings, words

Kind = Literal["asset_tag", "phone", "email", "ticket_number", "grade"]
REGION = "US"
# Longer than any message that is meant for reading; what comes after it is not looked at.
LONGEST = 20_000
# How far from a number, in signs, the word stands that says what the number is.
BEFORE, AFTER = 40, 30

_SEPARATOR = r"[\s\-–_.:#*/]{0,3}"
# Cyrillic letters that look like C and B, and letters that are typed or read for digits.
_TAG = re.compile(
    rf"(?<![^\W_])[cс]{_SEPARATOR}[bвб8]{_SEPARATOR}([\doilsbz](?:[\s\-.]{{0,2}}[\doilsbz]){{5}})(?![^\W_])"
)
_TICKET = re.compile(rf"(?<![^\W_])f{_SEPARATOR}d{_SEPARATOR}(\d(?:[\s\-.]?\d){{5,7}})(?![^\W_])")
_SIX = re.compile(r"(?<![\w$@.])#?(\d{3}[ \-.]?\d{3}|\d{2}[ \-.]\d{2}[ \-.]\d{2})(?![\w@$%]|[.,:/\-]\d)")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d(?:[ \t().\-/]{0,3}\d){8,15}(?!\w)")
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}\s?@\s?[a-z0-9-]{1,63}(?:\s?\.\s?[a-z0-9-]{2,63}){1,4}(?![\w@-])")
_WORD = re.compile(r"[^\W_]+(?:['.-][^\W_]+)*\.?")
_AS_DIGIT = str.maketrans("oilsbz", "011582")
# "Write me at gmail dot com" names nobody.
_NO_MAIL_NAMES = frozenset({"me", "us", "it"})
_MAIL_NAME, _MAIL_SERVICE = r"[\w.+%-]{1,64}", r"[a-z0-9-]{2,40}"


@dataclass(frozen=True)
class Found:
    """A piece of the text and what it stands for: CB204187, FD-100001, +15155550142, ana@example.com, 5."""

    kind: Kind
    value: str
    start: int
    end: int


def recognise(text: str, *, asks: str | None = None) -> tuple[Found, ...]:
    """Every piece in the order of the text, none overlapping.

    `asks` is what the family was just asked for: then six bare digits are that tag or ticket, with no word near.
    """
    read = spaced(text[:LONGEST])
    folded = fold(read.text)
    taken: list[Found] = []
    for pieces in (_emails, _tags, _tickets, _phones, _grades, partial(_six_digits, asks=asks)):
        for piece in pieces(folded):
            if _free(piece, taken):
                taken.append(piece)
    found = (Found(piece.kind, piece.value, *read.span(piece.start, piece.end)) for piece in taken)
    return tuple(sorted(found, key=lambda piece: piece.start))


def _free(piece: Found, taken: list[Found]) -> bool:
    return all(piece.end <= other.start or other.end <= piece.start for other in taken)


def _emails(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield Found("email", re.sub(r"\s", "", match[0]).strip("."), *match.span())
    for match in _dictated_email().finditer(text):
        name, service, ending = match.groups()
        if name not in _NO_MAIL_NAMES:
            name = re.sub(rf" (?:{_either('dot')}) ", ".", name)
            yield Found("email", f"{name}@{service}.{ending}", *match.span())


@cache
def _dictated_email() -> re.Pattern[str]:
    at, dot, ending = _either("at"), _either("dot"), r"(com|net|org|edu|mx|es|us|br|ru|vn)"
    name = rf"{_MAIL_NAME}(?: (?:{dot}) {_MAIL_NAME}){{0,2}}"
    return re.compile(rf"(?<![\w.+%-])({name}) (?:{at}|@) ({_MAIL_SERVICE}) ?(?:{dot}|\.) ?{ending}(?!\w)")


def _either(name: str) -> str:
    return "|".join(sorted(map(re.escape, words("recognise", name))))


def _tags(text: str) -> Iterator[Found]:
    for match in _TAG.finditer(text):
        written = re.sub(r"[\s\-.]", "", match[1])
        if sum(sign.isdigit() for sign in written) >= 4:
            yield Found("asset_tag", f"CB{written.translate(_AS_DIGIT)}", *match.span())


def _tickets(text: str) -> Iterator[Found]:
    for match in _TICKET.finditer(text):
        yield Found("ticket_number", f"FD-{re.sub(r'[^0-9]', '', match[1])}", *match.span())


def _phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        number = _phone(match[0])
        if number is not None:
            yield Found("phone", number, *match.span())


def _phone(written: str) -> str | None:
    """The number as +15155550142, or None where nobody could be called."""
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return None
    abroad = written.startswith("+") and number.country_code != 1
    if abroad:
        callable_ = phonenumbers.is_possible_number(number)
    else:
        # Area code and exchange begin with 2 to 9; the numbers kept for examples (555-01xx) count too.
        national = str(number.national_number)
        callable_ = number.country_code == 1 and re.fullmatch(r"[2-9]\d\d[2-9]\d{6}", national) is not None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if callable_ else None


@cache
def _grade_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    counts = "|".join(sorted(map(re.escape, meanings("recognise", "counts")), key=len, reverse=True))
    grade = "|".join(sorted(map(re.escape, words("recognise", "grade")), key=len, reverse=True))
    single = "|".join(sorted(map(re.escape, meanings("recognise", "grades")), key=len, reverse=True))
    number = r"1[0-2]|[1-9]"
    first = re.compile(rf"(?<![\w.])({counts}|(?:{number})(?=\s?(?:st|nd|rd|th|o|º|°|\.)?\b|[º°]))"
                       rf"(?:\s?(?:st|nd|rd|th|o|º|°|\.))?[\s-]{{0,2}}(?:{grade})\b")  # fmt: skip
    after = re.compile(rf"\b(?:{grade})[\s:#-]{{0,3}}({number}|{counts})(?![\w%/:]|\.\d)")
    return first, after, re.compile(rf"(?<![\w-])({single})(?![\w-])")


def _grades(text: str) -> Iterator[Found]:
    first, after, single = _grade_patterns()
    counts, grades = meanings("recognise", "counts"), meanings("recognise", "grades")
    found: list[Found] = []
    for pattern, table in ((first, counts), (after, counts), (single, grades)):
        for match in pattern.finditer(text):
            piece = Found("grade", table.get(match[1], match[1]), *match.span())
            if _free(piece, found):
                found.append(piece)
    yield from found


def _six_digits(text: str, asks: str | None) -> Iterator[Found]:
    """Six bare digits are a tag or a ticket only where the nearest word, or our own question, says so."""
    matches = list(_SIX.finditer(text))
    for place, match in enumerate(matches):
        earliest = matches[place - 1].end() if place else 0
        latest = matches[place + 1].start() if place + 1 < len(matches) else len(text)
        before = _labels(text[max(earliest, match.start() - BEFORE) : match.start()])
        after = _labels(text[match.end() : min(latest, match.end() + AFTER)])
        kind = _kind(before[::-1]) or _kind(after) or ("any_number" if before else None)
        digits = re.sub(r"\D", "", match[1])
        if kind in {None, "any_number"} and asks in {"asset_tag", "ticket_number"}:
            kind = asks
        if kind == "ticket_number":
            yield Found("ticket_number", f"FD-{digits}", *match.span(1))
        elif kind in {"asset_tag", "any_number"}:
            yield Found("asset_tag", f"CB{digits}", *match.span(1))


def _kind(labels: list[str]) -> str | None:
    """The first label that says more than that there is a number."""
    return next((label for label in labels if label != "any_number"), None)


@cache
def _label_table() -> dict[str, str]:
    kinds = ("any_number", "other_number", "asset_tag", "ticket_number")
    return {word: kind for kind in kinds for word in words("recognise", kind)}


def _labels(window: str) -> list[str]:
    """What the words of a window say about a number, in their order; the longest wording counts."""
    table, found, at = _label_table(), [], 0
    tokens = [match[0] for match in _WORD.finditer(window)]
    while at < len(tokens):
        for length in (4, 3, 2, 1):
            phrase = " ".join(tokens[at : at + length])
            label = table.get(phrase) or table.get(phrase.rstrip("."))
            if label and at + length <= len(tokens):
                found.append(label)
                at += length
                break
        else:
            at += 1
    return found
