"""Putting together who tells staff, from the settings; what is missing is said at the start, with its cure."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Collection
from datetime import timedelta
from email.headerregistry import Address

from aiohttp import web

from actions.desk import notices
from actions.desk.database import Database
from actions.desk.district import District
from actions.desk.phone_numbers import PhoneNumbers
from bot.gateway.inbox.notifier import Notifier, Pace
from bot.gateway.inbox.paths import Mail, Path, Texts
from bot.gateway.inbox.watch import Watch
from bot.gateway.inbox.wording import Writer
from bot.gateway.sms.twilio import Carrier, Nobody
from knowledge.settings import Settings

logger = logging.getLogger(__name__)

MAIL_CURE = "set FAMILYDESK_SMTP_URL to your mail server, such as smtp://user:password@host:587"
TEXT_CURE = "set FAMILYDESK_TWILIO_ACCOUNT_SID, FAMILYDESK_TWILIO_AUTH_TOKEN and FAMILYDESK_TWILIO_FROM"


def build_notifier(
    settings: Settings,
    district: District,
    database: Database,
    numbers: PhoneNumbers,
    carrier: Carrier,
    *,
    pace: Pace | None = None,
) -> Notifier:
    """The notifier of a desk; `carrier` takes its texts, and must not be started by anybody else."""
    paths: dict[notices.Path, Path] = {}
    if settings.smtp_url.reveal():
        sender = Address(display_name=district.help_desk.name, addr_spec=district.help_desk.email)
        paths["mail"] = Mail(settings.smtp_url, sender)
    if not isinstance(carrier, Nobody):
        paths["sms"] = Texts(carrier)
    _warn(paths)
    writer = Writer(settings.address, district.time_zone, numbers, district.child_abuse_hotline)
    return Notifier(database, writer, paths, again=timedelta(minutes=district.reminder_minutes), pace=pace)


def handoff_workers(notifier: Notifier, watch: Watch) -> Callable[[web.Application], AsyncIterator[None]]:
    """What runs beside the application, as aiohttp wants it."""

    async def running(app: web.Application) -> AsyncIterator[None]:  # noqa: ARG001
        await notifier.start()
        await watch.start()
        yield
        await watch.close()
        await notifier.close()

    return running


def _warn(paths: Collection[notices.Path]) -> None:
    if not paths:
        logger.warning("crisis alerts reach nobody: %s, or %s", MAIL_CURE, TEXT_CURE)
    if "mail" not in paths:
        logger.warning("no staff member is told by mail that a family waits for a person: %s", MAIL_CURE)
