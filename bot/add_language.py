"""Beginning a language: every file that it needs, none of which reaches a family before it is translated."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from actions.desk.words import FOLDER as WORDS
from bot.gateway.texts import FOLDER as PAGE_TEXTS
from bot.replies.catalogue import FOLDER as REPLIES
from bot.training import ROOT

_CODE = re.compile(r"[a-z]{2,3}")
_LANGUAGES_LINE = re.compile(r"^(languages:\s*\[)([^\]]*)(\])", re.MULTILINE)
_DRAFT = """\
# Still English. Translate every text, then remove the next line: until then families do not see this file.
draft: true
"""


class AddLanguageError(ValueError):
    """The language cannot be begun; the message names why and the cure."""


def add_language(
    code: str, name: str, *, right_to_left: bool, district: Path, articles: Path, root: Path = ROOT
) -> list[Path]:
    """Write the files of a new language and add it to the district's; gives the files in the order of the work."""
    if not _CODE.fullmatch(code):
        raise AddLanguageError(
            f"'{code}' is not a language code; use two or three small letters, such as so for Somali"
        )
    replies, page_texts, words = (root / folder.relative_to(ROOT) for folder in (REPLIES, PAGE_TEXTS, WORDS))
    there = [path for path in (folder / f"{code}.yml" for folder in (replies, page_texts, words)) if path.exists()]
    if there:
        raise AddLanguageError(f"{there[0]} is there already; go on with it (`familydesk check` says what is missing)")
    listed = _with_language(district / "district.yml", code)
    made = [_style(articles / code / "_style.md", name)]
    made.append(_write(replies / f"{code}.yml", _DRAFT + _without_comment(replies / "en.yml")))
    texts = _without_comment(page_texts / "en.yml")
    texts = re.sub(r"^name:.*$", f"name: {json.dumps(name, ensure_ascii=False)}", texts, flags=re.MULTILINE)
    if right_to_left:
        texts = re.sub(r"^direction:.*$", "direction: rtl", texts, flags=re.MULTILINE)
    made.append(_write(page_texts / f"{code}.yml", _DRAFT + texts))
    made.append(_write(words / f"{code}.yml", _empty_words(words / "en.yml", name)))
    (district / "district.yml").write_text(listed, encoding="utf-8")
    return made


def _with_language(path: Path, code: str) -> str:
    """The district's file with the language among its `languages`."""
    text = path.read_text(encoding="utf-8")
    line = _LANGUAGES_LINE.search(text)
    if line is None:
        raise AddLanguageError(f"{path}: there is no line `languages: [en, ...]`; write it on one line")
    if code in [one.strip() for one in line[2].split(",")]:
        return text
    return text[: line.end(2)] + f", {code}" + text[line.end(2) :]


def _write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def _without_comment(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


def _style(path: Path, name: str) -> Path:
    return _write(
        path,
        f"# How we write in {name}\n\nTone and form of address:\n\nFixed terms (help desk, asset tag, loaner, ticket, "
        "family portal, hotspot, charger, sign in, password, office, interpreter):\n\nWhat stays in English:\n",
    )


def _empty_words(path: Path, name: str) -> str:
    """The same lists as English has, empty: what is not there yet is not recognised, and nothing is taken wrongly."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    empty: dict[str, dict[str, Any]] = {
        part: {key: {} if isinstance(value, dict) else [] for key, value in lists.items()}
        for part, lists in table.items()
    }
    head = f"# Words of {name} by which tags, grades, schools and passwords are told; en.yml says what each list is.\n"
    return head + yaml.safe_dump({"name": name, **empty}, allow_unicode=True, sort_keys=False)


def draft_notes(root: Path = ROOT) -> list[str]:
    """A note for each file that is still a draft, with how many of its texts are as in English."""
    notes = []
    for folder in (root / f.relative_to(ROOT) for f in (REPLIES, PAGE_TEXTS)):
        source = yaml.safe_load((folder / "en.yml").read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.yml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if content.get("draft"):
                same = sum(content_text == text for content_text, text in _pairs(content, source))
                notes.append(
                    f"{path}:1: this language is a draft and {same} of its texts are still English; "
                    "translate them, then remove `draft: true`"
                )
    return notes


def _pairs(content: object, source: object) -> list[tuple[str, str]]:
    if isinstance(content, str) and isinstance(source, str):
        return [(content, source)]
    if isinstance(content, dict) and isinstance(source, dict):
        return [pair for key in source if key in content for pair in _pairs(content[key], source[key])]
    if isinstance(content, list) and isinstance(source, list):
        return [pair for one, other in zip(content, source, strict=False) for pair in _pairs(one, other)]
    return []
