"""NLU component: what a family wants, from the words of its message, from what it means, and from what is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME, INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from actions.desk.recognise import recognise
from bot.meaning import ASKS, KEY, unpack
from knowledge.encoded import RememberingEncoder
from knowledge.evaluation import read_rows
from knowledge.lexical import NgramSpace, cut_up, fold
from knowledge.settings import load_settings
from knowledge.training import QUESTIONS, for_calibration, training_encoder

Floats = NDArray[np.float32]

_KINDS = ("asset_tag", "phone", "email", "ticket_number", "grade")
_QUESTION_MARKS = re.compile(r"[?？؟]")
# "2" picks a choice, where there is one; by itself it wishes nothing.
_NUMBER = re.compile(r"[\W_]*\d{1,3}[\W_]*")
ASK = "ask_question"
# So many words at least; twice as many where nothing answers, since thanks and greetings are among those.
_FEWEST = 4
# How many intents are named behind the first, for those who look at what was close.
_RANKING = 10
# Where no intent's machine says more than this, a short message is none of them, however far the first is ahead: of the
# set-aside examples 1 in a hundred is lost to it, and of messages on other matters a third fewer are wishes. In a long
# one, or one with values, several intents take from each other.
_CLAIMED, _SHORT = -0.25, 8
# What a family that was asked for this likely wants, and how far ahead that starts: bot/README.md has the figures.
_GIVES = ("inform", "skip", "correct")
_LIKELY = {
    "step_outcome": ("step_done", "step_worked", "step_failed", "step_not_seen"),
    "confirmation": ("affirm", "deny", "correct", "cancel"),
    "clarification": ("affirm", "deny", "inform"),
    **dict.fromkeys(("asset_tag", "school", "student_name", "contact", "ticket_number", "ticket_contact"), _GIVES),
}
_AHEAD = np.float32(0.4)
# Scikit-learn's own, a hundredth of it, takes longer and decides alike.
_TOLERANCE = 1e-2


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FamilyIntentClassifier(GraphComponent, IntentClassifier):  # type: ignore[misc]
    """A linear machine over wording (n-grams), meaning (the encoder of the articles) and recognised pieces.

    The meaning carries wordings that nobody trained on, in every language that the encoder knows; the n-grams carry
    the short ones ("nop", "ya qdo"). How it was chosen and what it reaches stands in `bot/README.md`.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._encoder: RememberingEncoder | None = None
        self._intents: tuple[str, ...] = ()
        self._space: NgramSpace | None = None
        self._weights: Floats = np.zeros((0, 0), dtype=np.float32)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`cost` of a wrong example (C of the support vector machine), weight of the `meaning`, how much a message of
        the retriever's counts as an example of `asked`, and how sharp the confidences are."""
        return {"cost": 0.5, "meaning": 0.8, "asked": 0.15, "sharpness": 4.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> FamilyIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples of all languages together."""
        from sklearn.svm import LinearSVC

        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        asked = list(_questions(QUESTIONS)) if any(one.get(INTENT) == ASK for one in examples) else []
        texts = [*(str(example.get(TEXT)) for example in examples), *asked]
        wanted = np.array([*(example.get(INTENT) for example in examples), *([ASK] * len(asked))])
        self._space, rows = NgramSpace.of(texts)
        meaning = np.float32(self._config["meaning"]) * self._meanings(texts)
        pieces = np.stack([_pieces(text) for text in texts])
        table = sparse.hstack([rows, sparse.csr_matrix(meaning), sparse.csr_matrix(pieces)]).tocsr()
        weights = np.array([1.0] * len(examples) + [self._config["asked"]] * len(asked))
        machine = LinearSVC(C=self._config["cost"], random_state=0, tol=_TOLERANCE)
        machine.fit(table, wanted, sample_weight=weights)
        self._intents = tuple(str(name) for name in machine.classes_)
        self._weights = np.concatenate([machine.coef_, machine.intercept_[:, None]], axis=1).T.astype(np.float32)
        self._persist()
        if self._encoder is not None:
            self._encoder.save()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of each message."""
        for message in messages:
            asks = (message.get("metadata") or {}).pop(ASKS, None)
            ranking = self._ranking(str(message.get(TEXT) or ""), _meaning_of(message), asks)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[:_RANKING], add_to_output=True)
        return messages

    def _ranking(self, text: str, meaning: Floats | None, asks: str | None) -> list[dict[str, Any]]:
        if self._space is None:
            return [{"name": None, "confidence": 0.0}]
        if text.startswith(INTENT_MESSAGE_PREFIX):
            # A button's payload names its intent, which Rasa reads after us: no words, so nothing to encode.
            return [{"name": None, "confidence": 1.0}]
        meaning = self._meanings([text])[0] if meaning is None else meaning
        dense = np.concatenate([np.float32(self._config["meaning"]) * meaning, _pieces(text)])
        first = len(self._weights) - 1 - len(dense)
        scores = dense @ self._weights[first:-1] + self._weights[-1]
        places, values = self._space.vector(cut_up(text))
        if len(places):
            scores = scores + values @ self._weights[places]
        unclaimed = scores.max() < _CLAIMED and len(fold(text).split()) <= _SHORT
        scores = scores + _AHEAD * np.isin(self._intents, _LIKELY.get(asks or "", ()))
        raised = np.exp(self._config["sharpness"] * (scores - scores.max()))
        shares = raised / raised.sum()
        order = np.argsort(-shares, kind="stable")
        ranking = [{"name": self._intents[i], "confidence": float(shares[i])} for i in order]
        told = _pieces(text)[: len(_KINDS)].any()
        if not told and (unclaimed or _NUMBER.fullmatch(text)):
            ranking.insert(0, {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0})
        return ranking

    def _meanings(self, texts: Sequence[str]) -> Floats:
        """For training, and for those who ask Rasa without the desk: the desk sends it along with a message."""
        if self._encoder is None:
            self._encoder = training_encoder(load_settings())
        return self._encoder.encode(texts)

    def _persist(self) -> None:
        assert self._space is not None  # noqa: S101  # set by train
        with self._storage.write_to(self._resource) as folder:
            record = {"intents": self._intents, "vocabularies": self._space.vocabularies}
            (folder / "record.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
            np.savez(folder / "weights.npz", weights=self._weights, words=self._space.idf[0], pieces=self._space.idf[1])

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **_: Any,
    ) -> FamilyIntentClassifier:
        """What was trained."""
        found = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
            with np.load(folder / "weights.npz", allow_pickle=False) as stored:
                found._space = NgramSpace(record["vocabularies"], (stored["words"], stored["pieces"]))
                found._weights = stored["weights"]
        found._intents = tuple(record["intents"])
        return found


def _meaning_of(message: Message) -> Floats | None:
    """The vector that the desk sent; taken out, so that the tracker does not keep it."""
    sent = (message.get("metadata") or {}).pop(KEY, None)
    return None if sent is None else unpack(sent)


def _questions(folder: Path) -> Iterator[str]:
    """One in four of the messages that the retriever learns from: whatever they ask, they ask.

    Very short ones ("stop", "no sound") are left out: in the middle of a conversation they mean something else.
    """
    for path in sorted(folder.glob("*.jsonl")):
        for row in read_rows(path):
            if for_calibration(row.text) and len(fold(row.text).split()) >= (_FEWEST if row.topics else 2 * _FEWEST):
                yield row.text


def _pieces(text: str) -> Floats:
    """What is in the message: tags, numbers and addresses; a question mark, a digit, and how long it is."""
    kinds = {found.kind for found in recognise(text)}
    found = [float(kind in kinds) for kind in _KINDS]
    found += [float(_QUESTION_MARKS.search(text) is not None), float(any(sign.isdigit() for sign in text))]
    return np.array([*found, min(len(text), 120) / 120.0], dtype=np.float32) * np.float32(0.5)
