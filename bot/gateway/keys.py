"""The typed keys under which the application keeps what its handlers need."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from actions.desk.crisis import CrisisClass
    from actions.desk.database import Database
    from actions.desk.district import District
    from bot.gateway.health import Health
    from bot.gateway.limits import AddressRate, Forms, Rate
    from bot.gateway.loading import Loading
    from bot.gateway.own_replies import OwnReplies
    from bot.gateway.rasa import RasaClient
    from bot.gateway.screening import Screener
    from bot.gateway.sms.door import Door
    from bot.gateway.stream import Streams
    from bot.gateway.turns import Turns
    from bot.replies import Replies
    from knowledge.knowledge import Knowledge
    from knowledge.settings import Settings

SETTINGS: web.AppKey[Settings] = web.AppKey("settings")
DISTRICT: web.AppKey[District] = web.AppKey("district")
REPLIES: web.AppKey[Replies] = web.AppKey("replies")
DATABASE: web.AppKey[Database] = web.AppKey("database")
# Gives None while the articles are still being loaded.
KNOWLEDGE: web.AppKey[Callable[[], Knowledge | None]] = web.AppKey("knowledge")
OWN_REPLIES: web.AppKey[OwnReplies] = web.AppKey("own_replies")
LOADING: web.AppKey[Loading] = web.AppKey("loading")
RASA: web.AppKey[RasaClient] = web.AppKey("rasa")
TURNS: web.AppKey[Turns] = web.AppKey("turns")
STREAMS: web.AppKey[Streams] = web.AppKey("streams")
HEALTH: web.AppKey[Health] = web.AppKey("health")
SMS: web.AppKey[Door] = web.AppKey("sms")
# The tokens that may sign a webhook; none means that nothing is believed.
TWILIO_TOKENS: web.AppKey[tuple[str, ...]] = web.AppKey("twilio_tokens")
# Not empty once the log has said that a proxy is not named.
UNNAMED_PROXY: web.AppKey[list[bool]] = web.AppKey("unnamed_proxy")
# What addresses are hashed with, where guesses at tickets are counted.
ORIGIN_KEY: web.AppKey[bytes] = web.AppKey("origin_key")
SCREENER: web.AppKey[Screener] = web.AppKey("screener")
SESSION_RATE: web.AppKey[AddressRate] = web.AppKey("session_rate")
FEEDBACK_RATE: web.AppKey[Rate] = web.AppKey("feedback_rate")
SEARCH_RATE: web.AppKey[AddressRate] = web.AppKey("search_rate")
FORMS: web.AppKey[Forms] = web.AppKey("forms")

# The conversation whose token a request carries; set by the access check before the handler runs.
CONVERSATION: web.RequestKey[str] = web.RequestKey("conversation", str)
# The danger that a message of an address above its limits speaks of; set before the access check, where there is one.
CRISIS: web.RequestKey[CrisisClass] = web.RequestKey("crisis")
# The form of a request that Twilio has signed; set by the access check.
TWILIO_FORM: web.RequestKey[dict[str, str]] = web.RequestKey("twilio_form", dict)
