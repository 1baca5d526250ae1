"""The device ticket: asking, taking several values at once, corrections, the review, and opening it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import CERTAIN_WISH, find
from actions.desk.choices import place_of, says_same
from actions.desk.district import District
from actions.desk.phone_numbers import spoken_contact
from actions.desk.schools import match_school
from actions.desk.tickets import NewTicket, StepTried, submit
from actions.lead_ins import speaks_of_another_child
from actions.left_forms import slots_set
from actions.resources import resources
from actions.ticket_questions import offered, value_of
from actions.ticket_start import SLOTS, kind_of
from actions.ticket_values import DEVICE_REPAIR, SHORTEST_PROBLEM, Values, clean_name, names_a_school, read_values
from actions.turn import NLU_SURE, NOT_GIVEN, DeskAction, Events, Turn, entered_again, reset, say

MAY_BE_SKIPPED = frozenset({"asset_tag", "school", "student_name", "contact"})
LEAVES_THE_FORM = frozenset(
    {"talk_to_person", "change_language", "cancel", "ticket_status", "what_can_you_do", "choose_article"}
    | {"delete_data", "complaint", "thanks", "goodbye"}
)
# "I do not see it" said of a sticker is one of them.
LEAVES_OUT = ("skip", "deny", "step_not_seen")
MOST_NAMES = 4
MOST_WORDS_OF_CANCEL = 4
# So many words, without a number, are no failed try at a tag or a phone number; a school or a name may have more.
FEWEST_WORDS_ASIDE = {"asset_tag": 3, "contact": 3, "school": 5, "student_name": 5}
OFFER_CHOICES = frozenset({"utter_which_device", "utter_school_which"})
# A word that nobody understands is no wish to leave a value out.
SKIP_SURE = 0.35


class ValidateTicketForm(DeskAction):
    """Reads one message of the family into the ticket's slots."""

    action = "validate_ticket_form"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if entered_again(tracker, "ticket_form"):
            return []
        values = read_values(turn.text, resources().district, turn.asks)
        if chosen := _pressed(turn) or await _picked(tracker, turn, values):
            return [*_of_kind(tracker, chosen), *reset("trouble")]
        leaves = turn.wants(*LEAVES_THE_FORM, at_least=NLU_SURE)
        if leaves and not _is_long_free_text(turn) and not _may_be_a_name(turn) and not _may_be_a_school(turn):
            if turn.asks == "confirmation" and turn.intent == "cancel" and _says_more(turn.text):
                return [_trouble("utter_confirmation_unclear")]  # "stop, first tell me when": all is told by now
            return []
        if turn.returned and not await self._goes_on(turn, values):
            return []  # answered as what it is; the ticket is offered again
        if self._is_of_another_child(turn, values):
            say(dispatcher, "utter_one_ticket_each")
            return reset("trouble")
        if turn.asks == "confirmation":
            return _of_kind(tracker, await self._confirm(dispatcher, tracker, turn, values))
        return _of_kind(tracker, await self._take(dispatcher, tracker, turn, values))

    async def _take(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, values: Values) -> Events:
        """What was asked for, and whatever else the message holds."""
        desk = resources()
        events = self._take_asked(tracker, turn, values, desk.district)
        taken = {event["name"] for event in events if event["value"] is not None}
        others = [
            SlotSet(slot, value)
            for slot, value in self._checked(values, desk.district).items()
            if slot not in taken and slot != turn.asks and tracker.get_slot(slot) != value
        ]
        changed = any(_was_given(tracker, event["name"]) for event in others)
        if changed:
            say(dispatcher, "utter_value_changed")
        if events and "trouble" in taken and (others or await self._interrupts(turn) or _is_aside(turn)):
            # Something else than what was asked: other values are kept, a question is answered by its own rule.
            if others and not changed:
                say(dispatcher, "utter_value_noted")
            # "Which of these?" still holds after a name or a phone number.
            keeps = (tracker.get_slot("trouble") or {}).get("reply") in OFFER_CHOICES
            return [*others, *([] if keeps else reset("trouble"))] if others else []
        if turn.asks == "problem" and "problem" in taken:
            events += await self._fit_kind(tracker, turn)
        return [*events, *others]

    async def _goes_on(self, turn: Turn, values: Values) -> bool:
        """Whether what a family writes after hours is meant for the form beyond doubt."""
        if not turn.text or (turn.asks in MAY_BE_SKIPPED and turn.wants(*LEAVES_OUT, at_least=NLU_SURE)):
            return True
        if turn.asks == "confirmation" and turn.wants("affirm", "deny", "correct"):
            return True
        given = values.given().keys()
        return bool(given - {"student_name", "problem"}) or (
            "student_name" in given and (await find(turn)).decision == "unknown" and turn.wants("inform", "correct")
        )

    def _is_of_another_child(self, turn: Turn, values: Values) -> bool:
        """Whether a second child comes up where the message does not answer what was asked of the first."""
        # Any few words may be a name where one was asked for: here only one that is led in to.
        answers = values.name_led or (turn.asks != "student_name" and values.given().get(turn.asks or ""))
        return turn.asks in MAY_BE_SKIPPED and not answers and speaks_of_another_child(turn.text)

    def _take_asked(self, tracker: Tracker, turn: Turn, values: Values, district: District) -> Events:
        asks = turn.asks or ""
        # Any few words can be a name: "I would rather not say" as well, unless they are led in as one.
        given = values.given().get(asks) and not (asks == "student_name" and not values.name_led)
        given = given or (asks == "school" and names_a_school(turn.text))
        enough = NLU_SURE if asks == "student_name" else SKIP_SURE
        if asks in MAY_BE_SKIPPED and turn.wants(*LEAVES_OUT, at_least=enough) and not given:
            return [SlotSet(asks, NOT_GIVEN), *reset("trouble")]
        take = getattr(self, f"_take_{asks}", None)
        return take(tracker, turn, values, district) if take else []

    def _take_problem(self, tracker: Tracker, turn: Turn, values: Values, district: District) -> Events:
        # An asset tag or a phone number alone says nothing of what is wrong.
        text = values.problem or values.rest
        if len(text) < SHORTEST_PROBLEM or (turn.wants("affirm", "deny", "greet", "thanks") and len(text.split()) < 3):
            return [_trouble("utter_problem_unclear")]
        return [SlotSet("problem", text), *reset("trouble")]

    def _take_asset_tag(self, tracker: Tracker, turn: Turn, values: Values, district: District) -> Events:
        if values.asset_tags:
            return [_trouble("utter_which_device", tags=list(values.asset_tags))]
        if values.asset_tag is None:
            return [_trouble("utter_tag_invalid")]
        before = tracker.get_slot("trouble") or {}
        # Said twice, it stands as the family reads it: a list can be out of date.
        if values.asset_tag in district.devices or before.get("asset_tag") == values.asset_tag:
            return [SlotSet("asset_tag", values.asset_tag), *reset("trouble")]
        return [_trouble("utter_tag_unknown", asset_tag=values.asset_tag)]

    def _take_school(self, tracker: Tracker, turn: Turn, values: Values, district: District) -> Events:
        if values.school:
            return [SlotSet("school", values.school), *reset("trouble")]
        if values.school_candidates:
            return [_trouble("utter_school_which", schools=[school.id for school in values.school_candidates])]
        # Said twice, it stands as the family reads it; a phone number is no school.
        again = _was_told(tracker, "utter_school_unknown")
        says_nothing = turn.wants("affirm", "thanks", "greet")
        if again and not says_nothing and any(character.isalpha() for character in values.rest):
            return [SlotSet("school", values.rest), *reset("trouble")]
        return [_trouble("utter_school_unknown", schools=[school.id for school in district.schools])]

    def _take_student_name(self, tracker: Tracker, turn: Turn, values: Values, district: District) -> Events:
        # "Yes" is no name, unless it is said again.
        says_nothing = turn.wants("affirm", "thanks", "greet", at_least=CERTAIN_WISH) and not values.name_led
        if says_nothing and not _was_told(tracker, "utter_name_unclear"):
            return [_trouble("utter_name_unclear")]
        tells_another = values.school or values.contact or values.asset_tag
        name = values.student_name or (None if tells_another else clean_name(values.rest))
        return [SlotSet("student_name", name), *reset("trouble")] if name else [_trouble("utter_name_unclear")]

    def _take_contact(self, tracker: Tracker, turn: Turn, values: Values, district: District) -> Events:
        if values.contact is None:
            return [_trouble("utter_contact_invalid")]
        return [SlotSet("contact", values.contact), *reset("trouble")]

    def _checked(self, values: Values, district: District) -> dict[str, str]:
        """Values that came along unasked are taken only when they are right beyond doubt."""
        given = values.given()
        if given.get("asset_tag") and given["asset_tag"] not in district.devices:
            del given["asset_tag"]
        return given

    async def _confirm(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, values: Values) -> Events:
        if about_tag := _unknown_tag(tracker, turn, values):
            return about_tag
        changed = [
            SlotSet(slot, value)
            for slot, value in self._checked(values, resources().district).items()
            if tracker.get_slot(slot) != value
        ]
        if changed:
            say(dispatcher, "utter_value_changed")
            return [*changed, *reset("trouble")]
        name = clean_name(turn.text) if turn.wants("inform", "correct", "ask_question", "nlu_fallback") else None
        if name and len(name.split()) > 1 and (await find(turn)).decision == "unknown":
            say(dispatcher, "utter_value_changed")
            return [SlotSet("student_name", name), *reset("trouble")]
        if turn.wants("affirm", "step_done", "open_ticket"):  # "send it", as well as "yes"
            return [SlotSet("confirmation", "yes"), *reset("trouble")]
        if turn.wants("deny", "correct", "inform"):
            return [_trouble("utter_ask_correction")]
        return [] if await self._interrupts(turn) else [_trouble("utter_confirmation_unclear")]

    async def _interrupts(self, turn: Turn) -> bool:
        """Whether the message is a question of its own, to be answered before the form goes on."""
        return turn.wants("ask_question", "open_ticket") and (await find(turn)).decision == "answer"

    async def _fit_kind(self, tracker: Tracker, turn: Turn) -> Events:
        """A problem told in the form decides what kind of ticket it is, and so what need not be asked."""
        if tracker.get_slot("article"):
            return []
        found = await find(turn)
        article = resources().knowledge.library.get(found.suggestions[0].article, turn.language) if (
            found.decision == "answer") else None  # fmt: skip
        if article is None:
            return []
        kind = kind_of(article.ticket)
        events = [SlotSet("article", article.id), SlotSet("ticket_kind", kind)]
        if kind != DEVICE_REPAIR and tracker.get_slot("asset_tag") is None:
            events.append(SlotSet("asset_tag", NOT_GIVEN))
        return events


