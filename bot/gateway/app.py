"""The desk as an aiohttp application: its parts under typed keys, its routes behind their checks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

from aiohttp import web

from actions.desk.database import Database
from actions.desk.district import District
from actions.desk.phone_numbers import PhoneNumbers
from actions.desk.secret_key import derived, secret_key
from bot.gateway import keys
from bot.gateway.access import guarded
from bot.gateway.errors import errors_middleware, refuse_compressed
from bot.gateway.headers import add_headers
from bot.gateway.health import Health
from bot.gateway.help_centre import missing
from bot.gateway.inbox.notifier import Pace as NoticePace
from bot.gateway.inbox.setup import build_notifier, handoff_workers
from bot.gateway.inbox.watch import Watch
from bot.gateway.limits import (
    ACTION_BYTES,
    BODY_BYTES,
    FEEDBACK_A_MINUTE,
    SEARCHES_A_MINUTE,
    SEARCHES_A_MINUTE_OF_ALL,
    SESSIONS_A_MINUTE,
    SESSIONS_A_MINUTE_OF_ALL,
    AddressRate,
    Forms,
    Rate,
)
from bot.gateway.loading import Loading
from bot.gateway.own_replies import OwnReplies
from bot.gateway.patience import note_request
from bot.gateway.purger import Purger, purge_worker
from bot.gateway.rasa import RasaClient
from bot.gateway.route import Access, Route
from bot.gateway.routes import LOCAL_ROUTES, ROUTES
from bot.gateway.screening import Screener
from bot.gateway.sites import let_sites_in
from bot.gateway.sms.door import BURST_SECONDS
from bot.gateway.sms.sender import Pace
from bot.gateway.sms.setup import build_door, carrier
from bot.gateway.sms.signature import webhook_tokens
from bot.gateway.stream import Streams
from bot.gateway.turns import Turns
from bot.replies import Replies
from bot.tracker_file import file_of
from knowledge.settings import Settings


def build_app(
    settings: Settings,
    district: District,
    database: Database,
    replies: Replies,
    loading: Loading,
    *,
    burst_seconds: float = BURST_SECONDS,
    pace: Pace | None = None,
    notice_pace: NoticePace | None = None,
) -> web.Application:
    """The application that faces the network; the rest is how fast texts and staff notices are worked on."""
    app = web.Application(
        client_max_size=BODY_BYTES,
        middlewares=[note_request, let_sites_in, errors_middleware(missing), refuse_compressed],
    )
    key = secret_key(settings)
    numbers = PhoneNumbers(key)
    own = OwnReplies(replies, district, numbers=numbers, address=settings.address, library=loading.library)
    rasa = RasaClient(f"http://127.0.0.1:{settings.rasa_port}")
    streams = Streams(database)
    screener = Screener()
    app[keys.SETTINGS] = settings
    app[keys.DISTRICT] = district
    app[keys.DATABASE] = database
    app[keys.REPLIES] = replies
    app[keys.OWN_REPLIES] = own
    app[keys.LOADING] = loading
    app[keys.KNOWLEDGE] = loading.knowledge
    app[keys.RASA] = rasa
    app[keys.STREAMS] = streams
    app[keys.HEALTH] = Health(database, rasa, loading)
    app[keys.SCREENER] = screener
    app[keys.UNNAMED_PROXY] = []
    app[keys.ORIGIN_KEY] = derived(key, "origin of a chat")
    app[keys.SESSION_RATE] = AddressRate(SESSIONS_A_MINUTE, SESSIONS_A_MINUTE_OF_ALL)
    app[keys.FEEDBACK_RATE] = Rate(FEEDBACK_A_MINUTE)
    app[keys.SEARCH_RATE] = AddressRate(SEARCHES_A_MINUTE, SEARCHES_A_MINUTE_OF_ALL)
    app[keys.FORMS] = Forms()
    app[keys.TURNS] = Turns(
        database,
        rasa,
        own,
        streams,
        loading,
        screener,
        languages=district.languages,
        reply_seconds=settings.reply_seconds,
        resume_after=timedelta(minutes=district.resume_minutes),
    )
    app[keys.TWILIO_TOKENS] = webhook_tokens(settings, key)
    app[keys.SMS] = build_door(
        settings,
        key,
        database,
        app[keys.TURNS],
        own,
        replies,
        district,
        screener,
        burst_seconds=burst_seconds,
        pace=pace,
    )
    app.cleanup_ctx.append(_screener)
    app.cleanup_ctx.append(_rasa_client)
    app.cleanup_ctx.append(_turns)
    app.cleanup_ctx.append(_sms)
    notifier = build_notifier(
        settings, district, database, numbers, carrier(settings, key, warn=False), pace=notice_pace
    )
    times = notice_pace or NoticePace()
    watch = Watch(database, own, district, look_seconds=times.watch_seconds, escalate_after=times.escalate_after)
    app.cleanup_ctx.append(handoff_workers(notifier, watch))
    app.cleanup_ctx.append(purge_worker(Purger(database, district.retention, file_of(settings))))
    app.on_shutdown.append(_close_streams)
    app.on_response_prepare.append(add_headers)
    add_routes(app, ROUTES)
    return app


def build_action_app(loading: Loading) -> web.Application:
    """The application that only Rasa on this machine calls."""
    app = web.Application(client_max_size=ACTION_BYTES, middlewares=[note_request, errors_middleware()])
    app[keys.LOADING] = loading
    add_routes(app, LOCAL_ROUTES)
    return app


def add_routes(app: web.Application, routes: Iterable[Route]) -> None:
    """Put each route behind the check that its access asks for."""
    for route in routes:
        resource = app.router.add_resource(route.path)
        handler = guarded(route)
        resource.add_route(route.method, handler)
        if route.method == "GET" and route.access is Access.PUBLIC:
            resource.add_route("HEAD", handler)


async def _rasa_client(app: web.Application) -> AsyncIterator[None]:
    await app[keys.RASA].start()
    yield
    await app[keys.RASA].close()


async def _screener(app: web.Application) -> AsyncIterator[None]:
    yield
    app[keys.SCREENER].close()


async def _turns(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[keys.TURNS].close()


async def _sms(app: web.Application) -> AsyncIterator[None]:
    await app[keys.SMS].start()
    yield
    await app[keys.SMS].close()


async def _close_streams(app: web.Application) -> None:
    await app[keys.STREAMS].close()
