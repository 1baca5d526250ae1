"""The intent classifier: learns small things, and leaves the encoder alone where the desk has used it already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import intent_classifier
from bot.intent_classifier import FamilyIntentClassifier
from bot.meaning import pack
from knowledge.encoded import RememberingEncoder
from knowledge.settings import Settings
from tests.knowledge.stand_ins import FakeEncoder

EXAMPLES = {
    "affirm": ("yes please", "yes do that", "ok yes"),
    "deny": ("no thank you", "no not now", "nope no"),
    "talk_to_person": ("a person please", "let me talk to a person", "is there a person"),
}


@pytest.fixture
def loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each loading of the encoder."""
    found: list[str] = []

    def load(settings: Settings) -> RememberingEncoder:
        found.append(settings.encoder)
        return RememberingEncoder(FakeEncoder(), tmp_path / "encoded.npz")

    monkeypatch.setattr(intent_classifier, "training_encoder", load)
    return found


@pytest.fixture
def trained(tmp_path: Path, loads: list[str]) -> FamilyIntentClassifier:
    """Trained, and loaded again as Rasa does it."""
    storage, resource = LocalModelStorage(tmp_path), Resource("intents")
    config = FamilyIntentClassifier.get_default_config()
    context: Any = None
    messages = [Message({"text": text, "intent": intent}) for intent, texts in EXAMPLES.items() for text in texts]
    FamilyIntentClassifier.create(config, storage, resource, context).train(TrainingData(messages))
    loads.clear()
    return FamilyIntentClassifier.load(config, storage, resource, context)


def read(classifier: FamilyIntentClassifier, text: str, **data: Any) -> Message:
    (message,) = classifier.process([Message({"text": text, **data})])
    return message


def test_it_knows_what_it_was_trained_on_and_ranks_the_others_behind(trained: FamilyIntentClassifier) -> None:
    message = read(trained, "could I talk to a person")
    assert message.get("intent")["name"] == "talk_to_person"
    shares = [one["confidence"] for one in message.get("intent_ranking")]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)


def test_what_the_desk_sent_along_is_used_and_not_kept(trained: FamilyIntentClassifier, loads: list[str]) -> None:
    text = "yes please"
    sent = {"meaning": pack(FakeEncoder().encode([text])[0]), "language": "en"}

    with_it = read(trained, text, metadata=sent)

    assert loads == []
    assert sent == {"language": "en"}
    alone = read(trained, text).get("intent_ranking")
    assert [one["name"] for one in with_it.get("intent_ranking")] == [one["name"] for one in alone]
    shares = [[one["confidence"] for one in ranking] for ranking in (with_it.get("intent_ranking"), alone)]
    assert shares[0] == pytest.approx(shares[1], abs=1e-3)  # what is remembered is so in half precision
    assert len(loads) == 1


def test_a_buttons_payload_has_no_words_to_encode(trained: FamilyIntentClassifier, loads: list[str]) -> None:
    assert read(trained, '/affirm{"a": "b"}').get("intent") == {"name": None, "confidence": 1.0}
    assert loads == []


def test_meaning_counts(trained: FamilyIntentClassifier) -> None:
    like_a_yes = pack(FakeEncoder().encode(["yes please"])[0])
    like_a_no = pack(np.asarray(FakeEncoder().encode(["no thank you"])[0]))
    as_yes = read(trained, "zzz", metadata={"meaning": like_a_yes})
    as_no = read(trained, "zzz", metadata={"meaning": like_a_no})
    assert (as_yes.get("intent")["name"], as_no.get("intent")["name"]) == ("affirm", "deny")


def test_what_the_family_was_asked_decides_where_the_words_do_not(trained: FamilyIntentClassifier) -> None:
    unsure = "please"
    asked = read(trained, unsure, metadata={"asks": "confirmation"})
    free, yes = (message.get("intent_ranking") for message in (read(trained, unsure), asked))
    assert "asks" not in asked.get("metadata")
    share = {one["name"]: one["confidence"] for one in free}, {one["name"]: one["confidence"] for one in yes}
    assert share[1]["affirm"] > share[0]["affirm"]
    assert share[1]["talk_to_person"] < share[0]["talk_to_person"]
    plain = read(trained, "let me talk to a person", metadata={"asks": "confirmation"})
    assert plain.get("intent")["name"] == "talk_to_person"
