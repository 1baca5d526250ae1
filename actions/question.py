"""What the family asked, or wrote in words that no other rule understands."""

from __future__ import annotations

import re
from dataclasses import replace

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import answer, find, show_article, telling_section
from actions.queue_place import tell_place
from actions.resources import resources
from actions.ticket_start import StartTicketAction, take_offer
from actions.ticket_values import read_values
from actions.turn import DeskAction, Events, Turn
from knowledge.retriever import Finding

# Two needs in one message stand in two sentences; a shorter piece of one is none.
_SENTENCES = re.compile(
    r"(?<=[.?!;])\s+|[。？！；؟\n]+"
    # Or they are joined: "how do I pay for lunch and also how do I get a hotspot".
    r"|,?\s+(?:and|y|e|epi|và|и|а)\s+(?:also|then|how|where|when|también|tambien|además|cómo|como|dónde|donde|também|"
    r"onde|quando|tou|kijan|ki kote|còn|làm sao|ещё|еще|также|как|где|когда)\s+"
    r"|,\s+(?:also|y|e|và|и)\s+|,?\s+(?:y aparte|y de paso|epi|với lại|với|sẵn cho hỏi)\s+"
    r"|[,，、]?\s*(?:还有|另外|还想问)[,，]?|[,،]?\s+(?:وأيضا|وايضا|وكمان|وكيف|ثم كيف)\s+",
    re.IGNORECASE,
)
SHORTEST_NEED, FEWEST_NEEDS, MOST_NEEDS = 6, 2, 3
LONGEST_GREETING = 3


class AnswerAction(DeskAction):
    """Answers it; but who tells the device's tag and how to reach them wants it mended, however that is put."""

    action = "action_answer"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if turn.form is None and turn.text:
            given = read_values(turn.text, resources().district, None).given()
            if {"asset_tag", "contact"} <= given.keys():
                return await StartTicketAction().act(dispatcher, tracker, turn)
            if "contact" in given and await tell_place(dispatcher, turn):
                return []  # "call me at ...": for the person who comes
        if (taken := await take_offer(dispatcher, tracker, turn)) is not None:
            return taken
        needs = await _needs(turn)
        for need in needs[:-1]:
            best = need.suggestions[0]
            show_article(dispatcher, tracker, turn, [best.article], [best.score], telling_section(need))
        return await answer(dispatcher, tracker, turn, needs[-1] if needs else await find(turn))


async def _needs(turn: Turn) -> list[Finding]:
    """What is found for each sentence, where one message holds two needs; the one with steps to do comes last."""
    sentences = [part.strip() for part in _SENTENCES.split(turn.text) if len(part.strip()) >= SHORTEST_NEED]
    if len(sentences) != len(set(sentences)) or not FEWEST_NEEDS <= len(sentences) <= MOST_NEEDS:
        return []
    each = [(sentence, await find(replace(turn, text=sentence))) for sentence in sentences]
    # "Good morning." is no need.
    found = [one for said, one in each if one.decision != "unknown" or len(said.split()) > LONGEST_GREETING]
    if len(found) < FEWEST_NEEDS:
        return []
    articles = {one.suggestions[0].article for one in found if one.decision == "answer"}
    if len(articles) < len(found):
        return []
    library = resources().knowledge.library

    def has_steps(need: Finding) -> bool:
        article = library.get(need.suggestions[0].article, turn.language)
        return article is not None and bool(article.steps)

    return sorted(found, key=has_steps)
