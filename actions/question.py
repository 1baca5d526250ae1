"""What the family asked, or wrote in words that no other rule understands."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import answer, find
from actions.resources import resources
from actions.ticket_start import StartTicketAction
from actions.ticket_values import read_values
from actions.turn import DeskAction, Events, Turn


class AnswerAction(DeskAction):
    """Answers it; but who tells the device's tag and how to reach them wants it mended, however that is put."""

    action = "action_answer"

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        if turn.form is None and turn.text:
            given = read_values(turn.text, resources().district, None).given()
            if {"asset_tag", "contact"} <= given.keys():
                return await StartTicketAction().act(dispatcher, tracker, turn)
        return await answer(dispatcher, tracker, turn, await find(turn))
