"""What a family that waits for a person is told of its place, and how it is called back if nobody comes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from rasa_sdk.executor import CollectingDispatcher

from actions import desk
from actions.desk import handoffs, person
from actions.desk.call_backs import contact_in
from actions.desk.folding import fold
from actions.desk.words import read_words
from actions.resources import resources
from actions.turn import Turn, say

FILE = Path(desk.__file__).parent / "waiting.yml"
# A longer message says more than "how long do I have to wait?".
MOST_WORDS, MOST_HAN = 7, 12


async def tell_place(dispatcher: CollectingDispatcher, turn: Turn) -> bool:
    """Say the place in the queue, and how the family is called back if it tells; False where it does not wait."""
    position = await place_of(turn)
    if position is None:
        return False
    contact = told_contact(turn)
    if contact is None:
        say(dispatcher, "utter_handoff_already", position=position)
    else:
        noted = person.noted_while_waiting(contact, position)
        say(dispatcher, noted.reply, **noted.values)
    return True


async def place_of(turn: Turn) -> int | None:
    """The family's place in the queue, from 1; None where it does not wait."""
    return await resources().database.run(handoffs.place, turn.conversation)


def told_contact(turn: Turn) -> str | None:
    """How the family says that it can be reached; a number of the district is not meant."""
    return contact_in(turn.text, person.own_numbers(resources().district)) if turn.text else None


def asks_how_long(text: str) -> bool:
    """Whether a short message is about waiting: "how long will it take?", "is anybody there"."""
    folded = fold(text)
    han = sum("\u4e00" <= sign <= "\u9fff" for sign in folded)
    return len(folded.split()) <= MOST_WORDS and han <= MOST_HAN and _waiting().search(folded) is not None


@cache
def _waiting() -> re.Pattern[str]:
    said = {fold(phrase) for phrases in read_words(FILE).values() for phrase in phrases}
    phrases = sorted(said, key=len, reverse=True)
    latin = "|".join(re.escape(phrase) for phrase in phrases if not "\u4e00" <= phrase[0] <= "\u9fff")
    han = "|".join(re.escape(phrase) for phrase in phrases if "\u4e00" <= phrase[0] <= "\u9fff")
    return re.compile(rf"(?<!\w)(?:{latin})(?!\w)|{han}")
