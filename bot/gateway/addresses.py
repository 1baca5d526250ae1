"""Whose request it is: the client's address, also behind the proxies that the district trusts."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence

from aiohttp import web

from bot.gateway.access import is_loopback
from bot.gateway.keys import SETTINGS, UNNAMED_PROXY

logger = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# What a household gets of IPv6; within it a client may change its address with every request.
HOUSEHOLD = 64
UNREADABLE = "unknown"


def client_of(request: web.Request) -> str | None:
    """What requests of one client are counted under; None for programs on this machine, which are not.

    A proxy that is not in TRUSTED_PROXIES is the client itself: anybody can write X-Forwarded-For.
    """
    peer, trusted = request.remote, request.app[SETTINGS].trusted_proxies
    if _is_trusted(peer, trusted):
        return _forwarded(request.headers.getall("X-Forwarded-For", []), trusted)
    if is_loopback(peer):
        if "X-Forwarded-For" in request.headers:
            _warn_once(request.app)
        return None
    return _counted(peer)


def _forwarded(headers: Sequence[str], trusted: Sequence[Network]) -> str:
    """The last address in X-Forwarded-For that no trusted proxy has: what stands before it anybody may have written."""
    for part in reversed([part.strip() for header in headers for part in header.split(",")]):
        if not _is_trusted(part, trusted):
            return _counted(part)
    return UNREADABLE


def _is_trusted(address: str | None, trusted: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    return any(found in network for network in trusted)


def _counted(address: str | None) -> str:
    """An address in its one spelling, of IPv6 the household's part."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return UNREADABLE
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, HOUSEHOLD), strict=False))
    return str(found)


def _warn_once(app: web.Application) -> None:
    if not app[UNNAMED_PROXY]:
        app[UNNAMED_PROXY].append(True)
        logger.warning(
            "requests come through a proxy on this machine, and no address is limited: set FAMILYDESK_TRUSTED_PROXIES "
            "to 127.0.0.1 if it writes X-Forwarded-For itself"
        )
