"""Answering a question from the articles: the answer itself, "did you mean", and an honest "I don't know"."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.desk import choices
from actions.desk.messages import article_card
from actions.desk.phones import CHANNEL
from actions.desk.questions import record_unanswered
from actions.queue_place import asks_how_long, place_of, tell_place
from actions.resources import resources
from actions.school_facts import say_school_facts
from actions.turn import ENOUGH_MISSES, DeskAction, Events, Turn, card, end_form, entered_again, read_turn, reset, say
from knowledge.article_rules import SOURCE_LANGUAGE
from knowledge.articles import Article
from knowledge.markdown import Section
from knowledge.retriever import NOTHING, Finding

# An answer as probable as this is one; of real questions that are answered, nineteen in twenty are.
SURE = 0.6


# A form looks at a message before the rule for its intent does: both must not ask the retriever.
_FOUND: OrderedDict[tuple[str, str, str], Finding] = OrderedDict()
_FOUND_KEPT = 256


async def find(turn: Turn) -> Finding:
    """What the retriever makes of the family's words, once for each message; a pressed button is no question."""
    if not turn.text:
        return NOTHING
    message = (turn.message, turn.language, turn.text)
    found = _FOUND.get(message) if turn.message else None
    if found is None:
        found = await resources().knowledge.find_soon(turn.text, turn.language)
        _FOUND[message] = found
        if len(_FOUND) > _FOUND_KEPT:
            _FOUND.popitem(last=False)
    return found


async def answer(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, found: Finding) -> Events:
    """Reply to a question with what was found, or with the facts of the school that it is about."""
    if turn.form is None and asks_how_long(turn.text) and await tell_place(dispatcher, turn):
        return reset("misses")
    sure = found.decision == "answer" and found.suggestions[0].score >= SURE
    if not sure and turn.form is None and say_school_facts(dispatcher, turn):
        return reset("misses")
    if found.decision == "unknown":
        return await do_not_know(dispatcher, tracker, turn)
    if found.decision == "clarify" and turn.form is None and await tell_place(dispatcher, turn):
        return reset("misses")  # "he is with me now": for the person who comes, and nothing to choose among
    ids = [suggestion.article for suggestion in found.suggestions]
    scores = [suggestion.score for suggestion in found.suggestions]
    kept = [SlotSet("question", turn.text), SlotSet("misses", None)]
    if found.decision == "clarify" and turn.form != "ticket_form":
        return [*kept, SlotSet("suggested", list(zip(ids, scores, strict=True))), SlotSet("clarification", None),
                FollowupAction("clarification_form")]  # fmt: skip
    return [*kept, *show_article(dispatcher, tracker, turn, ids, scores, telling_section(found))]


def telling_section(found: Finding) -> Section | None:
    """The part of the best article that answers more closely than its summary."""
    best = found.suggestions[0]
    return best.section if best.section_tells else None


def show_article(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    turn: Turn,
    ids: Sequence[str],
    scores: Sequence[float],
    section: Section | None = None,
) -> Events:
    """Give the first article's answer with the section asked about, name the others, and begin its steps if any."""
    desk = resources()
    article = desk.knowledge.library.get(ids[0], turn.language)
    if article is None:  # taken away since the index was built
        say(dispatcher, "utter_unknown")
        return []
    foreign = turn.language not in {article.language, SOURCE_LANGUAGE}
    cards = cards_of(turn, zip(ids, scores, strict=True))
    reply = "utter_answer_english" if foreign else "utter_answer"
    told = f"{section.heading}\n{section.text}" if section else ""
    # A text has room for one of the two: what was asked about goes first, and the link leads to the rest.
    brief = told if told and tracker.get_latest_input_channel() == CHANNEL else article.summary
    asked = f"\n\n{told}" if told else ""
    say(dispatcher, reply, title=article.title, summary=brief, section=asked, articles=cards)
    if turn.form == "ticket_form":
        return [FollowupAction("ticket_form")]
    events = [SlotSet("article", article.id), SlotSet("step_number", 0), SlotSet("offer", None),
              *reset("steps_tried", "step_outcome", "trouble")]  # fmt: skip
    if article.steps:
        return [*events, FollowupAction("repair_form")]
    return [*events, *end_form(tracker)]


def cards_of(turn: Turn, scored: Iterable[tuple[str, float]]) -> list[dict[str, Any]]:
    """Cards of these articles, without those that were taken away since the index was built."""
    desk = resources()
    found = ((desk.knowledge.library.get(identifier, turn.language), score) for identifier, score in scored)
    return [
        card(article_card(article, desk.settings.address, score)) for article, score in found if article is not None
    ]


