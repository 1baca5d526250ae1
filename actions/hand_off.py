"""Bringing in a person, and stopping what is under way."""

from __future__ import annotations

from datetime import UTC, datetime

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import conversations, handoffs
from actions.resources import resources
from actions.turn import DeskAction, Events, Turn, end_form, reset, say


class HandOffAction(DeskAction):
    """Puts the conversation in the queue for a person; asked twice, it stays at its place."""

    action = "action_hand_off"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        desk, now = resources(), datetime.now(UTC)
        before = await desk.database.run(conversations.facts, turn.conversation)
        reason = str(tracker.get_slot("problem") or tracker.get_slot("question") or turn.text or "")
        queued = await desk.database.run(handoffs.request, turn.conversation, reason=reason, now=now)
        if not desk.district.open_at(now):
            opening = desk.district.next_opening(now).isoformat()
            say(dispatcher, "utter_handoff_closed", opening=opening)
        elif before.handoff is not None and before.handoff.status == "waiting":
            say(dispatcher, "utter_handoff_already", position=queued.position)
        else:
            say(dispatcher, "utter_handoff_waiting", position=queued.position)
        return [*end_form(tracker), *reset("offer", "trouble")]


class CancelAction(DeskAction):
    """Drops the form that is active."""

    action = "action_cancel"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        form = (tracker.active_loop or {}).get("name")
        if form == "ticket_form":
            say(dispatcher, "utter_ticket_cancelled")
        elif form == "repair_form":
            say(dispatcher, "utter_repair_stopped")
        else:
            say(dispatcher, "utter_all_right" if form else "utter_nothing_to_cancel")
        return [*end_form(tracker), *reset("offer", "trouble", "confirmation")]
