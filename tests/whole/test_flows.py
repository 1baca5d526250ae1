"""Every conversation of tests/conversations/ over the real HTTP API against the really trained Rasa.

A file is one conversation in one language: what the family does, and what must be so after it (README beside them).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.replies import Replies
from tests.stack import Family, Stack, call

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent / "conversations"
FILES = sorted(FOLDER.glob("??/*.yml"))
REPLIES = Replies.load()
TEXTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in Path("bot/replies").glob("??.yml")}
LANGUAGES = tuple(sorted(TEXTS))
MOST_STEPS = 15

Step = dict[str, Any]


def title_of(button: str, language: str) -> str:
    """A button's title; in YAML a bare `no`, as the replies have it, is no word."""
    name: Any = False if button == "no" else button
    return REPLIES.button(name, language)[0]


def parts_of(reply: str, language: str) -> list[str]:
    """The words of a reply between its placeholders, as the language's file has them."""
    texts = TEXTS[language]["replies"][reply]
    return [part.strip() for part in re.split(r"\{\w+\}", texts if isinstance(texts, str) else texts["chat"])]


@dataclass
class Player:
    """Plays one file."""

    stack: Stack
    language: str
    ticket: str = ""
    # So many steps were said.
    steps: int = 0
    # The titles that the newest "did you mean" offered.
    offered: list[str] = field(default_factory=list)
    family: Family = field(init=False)

    def begin(self, language: str | None = None) -> None:
        self.family = Family(self.stack.url, language)

    def play(self, step: Step) -> None:
        """Do the first thing that the step says, then look at the rest of it."""
        (action, given), *expected = step.items()
        getattr(self, f"do_{action}")(given)
        for name, wanted in expected:
            getattr(self, f"see_{name}")(wanted)
        if action in {"family", "press", "press_title", "press_like", "press_first", "press_until_asked"}:
            self.see_one_language()

    # What a family does
    def do_begin(self, language: str | None) -> None:
        self.begin(language)

    def do_family(self, text: str) -> None:
        self.family.say(text.replace("{ticket}", self.ticket))
        self.note()

    def do_press(self, button: str) -> None:
        language = self.family.messages[-1]["lang"]
        self.family.press(title_of(button, language))
        self.note()

    def do_press_title(self, title: str) -> None:
        self.family.press(title)

    def do_press_like(self, part: str) -> None:
        part = part.replace("{ticket}", self.ticket)
        self.family.press(next(title for title in self.titles if part in title))

    def do_press_first(self, _: bool) -> None:
        self.family.press(self.titles[0])

    def do_press_until_asked(self, button: str) -> None:
        """Press it until no step is left."""
        for _ in range(MOST_STEPS):
            if self.family.kinds[-1] != "step":
                return
            self.do_press(button)
        raise AssertionError("the steps never end")

    def do_silence(self, hours: int) -> None:
        """As if all that was said so far had been said so much earlier."""
        with sqlite3.connect(self.stack.database, timeout=10) as rows:
            of_family = (self.family.conversation,)
            said = rows.execute("SELECT id, at FROM messages WHERE conversation = ?", of_family).fetchall()
            for message, at in said:
                earlier = datetime.fromisoformat(at) - timedelta(hours=hours)
                rows.execute("UPDATE messages SET at = ? WHERE id = ?", (earlier.isoformat(" "), message))
        rows.close()

    # What must be so
    def see_reply(self, names: str | list[str]) -> None:
        for name in [names] if isinstance(names, str) else names:
            assert self.says(name), f"not {name}:\n{self.family.text}"

    def see_no_reply(self, names: str | list[str]) -> None:
        for name in [names] if isinstance(names, str) else names:
            assert not self.says(name), f"{name}:\n{self.family.text}"

    def see_kinds(self, kinds: list[str]) -> None:
        assert self.family.kinds == kinds, self.family.text

    def see_asks(self, slot: str | None) -> None:
        assert self.family.asks == slot, f"asks {self.family.asks}:\n{self.family.text}"
        if slot == "clarification":
            none = title_of("none_of_these", self.family.messages[-1]["lang"])
            self.offered = [title for title in self.titles if title != none]

    def see_language(self, language: str) -> None:
        assert self.family.state["language"] == language, self.family.text

    def see_mode(self, mode: str) -> None:
        assert self.family.state["mode"] == mode

    def see_article(self, article: str) -> None:
        assert self.family.articles[:1] == [article], f"{self.family.articles}\n{self.family.text}"
        shown = next(card for message in self.family.messages for card in message["articles"])
        assert shown["url"].endswith(f"/help/{self.family.state['language']}/{article}")

    def see_picked(self, place: int) -> None:
        """The answer is the article that was offered at this place; -1 is the last."""
        shown = [card["title"] for message in self.family.messages for card in message["articles"]]
        offered = self.offered[place - 1 if place > 0 else place]
        assert shown[:1] == [offered], f"{shown[:1]}, offered {self.offered}\n{self.family.text}"

    def see_articles(self, articles: list[str]) -> None:
        assert set(articles) <= set(self.family.articles), f"{self.family.articles}\n{self.family.text}"

    def see_buttons(self, names: list[str]) -> None:
        language = self.family.messages[-1]["lang"]
        missing = {title_of(name, language) for name in names} - set(self.titles)
        assert not missing, f"no {missing} among {self.titles}"

    def see_no_buttons(self, names: list[str]) -> None:
        language = self.family.messages[-1]["lang"]
        there = {title_of(name, language) for name in names} & set(self.titles)
        assert not there, f"{there} in\n{self.family.text}"

    def see_choices(self, parts: list[str]) -> None:
        for part in parts:
            wanted = part.replace("{ticket}", self.ticket)
            assert any(wanted in title for title in self.titles), f"no {wanted} among {self.titles}"

    def see_contains(self, parts: list[str]) -> None:
        for part in parts:
            assert part.replace("{ticket}", self.ticket) in self.family.text, f"no {part} in\n{self.family.text}"

    def see_lacks(self, parts: list[str]) -> None:
        for part in parts:
            assert part.replace("{ticket}", self.ticket) not in self.family.text, f"{part} in\n{self.family.text}"

    def see_ticket(self, wanted: dict[str, Any] | str | None) -> None:
        """`none`, or what the stored ticket holds; `steps: true` when it says every step that was tried."""
        shown = self.family.state["ticket"]
        if wanted is None or wanted == "none":
            assert shown is None, shown
            return
        assert shown is not None, self.family.text
        with sqlite3.connect(self.stack.database) as rows:
            rows.row_factory = sqlite3.Row
            row = rows.execute("SELECT * FROM tickets WHERE number = ?", (shown["number"],)).fetchone()
            tried = rows.execute("SELECT count(*) FROM ticket_steps WHERE ticket = ?", (row["id"],)).fetchone()[0]
        rows.close()
        stored = {**dict(row), "steps": tried > 0 and tried == self.steps}
        assert isinstance(wanted, dict)
        assert {name: stored[name] for name in wanted} == wanted

    def see_noted(self, question: str) -> None:
        """The question is kept for staff, in this conversation, and no other words are."""
        with sqlite3.connect(self.stack.database) as rows:
            query = "SELECT text FROM unanswered_questions WHERE conversation = ?"
            found = {text for (text,) in rows.execute(query, (self.family.conversation,))}
        rows.close()
        assert found == {question}, found

    def see_gone(self, _: bool) -> None:
        """Nothing of the conversation is left."""
        with sqlite3.connect(self.stack.database) as rows:
            of_family = (self.family.conversation,)
            for query in ("messages WHERE conversation", "conversations WHERE id"):
                assert rows.execute(f"SELECT count(*) FROM {query} = ?", of_family).fetchone() == (0,)
        rows.close()
        assert call(f"{self.stack.url}/api/chat/messages", token=self.family.token)[0] == 401

    def see_one_language(self) -> None:
        """Everything is in the conversation's language, written in its direction, and no fallback."""
        language = self.family.state["language"]
        direction = "rtl" if language == "ar" else "ltr"
        found = {(message["lang"], message["dir"]) for message in self.family.messages}
        assert found == {(language, direction)}, self.family.text
        assert not self.says("utter_fallback"), self.stack.logs()

    @property
    def titles(self) -> list[str]:
        return [button["title"] for message in self.family.messages for button in message["buttons"]]

    def says(self, reply: str) -> bool:
        parts = parts_of(reply, self.family.messages[-1]["lang"])
        return any(all(part in message["text"] for part in parts) for message in self.family.messages)

    def note(self) -> None:
        self.steps += self.family.kinds.count("step")
        if self.family.state["ticket"]:
            self.ticket = self.family.state["ticket"]["number"]


@pytest.mark.parametrize("file", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_flow(file: Path, stack: Stack) -> None:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    player = Player(stack, file.parent.name)
    player.begin(content.get("begins"))
    for number, step in enumerate(content["turns"], start=1):
        try:
            player.play(step)
        except AssertionError as error:
            raise AssertionError(f"turn {number}, {step}: {error}") from error


def test_every_language_has_every_flow() -> None:
    flows: Callable[[str], set[str]] = lambda language: {  # noqa: E731 - said once
        path.stem for path in FILES if path.parent.name == language
    }
    every = set().union(*(flows(language) for language in LANGUAGES))
    missing = {language: every - flows(language) for language in LANGUAGES if every - flows(language)}
    # English is what the others change from.
    assert missing == {}
