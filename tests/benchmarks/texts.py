"""What texts cost: segments of every reply, article summary and step in each language. Prints JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from actions.desk.district import load_district
from actions.desk.messages import Button, Stored
from bot.gateway.sms.layout import Layout
from bot.replies import Replies
from knowledge.articles import load_library
from knowledge.readability import sms_size

DISTRICT, ARTICLES = Path("data/district"), Path("knowledge/articles")
# Everything that an action or the desk fills in beside the district's own values, as long as it more or less always is.
FILLED = {
    "title": "x" * 30, "summary": "x" * 120, "number": "FD-100001", "count": 7, "step": "x" * 100, "position": 1,
    "asset_tag": "CB204187", "review": "x" * 120, "contact": "(515) 555-0177", "opening": "x" * 16, "status": "x" * 30,
    "what": "x" * 30, "section": "x" * 200, "name": "x" * 25, "address": "x" * 30, "phone": "515-555-0101",
    "hours": "7:30 AM-3:30 PM", "privacy": "https://desk.cedarhollow.example/help/es/privacy",
}  # fmt: skip


@cache
def replies() -> Replies:
    return Replies.load(values=load_district(DISTRICT).values())


def laid_out(name: str, language: str, values: dict[str, Any]) -> list[str]:
    """The texts that a reply becomes."""
    reply = replies().render(name, language, channel="sms", values=values)
    buttons = tuple(Button(str(place), title, payload) for place, (title, payload) in enumerate(reply.buttons))
    message = Stored(1, datetime.now(UTC), "bot", reply.kind, language, reply.text, buttons, (), True)
    return Layout(replies()).parts(message)


def all_replies(language: str) -> Iterator[list[str]]:
    """Every reply that goes out as a text; the chat's welcome does not, and help in a crisis is as long as it is."""
    for name in replies().names:
        if name != "utter_welcome" and not name.startswith("utter_crisis"):
            yield laid_out(name, language, FILLED)


def counted(texts: list[list[str]]) -> dict[str, float]:
    """Segments of a message, how many messages are not GSM-7, and how many are cut."""
    sizes = [[sms_size(part) for part in parts] for parts in texts]
    return {
        "messages": len(sizes),
        "mean_segments": round(sum(size.segments for parts in sizes for size in parts) / len(sizes), 2),
        "ucs_2": sum(any(size.alphabet == "UCS-2" for size in parts) for parts in sizes),
        "cut": sum(len(parts) > 1 for parts in sizes),
    }


def measure(language: str) -> dict[str, dict[str, float]]:
    library = load_library(ARTICLES, load_district(DISTRICT).departments)
    articles = [article for (of_language, _), article in library.articles.items() if of_language == language]
    steps = [
        laid_out("utter_step", language, {"number": number, "count": len(article.steps), "step": step})
        for article in articles
        for number, step in enumerate(article.steps, start=1)
    ]
    summaries = [laid_out("utter_answer", language, {"title": "", "summary": article.summary}) for article in articles]
    return {"replies": counted(list(all_replies(language))), "summaries": counted(summaries), "steps": counted(steps)}


if __name__ == "__main__":
    print(json.dumps({language: measure(language) for language in replies().languages}, indent=1))
