"""Rasa's natural language generator: the reply's name becomes wording in the family's language."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from actions.desk.district import load_district
from bot.replies import Replies
from bot.replies.values import spoken_values
from knowledge.settings import load_settings


class ReplyGenerator(NaturalLanguageGenerator):  # type: ignore[misc]
    """Renders from `bot/replies/`, so that a changed wording needs a restart of Rasa and no training."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Domain | None = None) -> None:  # noqa: ARG002
        self._replies = Replies.load(values=load_district(load_settings().district).values())

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """One message as our channel sends it: text, kind, lang, buttons; extra `kwargs` fill its placeholders and
        `choices` come before its own buttons, those named in `more_buttons` behind them."""
        language = kwargs.get("lang") or language_of(tracker)
        values = spoken_values(kwargs, language, self._replies)
        reply = self._replies.render(utter_action, language, channel=output_channel, values=values)
        choices = kwargs.get("choices") or []
        more = [self._replies.button(name, reply.language) for name in kwargs.get("more_buttons") or ()]
        return {
            "text": reply.text,
            "kind": reply.kind,
            "lang": reply.language,
            "buttons": [
                *choices,
                *({"title": title, "payload": payload} for title, payload in (*reply.buttons, *more)),
            ],
        }


def language_of(tracker: DialogueStateTracker) -> str:
    """The language to reply in: one changed in this turn, else the message's own, else the conversation's."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            metadata = event.metadata or {}
            return str(metadata.get("language") or tracker.get_slot("language") or "en")
        if isinstance(event, SlotSet) and event.key == "language" and event.value:
            return str(event.value)
    return str(tracker.get_slot("language") or "en")
