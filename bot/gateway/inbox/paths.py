"""The ways on which a notice reaches a staff member: a mail server, and whoever carries texts."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.gateway.access import is_loopback
from bot.gateway.inbox.wording import Notice
from bot.gateway.sms.twilio import Carrier, TextNotSent
from knowledge.settings import Secret

SECONDS = 15.0
STEP_SECONDS = 8.0
SUBMISSION, SUBMISSION_TLS = 587, 465


class NoticeNotSent(Exception):  # noqa: N818 - it is what became of a notice
    """A notice was not handed over; `code` names why and holds no address; `for_good` when trying again is in vain."""

    def __init__(self, code: str, *, for_good: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.for_good = for_good


class Path(Protocol):
    """Whoever takes notices to staff."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def send(self, number: int, address: str, notice: Notice) -> None:
        """Hand one over; `number` is the same when the same one is sent again. Raises NoticeNotSent."""


class Mail:
    """A mail server by its address, smtp:// (STARTTLS where it is offered) or smtps:// (TLS from the start).

    A password goes over TLS alone, unless the server is on this machine.
    """

    def __init__(
        self,
        url: Secret,
        sender: Address,
        *,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        parts = urlsplit(url.reveal())
        self._host = parts.hostname or ""
        self._tls_first = parts.scheme == "smtps"
        self._port = parts.port or (SUBMISSION_TLS if self._tls_first else SUBMISSION)
        self._user = unquote(parts.username) if parts.username is not None else None
        self._password = unquote(parts.password) if parts.password is not None else None
        self._sender = sender
        self._tls = tls
        self._seconds = seconds

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def send(self, number: int, address: str, notice: Notice) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._hand_over(self._message(number, address, notice))
        except aiosmtplib.SMTPAuthenticationError as error:
            raise NoticeNotSent(f"the mail server refuses the password of SMTP_URL ({error.code})") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            raise NoticeNotSent(f"recipient refused ({code})", for_good=code >= 500) from error
        except aiosmtplib.SMTPResponseException as error:
            raise NoticeNotSent(f"refused ({error.code})", for_good=error.code >= 500) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NoticeNotSent(type(error).__name__) from error

    async def _hand_over(self, message: EmailMessage) -> None:
        must_encrypt = self._password is not None and not (self._host == "localhost" or is_loopback(self._host))
        await aiosmtplib.send(
            message,
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls_first,
            # None: where the server offers it.
            start_tls=False if self._tls_first else (True if must_encrypt else None),
            tls_context=self._tls,
            timeout=min(STEP_SECONDS, self._seconds),
        )

    def _message(self, number: int, address: str, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = address
        message["Subject"] = notice.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        # The same for the same notice: a mailbox shows one that had to be sent twice once.
        message["Message-ID"] = f"<familydesk-notice-{number}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(notice.body)
        return message


class Texts:
    """Text messages to staff, by whoever carries those to families."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    async def start(self) -> None:
        await self._carrier.start()

    async def close(self) -> None:
        await self._carrier.close()

    async def send(self, number: int, address: str, notice: Notice) -> None:  # noqa: ARG002
        try:
            await self._carrier.send(address, notice.text, None)
        except TextNotSent as failure:
            # One that may have gone out goes again: an alert that comes twice does no harm.
            for_good = failure.failure in {"never", "opted out"}
            raise NoticeNotSent(f"Twilio: {failure.code}", for_good=for_good) from failure
