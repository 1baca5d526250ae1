"""Bringing in a person, and stopping what is under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import SURE, WishAction, answer, cards_of, find
from actions.desk import handoffs, person
from actions.desk.phone_numbers import PhoneNumbers
from actions.desk.secret_key import secret_key
from actions.left_forms import cancelled_ticket, left_form, take_up
from actions.queue_place import place_of, told_contact
from actions.resources import resources
from actions.ticket_values import parts_of
from actions.turn import NOT_GIVEN, Events, Turn, end_form, reset, say

# A shorter piece of a message beside a cancel asks nothing.
FEWEST_WORDS, FEWEST_HAN = 3, 5


class HandOffAction(WishAction):
    """Puts the conversation in the queue for a person, or has the family called back when nobody is there."""

    action, goes_on = "action_hand_off", True

    async def is_plain(self, turn: Turn) -> bool:
        """ "Call me at ..." asks nothing else, nor does who waits already."""
        return told_contact(turn) is not None or await place_of(turn) is not None

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        desk = resources()
        told = await desk.database.run(
            person.ask,
            turn.conversation,
            reason=str(tracker.get_slot("problem") or tracker.get_slot("question") or turn.text or ""),
            district=desk.district,
            numbers=PhoneNumbers(secret_key(desk.settings)),
            contact=told_contact(turn) or _given_contact(tracker),
            now=datetime.now(UTC),
        )
        cards = cards_of(turn, [(desk.district.hand_off_article, 1.0)])
        for one in told:
            say(dispatcher, one.reply, **one.values, articles=cards if one.reply in person.BEGINS else [])
        return [*end_form(tracker), *reset("offer", "trouble")]


def _given_contact(tracker: Tracker) -> str | None:
    """What the family told for a ticket that it did not send."""
    contact = tracker.get_slot("contact")
    return None if contact in {None, NOT_GIVEN} else str(contact)


def _is_short(part: str) -> bool:
    return len(part.split()) < FEWEST_WORDS and sum("\u4e00" <= sign <= "\u9fff" for sign in part) < FEWEST_HAN


class CancelAction(WishAction):
    """Drops the form that is active."""

    action, goes_on = "action_cancel", True

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        form = (tracker.active_loop or {}).get("name")
        if tracker.get_slot("offer") == "delete" and left_form(tracker):
            return take_up(tracker)  # "no, leave it"
        # One word too many must not cost what it took minutes to tell.
        kept = cancelled_ticket(tracker) if form == "ticket_form" else None
        if form == "ticket_form":
            say(dispatcher, "utter_ticket_cancelled", more_buttons=["take_up"] if kept else [])
        elif form == "repair_form":
            say(dispatcher, "utter_repair_stopped")
        elif left_form(tracker) and not form:
            say(dispatcher, "utter_left_dropped")
        elif not form and await resources().database.run(handoffs.leave, turn.conversation, datetime.now(UTC)):
            say(dispatcher, "utter_handoff_left")
        else:
            offered = form or tracker.get_slot("offer")
            say(dispatcher, "utter_all_right" if offered else "utter_nothing_to_cancel")
        ended = [*end_form(tracker), *reset("offer", "trouble", "confirmation"), SlotSet("left", kept)]
        return [*ended, *await self._asked_with_it(dispatcher, tracker, turn)]

    async def _asked_with_it(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """The answer to "forget it, I want to know when the bus comes"."""
        for part in parts_of(turn.text):
            if _is_short(part):
                continue  # "forget it" is no forgotten password
            found = await find(replace(turn, text=part))
            if found.decision == "answer" and found.suggestions[0].score >= SURE:
                return await answer(dispatcher, tracker, replace(turn, text=part, form=None), found)
        return []
