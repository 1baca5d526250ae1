"""How a ticket is doing: for the conversation that opened it, or with its number and the contact given."""

from __future__ import annotations

from datetime import UTC, datetime

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import household
from actions.answer import CERTAIN_WISH, WishAction, answer, find
from actions.desk import choices, tickets
from actions.desk.district import District
from actions.desk.earlier_tickets import EarlierTicket
from actions.left_forms import left_form
from actions.queue_place import place_of, tell_place
from actions.resources import resources
from actions.ticket_values import read_values
from actions.turn import DeskAction, Events, Turn, ask_again, end_form, entered_again, reset, say

# What is offered while a family is asked which of its tickets it means.
WHICH_TICKET = "which_ticket"
# A word that nobody understands does not say that a family has no number.
SKIP_SURE = 0.35
NEEDS_BOTH = {"reply": "utter_ticket_needs_both"}
ASKED = {"ticket_number": "utter_number_invalid", "ticket_contact": "utter_contact_invalid"}


def names_ticket(text: str, district: District) -> bool:
    """Whether the number of a ticket is in the text."""
    return read_values(text, district, None).ticket_number is not None


class StartStatusAction(WishAction):
    """Answers at once for this conversation's own ticket; otherwise asks for number and contact."""

    action = "action_start_status"

    async def is_plain(self, turn: Turn) -> bool:
        """Who names a ticket, or has opened one here, asks about that; who waits for a person, when that one comes."""
        if names_ticket(turn.text, resources().district):
            return True
        return bool(await household.tickets(turn.conversation)) or await place_of(turn) is not None

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        desk = resources()
        values = read_values(turn.text, desk.district, None)
        asked = turn.entities.get("ticket_number") if not turn.text else values.ticket_number
        theirs = await household.tickets(turn.conversation)
        if asked is None and len(theirs) > 1:
            return self._which(dispatcher, tracker, theirs)
        known = next(
            (ticket for ticket in theirs if ticket.number == asked), None if asked else next(iter(theirs), None)
        )
        if known is not None:
            return _tell(dispatcher, tracker, known)
        if turn.form == "ticket_form" and not values.ticket_number:
            return await self._not_sent(dispatcher, tracker, turn)
        if not asked and turn.returned and left_form(tracker) == "ticket_form":
            # "Yesterday I had begun a ticket": it is offered behind this.
            say(dispatcher, "utter_ticket_not_sent")
            return []
        if not asked and await tell_place(dispatcher, turn):  # "how long will it take?"
            return end_form(tracker)
        if turn.form == "status_form" and turn.text and not values.ticket_number and not values.contact:
            # "I have no number of my ticket" is about a ticket, too.
            return [SlotSet("trouble", NEEDS_BOTH), FollowupAction("status_form")]
        return [
            SlotSet("ticket_number", values.ticket_number),
            SlotSet("ticket_contact", values.contact),
            *reset("trouble"),
            FollowupAction("status_form"),
        ]

    async def _not_sent(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Who is filling a ticket and asks how it goes, or how long it takes, means this one."""
        found = await find(turn)
        if found.decision == "answer" and turn.confidence < CERTAIN_WISH:
            return await answer(dispatcher, tracker, turn, found)
        say(dispatcher, "utter_ticket_not_sent")
        return back_to_form(tracker)

    def _which(self, dispatcher: CollectingDispatcher, tracker: Tracker, theirs: tuple[EarlierTicket, ...]) -> Events:
        buttons = [
            {"title": title, "payload": f'/ticket_status{{"ticket_number": "{ticket.number}"}}'}
            for title, ticket in _by_title(theirs).items()
        ]
        say(dispatcher, "utter_which_ticket", choices=buttons)
        if (tracker.active_loop or {}).get("name") == "ticket_form":
            return []
        return [*end_form(tracker), SlotSet("offer", WHICH_TICKET)]


async def tell_picked(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events | None:
    """How the ticket is doing that a family means by "the second one"; None where it was not asked, or means none."""
    if tracker.get_slot("offer") != WHICH_TICKET or turn.form is not None or not turn.text:
        return None
    offered = _by_title(await household.tickets(turn.conversation))
    place = choices.place_of(turn.text, tuple(offered), turn.language)
    return None if place is None else _tell(dispatcher, tracker, tuple(offered.values())[place])


def _by_title(theirs: tuple[EarlierTicket, ...]) -> dict[str, EarlierTicket]:
    """The tickets that are offered to choose among, in their order."""
    district = resources().district
    return {household.spoken_ticket(ticket, district): ticket for ticket in theirs[: household.MOST_CHOICES]}


def _tell(dispatcher: CollectingDispatcher, tracker: Tracker, ticket: EarlierTicket) -> Events:
    """How it is doing; a family that was asked which one it means has said it by now."""
    say(dispatcher, "utter_ticket_status", number=ticket.number, status=ticket.status)
    picked = reset("offer") if tracker.get_slot("offer") == WHICH_TICKET else []
    return [*picked, *back_to_form(tracker)]


def back_to_form(tracker: Tracker) -> Events:
    """A ticket that is being filled goes on; another form ends."""
    form = (tracker.active_loop or {}).get("name")
    return [FollowupAction(form)] if form == "ticket_form" else end_form(tracker)


class ValidateStatusForm(DeskAction):
    """Reads a ticket number and a contact."""

    action = "validate_status_form"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if entered_again(tracker, "status_form"):
            return []
        desk = resources()
        values = read_values(turn.text, desk.district, turn.asks)
        given = {"ticket_number": values.ticket_number, "ticket_contact": values.contact}
        taken = [SlotSet(slot, value) for slot, value in given.items() if value]
        if taken:
            return [*taken, *reset("trouble")]
        if turn.wants("skip", "deny", "step_not_seen", at_least=SKIP_SURE):
            return [SlotSet("trouble", NEEDS_BOTH)]
        plain = turn.wants("inform", "ask_question", "nlu_fallback", "correct")
        if not plain or tracker.get_slot("trouble") or (await find(turn)).decision != "unknown":
            return []
        return [SlotSet("trouble", {"reply": ASKED[turn.asks or "ticket_number"]})]


class AskTicketNumberAction(DeskAction):
    """Asks for the ticket's number."""

    slot = "ticket_number"

    def name(self) -> str:
        return f"action_ask_{self.slot}"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        trouble = tracker.get_slot("trouble")
        ask_again(dispatcher, tracker, trouble["reply"] if trouble else f"utter_ask_{self.slot}")
        return []


class AskTicketContactAction(AskTicketNumberAction):
    """Asks for the contact that was given for it."""

    slot = "ticket_contact"


class TicketStatusAction(DeskAction):
    """One answer for a wrong number, a wrong contact and an unknown ticket."""

    action = "action_ticket_status"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        found = await resources().database.run(
            tickets.status,
            conversation=turn.conversation,
            number=tracker.get_slot("ticket_number"),
            contact=tracker.get_slot("ticket_contact"),
            now=datetime.now(UTC),
        )
        if found is None:
            say(dispatcher, "utter_ticket_not_found")
        else:
            say(dispatcher, "utter_ticket_status", number=found.number, status=found.status)
        return reset("ticket_number", "ticket_contact", "trouble")
