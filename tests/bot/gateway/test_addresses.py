"""Whose request it is: believed of trusted proxies alone, and nobody gets round a limit by what he writes himself."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Application

from bot.gateway.addresses import client_of
from bot.gateway.keys import SETTINGS, UNNAMED_PROXY
from knowledge.settings import SettingsError, load_settings
from tests.bot.gateway.desk_stand_ins import running_desk


def client(peer: str, *forwarded: str, trusted: str = "") -> str | None:
    app = Application()
    app[SETTINGS] = load_settings({"FAMILYDESK_TRUSTED_PROXIES": trusted})
    app[UNNAMED_PROXY] = []
    headers = [("X-Forwarded-For", one) for one in forwarded]
    request = make_mocked_request("GET", "/", headers=headers, app=app)  # type: ignore[arg-type]
    return client_of(request.clone(remote=peer))


def test_without_a_proxy_it_is_the_peer_and_this_machine_is_nobody() -> None:
    assert client("203.0.113.7") == "203.0.113.7"
    assert client("127.0.0.1") is client("::1") is None


def test_attack_an_address_that_the_client_wrote_itself_counts_for_nothing() -> None:
    assert client("203.0.113.7", "198.51.100.1") == "203.0.113.7"
    assert client("203.0.113.7", "198.51.100.1", trusted="127.0.0.1") == "203.0.113.7"


@pytest.mark.parametrize("header", ["198.51.100.1", "6.6.6.6, 198.51.100.1", "127.0.0.1, 198.51.100.1, 10.0.0.2"])
def test_behind_trusted_proxies_it_is_the_last_address_that_none_of_them_has(header: str) -> None:
    assert client("127.0.0.1", header, trusted="127.0.0.1, 10.0.0.0/8") == "198.51.100.1"


def test_several_headers_are_read_as_one() -> None:
    assert client("127.0.0.1", "6.6.6.6", "198.51.100.1", trusted="127.0.0.1") == "198.51.100.1"


@pytest.mark.parametrize("headers", [[], [""], ["unknown"], ["127.0.0.1"], ["; drop table"]])
def test_attack_nobody_behind_a_trusted_proxy_is_taken_for_this_machine(headers: list[str]) -> None:
    assert client("127.0.0.1", *headers, trusted="127.0.0.1") == "unknown"


def test_attack_a_household_that_changes_its_ipv6_address_is_one() -> None:
    assert client("2001:db8:1:2::1") == client("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert client("2001:db8:1:3::1") != client("2001:db8:1:2::1")
    assert client("::ffff:203.0.113.7") == "203.0.113.7"


async def test_a_proxy_that_is_not_named_is_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running_desk(tmp_path) as desk:
        for _ in range(3):
            await desk.family(**{"X-Forwarded-For": "203.0.113.7"})
    assert caplog.text.count("FAMILYDESK_TRUSTED_PROXIES") == 1


@pytest.mark.parametrize("value", ["nginx", "127.0.0.1;10.0.0.1", "10.0.0.1/8"])
def test_a_proxy_that_is_no_address_stops_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match="addresses or networks such as"):
        load_settings({"FAMILYDESK_TRUSTED_PROXIES": value})
