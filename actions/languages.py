"""How families name languages, in their own and in others."""

from __future__ import annotations

import re

from actions.desk.folding import fold
from actions.desk.words import word_file

# The first name of each is the language's own, as a button shows it.
LANGUAGE_NAMES: dict[str, str] = {
    "en": "English | inglés | ingles | inglês | anglè | английский | по-английски | английском | 英语 | 英文 "
    "| tiếng anh | tieng anh | الإنجليزية | الانجليزية | انجليزي",
    "es": "Español | espanol | spanish | castellano | espanhol | panyòl | panyol | испанский | по-испански "
    "| 西班牙语 | 西班牙文 | tiếng tây ban nha | tieng tay ban nha | الإسبانية | الاسبانية",
    "zh": "中文 | chinese | mandarin | chino | mandarín | 汉语 | 普通话 | 简体 | chinês | chinwa "
    "| китайский | по-китайски | tiếng trung | tieng trung | الصينية",
    "vi": "Tiếng Việt | tieng viet | vietnamese | vietnamita | 越南语 | 越南文 | вьетнамский | по-вьетнамски | "
    "vyetnamyen | الفيتنامية",
    "ar": "العربية | عربي | arabic | árabe | arabe | 阿拉伯语 | арабский | по-арабски | tiếng ả rập | tieng a rap",
    "ht": "Kreyòl ayisyen | kreyòl | kreyol | haitian creole | haitian | creole | criollo haitiano | créole | "
    "海地克里奥尔语 | гаитянский | الكريولية الهايتية",
    "pt": "Português | portugues | portuguese | portugués | pòtigè | 葡萄牙语 | португальский | по-португальски | "
    "tiếng bồ đào nha | البرتغالية",
    "ru": "Русский | по-русски | русском | russki | russkom | russian | ruso | russo | 俄语 | 俄文 | الروسية "
    "| tiếng nga | tieng nga",
}

# Compared without accents: many phones write "angle" for anglè.
_NAMES = {fold(name.strip()): code for code, names in LANGUAGE_NAMES.items() for name in names.split("|")}


def _pattern(name: str) -> str:
    """Latin and Cyrillic names are whole words; Arabic and Chinese ones stand inside longer runs of letters."""
    whole = name[0].isascii() or name[0].lower() != name[0].upper()
    return rf"\b{re.escape(name)}\b" if whole else re.escape(name)


_PATTERN = re.compile("|".join(_pattern(name) for name in sorted(_NAMES, key=len, reverse=True)))


def own_name(language: str) -> str:
    """What a language calls itself; its code where we do not know."""
    known = LANGUAGE_NAMES.get(language)
    return known.partition("|")[0].strip() if known else str(word_file(language).get("name") or language)


def named_language(text: str) -> tuple[str, int, int] | None:
    """(code, start, end) of the first language that `text` names; None if there is none."""
    found = _PATTERN.search(fold(text))
    return (_NAMES[found.group()], found.start(), found.end()) if found else None
