"""The texts that a number sends shortly after one another, made one message, and what it means to an open question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from actions.desk import conversations, outbox, phones, received_texts
from actions.desk.conversations import Draft
from actions.desk.crisis import screen
from actions.desk.keywords import said
from actions.desk.messages import Button, latest_buttons
from actions.desk.phones import Phone
from actions.desk.received_texts import ReceivedText
from bot.gateway.incoming import visible
from bot.gateway.intake import Given, Taken, settle, spoken_language, take_in
from bot.gateway.limits import MESSAGE_CHARACTERS
from bot.gateway.own_replies import OwnReplies
from bot.gateway.sms.layout import Layout
from bot.gateway.sms.picking import is_sign, pick, sign_means, way_out
from knowledge.article_rules import SOURCE_LANGUAGE

# What stands in the conversation for pictures without words.
PICTURE = "[picture]"
# What is asked where only a choice is wanted. A ticket or a repair says itself what it did not understand, and after
# some tries brings a person.
CHOSEN_FROM = {None, "clarification"}


@dataclass(frozen=True)
class Merged:
    """The message that a burst became; `taken.answer` is None when it is Rasa's turn."""

    conversation: str
    taken: Taken
    masked: bool
    rest: bool


def merge(
    session: Session,
    phone_id: str,
    *,
    languages: Sequence[str],
    own: OwnReplies,
    layout: Layout,
    an_hour: int,
    now: datetime,
) -> Merged | None:
    """Make one message of the texts of a number that wait; None when there are none."""
    phone = phones.of_id(session, phone_id, lock=True)
    waiting = received_texts.untaken(session, phone_id)
    if phone is None or not waiting:
        return None
    group = _group(waiting)
    received_texts.take(session, [text.id for text in group])
    burst = _Burst(session, phone, group, languages, own, layout, now)
    # A number that wants no texts, or got too many, is only listened to; unless it needs help at once.
    above = outbox.replies_in_hour(session, phone_id, now) >= an_hour
    if burst.crisis is None and (phone.opted_out or above or not burst.words):
        taken = burst.only_stored(silent=phone.opted_out, above=above)
    else:
        taken = burst.taken_in()
    return Merged(phone.conversation, taken, burst.masked, len(group) < len(waiting))


def tell_of_limit(
    session: Session, conversation: str, *, own: OwnReplies, now: datetime, language: str | None = None
) -> None:
    """Say, once an hour at most, that what a number sends is not answered for a while."""
    if outbox.told_of_limit(session, conversation, now):
        return
    facts = conversations.facts(session, conversation)
    draft = own.sms("too_many", language or facts.language or SOURCE_LANGUAGE)
    [said_so] = conversations.reply(session, conversation, None, (draft,), asks=facts.asks, now=now)
    outbox.tells_of_limit(session, said_so.id)