def _says_more(text: str) -> bool:
    """Whether this is more than the few words that drop something."""
    return len(text.split()) > MOST_WORDS_OF_CANCEL or sum("\u4e00" <= sign <= "\u9fff" for sign in text) > 8


def _is_long_free_text(turn: Turn) -> bool:
    """A story told as the problem may hold any word, "cancel" and "talk to" among them."""
    return turn.asks == "problem" and len(turn.text.split()) > 8


def _pressed(turn: Turn) -> Events:
    """The value of a button that names a school or a device."""
    if turn.wants("choose_school") and "school" in turn.entities:
        return [SlotSet("school", turn.entities["school"])]
    if not turn.text and "asset_tag" in turn.entities:
        return [SlotSet("asset_tag", turn.entities["asset_tag"])]
    return []


def _is_aside(turn: Turn) -> bool:
    """Whether what cannot be a value is plainly something else: it is answered, if only that nobody knows."""
    fewest = FEWEST_WORDS_ASIDE.get(turn.asks or "")
    if fewest is None or not turn.wants("ask_question", "nlu_fallback", "complaint"):
        return False
    many = len(turn.text.split()) >= fewest or sum("\u4e00" <= sign <= "\u9fff" for sign in turn.text) > 2 * fewest
    return many and not any(sign.isdigit() for sign in turn.text) and not names_a_school(turn.text)


