"""The transactions of a text: stored once; STOP, START, HELP and MORE done at once; reactions kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from actions.desk import conversations, outbox, phones, received_texts
from actions.desk.conversations import Draft, Facts
from actions.desk.crisis import CrisisClass
from actions.desk.keywords import Said, said
from actions.desk.messages import Button, latest_buttons
from actions.desk.phones import Phone
from actions.desk.reactions import reaction_in
from bot.gateway.own_replies import OwnReplies
from bot.gateway.sms.bursts import PICTURE
from bot.gateway.sms.layout import Layout
from bot.gateway.sms.picking import pick, way_out
from bot.gateway.sms.sender import parts_of
from knowledge.article_rules import SOURCE_LANGUAGE

# known: it came before. done: there is nothing more to do. wait: more of it may come. now: it is whole.
Outcome = Literal["known", "done", "wait", "now"]

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
    if not _is_about_texts(text, asked):
        phones.note_first_text(session, phone.id, text.sid, now)
    buttons = latest_buttons(session, phone.conversation, since=now - phones.SESSION_GAP)
    order = _Order(session, phone, text, asked, facts, buttons, own, layout, now)
    if text.answered is None and _is_reaction(session, phone, text):
        order.only_store()
        received_texts.take(session, [stored])
        return "done"
    if text.crisis is not None:
        return "now"
    if text.answered is not None or asked is not None:
        drafts = order.silent() if text.answered is not None else order.answer()
        if drafts is not None:
            received_texts.take(session, [stored])
            return "done"
    return "now" if pick(text.words, buttons, layout, facts) is not None else "wait"


def _is_about_texts(text: Text, asked: Said | None) -> bool:
    """Whether it says itself whether texts are wanted; such a word is kept as its own proof."""
    return text.answered is not None or (asked is not None and asked.keyword in {"stop", "start"})


def _is_reaction(session: Session, phone: Phone, text: Text) -> bool:
    """Whether a phone wrote it by itself; what we have said about danger is no cry for help when it is quoted."""
    found = reaction_in(text.words)
    if found is None:
        return False
    known = found.known and text.crisis is None
    return known or found.quotes(outbox.bodies_sent(session, phone.id))


@dataclass(frozen=True)
class _Order:
    """A text that is no part of the conversation, and what is done about it."""

    session: Session
    phone: Phone
    text: Text
    asked: Said | None
    facts: Facts
    buttons: Sequence[Button]
    own: OwnReplies
    layout: Layout
    now: datetime

    def only_store(self) -> None:
        """Keep it in the conversation, and answer nothing."""
        self._say()

    def silent(self) -> tuple[Draft, ...]:
        """Twilio has answered; what was said about getting texts is noted."""
        kind = _ANSWERED_BY_TWILIO.get((self.text.answered or "").upper())
        if kind in {"stop", "start"}:
            self._consent("stop" if kind == "stop" else "start", "twilio")
        return self._say()

    def answer(self) -> tuple[Draft, ...] | None:
        """Do it and say so; None when it belongs into the conversation after all."""
        if self.asked is None or (not self.phone.opted_out and way_out(self.asked, self.buttons, self.facts)):
            return None
        keyword, english = self.asked.keyword, self.asked.language == SOURCE_LANGUAGE
        if keyword == "stop":
            return self._stop()
        if (keyword == "start" and english) or (keyword in {"start", "again"} and self.phone.opted_out):
            started = self.own.sms("started", self._language())
            self._consent("start", "text", started)
            return self._say(started)
        if keyword == "help":
            return self._say() if self.phone.opted_out else self._say(self.own.sms("help", self._language()))
        if keyword == "more" and not self.phone.opted_out and self._post_rest():
            return self._say()
        return None

    def _stop(self) -> tuple[Draft, ...]:
        stopped = self.own.sms("stopped", self._language())
        self._consent("stop", "text", None if self.phone.opted_out else stopped)
        if self.phone.opted_out:
            return self._say()
        drafts = (stopped,)
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

    def _consent(self, consent: Literal["stop", "start"], source: str, notice: Draft | None = None) -> None:
        phones.note_consent(
            self.session,
            self.phone.id,
            consent,
            wording=self.text.words,
            source=source,
            now=self.now,
            notice=notice.text if notice else None,
        )

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
