"""Guided repair: an article's numbered steps, one at a time, and what the family says of each."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import SURE, answer, find
from actions.desk.messages import language_of_last_reply
from actions.desk.recognise import recognise
from actions.resources import resources
from actions.ticket_start import is_about_the_next, start_next
from actions.turn import NLU_SURE, DeskAction, Events, Turn, ask_again, entered_again, reset, say
from knowledge.articles import Article

WORKED = frozenset({"step_worked", "affirm"})
FAILED = frozenset({"step_failed", "deny"})
DONE = frozenset({"step_done"})
NOT_SEEN = frozenset({"step_not_seen", "skip"})
# "Done" and "thanks" do not say whether it works now.
ASK_WHETHER_IT_WORKS = frozenset({"step_done", "thanks"})
ANSWERED_BY_THEIR_RULE = frozenset(
    {"talk_to_person", "open_ticket", "ticket_status", "change_language", "cancel", "what_can_you_do", "goodbye",
     "choose_article", "complaint", "delete_data", "thanks"}
)  # fmt: skip


class AskStepOutcomeAction(DeskAction):
    """Says the step that is due, or asks again how it went."""

    action = "action_ask_step_outcome"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        article = current_article(tracker, turn.language)
        trouble = tracker.get_slot("trouble")
        if trouble:
            ask_again(dispatcher, tracker, trouble["reply"])
            return reset("trouble")
        number = int(tracker.get_slot("step_number") or 0)
        if article is None or number >= len(article.steps):
            # The article was changed under way; the steps that are left are gone with it.
            say(dispatcher, "utter_step_check")
            return []
        step = article.steps[number]
        reply = "utter_guide_step" if article.guides else "utter_step"
        ask_again(dispatcher, tracker, reply, number=number + 1, count=len(article.steps), step=step)
        return []


class ValidateRepairForm(DeskAction):
    """Reads how a step went; a question about something else is left to its own rule."""

    action = "validate_repair_form"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        # After hours, what is no word about the step is answered as what it is, and the repair is offered again.
        of_step = turn.wants(*WORKED, *FAILED, *NOT_SEEN, at_least=NLU_SURE)
        elsewhere = turn.returned and turn.text and not of_step
        if elsewhere or entered_again(tracker, "repair_form"):
            return []
        if _is_guide(tracker, turn):
            if turn.intent in WORKED | DONE:
                return _next_step(tracker, turn, "worked")
        elif turn.intent in WORKED:
            return [SlotSet("step_outcome", "worked"), *_tried(tracker, turn, "worked")]
        elif turn.intent in ASK_WHETHER_IT_WORKS:
            return [SlotSet("trouble", {"reply": "utter_step_check"})]
        if turn.intent in FAILED:
            return _next_step(tracker, turn, "failed")
        if turn.intent in NOT_SEEN:
            return _next_step(tracker, turn, "not_seen")
        if turn.intent in ANSWERED_BY_THEIR_RULE or (turn.intent == "inform" and _begins_a_ticket(turn)):
            return []
        return await self._other_words(dispatcher, tracker, turn)

    async def _other_words(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """A question about another article is left to its rule; one about this article is answered among the steps."""
        found = await find(turn)
        best = found.suggestions[0] if found.decision == "answer" else None
        if best is not None and best.score >= SURE:  # what only sounds a little like a question is about the step
            if best.article != tracker.get_slot("article"):
                return []
            told_in = await resources().database.run(language_of_last_reply, turn.conversation)
            if told_in not in {None, turn.language} and not tracker.get_slot("steps_tried"):
                return []  # who asks again in another language could not read the answer
            if best.section is not None:
                say(dispatcher, "utter_section", section=f"{best.section.heading}\n\n{best.section.text}")
                return [SlotSet("trouble", None)]
        unclear = "utter_guide_unclear" if _is_guide(tracker, turn) else "utter_step_unclear"
        return [SlotSet("trouble", {"reply": unclear})]


def _begins_a_ticket(turn: Turn) -> bool:
    """Whether action_inform would begin a ticket with what is told; a grade or a school may be about the step."""
    return any(found.kind in {"asset_tag", "phone", "email", "ticket_number"} for found in recognise(turn.text))


def _is_guide(tracker: Tracker, turn: Turn) -> bool:
    article = current_article(tracker, turn.language)
    return article is not None and article.guides


def current_article(tracker: Tracker, language: str) -> Article | None:
    """The article that the conversation is at."""
    identifier = tracker.get_slot("article")
    return resources().knowledge.library.get(identifier, language) if identifier else None


def _tried(tracker: Tracker, turn: Turn, outcome: str) -> Events:
    article = current_article(tracker, turn.language)
    number = int(tracker.get_slot("step_number") or 0)
    if article is None or number >= len(article.steps):
        return []
    tried = [*(tracker.get_slot("steps_tried") or []), {"text": article.steps[number], "outcome": outcome}]
    return [SlotSet("steps_tried", tried)]


def _next_step(tracker: Tracker, turn: Turn, outcome: str) -> Events:
    article = current_article(tracker, turn.language)
    number = int(tracker.get_slot("step_number") or 0) + 1
    events = _tried(tracker, turn, outcome)
    if article is None or number >= len(article.steps):
        return [*events, SlotSet("step_outcome", "done" if outcome == "worked" else "failed")]
    return [*events, SlotSet("step_number", number)]


class RepairDoneAction(DeskAction):
    """It works, or all steps are done and it does not."""

    action = "action_repair_done"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if tracker.get_slot("step_outcome") == "worked":
            say(dispatcher, "utter_repair_worked")
            return reset("article", "question", "step_number", "step_outcome", "steps_tried", "offer")
        if tracker.get_slot("step_outcome") == "done":
            say(dispatcher, "utter_guide_done")
            return [*reset("step_number", "step_outcome", "steps_tried"), SlotSet("offer", None)]
        return [*reset("step_outcome"), *offer_what_follows(dispatcher, tracker, turn)]


def offer_what_follows(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
    """After a failed repair: a ticket where the article says so, a person otherwise."""
    article = current_article(tracker, turn.language)
    if article is not None and article.ticket != "none":
        say(dispatcher, "utter_repair_failed")
        return [SlotSet("offer", "ticket")]
    say(dispatcher, "utter_steps_failed")
    return [SlotSet("offer", "person")]


class StillFailingAction(DeskAction):
    """ "It still does not work", said after the repair has ended."""

    action = "action_still_failing"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if is_about_the_next(tracker, turn):
            return await start_next(dispatcher, tracker, turn)
        found = await find(turn)
        if found.decision == "answer" or not tracker.get_slot("article"):
            return await answer(dispatcher, tracker, turn, found)
        return offer_what_follows(dispatcher, tracker, turn)
