"""Clients that send next to nothing are not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.gateway import incoming
from bot.gateway.app import build_action_app
from bot.gateway.errors import errors_middleware
from bot.gateway.incoming import read_form, read_object, too_long
from bot.gateway.loading import Loading
from bot.gateway.patience import Patience, in_time, note_request
from tests.bot.gateway.desk_stand_ins import PATIENCE


async def echo(request: web.Request) -> web.StreamResponse:
    return web.json_response(await read_object(request, too_long()))


async def form(request: web.Request) -> web.StreamResponse:
    return web.json_response(dict(await read_form(request)))


@pytest.fixture
def head_seconds() -> float:
    return 0.3


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, head_seconds: float) -> AsyncIterator[TestServer]:
    monkeypatch.setattr(incoming, "in_time", lambda: in_time(0.2))
    app = web.Application(middlewares=[note_request, errors_middleware()])
    app.router.add_post("/echo", echo)
    app.router.add_post("/form", form)
    server = TestServer(app)
    await server.start_server(lingering_time=0.1)
    assert server.runner.server is not None
    watching = asyncio.create_task(Patience(server.runner.server, head_seconds=head_seconds, look_seconds=0.05).run())
    yield server
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await server.close()


@asynccontextmanager
async def connected(
    server: TestServer, *parts: bytes
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def all_of(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side closes, or resets, the connection."""
    came = b""
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            while part := await reader.read(1000):
                came += part
    return came


@pytest.mark.parametrize(
    "parts", [(), (b"POST /echo HTTP/1.1\r\nHost: a\r\nX-Slow: ",)], ids=["nothing", "half a head"]
)
async def test_attack_a_head_that_never_ends_is_cut_off(server: TestServer, parts: tuple[bytes, ...]) -> None:
    async with connected(server, *parts) as (reader, _):
        assert await all_of(reader) == b""


async def test_attack_a_head_that_trickles_is_cut_off(server: TestServer) -> None:
    async with connected(server, b"POST /echo HTTP/1.1\r\n") as (reader, writer):

        async def trickle() -> None:
            while True:
                writer.write(b"X-A: b\r\n")
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        assert await all_of(reader) == b""
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


@pytest.mark.parametrize("path", ["/echo", "/form"])
async def test_attack_a_body_that_never_comes_is_answered_and_the_connection_closed(
    server: TestServer, path: str
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
    async with connected(server, head.encode(), b"{") as (reader, _):
        answer = await all_of(reader)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too_slow" in answer


@pytest.mark.parametrize("head_seconds", [1.0])  # the first request must come in time, however busy the machine is
async def test_a_connection_that_has_had_a_request_is_left_alone(server: TestServer, head_seconds: float) -> None:
    request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
    async with connected(server, request) as (reader, writer), asyncio.timeout(PATIENCE):
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(1.5 * head_seconds)
        writer.write(request)
        assert (await reader.readuntil(b"{}")).startswith(b"HTTP/1.1 200")


async def test_rasas_connections_to_the_actions_are_left_alone_too() -> None:
    server = TestServer(build_action_app(Loading()))
    await server.start_server()
    assert server.runner.server is not None
    patience = Patience(server.runner.server, head_seconds=0.0)
    async with connected(server, b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n") as (reader, _):
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readline()).startswith(b"HTTP/1.1 ")
        patience.look(asyncio.get_running_loop().time())
        await asyncio.sleep(0.05)
        assert not reader.at_eof()
        assert len(server.runner.server.connections) == 1
    await server.close()
