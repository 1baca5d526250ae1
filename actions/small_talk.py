"""Greetings, thanks, yes and no outside of a form; a question that comes with them is answered."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import Events, answer, find
from actions.turn import read_turn, reset, say


class SmallTalkAction(Action):  # type: ignore[misc]
    """Base: answers the question in "hi my kid cant log in", else says its own reply."""

    action = ""
    reply = ""

    def name(self) -> str:
        return self.action

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:  # noqa: ARG002
        turn = read_turn(tracker)
        found = await find(turn)
        if found.decision != "unknown":
            return await answer(dispatcher, tracker, turn, found)
        say(dispatcher, self.reply)
        return [FollowupAction(turn.form)] if turn.form else []


class GreetAction(SmallTalkAction):
    action, reply = "action_greet", "utter_greet"


class ThanksAction(SmallTalkAction):
    action, reply = "action_thanks", "utter_thanks"


class GoodbyeAction(SmallTalkAction):
    action, reply = "action_goodbye", "utter_goodbye"


class ComplaintAction(SmallTalkAction):
    action, reply = "action_complaint", "utter_sorry_to_hear"


class AffirmAction(SmallTalkAction):
    """Yes to a ticket or a person that was offered."""

    action, reply = "action_affirm", "utter_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        follow = {"ticket": "action_start_ticket", "person": "action_hand_off"}.get(tracker.get_slot("offer") or "")
        if follow:
            return [*reset("offer"), FollowupAction(follow)]
        return await super().run(dispatcher, tracker, domain)


class DenyAction(SmallTalkAction):
    """No to what was offered."""

    action, reply = "action_deny", "utter_all_right"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [*reset("offer"), *await super().run(dispatcher, tracker, domain)]
