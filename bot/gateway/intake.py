"""The first transaction of a message: store it once, and answer at once what Rasa must not or need not see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from actions.desk import alerts, call_backs, conversations, endings, holds, phones
from actions.desk.choices import same_words
from actions.desk.conversations import Draft, Facts, Stored
from actions.desk.crisis import CrisisClass, why
from actions.desk.messages import Button, latest_buttons
from actions.ticket_values import clean_name
from bot.gateway.incoming import unknown_choice
from bot.gateway.own_replies import OwnReplies
from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.language import detect_language

# How sure the detection must be before a conversation changes its language.
SURE = 0.8


@dataclass(frozen=True)
class Given:
    """What a family sent: a masked text, or a button's id; `crisis` was screened on the text as it came.

    `payload` is what a text means where that is known already.
    """

    client_id: str
    text: str = ""
    choice: str | None = None
    masked: bool = False
    crisis: CrisisClass | None = None
    payload: str | None = None


@dataclass(frozen=True)
class Answer:
    """The replies to one message, and where the conversation stands after them; `deleted` when they are the last."""

    messages: tuple[Stored, ...]
    facts: Facts
    deleted: bool = False


@dataclass(frozen=True)
class Taken:
    """The stored message; `answer` is None when it is Rasa's turn."""

    message: Stored
    answer: Answer | None


def take_in(
    session: Session, conversation: str, given: Given, *, languages: Sequence[str], own: OwnReplies, now: datetime
) -> Taken:
    """Store a message, or find the one that came first under its id. Raises ApiError for an unknown button."""
    facts = conversations.facts(session, conversation)
    text, payload, language = given.text, given.payload, facts.language or SOURCE_LANGUAGE
    if given.choice is not None:
        button = conversations.button(session, conversation, given.choice)
        if button is None:
            raise unknown_choice()
        text, payload = button.title, button.payload
    elif payload is None and (typed := _typed_button(session, conversation, text, now)) is not None:
        payload = typed.payload
    elif payload is None:
        language = spoken_language(text, languages, facts)
    received = conversations.receive(
        session, conversation, given.client_id, text, language=language, payload=payload, now=now
    )
    message = received.message
    if received.duplicate:
        answer = Answer(conversations.replies_to(session, message.id), facts) if message.done else None
        return Taken(message, answer)
    if payload is None and language != facts.language and not facts.language_chosen:
        conversations.set_language(session, conversation, language, chosen=False)
    return Taken(message, _without_rasa(session, conversation, message, given, facts, own, now))


def _typed_button(session: Session, conversation: str, text: str, now: datetime) -> Button | None:
    """The button of the latest reply whose title a family writes instead of pressing it."""
    buttons = latest_buttons(session, conversation, since=now - phones.SESSION_GAP)
    return next((button for button in buttons if same_words(text, button.title)), None)


def spoken_language(text: str, languages: Sequence[str], facts: Facts) -> str:
    """The language to answer a text in: its own where that is sure, else that of the conversation."""
    chosen = facts.language if facts.language_chosen else None
    guess = detect_language(text, languages, so_far=facts.language, chosen=chosen)
    if guess.language is not None and (guess.confidence >= SURE or facts.language is None):
        return guess.language
    return facts.language or SOURCE_LANGUAGE


def take_up(
    session: Session, conversation: str, message: Stored, given: Given, *, own: OwnReplies, now: datetime
) -> Answer | None:
    """Look again at a message that was stored before the desk stopped; None when it is Rasa's turn."""
    facts = conversations.facts(session, conversation)
    return _without_rasa(session, conversation, message, given, facts, own, now)


def _without_rasa(
    session: Session,
    conversation: str,
    message: Stored,
    given: Given,
    facts: Facts,
    own: OwnReplies,
    now: datetime,
) -> Answer | None:
    """Answer a crisis with its fixed text, leave a message to the person who is there, and take the contact that a
    call-back waits for; None for all others."""
    drafts: tuple[Draft, ...] = (own.masked(message.language),) if given.masked else ()
    if given.crisis is not None and not _tells_name(message.text, facts):
        recipients = own.crisis_contacts(given.crisis)
        alerts.record_crisis(session, conversation, given.crisis, message.id, now, recipients=recipients)
        # The numbers to call come before everything else, and no form asks on.
        drafts = (own.crisis(given.crisis, message.language, now), *drafts)
        return settle(session, conversation, message.id, drafts, now=now, asks_as_before=False)
    if facts.mode != "human":
        # In the middle of a form, a contact belongs to the form.
        may_be_contact = message.payload is None and facts.asks is None
        noted = call_backs.take_contact(session, conversation, message.text, now) if may_be_contact else None
        if noted is None:
            return None
        drafts = (own.contact_noted(noted, message.language), *drafts)
    return settle(session, conversation, message.id, drafts, now=now)


def _tells_name(text: str, facts: Facts) -> bool:
    """Whether a text that the screen took for a cry for help is the name that the ticket asks for.

    Names of all the world resemble anything to a reader that learnt from examples. One that is written as names are,
    and in which no agreed wording finds a danger, is none.
    """
    name = clean_name(text) if facts.asks == "student_name" else None
    return name is not None and all(word.istitle() for word in re.findall(r"\w+", name)) and why(text) is None


def settle(
    session: Session,
    conversation: str,
    message: int,
    drafts: Sequence[Draft],
    *,
    now: datetime,
    asks: str | None = None,
    asks_as_before: bool = True,
) -> Answer:
    """Store the replies to a message and read the state after them; `asks_as_before` keeps what was asked last."""
    if asks_as_before:
        asks = conversations.asked(session, conversation)
    messages = conversations.reply(session, conversation, message, drafts, asks=asks, now=now)
    return Answer(messages, conversations.facts(session, conversation))


def settle_with_person(
    session: Session, conversation: str, message: Stored, *, own: OwnReplies, now: datetime
) -> Answer:
    """Bring in a person and say so, all in one transaction and without Rasa."""
    drafts = own.person(session, conversation, message.language, now)
    return settle(session, conversation, message.id, drafts, now=now)


def settle_with_deletion(
    session: Session, conversation: str, message: Stored, *, own: OwnReplies, now: datetime
) -> Answer:
    """Delete the conversation and say so, all in one transaction.

    In a chat the last word is handed out and kept nowhere. A phone gets a new conversation which holds only that.
    """
    if holds.is_held(session, conversation):
        return settle(session, conversation, message.id, (own.delete_held(message.language),), now=now)
    if endings.still_needed(session, conversation):
        return settle(session, conversation, message.id, (own.delete_later(message.language),), now=now)
    drafts = (own.deleted(message.language),)
    fresh = phones.begin_again(session, conversation, message.language, now)
    if fresh is None:
        answer = settle(session, conversation, message.id, drafts, now=now, asks_as_before=False)
    else:
        said = conversations.reply(session, fresh, None, drafts, asks=None, now=now)
        answer = Answer(said, conversations.facts(session, fresh))
    endings.remove(session, conversation)
    return replace(answer, deleted=True)
