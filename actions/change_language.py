"""Going on in another language, also in the middle of a form."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import WishAction
from actions.desk import conversations
from actions.languages import named_language, own_name
from actions.resources import resources
from actions.turn import Events, Turn, say


class ChangeLanguageAction(WishAction):
    """Switches to the language that the family named; what a form holds stays."""

    action, goes_on = "action_change_language", True

    async def act(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        desk = resources()
        named = named_language(turn.text)
        language = turn.entities.get("language") or (named[0] if named else None)
        if language is None:
            say(dispatcher, "utter_ask_language", choices=[_choice(offered) for offered in desk.district.languages])
            return []
        if language not in desk.district.languages:
            say(dispatcher, "utter_language_not_offered")
            return [FollowupAction(turn.form)] if turn.form else []
        await desk.database.run(conversations.set_language, turn.conversation, language, chosen=True)
        say(dispatcher, "utter_language_changed", lang=language)
        return [SlotSet("language", language), *([FollowupAction(turn.form)] if turn.form else [])]


def _choice(language: str) -> dict[str, str]:
    """A button that goes on in `language`, under the language's own name: who needs it can read it."""
    return {"title": own_name(language), "payload": f'/change_language{{"language": "{language}"}}'}