async def _picked(tracker: Tracker, turn: Turn, values: Values) -> Events:
    """The device or school among those offered that words pick: "the second one", "the elementary"."""
    choices = [] if not turn.text or values.given().get(turn.asks or "") else await offered(tracker, turn)
    if not choices:
        return []
    place = place_of(turn.text, [title for _, title in choices], turn.language)
    if len(choices) == 1 and says_same(turn.text):
        place = 0
    if place is not None:
        return [SlotSet(turn.asks, choices[place][0])]
    ids = {value for value, _ in choices}
    schools = [school for school in resources().district.schools if school.id in ids]
    school = match_school(turn.text, schools).school if turn.asks == "school" else None
    return [SlotSet("school", school.id)] if school else []


def _unknown_tag(tracker: Tracker, turn: Turn, values: Values) -> Events:
    """On the review: a tag that no list has is looked at once more; said twice, or with a yes, it stands."""
    doubted = (tracker.get_slot("trouble") or {}).get("asset_tag")
    if doubted and turn.text and (values.asset_tag == doubted or turn.wants("affirm")):
        return [SlotSet("asset_tag", doubted), *reset("trouble")]
    if doubted and turn.wants(*LEAVES_OUT):
        return reset("trouble")  # the tag before it stays
    tag = values.asset_tag
    if tag is None or tag == tracker.get_slot("asset_tag") or tag in resources().district.devices:
        return []
    return [_trouble("utter_tag_unknown", asset_tag=tag)]


