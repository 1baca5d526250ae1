"""The tracker store: a conversation's place survives, and a turn's cost does not grow with its past."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered

from bot.tracker_store import ConversationTrackerStore

DOMAIN = Domain.load(str(Path("bot/domain")))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "conversations.db")


async def talk(store: ConversationTrackerStore, turns: int) -> None:
    for number in range(turns):
        tracker = await store.get_or_create_tracker("c1")
        tracker.update_with_events(
            [
                UserUttered(f"canary text {number}"),
                ActionExecuted("ticket_form"),
                ActiveLoop("ticket_form"),
                SlotSet("problem", "no prende"),
                SlotSet("requested_slot", "asset_tag"),
                BotUttered("?"),
                ActionExecuted("action_listen"),
            ],
            DOMAIN,
        )
        await store.save(tracker)


async def test_slots_form_and_what_is_asked_survive_a_restart(path: str) -> None:
    await talk(ConversationTrackerStore(DOMAIN, path=path), 1)
    tracker = await ConversationTrackerStore(DOMAIN, path=path).retrieve("c1")
    assert tracker is not None
    assert tracker.active_loop_name == "ticket_form"
    assert tracker.get_slot("problem") == "no prende"
    assert tracker.get_slot("requested_slot") == "asset_tag"
    assert tracker.latest_action_name == "action_listen"


async def test_a_long_conversation_keeps_no_more_events_than_a_short_one(path: str) -> None:
    store = ConversationTrackerStore(DOMAIN, path=path)
    await talk(store, 1)
    short = await store.retrieve("c1")
    await talk(store, 100)
    long = await store.retrieve("c1")
    assert short is not None
    assert long is not None
    assert len(long.events) == len(short.events)


async def test_what_the_family_wrote_is_not_in_the_file(path: str) -> None:
    await talk(ConversationTrackerStore(DOMAIN, path=path), 3)
    for file in Path(path).parent.iterdir():
        assert b"canary" not in file.read_bytes()


async def test_a_turn_that_broke_leaves_the_conversation_as_it_was(path: str) -> None:
    store = ConversationTrackerStore(DOMAIN, path=path)
    await talk(store, 1)
    broken = await store.retrieve("c1")
    assert broken is not None
    broken.update_with_events([SlotSet("problem", "half done")], DOMAIN)
    again = await store.retrieve("c1")
    assert again is not None
    assert again.get_slot("problem") == "no prende"


async def test_an_unknown_conversation_is_none(path: str) -> None:
    assert await ConversationTrackerStore(DOMAIN, path=path).retrieve("nobody") is None


async def test_a_new_session_forgets_form_and_slots_leaves_no_row_and_goes_on_listening(path: str) -> None:
    from bot.channel import begin_anew

    store = ConversationTrackerStore(DOMAIN, path=path)
    await begin_anew(store, "nobody yet")
    await talk(store, 2)
    await begin_anew(store, "c1")
    again = ConversationTrackerStore(DOMAIN, path=path)
    assert (await again.retrieve("c1"), await again.keys()) == (None, [])
    tracker = await store.retrieve("c1")
    assert tracker is not None
    assert tracker.active_loop_name is None
    assert (tracker.get_slot("problem"), tracker.get_slot("requested_slot")) == (None, None)
    assert tracker.latest_action_name == "action_listen"


async def test_name_and_contact_are_in_no_file_once_the_form_is_over(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tracker_store.SCRUB_SECONDS", 0.01)
    store = ConversationTrackerStore(DOMAIN, path=path)
    tracker = await store.get_or_create_tracker("c1")
    given = [ActiveLoop("ticket_form"), SlotSet("student_name", "Canarimba"), SlotSet("contact", "ana@example.com")]
    tracker.update_with_events([*given, ActionExecuted("action_listen")], DOMAIN)
    await store.save(tracker)
    files = list(Path(path).parent.glob("conversations.db*"))
    assert any(b"Canarimba" in file.read_bytes() for file in files)
    over = [ActiveLoop(None), SlotSet("student_name", None), SlotSet("contact", None)]
    tracker.update_with_events([*over, ActionExecuted("action_listen")], DOMAIN)
    await store.save(tracker)
    async with asyncio.timeout(30):
        while any(b"Canarimba" in file.read_bytes() or b"ana@" in file.read_bytes() for file in files):
            await asyncio.sleep(0.01)
