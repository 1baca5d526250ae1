"""Putting the SMS door together from the settings: with Twilio, with a stand-in, or with nobody behind it."""

from __future__ import annotations

import logging

from actions.desk.database import Database
from actions.desk.district import District
from actions.desk.phone_numbers import PhoneNumbers
from bot.gateway.own_replies import OwnReplies
from bot.gateway.screening import Screener
from bot.gateway.sms.door import BURST_SECONDS, Door
from bot.gateway.sms.layout import Layout
from bot.gateway.sms.sender import Pace, Sender
from bot.gateway.sms.signature import webhook_tokens
from bot.gateway.sms.twilio import Carrier, Nobody, Twilio
from bot.gateway.turns import Turns
from bot.replies import Replies
from knowledge.settings import TWILIO_API_URL, Settings

logger = logging.getLogger(__name__)

STATUS_PATH = "/sms/twilio/status"
# What the desk calls itself towards a stand-in when no account is set.
DEMO_ACCOUNT = "AC00000000000000000000000000000000"
DEMO_NUMBER = "+15155550100"


def carrier(settings: Settings, key: bytes, *, warn: bool = True) -> Carrier:
    """Who carries the desk's texts. Without an account that is a stand-in, if one is set, and else nobody.

    `warn` says in the log which settings are missing.
    """
    account, tokens, number = settings.twilio_account_sid, webhook_tokens(settings, key), settings.twilio_from
    if account and tokens and number:
        return Twilio(settings.twilio_api_url, account, tokens[0], number)
    if settings.twilio_auth_token.reveal() or account or number:
        missing = [
            f"FAMILYDESK_TWILIO_{name}"
            for name, value in (("ACCOUNT_SID", account), ("AUTH_TOKEN", tokens), ("FROM", number))
            if not value
        ]
        if warn:
            logger.warning("texts are sent to nobody: %s is not set; set all three, or none", " and ".join(missing))
        return Nobody()
    if settings.twilio_api_url != TWILIO_API_URL:
        return Twilio(settings.twilio_api_url, DEMO_ACCOUNT, tokens[0], DEMO_NUMBER)
    return Nobody()


def build_door(
    settings: Settings,
    key: bytes,
    database: Database,
    turns: Turns,
    own: OwnReplies,
    replies: Replies,
    district: District,
    screener: Screener,
    *,
    burst_seconds: float = BURST_SECONDS,
    pace: Pace | None = None,
) -> Door:
    """The SMS door of a desk; `key` is its secret key."""
    numbers, layout = PhoneNumbers(key), Layout(replies)
    sender = Sender(
        database,
        numbers,
        layout,
        carrier(settings, key),
        an_hour=settings.sms_per_hour,
        a_day=settings.sms_per_day,
        zone=district.time_zone,
        # Twilio cannot call an address of this machine alone, and refuses a text that names one.
        callback=f"{settings.public_url}{STATUS_PATH}" if settings.public_url else None,
        pace=pace,
    )
    return Door(
        database,
        turns,
        own,
        layout,
        numbers,
        sender,
        screener,
        languages=district.languages,
        own_number=settings.twilio_from or DEMO_NUMBER,
        an_hour=settings.sms_per_hour,
        burst_seconds=burst_seconds,
    )
