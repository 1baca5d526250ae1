"""What the desk says itself, before Rasa or without it: welcome, notices, crisis, fallback, a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.desk import person
from actions.desk.call_backs import CallBack
from actions.desk.conversations import Draft
from actions.desk.district import District
from actions.desk.messages import ArticleCard, article_card
from actions.desk.notices import Recipient, crisis_contacts_of
from actions.desk.person import Told
from actions.desk.phone_numbers import PhoneNumbers
from bot.replies import Replies
from bot.replies.values import spoken_values
from knowledge.articles import Library

# The fallback's button; the desk does it itself, since Rasa may be down.
PERSON_NOW = "desk:person"
# The button under "shall I delete this chat?"; the words stand in the desk's database.
DELETE_NOW = "desk:delete"
REASON = "asked for a person while the assistant was not available"


class OwnReplies:
    """Renders the desk's own replies as drafts, in the wording of a channel."""

    def __init__(
        self,
        replies: Replies,
        district: District,
        channel: str = "widget",
        *,
        numbers: PhoneNumbers | None = None,
        address: str = "",
        library: Callable[[], Library | None] = lambda: None,
    ) -> None:
        self._replies = replies
        self._district = district
        self._channel = channel
        # Where families reach the desk: the first text to a number links to the privacy notice there.
        self._address = address
        # The articles, once they are loaded: a crisis text does not wait for them.
        self._library = library
        # Opens the number that a family texts from, for whoever is to call it back.
        self._numbers = numbers

    def on(self, channel: str) -> OwnReplies:
        """The same replies as they are worded on another channel."""
        if channel == self._channel:
            return self
        return OwnReplies(
            self._replies,
            self._district,
            channel,
            numbers=self._numbers,
            address=self._address,
            library=self._library,
        )

    def welcome(self, language: str) -> Draft:
        return self._draft("utter_welcome", language)

    def sms(self, name: str, language: str) -> Draft:
        """What only a phone is told: welcome, stopped, started, help, pictures, choices, how_to_stop, too_many."""
        values = {"privacy": f"{self._address}/help/{language}/privacy"} if name == "welcome" else None
        return self._draft(f"utter_sms_{name}", language, values)

    def masked(self, language: str) -> Draft:
        return self._draft("utter_masked", language)

    def crisis(self, crisis_class: str, language: str, now: datetime) -> Draft:
        """The fixed text, with the article that the district has for such a danger.

        While the desk is closed it says in one more sentence that nobody may be watching.
        """
        cards = self._cards(self._district.crisis_articles.get(crisis_class), language)
        draft = replace(self._draft(f"utter_crisis_{crisis_class}", language), articles=cards)
        if self._district.open_at(now):
            return draft
        closed = self._draft("utter_crisis_closed", language)
        return replace(draft, text=f"{draft.text}\n{closed.text}")

    def _cards(self, name: str | None, language: str) -> tuple[ArticleCard, ...]:
        library = self._library()
        article = library.get(name, language) if library is not None and name else None
        return () if article is None else (article_card(article, self._address),)

    def fallback(self, language: str) -> Draft:
        return self._draft("utter_fallback", language)

    def deleted(self, language: str) -> Draft:
        return self._draft("utter_chat_deleted", language)

    def delete_later(self, language: str) -> Draft:
        return self._draft("utter_delete_later", language)

    def delete_held(self, language: str) -> Draft:
        return self._draft("utter_delete_held", language)

    def person(self, session: Session, conversation: str, language: str, now: datetime) -> tuple[Draft, ...]:
        """Put the conversation in the queue for a person or have it called back, and say what follows."""
        told = person.ask(session, conversation, reason=REASON, district=self._district, numbers=self._numbers, now=now)
        return self._told(told, language)

    def time_out(self, session: Session, handoff: int, language: str, now: datetime) -> tuple[Draft, ...]:
        """Put a call-back in the place of a hand-off that nobody takes; nothing where it must stay."""
        told = person.call_back(session, handoff, district=self._district, numbers=self._numbers, now=now)
        return self._told(told, language)

    def contact_noted(self, noted: CallBack, language: str) -> Draft:
        return self._told((person.contact_noted(noted),), language)[0]

    def handoff_ended(self, language: str) -> Draft:
        return self._draft("utter_handoff_ended", language)

    def crisis_contacts(self, crisis_class: str) -> tuple[Recipient, ...]:
        """Who of the district is told of such a crisis."""
        return crisis_contacts_of(self._district, crisis_class)

    def _told(self, told: tuple[Told, ...], language: str) -> tuple[Draft, ...]:
        drafts = [self._draft(one.reply, language, spoken_values(one.values, language, self._replies)) for one in told]
        cards = self._cards(self._district.hand_off_article, language)
        return tuple(
            replace(draft, articles=cards) if one.reply in person.BEGINS else draft
            for one, draft in zip(told, drafts, strict=True)
        )

    def _draft(self, name: str, language: str, values: Mapping[str, Any] | None = None) -> Draft:
        reply = self._replies.render(name, language, channel=self._channel, values=values)
        return Draft(reply.kind, reply.language, reply.text, reply.buttons)
