"""Greetings, thanks, yes and no outside of a form; a question that comes with them is answered."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import SURE, WishAction, answer, find
from actions.hand_off import HandOffAction
from actions.left_forms import drop, left_form, set_aside, take_up
from actions.queue_place import asks_how_long, place_of, tell_place
from actions.ticket_start import StartTicketAction, take_offer
from actions.turn import ENOUGH_MISSES, DeskAction, Events, Turn, end_form, reset, say
from knowledge.retriever import Finding


def _is_sure(found: Finding) -> bool:
    return found.decision == "answer" and found.suggestions[0].score >= SURE


class GreetAction(DeskAction):
    """Answers the question in "hi my kid cant log in", else greets; the others do the same with their own reply."""

    action, reply = "action_greet", "utter_greet"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if turn.form is None and asks_how_long(turn.text) and await tell_place(dispatcher, turn):
            return []  # "hello? is anybody there?"
        if (taken := await take_offer(dispatcher, tracker, turn)) is not None:
            return taken
        found = await find(turn)
        if found.decision != "unknown" or turn.is_doubtful:
            return await answer(dispatcher, tracker, turn, found)
        say(dispatcher, self.reply)
        return [FollowupAction(turn.form)] if turn.form else []


class ThanksAction(GreetAction):
    """A family that has read enough of an article's steps says thanks; a ticket goes on."""

    action, reply = "action_thanks", "utter_thanks"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if turn.form != "repair_form" or (await find(turn)).decision != "unknown":
            return await super().act(dispatcher, tracker, turn)
        say(dispatcher, self.reply)
        return [*end_form(tracker), *reset("article", "question", "step_number", "steps_tried", "offer")]


class GoodbyeAction(ThanksAction):
    """Nothing is asked behind a goodbye; a ticket that is half-way is offered when the family is back."""

    action, reply, goes_on = "action_goodbye", "utter_goodbye", True

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if turn.form != "ticket_form" or (await find(turn)).decision != "unknown":
            return await super().act(dispatcher, tracker, turn)
        say(dispatcher, self.reply)
        return set_aside(tracker)


class ComplaintAction(GreetAction):
    """Kindly first, then the answer if there is one; a person is offered, and stays on offer in a form."""

    action, reply = "action_complaint", "utter_sorry_to_hear"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        found = await find(turn)
        # In the middle of a form, anger that only sounds a little like a question must not lead away from it.
        sure = turn.form is None or _is_sure(found)
        if found.decision == "answer" and sure:
            say(dispatcher, "utter_sorry_first")
            events = await answer(dispatcher, tracker, turn, found)
        elif turn.form is None and await place_of(turn) is not None:
            say(dispatcher, "utter_sorry_first")
            await tell_place(dispatcher, turn)
            events = []
        else:
            # Whoever is angry is not asked "which of these three?"
            say(dispatcher, self.reply)
            events = [FollowupAction(turn.form)] if turn.form else []
        offered = max(int(tracker.get_slot("misses") or 0), ENOUGH_MISSES)
        in_form = [] if turn.form or any(event["event"] == "followup" for event in events) else ["person"]
        # Last, since an answer has ended the row of misses.
        return [*events, *(SlotSet("offer", offer) for offer in in_form), SlotSet("misses", offered)]


class AffirmAction(GreetAction):
    """Yes to a ticket or a person that was offered."""

    action, reply = "action_affirm", "utter_greet"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        offer = tracker.get_slot("offer")
        # Called here and not as a FollowupAction: no rule would say what comes after it.
        if offer == "ticket":
            return await StartTicketAction().act(dispatcher, tracker, turn)
        if offer == "person":
            return await HandOffAction().act(dispatcher, tracker, turn)
        if offer == "resume" and left_form(tracker):
            return take_up(tracker)
        if offer == "delete":
            # The desk deletes, and says so itself.
            say(dispatcher, "utter_all_right", deletes=True)
            return reset("offer")
        if turn.form and (await find(turn)).decision == "unknown":
            return [FollowupAction(turn.form)]  # its question once more; who has come long ago is not greeted
        return await super().act(dispatcher, tracker, turn)


class DenyAction(GreetAction):
    """No to what was offered."""

    action, reply = "action_deny", "utter_all_right"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if tracker.get_slot("offer") == "resume" and left_form(tracker):
            return drop(dispatcher, tracker)
        if tracker.get_slot("offer") == "delete" and left_form(tracker):
            return take_up(tracker)
        if tracker.get_slot("offer") and turn.text and not _is_sure(await find(turn)):
            say(dispatcher, self.reply)  # "não, deixa" resembles a question about what lets one through
            return [*reset("offer"), *([FollowupAction(turn.form)] if turn.form else [])]
        return [*reset("offer"), *await super().act(dispatcher, tracker, turn)]


class WhatICanDoAction(WishAction):
    """Says what can be asked for here."""

    action, reply = "action_what_i_can_do", "utter_what_i_can_do"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        say(dispatcher, self.reply)
        return [FollowupAction(turn.form)] if turn.form else []


class DeleteDataAction(DeskAction):
    """Asks before everything is deleted; after a no, a form goes on where it was."""

    action, goes_on = "action_delete_data", True

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if turn.is_doubtful:
            return await answer(dispatcher, tracker, turn, await find(turn))
        say(dispatcher, "utter_delete_data")
        return [*set_aside(tracker), SlotSet("offer", "delete")]
