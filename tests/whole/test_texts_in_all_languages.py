"""Every flow by text message in all eight languages: webhooks signed as Twilio's in, what a phone gets out.

What is played stands in tests/conversations/sms/ (README in the folder above). All families text at the same time.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.desk.district import load_district
from bot.gateway.inbox.command import run as inbox
from bot.replies import Replies
from knowledge.article_file import Article, read_article_file
from knowledge.readability import sms_size
from knowledge.settings import load_settings
from tests.stack import Stack
from tests.whole.carrier import TwilioInAThread, text, wait

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent / "conversations" / "sms"
FLOWS: dict[str, list[dict[str, Any]]] = yaml.safe_load((FOLDER / "flows.yml").read_text(encoding="utf-8"))
WORDS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("??.yml"))}
DIALOGUES = [(flow, language) for flow in FLOWS for language in WORDS]
TEXTS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in Path("bot/replies").glob("??.yml")}
DISTRICT = load_district(Path("data/district"))
REPLIES = Replies.load(values=DISTRICT.values())
STAFF, WRITTEN = "Ms. Garcia", "I can help you. 你好, здравствуйте."
# Titles that are worded otherwise on a phone, which has room for little and ends all texts at CANCEL.
ON_A_PHONE = {"cancel": "sms_cancel", "not_yet": "sms_not_yet"}
# Segments of a text, of one with choices under it, and of help in a crisis, which is never cut.
MOST = {"GSM-7": (2, 2, 4), "UCS-2": (3, 5, 8)}
MOST_STEPS = 15
NUMBERED = re.compile(r"^1 ", re.MULTILINE)
EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


def plain(words: str) -> str:
    """Letters and digits alone: quotes and dashes go out as plain ones where that makes a text shorter."""
    return " ".join(re.findall(r"\w+", words.casefold()))


def parts_of(reply: str, language: str) -> list[str]:
    """The words of a reply between its placeholders and the district's own values, as a phone gets them."""
    texts = TEXTS[language]["replies"][reply]
    return [plain(part) for part in re.split(r"\{\w+\}", texts if isinstance(texts, str) else texts["sms"])]


