"""The transactions of a text: stored once; STOP, START, HELP and MORE done at once; a burst made one message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from actions.desk import conversations, outbox, phones, received_texts
from actions.desk.conversations import Draft, Facts
from actions.desk.crisis import CrisisClass, screen
from actions.desk.folding import fold
from actions.desk.keywords import Said, said
from actions.desk.messages import Button, latest_buttons
from actions.desk.phones import Phone
from actions.desk.received_texts import ReceivedText
from bot.gateway.incoming import visible
from bot.gateway.intake import Given, Taken, settle, spoken_language, take_in
from bot.gateway.limits import MESSAGE_CHARACTERS
from bot.gateway.own_replies import OwnReplies
from bot.gateway.sms.layout import Layout
from bot.gateway.sms.sender import parts_of
from knowledge.article_rules import SOURCE_LANGUAGE

# known: it came before. done: there is nothing more to do. wait: more of it may come. now: it is whole.
Outcome = Literal["known", "done", "wait", "now"]

# What stands in the conversation for pictures without words.
PICTURE = "[picture]"
_NUMBER = re.compile(r"[#(]?(\d{1,2})[.)]?")
# What Twilio calls what it has answered itself (OptOutType).
_ANSWERED_BY_TWILIO: dict[str, Literal["stop", "start", "help"]] = {"STOP": "stop", "START": "start", "HELP": "help"}


@dataclass(frozen=True)
class Text:
    """A text as it came from Twilio: the number hashed and sealed, the words masked; screened before that."""

    sid: str
    phone: str
    sealed: str
    words: str
    masked: bool
    pictures: bool
    crisis: CrisisClass | None
    answered: str | None


@dataclass(frozen=True)
class Merged:
    """The message that a burst became; `taken.answer` is None when it is Rasa's turn."""

    conversation: str
    taken: Taken
    masked: bool
    rest: bool


def take_text(session: Session, text: Text, *, own: OwnReplies, layout: Layout, now: datetime) -> Outcome:
    """Store a text, once, and do at once what it asks for beside the conversation."""
    phone = phones.meet(session, text.phone, text.sealed, now)
    stored = received_texts.store(
        session,
        phone.id,
        text.sid,
        text.words,
        masked=text.masked,
        pictures=text.pictures,
        crisis=text.crisis,
        now=now,
    )
    if stored is None:
        return "known"
    facts = conversations.facts(session, phone.conversation)
    asked = said(text.words, facts.language)
    if text.crisis is not None:
        return "now"
    if text.answered is not None or asked is not None:
        order = _Order(session, phone, text, asked, facts, own, layout, now)
        drafts = order.silent() if text.answered is not None else order.answer()
        if drafts is not None:
            received_texts.take(session, [stored])
            return "done"
    return "now" if _choice(session, phone.conversation, text.words, now) is not None else "wait"


@dataclass(frozen=True)
class _Order:
    """A text that is no part of the conversation, and what is done about it."""

    session: Session
    phone: Phone
    text: Text
    asked: Said | None
    facts: Facts
    own: OwnReplies
    layout: Layout
    now: datetime

    def silent(self) -> tuple[Draft, ...]:
        """Twilio has answered; what was said about getting texts is noted."""
        kind = _ANSWERED_BY_TWILIO.get((self.text.answered or "").upper())
        if kind in {"stop", "start"}:
            self._consent("stop" if kind == "stop" else "start", "twilio")
        return self._say()

    def answer(self) -> tuple[Draft, ...] | None:
        """Do it and say so; None when it belongs into the conversation after all."""
        if self.asked is None or (self.asked.soft and self.facts.asks is not None):
            return None
        keyword, english = self.asked.keyword, self.asked.language == SOURCE_LANGUAGE
        if keyword == "stop":
            return self._stop()
        if (keyword == "start" and english) or (keyword in {"start", "again"} and self.phone.opted_out):
            self._consent("start", "text")
            return self._say(self.own.sms("started", self._language()))
        if keyword == "help":
            return self._say() if self.phone.opted_out else self._say(self.own.sms("help", self._language()))
        if keyword == "more" and not self.phone.opted_out and self._post_rest():
            return self._say()
        return None

    def _stop(self) -> tuple[Draft, ...]:
        self._consent("stop", "text")
        if self.phone.opted_out:
            return self._say()
        drafts = (self.own.sms("stopped", self._language()),)
        message = self._store(drafts)
        # The only text that goes to a number which has just said that it wants none.
        outbox.post(self.session, self.phone.conversation, message, self.now, regardless=True)
        return drafts

    def _post_rest(self) -> bool:
        """Have the next part sent of the latest answer that has one left."""
        for message, part in outbox.parts_sent(self.session, self.phone.id):
            parts, waits = parts_of(self.session, self.layout, message)
            if waits and part + 1 < len(parts):
                outbox.post_part(self.session, self.phone.id, message, part + 1, self.now)
                return True
        return False

    def _consent(self, consent: Literal["stop", "start"], source: str) -> None:
        phones.note_consent(self.session, self.phone.id, consent, wording=self.text.words, source=source, now=self.now)

    def _say(self, *drafts: Draft) -> tuple[Draft, ...]:
        self._store(drafts)
        return drafts

    def _store(self, drafts: Sequence[Draft]) -> int:
        """Put what was texted and said into the conversation; the id of the last message."""
        conversation, language = self.phone.conversation, self._language()
        received = conversations.receive(
            self.session, conversation, self.text.sid, self.text.words or PICTURE, language=language, now=self.now
        )
        said_now = conversations.reply(
            self.session, conversation, received.message.id, drafts, asks=self.facts.asks, now=self.now
        )
        return said_now[-1].id if said_now else received.message.id

    def _language(self) -> str:
        """That of the word, where it tells one: everybody knows the English ones."""
        if self.asked is not None and self.asked.language != SOURCE_LANGUAGE:
            return self.asked.language
        return self.facts.language or SOURCE_LANGUAGE