def _was_given(tracker: Tracker, slot: str) -> bool:
    """Whether the slot holds what a family said of it; the tag of a ticket about no device was never asked for."""
    unasked = slot == "asset_tag" and tracker.get_slot("ticket_kind") != DEVICE_REPAIR
    return tracker.get_slot(slot) not in ({None, NOT_GIVEN} if unasked else {None})


def _of_kind(tracker: Tracker, events: Events) -> Events:
    """The events; a ticket that names a device is one about a device, whatever article led to it."""
    tag = slots_set(events).get("asset_tag")
    is_about_one = tag not in {None, NOT_GIVEN} and tracker.get_slot("ticket_kind") != DEVICE_REPAIR
    return [*events, SlotSet("ticket_kind", DEVICE_REPAIR)] if is_about_one else events


def _may_be_a_name(turn: Turn) -> bool:
    """Anh is English in Vietnamese, and a name; a real wish to leave the form is surer than what a name resembles."""
    return (
        turn.asks == "student_name"
        and turn.confidence < CERTAIN_WISH
        and 1 < len(turn.text.split()) <= MOST_NAMES
        and clean_name(turn.text) is not None
    )


def _may_be_a_school(turn: Turn) -> bool:
    """A few words with "school" among them, of which an unsure ear makes small talk; who wants a person is heard."""
    return (
        turn.asks == "school"
        and turn.wants("complaint", "thanks", "goodbye")
        and turn.confidence < CERTAIN_WISH
        and len(turn.text.split()) <= MOST_NAMES
        and names_a_school(turn.text)
    )


def _trouble(reply: str, **details: Any) -> dict[str, Any]:
    return dict(SlotSet("trouble", {"reply": reply, **details}))


def _was_told(tracker: Tracker, reply: str) -> bool:
    """Whether the answer before was met with this, so that the same again stands."""
    return bool((tracker.get_slot("trouble") or {}).get("reply") == reply)


class SubmitTicketAction(DeskAction):
    """Opens the ticket, or adds to the one that this device has open."""

    action = "action_submit_ticket"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        now = datetime.now(UTC)
        if tracker.get_slot("confirmation") != "yes":
            return []
        contact = value_of(tracker, "contact")
        steps = [StepTried(step["text"], step["outcome"]) for step in tracker.get_slot("steps_tried") or []]
        new = NewTicket(
            conversation=turn.conversation,
            kind=str(tracker.get_slot("ticket_kind") or DEVICE_REPAIR),
            article=tracker.get_slot("article"),
            problem=value_of(tracker, "problem") or "",
            asset_tag=value_of(tracker, "asset_tag"),
            school=value_of(tracker, "school"),
            student_name=value_of(tracker, "student_name"),
            contact=contact,
            language=turn.language,
            steps=tuple(steps),
        )
        submitted = await resources().database.run(submit, new, request_id=turn.message or uuid.uuid4().hex, now=now)
        if submitted.added:
            say(dispatcher, "utter_ticket_exists", number=submitted.ticket.number)
        elif contact is None:
            say(dispatcher, "utter_ticket_opened_no_contact", number=submitted.ticket.number)
        else:
            say(dispatcher, "utter_ticket_opened", number=submitted.ticket.number, contact=spoken_contact(contact))
        emptied = [*SLOTS, "confirmation", "trouble", "steps_tried", "article", "question", "step_number"]
        # "And now the other one": it was told that it may open a ticket for that afterwards.
        return [*reset(*emptied, "ticket_kind"), SlotSet("offer", "another_ticket")]
