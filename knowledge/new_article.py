"""Beginning an article: a file with every key, which is shown to nobody before it is filled in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from knowledge.article_rules import CATEGORIES, DEVICES, SOURCE_LANGUAGE, TICKETS, is_kebab
from knowledge.articles import Library

_REVIEW_AFTER = timedelta(days=365)


class NewArticleError(ValueError):
    """The article cannot be begun; the message names why and the cure."""


def begin_article(folder: Path, library: Library, name: str, title: str, today: date) -> Path:
    """Write `folder`/en/`name`.md with empty values; it counts as broken, and is not served, until they are filled."""
    path = folder / SOURCE_LANGUAGE / f"{name}.md"
    if not is_kebab(name):
        raise NewArticleError(f"'{name}' is not an article id; use small letters, digits and hyphens: late-bus")
    if path.exists() or (SOURCE_LANGUAGE, name) in library.articles:
        raise NewArticleError(f"{path} is there already; edit it, or choose another id")
    path.parent.mkdir(parents=True, exist_ok=True)
    review_by = (
        today.replace(year=today.year + 1) if (today.month, today.day) != (2, 29) else date(today.year + 1, 3, 1)
    )
    path.write_text(_TEMPLATE.format(title=title.replace('"', "'"), today=today, review_by=review_by), encoding="utf-8")
    return path


def begin_translation(folder: Path, library: Library, language: str, name: str) -> Path:
    """Write `folder`/`language`/`name`.md with the English body to translate, stamped; empty until it is filled."""
    original = library.articles.get((SOURCE_LANGUAGE, name))
    if original is None:
        raise NewArticleError(f"there is no English article {name}; begin it with `familydesk new-article {name}`")
    path = folder / language / f"{name}.md"
    if path.exists():
        raise NewArticleError(f"{path} is there already; edit it")
    path.parent.mkdir(parents=True, exist_ok=True)
    english = "".join(f"# {line}\n" for line in (original.title, original.summary))
    path.write_text(
        _TRANSLATION.format(english=english, source_hash=original.source_hash, body=original.body.strip()),
        encoding="utf-8",
    )
    return path


_TEMPLATE = f"""---
title: "{{title}}"
# One or two sentences that can go out as one text message.
summary: ""
# One of: {", ".join(CATEGORIES)}
category: ""
# At least five, as families really ask, misspelt ones too. They are what finds the article.
questions: []
# The device that the steps are about: {", ".join(DEVICES)}
device: none
# The kind of ticket that follows when the steps do not help: {", ".join(TICKETS)}
ticket: none
# Add `steps: guide` where the steps lead through something and mend nothing, but a ticket may follow all the same.
# A key under `departments` in district.yml.
department: technology
# Articles that families look for next, by their ids.
related: []
owner: ""
reviewed: {{today}}
review_by: {{review_by}}
---
"""

_TRANSLATION = """---
{english}title: ""
summary: ""
# At least five, as families of this language really ask; not translations of the English ones.
questions: []
source_hash: "{source_hash}"
translation: machine
reviewed_by: ""
---
{body}
"""
