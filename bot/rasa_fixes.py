"""What is put right in Rasa 3.6.21 when its process starts; each with its reason and its measure."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction


class ActionResultError(ValueError):
    """The action server answered with something that is no list of events and replies."""


def _validate_action_result(action: RemoteAction, result: Any) -> bool:
    """What Rasa relies on when it reads the result; the events themselves are checked as they are read.

    Rasa's own way checks its schema of all events against the schema of schemas for every action that it calls. That
    took 0.85 of Rasa's time in a turn; with a schema made once it was still 0.16 (py-spy on `rasa run` under
    tests.benchmarks.turns).
    """
    events, replies = (result.get("events", []), result.get("responses", [])) if isinstance(result, dict) else (0, 0)
    well_formed = all(
        isinstance(part, list) and all(isinstance(item, dict) for item in part) for part in (events, replies)
    )
    if not well_formed or any("event" not in event for event in events):
        raise ActionResultError(f"{action.name()} answered with something other than lists of events and responses")
    return True


def apply() -> None:
    """Put them in place; more than once does no harm."""
    RemoteAction._validate_action_result = _validate_action_result
