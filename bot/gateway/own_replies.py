"""What the desk says itself, before Rasa or without it: welcome, notices, crisis, fallback, a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from actions.desk import conversations, handoffs
from actions.desk.conversations import Draft
from actions.desk.district import District
from bot.replies import Replies
from bot.replies.values import spoken_values

# The fallback's button; the desk does it itself, since Rasa may be down.
PERSON_NOW = "desk:person"
REASON = "asked for a person while the assistant was not available"


class OwnReplies:
    """Renders the desk's own replies as drafts, in the wording of a channel."""

    def __init__(self, replies: Replies, district: District, channel: str = "widget") -> None:
        self._replies = replies
        self._district = district
        self._channel = channel

    def on(self, channel: str) -> OwnReplies:
        """The same replies as they are worded on another channel."""
        return self if channel == self._channel else OwnReplies(self._replies, self._district, channel)

    def welcome(self, language: str) -> Draft:
        return self._draft("utter_welcome", language)

    def sms(self, name: str, language: str) -> Draft:
        """What only a phone is told: welcome, stopped, started, help, pictures."""
        return self._draft(f"utter_sms_{name}", language)

    def masked(self, language: str) -> Draft:
        return self._draft("utter_masked", language)

    def crisis(self, crisis_class: str, language: str) -> Draft:
        return self._draft(f"utter_crisis_{crisis_class}", language)

    def fallback(self, language: str) -> Draft:
        return self._draft("utter_fallback", language)

    def person(self, session: Session, conversation: str, language: str, now: datetime) -> Draft:
        """Put the conversation in the queue for a person, and say what follows."""
        before = conversations.facts(session, conversation).handoff
        queued = handoffs.request(session, conversation, reason=REASON, now=now)
        if not self._district.open_at(now):
            opening = self._district.next_opening(now).astimezone(self._district.time_zone)
            values = spoken_values({"opening": opening.isoformat()}, language, self._replies)
            return self._draft("utter_handoff_closed", language, values)
        waiting = before is not None and before.status == "waiting"
        name = "utter_handoff_already" if waiting else "utter_handoff_waiting"
        return self._draft(name, language, {"position": queued.position})

    def _draft(self, name: str, language: str, values: Mapping[str, Any] | None = None) -> Draft:
        reply = self._replies.render(name, language, channel=self._channel, values=values)
        return Draft(reply.kind, reply.language, reply.text, reply.buttons)
