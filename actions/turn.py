"""One turn as an action sees it: what the family wrote, what it wants, in which language."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.desk.conversations import ArticleCard, adopt
from actions.left_forms import HELD, apply, set_aside, slots_set, then_offer
from actions.resources import resources, without_the_desk
from knowledge.article_rules import SOURCE_LANGUAGE

Events = list[dict[str, Any]]

# A value that the family does not have or does not want to give; None would be asked again.
NOT_GIVEN = "-"
NLU_SURE = 0.6
# Under this confidence, a message that is no single word is rather a question that nothing answers.
DOUBT, LONG_ENOUGH = 0.5, 12
# Why a value was not taken, where that means that it was not understood.
NOT_UNDERSTOOD = frozenset(
    f"utter_{name}"
    for name in (
        *("problem_unclear", "tag_invalid", "tag_unknown", "school_unknown", "name_unclear", "contact_invalid"),
        *("confirmation_unclear", "step_unclear", "guide_unclear", "number_invalid"),
    )
)
# So many messages in a row that were not understood, and a person is offered.
ENOUGH_MISSES = 2


@dataclass(frozen=True)
class Turn:
    """The latest message: `text` is empty when a button was pressed; `returned` after hours of silence."""

    conversation: str
    message: str
    text: str
    intent: str
    confidence: float
    entities: dict[str, str]
    language: str
    form: str | None
    asks: str | None
    returned: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether several words fit the intent so badly that they rather are a question."""
        return bool(self.text) and len(self.text) >= LONG_ENOUGH and self.confidence < DOUBT

    def wants(self, *intents: str, at_least: float = 0.0) -> bool:
        return self.intent in intents and self.confidence >= at_least


class DeskAction(Action, ABC):  # type: ignore[misc]
    """Base of every action: `action` is its name in the domain, `act` what it does with the turn."""

    action = ""
    # Whether a form that a family comes back to after hours just goes on with it.
    goes_on = False

    def name(self) -> str:
        return self.action

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn = read_turn(tracker)
        if without_the_desk():
            await resources().database.run(adopt, turn.conversation, now=datetime.now(UTC))
        if self.name().startswith(("validate_", "action_ask_")):
            events = await self.act(dispatcher, tracker, turn)
            return [*events, *_misses(tracker, events)]
        aside = set_aside(tracker) if turn.returned and turn.form in HELD and not self.goes_on else []
        if aside:
            apply(tracker, aside)
            turn = read_turn(tracker)
        events = [*aside, *await self.act(dispatcher, tracker, turn)]
        events += _understood(tracker, events)
        return events if self.goes_on else then_offer(dispatcher, tracker, events, _title_of_left(tracker, turn))

    @abstractmethod
    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Say what is to be said, and return the events that follow."""


def read_turn(tracker: Tracker) -> Turn:
    """The turn of a tracker; outside the desk (rasa shell) the language falls back to English."""
    latest: dict[str, Any] = tracker.latest_message or {}
    metadata = latest.get("metadata") or {}
    text = str(latest.get("text") or "")
    intent = latest.get("intent") or {}
    entities: dict[str, str] = {}
    for entity in latest.get("entities") or []:
        entities.setdefault(entity["entity"], str(entity["value"]))
    form = (tracker.active_loop or {}).get("name")
    changed = _language_changed_in_this_turn(tracker)
    return Turn(
        conversation=tracker.sender_id,
        message=str(metadata.get("message") or latest.get("message_id") or ""),
        text="" if text.startswith("/") else text,
        intent=str(intent.get("name") or ""),
        confidence=float(intent.get("confidence") or 0.0),
        entities=entities,
        language=str(changed or metadata.get("language") or tracker.get_slot("language") or SOURCE_LANGUAGE),
        form=form,
        asks=tracker.get_slot("requested_slot") if form else None,
        returned=bool(metadata.get("returned")),
    )


def _misses(tracker: Tracker, events: Events) -> Events:
    """How many messages in a row a form could not use, or the end of that row."""
    values = slots_set(events)
    before = int(tracker.get_slot("misses") or 0)
    if (values.get("trouble") or {}).get("reply") in NOT_UNDERSTOOD:
        return [SlotSet("misses", before + 1)]
    return _understood(tracker, events) if any(values.values()) else []


def _understood(tracker: Tracker, events: Events) -> Events:
    """The end of the row of misses, where the action has not counted them itself."""
    counted = any(event["event"] == "slot" and event["name"] == "misses" for event in events)
    return reset("misses") if tracker.get_slot("misses") and not counted else []


def _title_of_left(tracker: Tracker, turn: Turn) -> str | None:
    left = tracker.get_slot("left")
    identifier = left["holds"].get("article") if left else None
    article = resources().knowledge.library.get(identifier, turn.language) if identifier else None
    return article.title if article else identifier


def _language_changed_in_this_turn(tracker: Tracker) -> str | None:
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return None
        if event["event"] == "slot" and event["name"] == "language":
            return str(event["value"])
    return None


def entered_again(tracker: Tracker, form: str) -> bool:
    """Whether a form's validation runs without a message of its own: at its start or back from an interruption."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "active_loop" and event.get("name") == form:
            return True
        if event["event"] == "action" and event.get("name") not in {form, "action_listen", "action_extract_slots"}:
            return True
    return True


def end_form(tracker: Tracker) -> Events:
    """Events that end whatever form is active."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)] if (tracker.active_loop or {}).get("name") else []


def reset(*slots: str) -> list[dict[str, Any]]:
    """Events that empty these slots."""
    return [SlotSet(slot, None) for slot in slots]


def say(dispatcher: CollectingDispatcher, reply: str, **values: Any) -> None:
    """Send the reply of that name; `values` fill its placeholders, `buttons` and `articles` go with it."""
    dispatcher.utter_message(response=reply, **values)


def ask_again(dispatcher: CollectingDispatcher, tracker: Tracker, reply: str, **values: Any) -> None:
    """Ask a form's question; after two answers in a row that it could not use, with a person beside it."""
    misses = int(tracker.get_slot("misses") or 0)
    if misses == ENOUGH_MISSES and tracker.get_slot("trouble"):
        say(dispatcher, "utter_person_instead")
    more = ["person"] if misses >= ENOUGH_MISSES else []
    say(dispatcher, reply, more_buttons=more, **values)


def card(article: ArticleCard) -> dict[str, Any]:
    """An article card as the channel carries it."""
    return {
        "id": article.id,
        "title": article.title,
        "language": article.language,
        "url": article.url,
        "score": round(article.score, 4),
        "translation": article.translation,
    }
