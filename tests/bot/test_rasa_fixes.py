"""What is put right in Rasa still does what Rasa's own part did."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig

from bot import rasa_fixes

ACTION = RemoteAction("action_answer", None)


@pytest.fixture(autouse=True)
def applied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RemoteAction._validate_action_result)
    monkeypatch.setattr(EndpointConfig, "session", EndpointConfig.session)
    rasa_fixes.apply()


@pytest.mark.parametrize(
    "result",
    [{"events": [], "responses": []}, {}, {"events": [{"event": "slot", "name": "a", "value": 1}], "responses": [{}]}],
)
def test_a_well_formed_result_passes(result: dict[str, Any]) -> None:
    assert ACTION._validate_action_result(result)


@pytest.mark.parametrize(
    "result", [None, [], "x", {"events": {}}, {"events": ["x"]}, {"events": [{"name": "a"}]}, {"responses": "x"}]
)
def test_anything_else_is_refused_and_names_the_action(result: Any) -> None:
    with pytest.raises(rasa_fixes.ActionResultError, match="action_answer"):
        ACTION._validate_action_result(result)


async def test_the_session_to_the_actions_is_kept_between_calls() -> None:
    endpoint = EndpointConfig("http://127.0.0.1:1/webhook")
    async with endpoint.session() as first:
        pass
    async with endpoint.session() as second:
        assert second is first
        assert not second.closed
    await second.close()
    async with endpoint.session() as third:
        assert third is not first
    await third.close()
