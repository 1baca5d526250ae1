"""The action protocol for Rasa, on a listener of its own on 127.0.0.1."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from bot.gateway.errors import ApiError, json_response, where
from bot.gateway.keys import LOADING
from bot.gateway.route import Access, Route

if TYPE_CHECKING:
    from rasa_sdk.executor import ActionExecutor

logger = logging.getLogger(__name__)

ACTIONS_PACKAGE = "actions"


def load_executor() -> ActionExecutor:
    """All actions of the package, ready to run. Takes seconds: call it in a thread."""
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package(ACTIONS_PACKAGE)
    return executor


async def run_action(request: web.Request) -> web.StreamResponse:
    """POST /webhook: run one action, as rasa-sdk's own server does."""
    from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

    executor = request.app[LOADING].executor()
    if executor is None:
        raise ApiError(503, "loading", "The actions are still loading; try again in some seconds.")
    try:
        call = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise ApiError(400, "broken_json", "The body is not JSON; send an action call.") from None
    if not isinstance(call, dict):
        raise ApiError(400, "not_an_object", "The body must be an action call.")
    name = str(call.get("next_action"))
    try:
        return json_response(await executor.run(call) or {})
    except ActionExecutionRejection as rejection:
        # Rasa reads both fields: a form that rejects lets another rule go on.
        return json_response({"error": rejection.message, "action_name": rejection.action_name}, 400)
    except ActionNotFoundException as missing:
        logger.error("there is no action %s", missing.action_name)
        return json_response({"error": missing.message, "action_name": missing.action_name}, 404)
    except Exception as error:  # noqa: BLE001 - Rasa must hear of it, and the log may not quote the family
        logger.error("action %s: %s: %s", name, type(error).__name__, where(error))
        return json_response({"error": type(error).__name__, "action_name": name}, 500)


async def health(request: web.Request) -> web.StreamResponse:
    """GET /health: as rasa-sdk's own server answers it."""
    loaded = request.app[LOADING].executor() is not None
    return json_response({"status": "ok" if loaded else "loading"}, 200 if loaded else 503)


ROUTES: tuple[Route, ...] = (
    Route("POST", "/webhook", run_action, Access.LOCAL),
    Route("GET", "/health", health, Access.LOCAL),
)
