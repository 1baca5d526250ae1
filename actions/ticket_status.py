"""How a ticket is doing: for the conversation that opened it, or with its number and the contact given."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import Events, find
from actions.desk import tickets
from actions.hand_off import end_form
from actions.resources import resources
from actions.ticket_values import read_values
from actions.turn import entered_again, read_turn, reset, say

ASKED = {"ticket_number": "utter_number_invalid", "ticket_contact": "utter_contact_invalid"}


class StartStatusAction(Action):  # type: ignore[misc]
    """Answers at once for this conversation's own ticket; otherwise asks for number and contact."""

    def name(self) -> str:
        return "action_start_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:  # noqa: ARG002
        turn, desk = read_turn(tracker), resources()
        values = read_values(turn.text, desk.district, None)
        own = await desk.database.run(
            tickets.status, conversation=turn.conversation, number=values.ticket_number, contact=None
        )
        if own is not None:
            say(dispatcher, "utter_ticket_status", number=own.number, status=own.status)
            return [FollowupAction(turn.form)] if turn.form == "ticket_form" else end_form(tracker)
        return [
            SlotSet("ticket_number", values.ticket_number),
            SlotSet("ticket_contact", values.contact),
            *reset("trouble"),
            FollowupAction("status_form"),
        ]


class ValidateStatusForm(Action):  # type: ignore[misc]
    """Reads a ticket number and a contact."""

    def name(self) -> str:
        return "validate_status_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:  # noqa: ARG002
        if entered_again(tracker, "status_form"):
            return []
        turn, desk = read_turn(tracker), resources()
        values = read_values(turn.text, desk.district, turn.asks)
        given = {"ticket_number": values.ticket_number, "ticket_contact": values.contact}
        taken = [SlotSet(slot, value) for slot, value in given.items() if value]
        if taken:
            return [*taken, *reset("trouble")]
        plain = turn.wants("inform", "ask_question", "nlu_fallback", "correct")
        if not plain or tracker.get_slot("trouble") or (await find(turn)).decision != "unknown":
            return []
        return [SlotSet("trouble", {"reply": ASKED[turn.asks or "ticket_number"]})]


class AskTicketNumberAction(Action):  # type: ignore[misc]
    """Asks for the ticket's number."""

    slot = "ticket_number"

    def name(self) -> str:
        return f"action_ask_{self.slot}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:  # noqa: ARG002
        trouble = tracker.get_slot("trouble")
        say(dispatcher, trouble["reply"] if trouble else f"utter_ask_{self.slot}")
        return []


class AskTicketContactAction(AskTicketNumberAction):
    """Asks for the contact that was given for it."""

    slot = "ticket_contact"


class TicketStatusAction(Action):  # type: ignore[misc]
    """One answer for a wrong number, a wrong contact and an unknown ticket."""

    def name(self) -> str:
        return "action_ticket_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:  # noqa: ARG002
        turn, desk = read_turn(tracker), resources()
        found = await desk.database.run(
            tickets.status,
            conversation=turn.conversation,
            number=tracker.get_slot("ticket_number"),
            contact=tracker.get_slot("ticket_contact"),
        )
        if found is None:
            say(dispatcher, "utter_ticket_not_found")
        else:
            say(dispatcher, "utter_ticket_status", number=found.number, status=found.status)
        return reset("ticket_number", "ticket_contact", "trouble")
