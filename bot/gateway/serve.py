"""Running the desk: what it needs is opened, both listeners start, and all of it stops without losing a turn."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from actions.desk.crisis import screens, use_meaning, use_second_reader
from actions.desk.crisis_reader import CrisisReader
from actions.desk.database import Database
from actions.desk.district import District, DistrictError, load_district
from actions.desk.keywords import check_keywords
from actions.desk.wording import WordingError
from bot.gateway.action_server import load_executor
from bot.gateway.app import build_action_app, build_app
from bot.gateway.keys import SMS, TURNS
from bot.gateway.limits import STREAMS_OF_ALL
from bot.gateway.loading import Loading
from bot.gateway.patience import Patience
from bot.ports import unusable
from bot.replies import Replies, RepliesError
from bot.training import crisis_folder
from knowledge.settings import Settings

if TYPE_CHECKING:
    from rasa_sdk.executor import ActionExecutor

    from knowledge.knowledge import Knowledge

logger = logging.getLogger(__name__)

# Turns under way get this long to end when the desk stops.
DRAIN_SECONDS = 10.0
# What a client still sends after its answer is read for so long, so that it sees the answer.
LINGER_SECONDS = 2.0
LOCAL_HOST = "127.0.0.1"
# Requests, the databases and what Rasa asks of us.
FILES_BESIDE_STREAMS = 1_000


async def serve(settings: Settings) -> None:
    """Run the desk until SIGINT or SIGTERM.

    Raises SystemExit, after naming the problem and its cure in the log, when it cannot start.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    allow_open_files(STREAMS_OF_ALL + FILES_BESIDE_STREAMS)
    for chatty in ("alembic", "rasa_sdk", "sentence_transformers"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if settings.redis_url:
        logger.warning("FAMILYDESK_REDIS_URL is set and not used yet: this desk runs as one process")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        district = load_district(settings.district)
        replies = Replies.load(values=district.values())
        screens()  # a desk that cannot tell a cry for help must not start
        check_keywords()  # nor one that cannot tell who wants no texts
        use_second_reader(CrisisReader.load(crisis_folder(settings)))
    except (DistrictError, RepliesError) as error:
        for problem in error.problems:
            logger.error("%s", problem)
        raise SystemExit(2) from None
    except WordingError as error:
        logger.error("%s", error)
        raise SystemExit(2) from None
    async with desk(settings, district, replies) as loaded:
        logger.info("the desk listens on %s", settings.address)
        stopped = asyncio.create_task(stop.wait())
        # The loading ends only by failing or by being done; until then, both are waited for.
        await asyncio.wait({stopped, loaded}, return_when=asyncio.FIRST_COMPLETED)
        if loaded.done():
            _raise_if_failed(loaded)
            await stop.wait()
        stopped.cancel()
        logger.info("stopping: turns under way are finished first")


def allow_open_files(wanted: int) -> None:
    """Let this process hold so many files and connections open, or as many as the machine allows it."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        reached = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (reached, most))
        if reached < wanted:
            logger.warning(
                "only %d files and connections may be open at once, %d are wanted for a full desk: raise the hard "
                "limit (ulimit -Hn, or LimitNOFILE of the service)",
                reached,
                wanted,
            )


@asynccontextmanager
async def desk(settings: Settings, district: District, replies: Replies) -> AsyncIterator[asyncio.Task[None]]:
    """The desk, listening; gives the task that loads the articles and the actions."""
    loading = Loading()
    async with AsyncExitStack() as stack:
        database = await _database(settings)
        stack.callback(database.close)
        watching = threading.Event()
        stack.callback(watching.set)
        await stack.enter_async_context(
            _listening(build_action_app(loading), LOCAL_HOST, settings.actions_port, "ACTIONS_PORT")
        )
        app = build_app(settings, district, database, replies, loading)
        # Rasa's actions must still answer while the last turns end: this listener closes first.
        await stack.enter_async_context(_listening(app, settings.host, settings.port, "PORT", auto_decompress=False))
        loaded = asyncio.create_task(_load(settings, district, database, loading, watching))
        recovery = asyncio.create_task(_recover(app))
        try:
            yield loaded
        finally:
            for task in (loaded, recovery):
                task.cancel()
            await asyncio.gather(loaded, recovery, return_exceptions=True)


async def _database(settings: Settings) -> Database:
    """The database with its tables. Raises SystemExit after naming the cure; one that may come yet is tried again."""
    try:
        database = Database(settings.database)
    except (ValueError, SQLAlchemyError) as error:
        # What SQLAlchemy says of an address that it cannot read holds the address, password and all.
        why = "it is no address of a database" if isinstance(error, SQLAlchemyError) else str(error)
        logger.error(
            "FAMILYDESK_DATABASE_URL: %s; write sqlite:////path/desk.db or postgresql://user:password@host/name", why
        )
        raise SystemExit(2) from None
    try:
        await asyncio.to_thread(database.migrate)
    except (OSError, OperationalError) as error:
        database.close()
        cause = error if isinstance(error, OSError) else error.orig
        if isinstance(cause, OSError | sqlite3.Error):
            logger.error("FAMILYDESK_DATABASE_URL: %s; name a file in a folder that can be written to", cause)
            raise SystemExit(2) from None
        logger.error("the server of FAMILYDESK_DATABASE_URL does not answer, or does not let the desk in")
        raise SystemExit(1) from None
    return database


async def _recover(app: web.Application) -> None:
    """Take up what the desk had stored and not answered when it stopped: messages first, then texts."""
    await app[TURNS].recover()
    await app[SMS].recover()


@asynccontextmanager
async def _listening(
    app: web.Application, host: str, port: int, setting: str, *, auto_decompress: bool = True
) -> AsyncIterator[None]:
    runner = web.AppRunner(
        app,
        access_log=None,  # addresses may carry what a family typed
        shutdown_timeout=DRAIN_SECONDS,
        auto_decompress=auto_decompress,
        lingering_time=LINGER_SECONDS,
    )
    await runner.setup()
    patience = asyncio.create_task(Patience(runner.server).run()) if runner.server is not None else None
    try:
        try:
            await web.TCPSite(runner, host or None, port).start()
        except OSError as error:
            logger.error("%s", unusable(host, port, setting, error))
            raise SystemExit(2) from None
        yield
    finally:
        if patience is not None:
            patience.cancel()
        await runner.cleanup()


async def _load(
    settings: Settings, district: District, database: Database, loading: Loading, watching: threading.Event
) -> None:
    """Load what takes seconds while the desk listens already, then watch the articles."""
    knowledge, executor = await asyncio.to_thread(_open, settings, district, database)
    # What was loaded stays for good: the collector need not look through it again in the middle of a turn.
    gc.collect()
    gc.freeze()
    loading.done(knowledge, executor)
    threading.Thread(target=knowledge.watch, args=(watching,), name="articles", daemon=True).start()
    logger.info("articles and actions are loaded")


def _open(settings: Settings, district: District, database: Database) -> tuple[Knowledge, ActionExecutor]:
    # Importing them takes seconds too.
    from actions.resources import Resources, use
    from knowledge.knowledge import Knowledge

    knowledge = Knowledge.open(settings)
    use_meaning(knowledge.meaning, knowledge.encoder)
    executor = load_executor()
    use(Resources(settings, knowledge, database, district))
    return knowledge, executor


def _raise_if_failed(loaded: asyncio.Task[None]) -> None:
    from knowledge.encoder import EncoderError

    error = loaded.exception()
    if isinstance(error, EncoderError):
        logger.error("%s", error)
        raise SystemExit(2)
    if error is not None:
        raise error
