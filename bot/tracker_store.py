"""Rasa's tracker store: the live conversations in memory, one small row of SQLite each."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from knowledge.settings import load_settings

KEPT_IN_MEMORY = 5_000
KEPT_DAYS = 30


class ConversationTrackerStore(TrackerStore):  # type: ignore[misc]
    """Keeps where a conversation stands (slots, form, what is asked), not how it got there.

    Rules, forms and slots decide the dialogue, so the events of past turns change nothing but the cost of a turn,
    which in Rasa grows with them. What was said is in the desk's database, the system of record.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        host: EndpointConfig | None = None,  # noqa: ARG002 - Rasa passes the endpoint under this name
        path: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        file = Path(path) if path else load_settings().home / "rasa" / "conversations.db"
        file.parent.mkdir(parents=True, exist_ok=True)
        self._live: OrderedDict[str, list[Event]] = OrderedDict()
        self._rows = sqlite3.connect(file, isolation_level=None)
        self._rows.execute("PRAGMA journal_mode=WAL")
        # A power cut may cost the last seconds of a dialogue's place, never a message: those are in the desk.
        self._rows.execute("PRAGMA synchronous=NORMAL")
        self._rows.execute("PRAGMA busy_timeout=5000")
        self._rows.execute(
            "CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, state TEXT NOT NULL, at REAL NOT NULL)"
        )
        self._rows.execute("DELETE FROM conversations WHERE at < ?", (time.time() - KEPT_DAYS * 86_400,))

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker's state; one write. A dialogue that stands at its beginning leaves no row."""
        events = _state_events(tracker)
        self._live[tracker.sender_id] = events
        self._live.move_to_end(tracker.sender_id)
        if len(self._live) > KEPT_IN_MEMORY:
            self._live.popitem(last=False)
        state = {
            "slots": {event.key: event.value for event in events if isinstance(event, SlotSet)},
            "form": tracker.active_loop_name,
        }
        if not state["slots"] and state["form"] is None:
            self._rows.execute("DELETE FROM conversations WHERE id = ?", (tracker.sender_id,))
            return
        self._rows.execute(
            "INSERT INTO conversations VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state, at = excluded.at",
            (tracker.sender_id, json.dumps(state, ensure_ascii=False), time.time()),
        )

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's tracker, listening; None if there is none."""
        events = self._live.get(sender_id)
        if events is None:
            row = self._rows.execute("SELECT state FROM conversations WHERE id = ?", (sender_id,)).fetchone()
            if row is None:
                return None
            state = json.loads(row[0])
            events = _events(state["slots"], state["form"])
            self._live[sender_id] = events
        return DialogueStateTracker.from_events(
            sender_id, events, slots=self.domain.slots, max_event_history=self.max_event_history, domain=self.domain
        )

    async def keys(self) -> list[str]:
        """The ids of all conversations that are kept."""
        return [row[0] for row in self._rows.execute("SELECT id FROM conversations")]


def _state_events(tracker: DialogueStateTracker) -> list[Event]:
    changed = {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value}
    return _events(changed, tracker.active_loop_name)


def _events(slots: dict[str, Any], form: str | None) -> list[Event]:
    events: list[Event] = [SlotSet(name, value) for name, value in slots.items()]
    if form:
        events.append(ActiveLoop(form))
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return events