class _Burst:
    """Texts that are one message."""

    def __init__(
        self,
        session: Session,
        phone: Phone,
        group: Sequence[ReceivedText],
        languages: Sequence[str],
        own: OwnReplies,
        layout: Layout,
        now: datetime,
    ) -> None:
        self._session, self._phone, self._conversation = session, phone.id, phone.conversation
        self._group, self._languages, self._own, self._layout, self._now = group, languages, own, layout, now
        self.words = "\n".join(text.text for text in group if visible(text.text))
        self.masked = any(text.masked for text in group)
        found = (text.crisis for text in group if text.crisis)
        # What is harmless in each text may not be so in all of them together.
        self.crisis = next(found, None) or (screen(self.words.replace("\n", " ")) if len(group) > 1 else None)

    def taken_in(self) -> Taken:
        """Stored as a message that gets a reply; whoever writes for the first time is told who answers."""
        picked, payload, hints = self._meant()
        if picked == "wrong":
            return self._choices_again()
        button = picked.id if picked is not None else None
        given = Given(self._id, self.words, button, self.masked, self.crisis, payload)
        taken = take_in(
            self._session, self._conversation, given, languages=self._languages, own=self._own, now=self._now
        )
        facts = conversations.facts(self._session, self._conversation)
        if self.crisis is None and facts.mode != "human":
            notices = (*self._notices(taken.message.language), *hints)
            conversations.reply(self._session, self._conversation, None, notices, asks=facts.asks, now=self._now)
        return taken

    def only_stored(self, *, silent: bool, above: bool) -> Taken:
        """Stored as a message that is answered already: with nothing, or with what we cannot do."""
        facts = conversations.facts(self._session, self._conversation)
        language = facts.language or SOURCE_LANGUAGE
        if self.words:
            language = spoken_language(self.words, self._languages, facts)
        message = conversations.receive(
            self._session, self._conversation, self._id, self.words or PICTURE, language=language, now=self._now
        ).message
        if above and not silent and facts.mode not in {"waiting", "human"}:  # a person reads it all the same
            tell_of_limit(self._session, self._conversation, own=self._own, now=self._now, language=language)
        drafts = () if silent or above or facts.mode == "human" else self._notices(language)
        return Taken(message, settle(self._session, self._conversation, message.id, drafts, now=self._now))

    def _meant(self) -> tuple[Button | Literal["wrong"] | None, str | None, tuple[Draft, ...]]:
        """The choice that a single text picks, or what it means to the open question with what must be said to it."""
        if len(self._group) > 1 or self.crisis is not None:
            return None, None, ()
        facts = conversations.facts(self._session, self._conversation)
        buttons = latest_buttons(self._session, self._conversation, since=self._now - phones.SESSION_GAP)
        asked = said(self.words, facts.language)
        payload = way_out(asked, buttons, facts)
        if payload is not None and asked is not None:
            # Phone companies and the law take the English ones for STOP: who meant that learns how.
            english = asked.language == SOURCE_LANGUAGE
            hint = self._own.sms("how_to_stop", facts.language or SOURCE_LANGUAGE)
            return None, payload, (hint,) if english else ()
        picked = pick(self.words, buttons, self._layout, facts)
        if asked is not None and asked.keyword == "more" and buttons and facts.asks in {*CHOSEN_FROM, "step_outcome"}:
            return "wrong", None, ()  # nothing is left to read of a step or a question
        if facts.asks is None and picked is None and is_sign(self.words):
            known = conversations.was_welcomed(self._session, self._conversation)
            return None, sign_means(self.words, known=known), ()
        again = facts.asks in CHOSEN_FROM and facts.mode != "human"
        return None if picked == "wrong" and not again else picked, None, ()

    def _choices_again(self) -> Taken:
        """The same choices once more, after a number that none of them has, or an emoji."""
        facts = conversations.facts(self._session, self._conversation)
        language = facts.language or SOURCE_LANGUAGE
        buttons = latest_buttons(self._session, self._conversation, since=self._now - phones.SESSION_GAP)
        again = replace(
            self._own.sms("choices", language), buttons=tuple((button.title, button.payload) for button in buttons)
        )
        message = conversations.receive(
            self._session, self._conversation, self._id, self.words, language=language, now=self._now
        ).message
        return Taken(message, settle(self._session, self._conversation, message.id, (again,), now=self._now))

    @property
    def _id(self) -> str:
        return self._group[0].sid

    def _notices(self, language: str) -> tuple[Draft, ...]:
        known = conversations.was_welcomed(self._session, self._conversation)
        welcome = () if known else (self._own.sms("welcome", language),)
        for draft in welcome:
            phones.note_welcome(self._session, self._phone, draft.text, self._now)
        pictures = any(text.pictures for text in self._group)
        return (*welcome, *((self._own.sms("pictures", language),) if pictures else ()))


def _group(waiting: Sequence[ReceivedText]) -> list[ReceivedText]:
    """As many texts as one message holds, the first always."""
    group, length = [waiting[0]], len(waiting[0].text)
    for text in waiting[1:]:
        length += len(text.text) + 1
        if length > MESSAGE_CHARACTERS:
            break
        group.append(text)
    return group
