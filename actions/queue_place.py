"""What a family that waits for a person is told of its place."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.desk import handoffs
from actions.resources import resources
from actions.turn import Turn, say


async def tell_place(dispatcher: CollectingDispatcher, turn: Turn) -> bool:
    """Say the place in the queue; False where the family does not wait for a person."""
    position = await resources().database.run(handoffs.place, turn.conversation)
    if position is None:
        return False
    say(dispatcher, "utter_handoff_already", position=position)
    return True
