"""What is put right in Rasa 3.6.21 when its process starts; each with its reason and its measure."""

from __future__ import annotations

from typing import Any

import aiohttp
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig

# An action that takes longer has failed; the family has had its fallback long before.
ACTION_SECONDS = 10


class ActionResultError(ValueError):
    """The action server answered with something that is no list of events and replies."""


def _validate_action_result(action: RemoteAction, result: Any) -> bool:
    """What Rasa relies on when it reads the result; the events themselves are checked as they are read.

    Rasa's own way checks its schema of all events against the schema of schemas for every action that it calls. That
    took 0.85 of Rasa's time in a turn; with a schema made once it was still 0.16 (py-spy on `rasa run` under
    tests.benchmarks.turns).
    """
    parts: list[Any] = (
        [result.get(name, []) for name in ("events", "responses")] if isinstance(result, dict) else [None]
    )
    well_formed = all(isinstance(part, list) and all(isinstance(item, dict) for item in part) for part in parts)
    if not well_formed or any("event" not in event for event in parts[0]):
        raise ActionResultError(f"{action.name()} answered with something other than lists of events and responses")
    return True


class _KeptSession:
    """What `async with endpoint.session() as session` gets: the endpoint's one session, left open at the end."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *error: object) -> None:
        return None


def _session(endpoint: EndpointConfig) -> _KeptSession:
    """Rasa opens a session and a connection for every action that it calls: 0.14 of its time in a turn."""
    kept: aiohttp.ClientSession | None = getattr(endpoint, "kept_session", None)
    if kept is None or kept.closed:
        # No cookies, no time-out that is shorter than Rasa's own; the desk's action listener keeps connections alive.
        kept = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=ACTION_SECONDS)
        )
        endpoint.kept_session = kept
    return _KeptSession(kept)


def apply() -> None:
    """Put them in place; more than once does no harm."""
    RemoteAction._validate_action_result = _validate_action_result
    EndpointConfig.session = _session
