"""Beginning a device ticket, with all that is known already."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import WishAction, answer, find
from actions.desk import hints
from actions.lead_ins import speaks_of_another_device
from actions.left_forms import is_cancelled, left_form, take_up
from actions.queue_place import tell_place
from actions.resources import resources
from actions.ticket_status import tell_picked
from actions.ticket_values import DEVICE_REPAIR, SHORTEST_PROBLEM, Values, parts_of, read_values
from actions.turn import NOT_GIVEN, DeskAction, Events, Turn, reset, say
from knowledge.retriever import Finding

# Articles of these categories tell how repairs and the desk work: "I need a repair" does not say what is wrong.
SAYS_NOTHING = frozenset({"devices", "help"})
# "Quiero un reporte", "我要开一张报修单": so short a wish does not say what is wrong, whatever it resembles.
BARE_WISH = 20
RESEMBLES = 0.3
MOST_WORDS, LONGEST_LEAD_IN = 6, 26
SLOTS = ("problem", "asset_tag", "school", "student_name", "contact")


class StartTicketAction(WishAction):
    """Begins a ticket with all that is known already, so that nothing is asked twice."""

    action, goes_on = "action_start_ticket", True

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        desk = resources()
        if turn.form == "ticket_form":
            return [FollowupAction("ticket_form")]
        if turn.wants("take_up") and is_cancelled(tracker):
            return take_up(tracker)
        found = await find(turn)
        values = read_values(turn.text, desk.district, None)
        if left_form(tracker) == "ticket_form" and _told(found, turn.language) is None and not values.problem:
            return take_up(tracker, **values.given())
        identifier, problem = tracker.get_slot("article"), values.problem or tracker.get_slot("question")
        bare = _length(turn.text) <= BARE_WISH and not values.given()
        told, words = None if bare else _told(found, turn.language, mended=values.asset_tag is not None), turn.text
        if told is None or values.given():
            told, words = await _told_in_a_part(turn, values) or (told, words)
        if told is not None and told != identifier:
            identifier, problem = told, values.problem or words
        elif told is None and (broken := await _broken_among(turn, tracker.get_slot("question"), identifier)):
            identifier, problem = broken
        article = desk.knowledge.library.get(identifier, turn.language) if identifier else None
        if problem is None and article is not None:
            problem = article.title
        kind = DEVICE_REPAIR if values.asset_tag or values.asset_tags else kind_of(article.ticket if article else None)
        # What was told with the question that led here is not asked again.
        before = read_values(tracker.get_slot("question") or "", desk.district, None).given()
        known = {**before, **values.given(), **({"problem": problem} if problem else {})}
        if kind != DEVICE_REPAIR:
            known.setdefault("asset_tag", NOT_GIVEN)
        # The page that the family came from may know them; the review shows them, so that they can be put right.
        page = await desk.database.run(hints.of, turn.conversation)
        hinted = {name: value for name, value in vars(page).items() if value}
        known = {**hinted, **known}
        # Asked when the form comes to the device, which is first where the problem is known.
        which = {"reply": "utter_which_device", "tags": list(values.asset_tags)} if values.asset_tags else None
        say(dispatcher, "utter_ticket_start")
        return [
            *[SlotSet(slot, known.get(slot)) for slot in SLOTS],
            SlotSet("article", identifier),
            SlotSet("ticket_kind", kind),
            *reset("confirmation", "trouble", "offer", *(["left"] if is_cancelled(tracker) else [])),
            *([SlotSet("trouble", which)] if which and problem else []),
            FollowupAction("ticket_form"),
        ]


def _length(text: str) -> float:
    """Letters; a Chinese character says as much as two or three."""
    return sum(2.5 if "\u4e00" <= character <= "\u9fff" else 1 for character in text)


def _is_lead_in(text: str) -> bool:
    """Whether so few words beside a contact only say what it is: "my number is"."""
    return len(text.split()) <= MOST_WORDS and _length(text) <= LONGEST_LEAD_IN and "?" not in text


def _told(found: Finding, language: str, *, mended: bool = False) -> str | None:
    """The article about what is wrong, where a family has said it with its wish for a ticket.

    `mended`: it is about a device that is to be mended, since its tag came along.
    """
    library = resources().knowledge.library
    named = (library.get(one.article, language) for one in found.suggestions[: None if mended else 1])
    article = next((one for one in named if one and one.category not in SAYS_NOTHING), None)
    if article is None or (mended and article.ticket != DEVICE_REPAIR):
        return None
    # What is broken is told well enough, whichever of its articles it is; a bare wish resembles one of them a little.
    broken = article.ticket == DEVICE_REPAIR and (mended or found.suggestions[0].score >= RESEMBLES)
    return article.id if found.decision == "answer" or broken else None


async def _told_in_a_part(turn: Turn, values: Values) -> tuple[str, str] | None:
    """The article about what is wrong and the words that say so, among all else that a message holds."""
    best: tuple[float, str, str] | None = None
    for part in parts_of(values.rest):
        found = await find(replace(turn, text=part))
        told = _told(found, turn.language, mended=values.asset_tag is not None)
        if told is not None and (best is None or found.suggestions[0].score > best[0]):
            best = found.suggestions[0].score, told, part
    return best and best[1:]


async def _broken_among(turn: Turn, question: str | None, answered: str | None) -> tuple[str, str] | None:
    """What is broken among several needs of the question before; the one answered last may be another."""
    library = resources().knowledge.library
    article = library.get(answered, turn.language) if answered else None
    if question is None or article is None or article.ticket == DEVICE_REPAIR:
        return None
    told = await _told_in_a_part(turn, read_values(question, resources().district, None))
    broken = library.get(told[0], turn.language) if told else None
    return told if broken is not None and broken.ticket == DEVICE_REPAIR else None


def is_about_the_next(tracker: Tracker, turn: Turn) -> bool:
    """Whether a family that has just sent a ticket speaks of the next device: "now the other one"."""
    after = tracker.get_slot("offer") == "another_ticket" and turn.form is None
    return after and len(turn.text.split()) <= MOST_WORDS and speaks_of_another_device(turn.text)


async def start_next(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
    """Begin its ticket; what is wrong with it was not said yet."""
    return await StartTicketAction().act(dispatcher, tracker, replace(turn, text=""))


async def take_offer(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events | None:
    """What follows where the words take up what was offered about tickets: another one, or which of several."""
    if is_about_the_next(tracker, turn):
        return await start_next(dispatcher, tracker, turn)
    return await tell_picked(dispatcher, tracker, turn)


class InformAction(DeskAction):
    """A tag or a contact that nobody asked for, given while a device is being repaired: its family wants a ticket."""

    action = "action_inform"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if (picked := await tell_picked(dispatcher, tracker, turn)) is not None:
            return picked
        values = read_values(turn.text, resources().district, None)
        given = values.given()
        if not given and is_about_the_next(tracker, turn):
            return await start_next(dispatcher, tracker, turn)
        if given and left_form(tracker) == "ticket_form":
            return take_up(tracker, **given)
        if "contact" in given and len(given) == 1 and await tell_place(dispatcher, turn):
            return []  # from who waits for a person it is for that person, who reads it
        # Who tells several values at once wants a ticket, whatever else the message says.
        wants_ticket = tracker.get_slot("article") or len(given) > 1
        if wants_ticket and given.keys() & {"asset_tag", "contact"}:
            return await StartTicketAction().act(dispatcher, tracker, turn)
        if given and (len(values.rest) < SHORTEST_PROBLEM or ("contact" in given and _is_lead_in(values.rest))):
            if "asset_tag" in given:
                return await StartTicketAction().act(dispatcher, tracker, turn)
            # A phone number out of the blue asks nothing, and is nothing that staff should find among the questions.
            say(dispatcher, "utter_what_i_can_do")
            return []
        return await answer(dispatcher, tracker, turn, await find(turn))


def kind_of(article_ticket: str | None) -> str:
    """The kind of ticket that follows an article."""
    if article_ticket is None:
        return DEVICE_REPAIR
    return "general" if article_ticket == "none" else article_ticket