async def do_not_know(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
    """Say so, offer a person, and record the question for staff."""
    if turn.text:
        await resources().database.run(
            record_unanswered, turn.text, turn.language, turn.conversation, datetime.now(UTC)
        )
    if turn.form is None and await tell_place(dispatcher, turn):
        return reset("misses")  # the person who comes reads it
    misses = int(tracker.get_slot("misses") or 0) + 1
    say(dispatcher, "utter_unknown_again" if misses == ENOUGH_MISSES else "utter_unknown")
    events = [SlotSet("misses", misses), SlotSet("offer", "person")]
    if turn.form == "ticket_form":
        return [*events, FollowupAction("ticket_form")]
    return [*events, *([SlotSet("question", turn.text)] if turn.text else []), *end_form(tracker)]


# Of set-aside wishes 88 in a hundred are surer than this, of questions that are taken for a wish 38.
CERTAIN_WISH = 0.95
# "Is the repair done" may ask for a ticket of ours or how long repairs take, however sure it is.
NEVER_CERTAIN = frozenset({"ticket_status"})


def is_certain(intent: str, confidence: float) -> bool:
    """Whether a wish is so sure that no article is named beside what follows."""
    return confidence >= CERTAIN_WISH and intent not in NEVER_CERTAIN


class WishAction(DeskAction):
    """Does what was wished. Where that is not certain, an article that answers the same words is named before.

    "Who helps me at night" may want a person or the help desk's hours: a family that has both does not wait in vain.
    """

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        turn = read_turn(tracker)
        certain = is_certain(turn.intent, turn.confidence)
        if turn.form is None and turn.text and not certain and not await self.is_plain(turn):
            found = await find(turn)
            cards = cards_of(turn, [(one.article, one.score) for one in found.suggestions])
            if cards:
                say(dispatcher, "utter_may_help", title=found.suggestions[0].title, articles=cards)
        return await super().run(dispatcher, tracker, domain)

    async def is_plain(self, turn: Turn) -> bool:
        """Whether it is certain for another reason: who waits for a person asks when that one comes."""
        return asks_how_long(turn.text) and await place_of(turn) is not None


class ChooseArticleAction(DeskAction):
    """A button under an answer or a "did you mean" named an article."""

    action = "action_choose_article"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        article = turn.entities.get("article")
        if article is None:
            return await do_not_know(dispatcher, tracker, turn)
        return show_article(dispatcher, tracker, turn, [article], [1.0])


class AskClarificationAction(DeskAction):
    """Did you mean this, or that?"""

    action = "action_ask_clarification"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        desk = resources()
        suggested = _suggested(tracker, turn)
        titles = [
            {"title": article.title, "payload": f'/choose_article{{"article": "{article.id}"}}'}
            for article, _ in suggested
        ]
        cards = [card(article_card(article, desk.settings.address, score)) for article, score in suggested]
        say(dispatcher, "utter_did_you_mean", choices=titles, articles=cards)
        return []


class ValidateClarificationForm(DeskAction):
    """Reads which article the family meant; other words are a new question."""

    action = "validate_clarification_form"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if entered_again(tracker, "clarification_form"):
            return []
        suggested = [article for article, _ in _suggested(tracker, turn)]
        if turn.wants("choose_article") and "article" in turn.entities:
            return [SlotSet("clarification", turn.entities["article"])]
        # "The last one, please" sounds like a yes.
        place = choices.place_of(turn.text, [article.title for article in suggested], turn.language)
        if place is not None:
            return [SlotSet("clarification", suggested[place].id)]
        if turn.wants("none_of_these", "deny") or choices.says_none(turn.text):
            return [SlotSet("clarification", "none")]
        return [SlotSet("clarification", suggested[0].id)] if turn.wants("affirm") and suggested else []


def _suggested(tracker: Tracker, turn: Turn) -> list[tuple[Article, float]]:
    """The articles among which the family was asked to choose, with their scores, as far as they are still there."""
    library = resources().knowledge.library
    kept = tracker.get_slot("suggested") or []
    found = ((library.get(identifier, turn.language), float(score)) for identifier, score in kept)
    return [(article, score) for article, score in found if article is not None]


class ClarifiedAction(DeskAction):
    """The family has picked an article, or none."""

    action = "action_clarified"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        chosen = tracker.get_slot("clarification")
        events = reset("clarification", "suggested")
        if not chosen or chosen == "none":
            # What it wanted all the same was asked before, and is kept for staff.
            asked = replace(turn, text=str(tracker.get_slot("question") or ""))
            return [*events, *await do_not_know(dispatcher, tracker, asked)]
        return [*events, *show_article(dispatcher, tracker, turn, [chosen], [1.0])]