def merge(
    session: Session, phone_id: str, *, languages: Sequence[str], own: OwnReplies, an_hour: int, now: datetime
) -> Merged | None:
    """Make one message of the texts of a number that wait; None when there are none."""
    phone = phones.of_id(session, phone_id, lock=True)
    waiting = received_texts.untaken(session, phone_id)
    if phone is None or not waiting:
        return None
    group = _group(waiting)
    received_texts.take(session, [text.id for text in group])
    burst = _Burst(session, phone, group, languages, own, now)
    # A number that wants no texts, or got too many, is only listened to; unless it needs help at once.
    silent = phone.opted_out or outbox.replies_in_hour(session, phone_id, now) >= an_hour
    if burst.crisis is None and (silent or not burst.words):
        taken = burst.only_stored(silent=silent)
    else:
        taken = burst.taken_in()
    return Merged(phone.conversation, taken, burst.masked, len(group) < len(waiting))


class _Burst:
    """Texts that are one message."""

    def __init__(
        self,
        session: Session,
        phone: Phone,
        group: Sequence[ReceivedText],
        languages: Sequence[str],
        own: OwnReplies,
        now: datetime,
    ) -> None:
        self._session, self._conversation = session, phone.conversation
        self._group, self._languages, self._own, self._now = group, languages, own, now
        self.words = "\n".join(text.text for text in group if visible(text.text))
        self.masked = any(text.masked for text in group)
        found = (text.crisis for text in group if text.crisis)
        # What is harmless in each text may not be so in all of them together.
        self.crisis = next(found, None) or (screen(self.words.replace("\n", " ")) if len(group) > 1 else None)

    def taken_in(self) -> Taken:
        """Stored as a message that gets a reply; whoever writes for the first time is told who answers."""
        button = None
        if len(self._group) == 1 and self.crisis is None:
            button = _choice(self._session, self._conversation, self.words, self._now)
        given = Given(self._id, self.words, button.id if button else None, self.masked, self.crisis)
        taken = take_in(
            self._session, self._conversation, given, languages=self._languages, own=self._own, now=self._now
        )
        facts = conversations.facts(self._session, self._conversation)
        if self.crisis is None and facts.mode != "human":
            notices = self._notices(taken.message.language)
            conversations.reply(self._session, self._conversation, None, notices, asks=facts.asks, now=self._now)
        return taken

    def only_stored(self, *, silent: bool) -> Taken:
        """Stored as a message that is answered already: with nothing, or pictures with what we cannot do."""
        facts = conversations.facts(self._session, self._conversation)
        language = facts.language or SOURCE_LANGUAGE
        if self.words:
            language = spoken_language(self.words, self._languages, facts)
        message = conversations.receive(
            self._session, self._conversation, self._id, self.words or PICTURE, language=language, now=self._now
        ).message
        drafts = () if silent or facts.mode == "human" else self._notices(language)
        return Taken(message, settle(self._session, self._conversation, message.id, drafts, now=self._now))

    @property
    def _id(self) -> str:
        return self._group[0].sid

    def _notices(self, language: str) -> tuple[Draft, ...]:
        known = conversations.was_welcomed(self._session, self._conversation)
        names = [*([] if known else ["welcome"]), *(["pictures"] if any(text.pictures for text in self._group) else [])]
        return tuple(self._own.sms(name, language) for name in names)


def _group(waiting: Sequence[ReceivedText]) -> list[ReceivedText]:
    """As many texts as one message holds, the first always."""
    group, length = [waiting[0]], len(waiting[0].text)
    for text in waiting[1:]:
        length += len(text.text) + 1
        if length > MESSAGE_CHARACTERS:
            break
        group.append(text)
    return group


def _choice(session: Session, conversation: str, words: str, now: datetime) -> Button | None:
    """The button of the latest reply that a bare number picks, while the reply still counts."""
    number = _NUMBER.fullmatch(fold(words).strip())
    if number is None:
        return None
    buttons = latest_buttons(session, conversation, since=now - phones.SESSION_GAP)
    place = int(number[1]) - 1
    return buttons[place] if 0 <= place < len(buttons) else None
