"""The form that a word takes beside a number, in each language."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError

# As CLDR orders them.
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
# Every form that a whole number can ask for shows up among these.
_NUMBERS = range(1, 201)


@cache
def categories(language: str) -> tuple[str, ...]:
    """The forms that whole numbers from 1 on ask for; one for a language that Babel does not know."""
    return tuple(name for name in CATEGORIES if name in {_category(number, language) for number in _NUMBERS})


def is_known(language: str) -> bool:
    """Whether Babel can say which forms the language has."""
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def plural(forms: str, number: int, language: str) -> str:
    """Of "{n} day|{n} days", the forms in the order of `categories`, the one for this number, with it in it."""
    given, wanted = forms.split("|"), categories(language)
    # One that a language lacks is not worth a failing page; `familydesk check` says so.
    place = wanted.index(_category(number, language)) if len(given) == len(wanted) else -1
    return given[place].strip().format(n=number)


@cache
def _category(number: int, language: str) -> str:
    return str(Locale.parse(language).plural_form(number)) if is_known(language) else "other"
