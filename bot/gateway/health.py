"""Whether the process lives, and whether all that it needs is there."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from actions.desk import conversations
from actions.desk.database import Database
from bot.gateway.errors import json_response, where
from bot.gateway.keys import HEALTH
from bot.gateway.loading import Loading
from bot.gateway.rasa import RasaClient
from bot.gateway.route import Access, Route

logger = logging.getLogger(__name__)

# Anybody may ask; so often do we look.
FRESH_SECONDS = 0.02
DATABASE_SECONDS = 2.0


class Health:
    """The three things that the desk needs; callers that come together share one look."""

    def __init__(self, database: Database, rasa: RasaClient, loading: Loading) -> None:
        self._database = database
        self._rasa = rasa
        self._loading = loading
        self._looking = asyncio.Lock()
        self._looked = float("-inf")
        self._checks: dict[str, str] = {}

    async def checks(self) -> dict[str, str]:
        """Each part's state, `ok` or a word for what is wrong."""
        loop = asyncio.get_running_loop()
        async with self._looking:
            if loop.time() - self._looked >= FRESH_SECONDS:
                database, rasa = await asyncio.gather(self._database_state(), self._rasa.is_ready())
                self._checks = {
                    "database": database,
                    "rasa": "ok" if rasa else "unreachable",
                    "knowledge": "loading" if self._loading.knowledge() is None else "ok",
                }
                self._looked = loop.time()
            return self._checks

    async def _database_state(self) -> str:
        try:
            await asyncio.wait_for(self._database.run(conversations.latest_id), DATABASE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to the question
            logger.error("database: %s: %s", type(error).__name__, where(error))
            return "failing"
        return "ok"


async def alive(request: web.Request) -> web.StreamResponse:  # noqa: ARG001
    """GET /healthz: the process answers."""
    return json_response({"status": "ok"})


async def ready(request: web.Request) -> web.StreamResponse:
    """GET /readyz: families get real replies."""
    checks = await request.app[HEALTH].checks()
    all_well = all(state == "ok" for state in checks.values())
    return json_response({"status": "ok" if all_well else "not ready", "checks": checks}, 200 if all_well else 503)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/healthz", alive, Access.PUBLIC),
    Route("GET", "/readyz", ready, Access.PUBLIC),
)
