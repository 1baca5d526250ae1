"""Finding social security numbers, card numbers and birth dates in a text; each finder yields (start, end)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache

from actions.desk.words import meanings, words

Span = tuple[int, int]

# How far, in signs, the word may stand that says what a number or a date is.
BEFORE, AFTER = 70, 40
MOST = 100
LONGEST_CARD = 37  # 19 digits and a blank between each two
OLDEST, YOUNGEST = 110, 3

_SSN = re.compile(r"(?<![\w+.-])\d{3}(?:-| - | |\.|/)\d{2}(?:-| - | |\.|/)\d{4}(?![\w]|-\d|\.\d)")
_NINE = re.compile(r"(?<![\w+])\d(?:[ .-]?\d){8}(?!\w)")
_LAST_FOUR = re.compile(r"(?<![\w+/.-])\d{4}(?![\w/-])")
_DIGITS = re.compile(r"(?<![\w+])\d(?:[ -]{0,2}\d){12,}(?!\w)")
_CARD_GROUPS = re.compile(r"(?<!\d)(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}|3\d{3}[ -]\d{6}[ -]\d{5})(?!\d)")
# First digits of the cards in use, and how long their numbers are: a hotspot's IMEI is neither.
_CARD = re.compile(r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|6\d{15,18}|35\d{14}")
_CARD_CODE = re.compile(r"\b(?:cvv2?|cvc2?|csc|security code|codigo de seguridad)\b[\s:=#]{0,3}(?:is |es )?(\d{3,4})\b")
_NUMERIC_DATE = re.compile(
    r"(?<![\w/.-])(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:\d{4}|\d{2})|\d{4}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{1,2}"
    r"|\d{1,2}/\d{1,2}|\d{1,2} \d{1,2} (?:\d{4}|\d{2})|\d{8})(?![\w/]|[.-]\d)"
)
# 2014年5月12日, and the same in words; Chinese is read with spaces between its words.
_COUNT = r"(?:\d{1,2}|[一二三四五六七八九十](?: ?[一二三四五六七八九十]){0,2})"
_HAN_DATE = re.compile(rf"(?:(?:19|20)\d\d ?年 ?)?{_COUNT} ?月 ?{_COUNT} ?[日号號]?")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _chosen(pattern: re.Pattern[str], folded: str, secret: Callable[[re.Match[str]], bool]) -> Iterator[Span]:
    """The matches that are a secret. After very many matches all that follows is one, so that nothing slips by."""
    for place, match in enumerate(pattern.finditer(folded)):
        if place == MOST:
            yield match.start(), len(folded)
            return
        if secret(match):
            yield match.span()


def social_security_numbers(text: str, folded: str) -> Iterator[Span]:  # noqa: ARG001
    """123-45-6789 wherever it stands; nine bare digits, or the last four, where a word says so."""
    for match in _SSN.finditer(folded):
        yield match.span()
    named = _either("ssn")
    if named.search(folded):
        for pattern in (_NINE, _LAST_FOUR):
            yield from _chosen(pattern, folded, lambda match: _near(named, folded, match, after=20))


def card_numbers(text: str, folded: str) -> Iterator[Span]:  # noqa: ARG001
    """Runs of digits that are a card's by length, first digits and check digit; and its code."""
    for run in _DIGITS.finditer(folded):
        if _is_card(run[0]):
            yield run.span()
        elif len(run[0]) > LONGEST_CARD:
            for start, end in _chosen(_CARD_GROUPS, run[0], lambda group: _is_card(group[0])):
                yield run.start() + start, run.start() + end
    for match in _CARD_CODE.finditer(folded):
        yield match.span(1)


def _is_card(written: str) -> bool:
    digits = written.replace(" ", "").replace("-", "") if len(written) <= LONGEST_CARD else ""
    if not _CARD.fullmatch(digits):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def birth_dates(text: str, folded: str) -> Iterator[Span]:
    """Dates beside a word for birth; and dates of a living person's age that stand alone or right behind a name."""
    named = _either("born")
    told = named.search(folded) is not None
    if not told and not _YEAR.search(folded):
        return

    def secret(match: re.Match[str]) -> bool:
        return (told and _near(named, folded, match, after=AFTER)) or _behind_name(text, folded, match)

    for pattern in (_NUMERIC_DATE, _HAN_DATE, *_worded_dates()):
        yield from _chosen(pattern, folded, secret)


def _behind_name(text: str, folded: str, match: re.Match[str]) -> bool:
    """ "Maria Lopez 05/12/2014", or nothing but the date."""
    year = _YEAR.search(match[0])
    age = datetime.now(UTC).year - int(year[0]) if year else 0
    if not YOUNGEST <= age <= OLDEST:
        return False
    line = folded.rfind("\n", 0, match.start()) + 1
    before = re.findall(r"[^\W\d_]+", text[max(line, match.start() - 40) : match.start()])
    if not before:
        return not re.search(r"\w", folded[match.end() : match.end() + 20])
    return before[-1][:1].isupper() and not {word.lower() for word in before[-2:]} & _date_leads()


@cache
def _date_leads() -> frozenset[str]:
    return words("redaction", "date_leads") | frozenset(meanings("redaction", "months"))


@cache
def _worded_dates() -> tuple[re.Pattern[str], ...]:
    month = "|".join(sorted(map(re.escape, meanings("redaction", "months")), key=len, reverse=True))
    day, year = r"\d{1,2}\s?(?:st|nd|rd|th|ro|o|º|°)?", r"(?:(?:19|20)\d\d|'?\d\d)"
    link = r"[\s,./-]{1,3}(?:(?:of|de|del|year|ano)\s){0,2}"
    return (
        re.compile(rf"\b(?:{month})\b\.?[\s,./-]{{0,3}}(?:the )?{day}(?:{link}{year})?(?!\w)"),
        re.compile(rf"(?<![\w/]){day}{link}(?:{month})\b(?:{link}{year}(?!\w))?"),
    )


@cache
def _either(name: str) -> re.Pattern[str]:
    group = sorted(words("redaction", name), key=len, reverse=True)
    first = "".join(sorted({word[0] for word in group}))
    return re.compile(rf"\b(?=[{first}])(?:{'|'.join(map(re.escape, group))})(?!\w)")


def _near(named: re.Pattern[str], folded: str, match: re.Match[str], *, after: int) -> bool:
    start, end = match.span()
    window = folded[max(0, start - BEFORE) : start]
    # A number in between means that the word belongs to that one.
    last = max(window.rfind("\n\n"), *(place.end() for place in re.finditer(r"\d{3,}", window)), -1)
    if named.search(window, last + 1 if last >= 0 else 0):
        return True
    return named.search(re.split(r"\d{3}|[.;!?\n]", folded[end : end + after])[0]) is not None
