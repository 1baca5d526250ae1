"""A form that a family left half-way: set aside for what it wants now, and offered to be gone on with."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

Events = list[dict[str, Any]]

# What each form holds, so that nothing is asked twice.
HELD = {
    "ticket_form": (
        *("article", "question", "steps_tried", "ticket_kind"),
        *("problem", "asset_tag", "school", "student_name", "contact"),
    ),
    "repair_form": ("article", "question", "step_number", "steps_tried"),
}
LONGEST_SHOWN = 80


def set_aside(tracker: Tracker) -> Events:
    """End the active form but keep what it holds in the slot `left`; one that holds nothing yet just ends."""
    form = (tracker.active_loop or {}).get("name")
    if form is None:
        return []
    ended = [ActiveLoop(None), SlotSet("requested_slot", None)]
    if form not in HELD:
        return ended
    kept = {slot: tracker.get_slot(slot) for slot in HELD[form]}
    emptied = [SlotSet(slot, None) for slot in (*HELD[form], "trouble", "confirmation", "step_outcome")]
    worth_it = kept["article"] or kept.get("problem")
    return [*ended, *emptied, *([SlotSet("left", {"form": form, "holds": kept})] if worth_it else [])]


def apply(tracker: Tracker, events: Events) -> None:
    """Let an action that runs in the same turn see these events as done."""
    for event in events:
        if event["event"] == "slot":
            tracker.slots[event["name"]] = event["value"]
        elif event["event"] == "active_loop":
            tracker.active_loop = {"name": event["name"]} if event["name"] else {}


def slots_set(events: Events) -> dict[str, Any]:
    """The slots that these events set, with their last values."""
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def cancelled_ticket(tracker: Tracker) -> dict[str, Any] | None:
    """What the active ticket holds, for the slot `left` and a button only: whoever cancels is not asked again.

    None where nothing was told.
    """
    kept = {slot: tracker.get_slot(slot) for slot in HELD["ticket_form"]}
    return {"form": "ticket_form", "holds": kept, "offered": True, "cancelled": True} if kept["problem"] else None


def left_form(tracker: Tracker) -> str | None:
    """The form that was set aside, if there is one; a cancelled one is none."""
    left = tracker.get_slot("left")
    return str(left["form"]) if left and not left.get("cancelled") else None


def is_cancelled(tracker: Tracker) -> bool:
    """Whether what was set aside is a ticket that was cancelled."""
    return bool((tracker.get_slot("left") or {}).get("cancelled"))


def take_up(tracker: Tracker, **given: str) -> Events:
    """Go on with what was set aside, where it was; `given` are values that the family has told by now."""
    left = tracker.get_slot("left")
    holds = {**left["holds"], **given}
    return [
        *(SlotSet(slot, value) for slot, value in holds.items()),
        *(SlotSet(slot, None) for slot in ("left", "offer", "trouble")),
        FollowupAction(left["form"]),
    ]


def then_offer(dispatcher: CollectingDispatcher, tracker: Tracker, events: Events, title: str | None) -> Events:
    """The events of an action, and the offer to go on with what was set aside, once and where nothing else is asked.

    A repair that the action would begin waits for the family's no. `title` is that of the repair's article.
    """
    values = slots_set(events)
    left = values["left"] if "left" in values else tracker.get_slot("left")
    next_form = next((event["name"] for event in events if event["event"] == "followup"), None)
    if not left or left.get("offered") or next_form not in {None, "repair_form"}:
        return events
    if left["form"] == "repair_form":
        dispatcher.utter_message(response="utter_resume_repair", title=title)
    else:
        what = str(left["holds"].get("problem") or title)
        shown = what if len(what) <= LONGEST_SHOWN else what[: LONGEST_SHOWN - 1].rstrip() + "…"
        dispatcher.utter_message(response="utter_resume_ticket", what=shown)
    kept = [event for event in events if event["event"] != "followup"]
    return [*kept, SlotSet("left", {**left, "offered": True, "next": next_form}), SlotSet("offer", "resume")]


def drop(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Forget what was set aside, and begin what had to wait for it."""
    dispatcher.utter_message(response="utter_left_dropped")
    following = tracker.get_slot("left").get("next")
    events = [SlotSet("left", None), SlotSet("offer", None)]
    return [*events, *([FollowupAction(following)] if following else [])]
