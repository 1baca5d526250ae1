"""Mail over a real mail server: with and without TLS, refused, hanging, down; and texts over the carrier."""

from __future__ import annotations

import time
from email.headerregistry import Address
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from bot.gateway.inbox.paths import Mail, NoticeNotSent, Texts
from bot.gateway.inbox.wording import Notice
from bot.gateway.sms.stand_in import StandInTwilio
from bot.gateway.sms.twilio import Twilio
from knowledge.settings import Secret
from tests.mail_server import PASSWORD, USER, certificate, mail_server
from tests.ports import free_ports

# The server says so of itself where a test wants a password without TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

SENDER = Address("Family Help Desk", addr_spec="familyhelp@cedar.example")
NOTICE = Notice("A family waits", "Waiting since: now\nLanguage: español\n", "FamilyDesk: a family waits")
TO = "ana@cedar.example"
LOGIN = "desk%40cedar.example:p%40ss:word"


async def test_a_mail_says_who_it_is_from_and_that_no_person_wrote_it() -> None:
    with mail_server() as server:
        await Mail(Secret(f"smtp://127.0.0.1:{server.port}"), SENDER).send(7, TO, NOTICE)
    [mail] = server.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == (str(SENDER), TO, "A family waits")
    assert mail["Message-ID"] == "<familydesk-notice-7@cedar.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "español" in mail.get_content()


async def test_where_the_server_offers_tls_it_is_used_and_the_password_goes_over_it(tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path)
    with mail_server(tls=ours, password=True) as server:
        await Mail(Secret(f"smtp://{LOGIN}@127.0.0.1:{server.port}"), SENDER, tls=theirs).send(1, TO, NOTICE)
    assert (server.encrypted, server.logins) == ([True], [USER])


async def test_smtps_speaks_tls_from_the_start(tmp_path: Path) -> None:
    ours, theirs = certificate(tmp_path)
    with mail_server(tls=ours, tls_first=True, password=True) as server:
        await Mail(Secret(f"smtps://{LOGIN}@127.0.0.1:{server.port}"), SENDER, tls=theirs).send(1, TO, NOTICE)
    assert len(server.mails) == 1


async def test_a_server_that_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    ours, _ = certificate(tmp_path)
    with mail_server(tls=ours) as server, pytest.raises(NoticeNotSent) as caught:
        await Mail(Secret(f"smtp://127.0.0.1:{server.port}"), SENDER).send(1, TO, NOTICE)
    assert not caught.value.for_good
    assert server.mails == []


async def test_no_password_leaves_this_machine_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.inbox.paths.is_loopback", lambda host: False)
    with mail_server(password=True) as server, pytest.raises(NoticeNotSent):
        await Mail(Secret(f"smtp://{LOGIN}@127.0.0.1:{server.port}"), SENDER).send(1, TO, NOTICE)
    assert (server.logins, server.mails) == ([], [])


async def test_a_wrong_password_is_named_but_not_shown() -> None:
    with mail_server(password=True) as server, pytest.raises(NoticeNotSent) as caught:
        await Mail(Secret(f"smtp://ana:canary@127.0.0.1:{server.port}"), SENDER).send(1, TO, NOTICE)
    assert "refuses the password of SMTP_URL" in caught.value.code
    assert "canary" not in caught.value.code
    assert not caught.value.for_good  # somebody will mend it
    assert PASSWORD not in repr(caught.value)


@pytest.mark.parametrize(("answer", "for_good"), [("451 try later", False), ("550 nobody here", True)])
async def test_a_refusal_is_told_apart_by_its_first_digit_and_names_no_address(answer: str, for_good: bool) -> None:
    with mail_server() as server:
        mail = Mail(Secret(f"smtp://127.0.0.1:{server.port}"), SENDER)
        server.to_recipient = answer
        with pytest.raises(NoticeNotSent) as to_recipient:
            await mail.send(1, TO, NOTICE)
        server.to_recipient, server.to_words = None, answer
        with pytest.raises(NoticeNotSent) as to_words:
            await mail.send(1, TO, NOTICE)
    for caught in (to_recipient, to_words):
        assert caught.value.for_good is for_good
        assert answer[:3] in caught.value.code
        assert TO not in caught.value.code


async def test_a_server_that_hangs_or_is_down_is_given_up_in_time() -> None:
    with mail_server() as server:
        server.hangs = True
        began = time.monotonic()
        with pytest.raises(NoticeNotSent) as hanging:
            await Mail(Secret(f"smtp://127.0.0.1:{server.port}"), SENDER, seconds=0.3).send(1, TO, NOTICE)
        assert time.monotonic() - began < 5  # by itself it gives up after eight seconds
    [port] = free_ports(1)
    with pytest.raises(NoticeNotSent) as down:
        await Mail(Secret(f"smtp://127.0.0.1:{port}"), SENDER).send(1, TO, NOTICE)
    assert not hanging.value.for_good
    assert not down.value.for_good


async def test_a_text_to_staff_has_its_number_and_no_callback() -> None:
    twilio = StandInTwilio()
    server = TestServer(twilio.app())
    await server.start_server()
    texts = Texts(Twilio(str(server.make_url("")), "AC123", "12345", "+15155550142"))
    await texts.start()
    await texts.send(1, "+15155550151", NOTICE)
    assert [text.form for text in twilio.sent] == [
        {"To": "+15155550151", "From": "+15155550142", "Body": "FamilyDesk: a family waits"}
    ]
    for status, code, for_good in ((400, 21610, True), (400, 21614, True), (503, 0, False)):
        twilio.fail = lambda form, status=status, code=code: (status, {"code": code}, {})  # type: ignore[misc]
        with pytest.raises(NoticeNotSent) as caught:
            await texts.send(1, "+15155550151", NOTICE)
        assert caught.value.for_good is for_good
    await texts.close()
    await server.close()
