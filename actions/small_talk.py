"""Greetings, thanks, yes and no outside of a form; a question that comes with them is answered."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import WishAction, answer, find
from actions.hand_off import HandOffAction
from actions.ticket_form import StartTicketAction
from actions.turn import DeskAction, Events, Turn, reset, say


class GreetAction(DeskAction):
    """Answers the question in "hi my kid cant log in", else greets; the others do the same with their own reply."""

    action, reply = "action_greet", "utter_greet"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        found = await find(turn)
        if found.decision != "unknown":
            return await answer(dispatcher, tracker, turn, found)
        say(dispatcher, self.reply)
        return [FollowupAction(turn.form)] if turn.form else []


class ThanksAction(GreetAction):
    action, reply = "action_thanks", "utter_thanks"


class GoodbyeAction(GreetAction):
    action, reply = "action_goodbye", "utter_goodbye"


class ComplaintAction(GreetAction):
    action, reply = "action_complaint", "utter_sorry_to_hear"


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
        return await super().act(dispatcher, tracker, turn)


class DenyAction(GreetAction):
    """No to what was offered."""

    action, reply = "action_deny", "utter_all_right"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        return [*reset("offer"), *await super().act(dispatcher, tracker, turn)]


class WhatICanDoAction(WishAction):
    """Says what can be asked for here."""

    action, reply = "action_what_i_can_do", "utter_what_i_can_do"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        say(dispatcher, self.reply)
        return [FollowupAction(turn.form)] if turn.form else []


class DeleteDataAction(WhatICanDoAction):
    """Says when a chat is deleted and who deletes it at once."""

    action, reply = "action_delete_data", "utter_delete_data"
