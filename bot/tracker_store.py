"""Rasa's tracker store: the live conversations in memory, one small row of SQLite each."""

from __future__ import annotations

import asyncio
import json
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

from bot.tracker_file import connect, file_of, scrub_file
from knowledge.settings import load_settings

KEPT_IN_MEMORY = 5_000
SCRUB_SECONDS = 5.0
PRIVATE_SLOTS = ("student_name", "contact")
# Longer than any dialogue goes on; after it, a conversation comes from the file, which the desk purges.
KEPT_IN_MEMORY_SECONDS = 12 * 3600.0


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
        self._live: OrderedDict[str, tuple[float, list[Event]]] = OrderedDict()
        self._file = Path(path) if path else file_of(load_settings())
        self._rows = connect(self._file)
        self._scrubbing: asyncio.TimerHandle | None = None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker's state; one write. A dialogue that stands at its beginning leaves no row."""
        events = _state_events(tracker)
        _, before = self._live.get(tracker.sender_id, (0.0, []))
        self._keep(tracker.sender_id, events)
        state = {
            "slots": {event.key: event.value for event in events if isinstance(event, SlotSet)},
            "form": tracker.active_loop_name,
        }
        if not state["slots"] and state["form"] is None:
            self._rows.execute("DELETE FROM conversations WHERE id = ?", (tracker.sender_id,))
        else:
            self._rows.execute(
                "INSERT INTO conversations VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state, at = excluded.at",
                (tracker.sender_id, json.dumps(state, ensure_ascii=False), time.time()),
            )
        if _private(before) and not _private(events):
            self._scrub_soon()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation's tracker, listening; None if there is none."""
        _, events = self._live.get(sender_id, (0.0, None))
        if events is None:
            row = self._rows.execute("SELECT state FROM conversations WHERE id = ?", (sender_id,)).fetchone()
            if row is None:
                return None
            state = json.loads(row[0])
            events = _events(state["slots"], state["form"])
            self._keep(sender_id, events)
        return DialogueStateTracker.from_events(
            sender_id, events, slots=self.domain.slots, max_event_history=self.max_event_history, domain=self.domain
        )

    def _keep(self, sender_id: str, events: list[Event]) -> None:
        """Hold it in memory; what has had no turn for long goes, as it goes from the file."""
        now = time.monotonic()
        self._live[sender_id] = (now, events)
        self._live.move_to_end(sender_id)
        while len(self._live) > KEPT_IN_MEMORY or next(iter(self._live.values()))[0] < now - KEPT_IN_MEMORY_SECONDS:
            self._live.popitem(last=False)

    def _scrub_soon(self) -> None:
        """Empty the side file once for all dialogues that end within seconds: each time costs two disk flushes."""
        if self._scrubbing is None:
            self._scrubbing = asyncio.get_running_loop().call_later(SCRUB_SECONDS, self._scrub)

    def _scrub(self) -> None:
        self._scrubbing = None
        asyncio.get_running_loop().run_in_executor(None, scrub_file, self._file)

    async def keys(self) -> list[str]:
        """The ids of all conversations that are kept."""
        return [row[0] for row in self._rows.execute("SELECT id FROM conversations")]


def _state_events(tracker: DialogueStateTracker) -> list[Event]:
    changed = {name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value}
    return _events(changed, tracker.active_loop_name)


def _private(events: list[Event]) -> bool:
    """Whether name or contact are in it: once the ticket has them, they must be in no side file either."""
    return any(isinstance(event, SlotSet) and event.key in PRIVATE_SLOTS for event in events)


def _events(slots: dict[str, Any], form: str | None) -> list[Event]:
    events: list[Event] = [SlotSet(name, value) for name, value in slots.items()]
    if form:
        events.append(ActiveLoop(form))
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    return events
