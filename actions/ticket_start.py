"""Beginning a device ticket, with all that is known already."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import answer, find
from actions.desk import hints
from actions.left_forms import left_form, take_up
from actions.resources import resources
from actions.ticket_values import DEVICE_REPAIR, read_values
from actions.turn import NOT_GIVEN, DeskAction, Events, Turn, reset, say
from knowledge.retriever import Finding

# Articles of these categories tell how repairs and the desk work: "I need a repair" does not say what is wrong.
SAYS_NOTHING = frozenset({"devices", "help"})
SLOTS = ("problem", "asset_tag", "school", "student_name", "contact")


class StartTicketAction(DeskAction):
    """Begins a ticket with all that is known already, so that nothing is asked twice."""

    action, goes_on = "action_start_ticket", True

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        desk = resources()
        if turn.form == "ticket_form":
            return [FollowupAction("ticket_form")]
        found = await find(turn)
        values = read_values(turn.text, desk.district, None)
        if left_form(tracker) == "ticket_form" and _told(found, turn.language) is None and not values.problem:
            return take_up(tracker, **values.given())
        identifier, problem = tracker.get_slot("article"), values.problem or tracker.get_slot("question")
        told = _told(found, turn.language)
        if told is not None and told != identifier:
            identifier, problem = told, values.problem or turn.text
        article = desk.knowledge.library.get(identifier, turn.language) if identifier else None
        if problem is None and article is not None:
            problem = article.title
        kind = kind_of(article.ticket if article else None)
        known = {**values.given(), **({"problem": problem} if problem else {})}
        if kind != DEVICE_REPAIR:
            known.setdefault("asset_tag", NOT_GIVEN)
        # The page that the family came from may know them; the review shows them, so that they can be put right.
        page = await desk.database.run(hints.of, turn.conversation)
        hinted = {name: value for name, value in vars(page).items() if value}
        known = {**hinted, **known}
        say(dispatcher, "utter_ticket_start")
        return [
            *[SlotSet(slot, known.get(slot)) for slot in SLOTS],
            SlotSet("article", identifier),
            SlotSet("ticket_kind", kind),
            *reset("confirmation", "trouble", "offer"),
            FollowupAction("ticket_form"),
        ]


def _told(found: Finding, language: str) -> str | None:
    """The article about what is wrong, where a family has said it with its wish for a ticket."""
    article = resources().knowledge.library.get(found.suggestions[0].article, language) if found.suggestions else None
    sure = article is not None and found.decision == "answer" and article.category not in SAYS_NOTHING
    return article.id if article is not None and sure else None


class InformAction(DeskAction):
    """A tag or a contact that nobody asked for, given while a device is being repaired: its family wants a ticket."""

    action = "action_inform"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        given = read_values(turn.text, resources().district, None).given()
        if given and left_form(tracker) == "ticket_form":
            return take_up(tracker, **given)
        if tracker.get_slot("article") and given.keys() & {"asset_tag", "contact"}:
            return await StartTicketAction().act(dispatcher, tracker, turn)
        return await answer(dispatcher, tracker, turn, await find(turn))


def kind_of(article_ticket: str | None) -> str:
    """The kind of ticket that follows an article."""
    if article_ticket is None:
        return DEVICE_REPAIR
    return "general" if article_ticket == "none" else article_ticket
