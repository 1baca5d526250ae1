"""What a family's first message leads to: the whole path of the desk and Rasa, without a conversation."""

from __future__ import annotations

import asyncio
import logging
import os
import time
import warnings
from dataclasses import dataclass

from actions.answer import is_certain
from actions.desk.crisis import screen, use_meaning, use_second_reader
from actions.desk.crisis_reader import CrisisReader
from actions.desk.district import District
from actions.desk.redaction import mask
from actions.ticket_status import names_ticket
from bot.gateway.incoming import disarm
from bot.meaning import KEY, pack
from bot.rasa_process import leave_out_tensorflow
from bot.training import TrainingError, crisis_folder, model_path, rasa_environment
from knowledge.evaluation import Outcome
from knowledge.knowledge import Knowledge
from knowledge.language import detect_language
from knowledge.retriever import Finding
from knowledge.settings import Settings

# Intents whose rule gives no article when they are certain; every other rule asks the retriever (data/rules.yml).
WISHES = frozenset({"open_ticket", "ticket_status", "talk_to_person", "change_language", "cancel", "what_can_you_do"})


@dataclass(frozen=True)
class FirstReply:
    """Language found, intent, class of crisis, what the retriever found, and the articles under a fixed text."""

    language: str
    intent: str
    crisis: str | None
    finding: Finding
    milliseconds: float
    named: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        found = tuple(suggestion.article for suggestion in self.finding.suggestions)
        return Outcome(self.language, self.named or found)


class FirstMessage:
    """Rasa's trained understanding and the retriever, loaded once; a call is one message."""

    def __init__(self, settings: Settings, knowledge: Knowledge, district: District) -> None:
        model = model_path(settings)
        if not model.exists():
            raise TrainingError("there is no trained model for the present data; run `familydesk train`")
        os.environ.update(rasa_environment(settings))
        warnings.simplefilter("ignore")  # Rasa's dependencies at each other
        leave_out_tensorflow()
        from rasa.utils.log_utils import configure_structlog

        # Unconfigured, Rasa prints every message that it reads to standard output.
        configure_structlog(logging.ERROR)
        from rasa.core.agent import Agent
        from rasa.core.channels.channel import UserMessage

        use_second_reader(CrisisReader.load(crisis_folder(settings)))
        use_meaning(knowledge.meaning, knowledge.encoder)
        self._as_message = UserMessage
        self._agent = Agent.load(str(model))
        self._loop = asyncio.new_event_loop()
        self._knowledge = knowledge
        self._district = district

    def __call__(self, text: str, language: str | None = None) -> FirstReply:
        """The reply to `text`; `language` is one that the family has chosen."""
        began = time.perf_counter()
        masked = mask(text).text
        guess = detect_language(masked, self._district.languages, chosen=language)
        spoken = language or guess.language or "en"
        crisis = screen(text)
        nothing = Finding("unknown", ())
        if crisis is not None:
            named = self._named(self._district.crisis_articles.get(crisis), spoken)
            return FirstReply(spoken, "crisis", crisis, nothing, (time.perf_counter() - began) * 1000, named)
        intent, confidence = self._intent(disarm(masked))
        about_ticket = intent == "ticket_status" and names_ticket(text, self._district)
        wished = intent in WISHES and (about_ticket or is_certain(intent, confidence))
        finding = nothing if wished else self._knowledge.find(masked, spoken)
        asks_for_person = wished and intent == "talk_to_person"
        named = self._named(self._district.hand_off_article, spoken) if asks_for_person else ()
        return FirstReply(spoken, intent, None, finding, (time.perf_counter() - began) * 1000, named)

    def _named(self, article: str | None, language: str) -> tuple[str, ...]:
        """The card under a fixed text, as in the desk's own replies."""
        return (article,) if article and self._knowledge.library.get(article, language) else ()

    def _intent(self, text: str) -> tuple[str, float]:
        """The intent, and how sure that is (0 to 1)."""
        message = self._as_message(text, metadata={KEY: pack(self._knowledge.meaning(text))})
        parsed = self._loop.run_until_complete(self._agent.processor.parse_message(message))
        return str(parsed["intent"]["name"]), float(parsed["intent"]["confidence"])
