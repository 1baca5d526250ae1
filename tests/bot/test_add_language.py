"""A language begun with one command: nothing of it reaches a family before it is translated, all of it afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.desk.district import load_district
from actions.desk.words import read_words
from bot.add_language import AddLanguageError, add_language, draft_notes
from bot.gateway.texts import all_texts
from bot.replies import Replies
from bot.training import ROOT
from knowledge.articles import load_library
from knowledge.new_article import begin_translation

# A made-up language: nobody speaks it, so nothing of it can be there already.
CODE, NAME = "qx", "Qexish"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("bot/replies", "bot/gateway/page_texts", "actions/desk/words", "data/district"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(ROOT / "knowledge/articles/en", tmp_path / "knowledge/articles/en")
    return tmp_path


def begin(project: Path, code: str = CODE, *, right_to_left: bool = False) -> list[Path]:
    return add_language(
        code,
        NAME,
        right_to_left=right_to_left,
        district=project / "data/district",
        articles=project / "knowledge/articles",
        root=project,
    )


def translated(value: Any) -> Any:
    """Every text marked, as a translator would change it; placeholders stay."""
    if isinstance(value, str):
        return f"qx {value}"
    if isinstance(value, dict):
        return {key: text if key in {"direction", "draft"} else translated(text) for key, text in value.items()}
    return [translated(one) for one in value] if isinstance(value, list) else value


def translate(path: Path) -> None:
    content = translated(yaml.safe_load(path.read_text(encoding="utf-8")))
    del content["draft"]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_a_new_language_is_the_districts_and_is_served_to_nobody_while_it_is_a_draft(project: Path) -> None:
    made = begin(project)

    assert all(path.exists() for path in made)
    assert CODE in load_district(project / "data/district").languages
    assert CODE not in Replies.load(project / "bot/replies").languages
    assert CODE not in all_texts(project / "bot/gateway/page_texts")
    assert len([note for note in draft_notes(project) if f"{CODE}.yml:1:" in note]) == 2


def test_once_translated_every_reply_page_and_button_is_in_the_new_language(project: Path) -> None:
    begin(project, right_to_left=True)
    translate(project / f"bot/replies/{CODE}.yml")
    translate(project / f"bot/gateway/page_texts/{CODE}.yml")

    replies = Replies.load(project / "bot/replies")
    texts = all_texts(project / "bot/gateway/page_texts")[CODE]
    assert replies.render("utter_did_you_mean", CODE).text.startswith("qx ")
    assert all(title.startswith("qx ") for title, _ in replies.render("utter_ask_school", CODE).buttons)
    assert (texts.direction, texts.name) == ("rtl", f"qx {NAME}")
    assert draft_notes(project) == []


def test_its_words_begin_empty_with_every_list_that_english_has(project: Path) -> None:
    begin(project)
    words, english = (read_words(project / f"actions/desk/words/{name}.yml") for name in (CODE, "en"))
    assert words.pop("name") == NAME
    assert {part: set(lists) for part, lists in words.items()} == {part: set(lists) for part, lists in english.items()}
    assert not any(content for lists in words.values() for content in lists.values())


def test_an_article_is_begun_in_it_and_is_shown_only_when_it_is_filled_in(project: Path) -> None:
    articles = project / "knowledge/articles"
    begin(project)
    path = begin_translation(articles, load_library(articles), CODE, "chromebook-wont-turn-on")
    before = load_library(articles)
    text = path.read_text(encoding="utf-8")
    questions = "".join(f"  - qx question {number}\n" for number in range(5))
    text = text.replace('title: ""', "title: qx title").replace('summary: ""', "summary: qx summary")
    path.write_text(text.replace("questions: []\n", f"questions:\n{questions}"), encoding="utf-8")
    after = load_library(articles)

    assert (CODE, "chromebook-wont-turn-on") not in before.articles
    shown = after.articles[CODE, "chromebook-wont-turn-on"]
    assert (shown.title, shown.translation, shown.stale) == ("qx title", "machine", False)
    assert [problem for problem in after.problems if f"/{CODE}/" in problem.path and problem.severity == "error"] == []


@pytest.mark.parametrize("code", ["Somali", "s", "../x", "SO", ""])
def test_what_is_no_language_code_is_refused_with_an_example(project: Path, code: str) -> None:
    with pytest.raises(AddLanguageError, match="two or three small letters"):
        begin(project, code)


def test_a_language_that_is_there_is_not_overwritten(project: Path) -> None:
    before = (project / "bot/replies/es.yml").read_bytes()
    with pytest.raises(AddLanguageError, match="is there already"):
        begin(project, "es")
    assert (project / "bot/replies/es.yml").read_bytes() == before