@dataclass
class Player:
    """A family's phone in one flow; `language` is the one in which it is answered now."""

    stack: Stack
    twilio: TwilioInAThread
    own: str
    number: str
    language: str = field(init=False)
    article: str | None = None
    # What it got for the last thing it did, and how many texts it got in all.
    new: list[str] = field(default_factory=list)
    read: int = 0
    # The parts of an answer that it asked for one by one, as one.
    heard: str = ""
    # Whether it was told just now where help in a crisis is.
    in_danger: bool = False
    # Under which the desk knows it.
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.language = self.own
        self.words: dict[str, str] = WORDS[self.own]

    def play(self, step: dict[str, Any]) -> None:
        """Do the first thing that the step says, then look at the rest of it."""
        (action, given), *expected = step.items()
        self.heard = ""
        getattr(self, f"do_{action}")(given)
        for name, wanted in expected:
            getattr(self, f"see_{name}")(wanted)
        self.see_the_outbox()
        self.see_segments()

    # What a family, or staff, does
    def do_says(self, word: str) -> None:
        self.send(self.words.get(word, word))

    def do_says_as_others(self, word: str) -> None:
        self.send(WORDS[self.words["other"]][word])

    def do_picks(self, number: int) -> None:
        self.send(self.words.get("digits", "0123456789")[number])

    def do_picks_at_every_step(self, number: int) -> None:
        for step in range(2, MOST_STEPS):
            self.do_picks(number)
            if not self.new[-1].startswith(f"{step}/"):
                return
        raise AssertionError("the steps never end")

    def do_reads_on(self, word: str) -> None:
        """Text the word for the rest until nothing is left, and keep the parts as one."""
        hint = REPLIES.word("sms_more", self.language)
        parts = [body for body in self.new if body.endswith(f"\n{hint}")]
        assert len(parts) == 1, f"no {hint!r} in {self.new}"
        while parts[-1].endswith(f"\n{hint}"):
            self.do_says(word)
            parts += self.new
            assert len(self.new) == 1, self.new
        self.heard = "\n".join(part.removesuffix(f"\n{hint}") for part in parts)

    def do_staff(self, what: str) -> None:
        [(handoff,)] = self.rows("SELECT id FROM handoffs WHERE conversation = :conversation AND status <> 'closed'")
        given = argparse.Namespace(what=what, id=handoff, staff=STAFF, text=[WRITTEN], json=False)
        before = len(self.rows("SELECT id FROM outbox WHERE phone = :phone"))
        assert inbox(load_settings(self.stack.settings), given) == 0
        if what != "accept":
            # The desk hears of what another process did when it looks.
            wait(lambda: len(self.rows("SELECT id FROM outbox WHERE phone = :phone")) > before, 20)
        self.settle()

    def send(self, words: str) -> None:
        """Text, and wait until the desk has nothing more to do or to send for this number."""
        sid = f"SM{uuid.uuid4().hex}"
        assert text(self.stack, self.number, words, sid) == 200
        wait(lambda: self.rows("SELECT 1 FROM received_texts WHERE sid = :sid AND taken", sid=sid))
        [(phone, conversation)] = self.rows(
            "SELECT phones.id, conversation FROM phones JOIN received_texts ON phone = phones.id WHERE sid = :sid",
            sid=sid,
        )
        self.ids = {"phone": phone, "conversation": conversation}
        self.settle()

    def settle(self) -> None:
        wait(lambda: not self.rows("SELECT 1 FROM messages WHERE conversation = :conversation AND NOT done"))
        wait(lambda: not self.rows("SELECT 1 FROM outbox WHERE phone = :phone AND status IN ('waiting', 'sending')"))
        self.new = self.twilio.to(self.number)[self.read :]
        self.read += len(self.new)

    # What must be so
    def see_gets(self, names: list[str]) -> None:
        """These replies, in this order and in the language, and no other."""
        assert len(self.new) == len(names), f"{names} and not {self.new}"
        for body, name in zip(self.new, names, strict=True):
            if name == "staff":
                assert body == WRITTEN
                continue
            missing = [part for part in parts_of(name, self.language) if part not in plain(body)]
            assert not missing, f"not {name}: no {missing} in {body!r}"
        self.in_danger = any(name.startswith("utter_crisis") for name in names)

    def see_into(self, whose: str) -> None:
        self.language = self.own if whose == "own" else self.words["other"]

    def see_article(self, article: str) -> None:
        self.article = article
        answer = self.new[-2]
        assert plain(self.told.summary) in plain(answer)
        assert answer.endswith(f"\n{self.stack.url}/help/{self.language}/{article}")

    def see_section(self, place: int) -> None:
        """The section's words: the beginning, or all of them and nothing twice."""
        section = self.told.sections[place]
        # Without spaces: Chinese has none where a text may be cut.
        parts = f"{section.heading} {section.text}", self.heard or self.new[0], REPLIES.word("sms_more", self.language)
        whole, got, hint = (plain(part).replace(" ", "") for part in parts)
        began = not self.heard and got.endswith(hint) and whole.startswith(got.removesuffix(hint))
        assert began or got == whole, got

    def see_step(self, number: int) -> None:
        steps = self.told.steps
        assert plain(f"{number}/{len(steps)}: {steps[number - 1]}") in plain(self.new[-1])

    def see_choices(self, names: list[str]) -> None:
        titles = [self.title(name) for name in names]
        wanted = [f"{number} {title}" for number, title in enumerate(titles, start=1)]
        assert self.new[-1].split("\n")[-len(wanted) :] == wanted
        # Only the last text of a turn has numbers.
        assert not [body for body in self.new[:-1] if NUMBERED.search(body)]

    def see_contains(self, words: list[str]) -> None:
        for word in words:
            wanted = self.tickets()[0]["number"] if word == "ticket" else self.words[word].translate(EASTERN)
            assert wanted in self.new[-1], f"no {wanted} in {self.new[-1]!r}"

    def see_asks(self, slot: str | None) -> None:
        assert self.rows("SELECT asks FROM conversations WHERE id = :conversation") == [(slot,)]

    def see_tickets(self, wanted: list[str]) -> None:
        """The tickets' states; what the family said is in them, in its language."""
        tickets = self.tickets()
        assert [ticket["status"] for ticket in tickets] == wanted
        for ticket in tickets:
            said = {"problem": self.words["dead"], "student_name": self.words["student"],
                    "asset_tag": self.words["tag"].translate(EASTERN), "language": self.own,
                    "article": self.article}  # fmt: skip
            assert {name: ticket[name] for name in said} == said
            assert ticket["contact"][-4:] == self.words["contact"].translate(EASTERN)[-4:]
            [(tried,)] = self.rows("SELECT count(*) FROM ticket_steps WHERE ticket = :ticket", ticket=ticket["id"])
            assert tried == len(self.told.steps)

    def see_handoff(self, status: str) -> None:
        assert self.rows("SELECT status FROM handoffs WHERE conversation = :conversation") == [(status,)]

    def see_crises(self, count: int) -> None:
        found = self.rows("SELECT crisis_class FROM crisis_alerts WHERE conversation = :conversation")
        assert found == [("self_harm",)] * count

    def see_consents(self, wanted: list[str]) -> None:
        found = self.rows("SELECT consent FROM consents WHERE phone = :phone ORDER BY id")
        assert [consent for (consent,) in found] == wanted

    def see_the_outbox(self) -> None:
        """What Twilio got is what stands in the outbox, once each and in its order."""
        stored = self.rows("SELECT body, status FROM outbox WHERE phone = :phone ORDER BY id")
        assert stored == [(body, "sent") for body in self.twilio.to(self.number)]
        [(language,)] = self.rows("SELECT language FROM conversations WHERE id = :conversation")
        assert language == self.language

    def see_segments(self) -> None:
        for body in self.new:
            size = sms_size(body)
            most = MOST[size.alphabet][2 if self.in_danger else 1 if NUMBERED.search(body) else 0]
            assert size.segments <= most, f"{size}: {body!r}"

    @property
    def told(self) -> Article:
        """The article that the conversation is at, in its language."""
        path = Path(f"knowledge/articles/{self.language}/{self.article}.md")
        article = read_article_file(self.language, path, DISTRICT.departments).article
        assert article is not None
        return article

    def title(self, name: str) -> str:
        word = ON_A_PHONE.get(name)
        button: Any = False if name == "no" else name  # in YAML a bare `no`, as the replies have it, is no word
        return REPLIES.word(word, self.language) if word else REPLIES.button(button, self.language)[0]

    def tickets(self) -> list[dict[str, Any]]:
        names = "id, number, status, problem, student_name, asset_tag, language, article, contact"
        found = self.rows(f"SELECT {names} FROM tickets WHERE conversation = :conversation")
        return [dict(zip(names.split(", "), row, strict=True)) for row in found]

    def rows(self, query: str, **values: Any) -> list[Any]:
        connection = sqlite3.connect(self.stack.database, timeout=10)
        try:
            return connection.execute(query, {**self.ids, **values}).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def played(sms_stack: Stack, twilio: TwilioInAThread) -> Iterator[Callable[[str, str], Future[None]]]:
    """The dialogues under way, by flow and language: eight families at a time, as the desk is there for all of them."""

    def play(number: int, flow: str, language: str) -> None:
        player = Player(sms_stack, twilio, language, f"+1515555{number}")
        for place, step in enumerate(FLOWS[flow], start=1):
            try:
                player.play(step)
            except AssertionError as error:
                raise AssertionError(f"turn {place}, {step}: {error}") from error

    with ThreadPoolExecutor(len(WORDS)) as families:
        started = {one: families.submit(play, number, *one) for number, one in enumerate(DIALOGUES, start=2000)}
        yield lambda flow, language: started[flow, language]
        families.shutdown(cancel_futures=True)


@pytest.mark.parametrize(("flow", "language"), DIALOGUES)
def test_a_family_texts(flow: str, language: str, played: Callable[[str, str], Future[None]]) -> None:
    played(flow, language).result(120)


def test_all_that_families_say_is_there_in_every_language() -> None:
    assert set(WORDS) == set(TEXTS)
    for language, words in WORDS.items():
        assert not WORDS["en"].keys() - words.keys(), language
