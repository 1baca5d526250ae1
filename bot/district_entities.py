"""NLU component: asset tags, ticket numbers, phones, e-mails, grades and languages in a message."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.desk.recognise import recognise
from actions.languages import named_language


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class DistrictEntityExtractor(GraphComponent, EntityExtractorMixin):  # type: ignore[misc]
    """Rules instead of training: tags and numbers have a form, whatever the language around them.

    Schools are matched by the ticket form, which knows whether one was asked for; here a surname would be one too.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],  # noqa: ARG003
        model_storage: ModelStorage,  # noqa: ARG003
        resource: Resource,  # noqa: ARG003
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> DistrictEntityExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities to each message."""
        for message in messages:
            entities = self.add_extractor_name(entities_in(str(message.get(TEXT) or "")))
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data


def entities_in(text: str) -> list[dict[str, Any]]:
    """Rasa entities (entity, value, start, end, confidence) in `text`."""
    found = [
        {"entity": piece.kind, "value": piece.value, "start": piece.start, "end": piece.end, "confidence": 1.0}
        for piece in recognise(text)
    ]
    language = named_language(text)
    if language is not None:
        code, start, end = language
        found.append({"entity": "language", "value": code, "start": start, "end": end, "confidence": 1.0})
    return found
