"""Messages and states of a conversation as the chat API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from actions.desk.conversations import Facts, Stored
from knowledge.article_rules import SOURCE_LANGUAGE

RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


def direction(language: str) -> str:
    return "rtl" if language.split("-", maxsplit=1)[0] in RIGHT_TO_LEFT else "ltr"


def message_json(stored: Stored) -> dict[str, Any]:
    """A Message of the contract; payloads stay inside."""
    at = stored.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    language = stored.language or SOURCE_LANGUAGE
    return {
        "id": str(stored.id),
        "at": at,
        "from": stored.sender,
        "kind": stored.kind,
        "lang": language,
        "dir": direction(language),
        "text": stored.text,
        "buttons": [{"id": button.id, "title": button.title} for button in stored.buttons],
        "articles": [
            {
                "id": article.id,
                "title": article.title,
                "lang": article.language,
                "url": article.url,
                "score": article.score,
                "translation": article.translation,
            }
            for article in stored.articles
        ],
    }


def state_json(facts: Facts) -> dict[str, Any]:
    """A State of the contract."""
    ticket, handoff = facts.ticket, facts.handoff
    return {
        "language": facts.language or SOURCE_LANGUAGE,
        "mode": facts.mode,
        "asks": facts.asks,
        "ticket": {"number": ticket.number, "status": ticket.status} if ticket else None,
        "handoff": {"status": handoff.status} if handoff else None,
        "kept": facts.kept,
        "closes_soon": facts.closes_soon,
    }


def answer_json(messages: Iterable[Stored], facts: Facts) -> dict[str, Any]:
    """Messages together with the state after them."""
    return {"messages": [message_json(stored) for stored in messages], "state": state_json(facts)}
