"""What the ticket's form asks, slot by slot, with what the household has told before as choices; and the review."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import household
from actions.desk.phone_numbers import spoken_contact
from actions.resources import resources
from actions.ticket_start import SLOTS
from actions.ticket_values import DEVICE_REPAIR
from actions.turn import NOT_GIVEN, DeskAction, Events, Turn, ask_again


class AskProblemAction(DeskAction):
    """Asks for one slot of the ticket, or says why the last value was not taken; the others differ in the slot."""

    slot = "problem"

    def name(self) -> str:
        return f"action_ask_{self.slot}"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        trouble = tracker.get_slot("trouble")
        if not trouble:
            known = await self.known(turn)
            ask_again(dispatcher, tracker, f"utter_ask_{self.slot}", choices=known, **self.values(tracker))
            return []
        choices = _schools(trouble.get("schools", ())) + _devices(trouble.get("tags", ()))
        ask_again(dispatcher, tracker, trouble["reply"], asset_tag=trouble.get("asset_tag"), choices=choices)
        return []

    async def known(self, turn: Turn) -> list[dict[str, str]]:
        """Buttons for what this household has told for earlier tickets."""
        return []

    def values(self, tracker: Tracker) -> dict[str, Any]:
        """What fills the placeholders of the question."""
        return {}


def _schools(ids: Iterable[str]) -> list[dict[str, str]]:
    """Buttons for schools by their ids."""
    return [
        {"title": name, "payload": f'/choose_school{{"school": "{school}"}}'} for school, name in _named_schools(ids)
    ]


def _named_schools(ids: Iterable[str]) -> list[tuple[str, str]]:
    """(id, name) of schools, without those that the district has no more."""
    names = {school.id: school.short_name for school in resources().district.schools}
    return [(school, names[school]) for school in ids if school in names]


def _devices(tags: Iterable[str]) -> list[dict[str, str]]:
    """Buttons that name devices by the end of their tags."""
    district = resources().district
    return [
        {"title": household.spoken_device(tag, district), "payload": f'/inform{{"asset_tag": "{tag}"}}'} for tag in tags
    ]


async def offered(tracker: Tracker, turn: Turn) -> list[tuple[str, str]]:
    """(value, title) of each button under the form's latest question that names a device or a school."""
    trouble = tracker.get_slot("trouble") or {}
    if turn.asks == "asset_tag":
        tags = trouble.get("tags") or ([] if trouble else await household.asset_tags(turn.conversation))
        return [(tag, button["title"]) for tag, button in zip(tags, _devices(tags), strict=True)]
    if turn.asks == "school":
        ids = trouble.get("schools") or ([] if trouble else await household.schools(turn.conversation))
        return _named_schools(ids)
    return []


class AskAssetTagAction(AskProblemAction):
    slot = "asset_tag"

    async def known(self, turn: Turn) -> list[dict[str, str]]:
        return _devices(await household.asset_tags(turn.conversation))


class AskSchoolAction(AskProblemAction):
    slot = "school"

    async def known(self, turn: Turn) -> list[dict[str, str]]:
        return _schools(await household.schools(turn.conversation))


class AskStudentNameAction(AskProblemAction):
    slot = "student_name"


class AskContactAction(AskProblemAction):
    slot = "contact"


class AskConfirmationAction(AskProblemAction):
    slot = "confirmation"

    def values(self, tracker: Tracker) -> dict[str, Any]:
        """The review: (word, value) pairs; the reply puts the words into the family's language."""
        names = {school.id: school.name for school in resources().district.schools}
        given = {slot: value_of(tracker, slot) for slot in SLOTS}
        if given["school"]:
            given["school"] = names.get(given["school"], given["school"])
        given["contact"] = spoken_contact(given["contact"])
        shown = [slot for slot in SLOTS if slot != "asset_tag" or tracker.get_slot("ticket_kind") == DEVICE_REPAIR]
        return {"review": [[slot, given[slot] or ""] for slot in shown]}


def value_of(tracker: Tracker, slot: str) -> str | None:
    """What the family gave for the slot; None where it gave nothing."""
    value = tracker.get_slot(slot)
    return None if value in {None, NOT_GIVEN} else str(value)
