"""The WebSocket: who may open it, and that it shows everything once and in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from sqlalchemy import delete, insert, update

from actions.desk import handoffs
from actions.desk.database import Database
from actions.desk.messages import Draft, row_values
from actions.desk.models import CONVERSATIONS, MESSAGES
from bot.gateway import stream
from bot.gateway.keys import STREAMS
from tests.bot.gateway.desk_stand_ins import PATIENCE, Body, Desk, Family, next_frame, running_desk, until


@asynccontextmanager
async def opened(desk: Desk, first: object = None, **headers: str) -> AsyncIterator[ClientWebSocketResponse]:
    async with desk.client.ws_connect("/api/chat/stream", headers=headers) as socket:
        if first is not None:
            await socket.send_str(first if isinstance(first, str) else json.dumps(first))
        yield socket


async def until_state(socket: ClientWebSocketResponse) -> tuple[list[Body], Body]:
    """Messages up to and with the next state."""
    messages = []
    while "state" not in (frame := await next_frame(socket)):
        messages.append(frame["message"])
    state: Body = frame["state"]
    return messages, state


async def close_code(socket: ClientWebSocketResponse) -> int | None:
    frame = await asyncio.wait_for(socket.receive(), PATIENCE)
    assert frame.type in {WSMsgType.CLOSE, WSMsgType.CLOSED}, frame
    return frame.data if frame.type is WSMsgType.CLOSE else socket.close_code


async def test_the_stream_replays_what_came_after_and_then_the_state(desk: Desk) -> None:
    family = await desk.family()
    await family.say("hello")
    everything = await family.history()
    async with opened(desk, {"token": family.token}) as socket:
        assert await until_state(socket) == (everything, family.state)
    async with opened(desk, {"token": family.token, "after": everything[0]["id"]}) as socket:
        assert (await until_state(socket))[0] == everything[1:]
    async with opened(desk, {"token": family.token, "after": everything[-1]["id"]}) as socket:
        assert (await until_state(socket))[0] == []


async def test_messages_come_live_to_every_stream_of_the_conversation_and_to_no_other(desk: Desk) -> None:
    family, other = await desk.family(), await desk.family()
    async with (
        opened(desk, {"token": family.token}) as one,
        opened(desk, {"token": family.token}) as two,
        opened(desk, {"token": other.token}) as foreign,
    ):
        for socket in (one, two, foreign):
            await until_state(socket)
        await family.say("hello")
        for socket in (one, two):
            assert (await next_frame(socket))["message"]["text"] == "hello"
            assert (await next_frame(socket))["message"]["text"] == "You said: hello"
        with pytest.raises(TimeoutError):
            await next_frame(foreign, 0.7)


async def test_nothing_is_lost_or_doubled_between_replay_and_live(desk: Desk) -> None:
    family = await desk.family()
    seen: list[str] = []

    async def watch() -> None:
        after = "0"
        for _ in range(10):  # come and go while messages are being written
            async with opened(desk, {"token": family.token, "after": after}) as socket:
                for _ in range(6):
                    frame = await next_frame(socket)
                    if "message" in frame:
                        seen.append(frame["message"]["id"])
                        after = frame["message"]["id"]
                    if len(seen) == 41:
                        return

    watching = asyncio.create_task(watch())
    for number in range(20):
        await family.say(f"message {number}")
    await asyncio.wait_for(watching, PATIENCE)
    assert seen == [one["id"] for one in await family.history()][: len(seen)]
    assert len(seen) == 41


async def test_a_staff_members_message_from_another_process_arrives(desk: Desk) -> None:
    family = await desk.family()
    now = datetime.now(UTC)
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        elsewhere = Database(desk.settings.database)  # as another process would open it
        with elsewhere.session() as session:
            queued = handoffs.request(session, family.conversation, reason="test", now=now)
            handoffs.accept(session, queued.id, "ms-garcia", now)
            handoffs.say(session, queued.id, "I am here now", now)
        elsewhere.close()
        frame = await next_frame(socket)
        assert (frame["message"]["from"], frame["message"]["text"]) == ("staff", "I am here now")
        assert (await next_frame(socket))["state"]["mode"] == "human"


async def test_a_message_that_appears_after_one_with_a_higher_id_arrives(desk: Desk) -> None:
    family, other = await desk.family(), await desk.family()
    now = datetime.now(UTC)
    async with opened(desk, {"token": family.token}) as socket, opened(desk, {"token": other.token}) as beside:
        await until_state(socket)
        await until_state(beside)
        elsewhere = Database(desk.settings.database)
        for number, conversation, arrives in ((900, other.conversation, beside), (800, family.conversation, socket)):
            written = row_values(conversation, Draft("text", "en", "from another desk", sender="staff"), now)
            with elsewhere.session() as session:
                session.execute(insert(MESSAGES).values({**written, "id": number}))
            assert (await next_frame(arrives))["message"]["id"] == str(number)
        elsewhere.close()


async def test_a_person_who_takes_over_shows_in_the_state_without_a_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "STATE_SECONDS", 0.1)
    family = await desk.family()
    now = datetime.now(UTC)
    queued = await desk.database.run(handoffs.request, family.conversation, reason="test", now=now)
    async with opened(desk, {"token": family.token}) as socket:
        assert (await until_state(socket))[1]["mode"] == "waiting"
        await desk.database.run(handoffs.accept, queued.id, "ms-garcia", now)
        assert (await next_frame(socket))["state"]["mode"] == "human"


async def test_the_database_is_looked_at_only_while_a_stream_is_open(desk: Desk) -> None:
    streams = desk.client.app[STREAMS]
    family = await desk.family()
    assert streams._looker is None
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        assert streams._looker is not None
    await until(lambda: streams._looker is None)
    assert streams.count(family.conversation) == 0


@pytest.mark.parametrize(
    "first",
    [{"token": "no-such-token"}, {}, {"token": None}, {"token": 5}, {"token": ""}, {"token": "é"}, {"after": "1"}],
)
async def test_attack_without_a_token_the_stream_closes_with_4401(desk: Desk, first: Body) -> None:
    await desk.family()
    async with opened(desk, first) as socket:
        assert await close_code(socket) == 4401


async def test_attack_a_token_in_the_address_or_header_does_not_open_the_stream(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "FIRST_FRAME_SECONDS", 0.1)
    family = await desk.family()
    async with opened(desk, None, **family.headers) as socket:
        assert await close_code(socket) == 4401


async def test_attack_a_stream_that_stays_silent_is_closed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "FIRST_FRAME_SECONDS", 0.1)
    async with opened(desk) as socket:
        assert await close_code(socket) == 4401


@pytest.mark.parametrize("first", ["not JSON", "[]", "5", "null", "[" * 15_000, '{"token": "t", "after": "x"}'])
async def test_a_first_frame_that_does_not_read_closes_with_4400(desk: Desk, first: str) -> None:
    async with opened(desk, first) as socket:
        assert await close_code(socket) == 4400


async def test_a_binary_first_frame_closes_with_4400(desk: Desk) -> None:
    async with opened(desk) as socket:
        await socket.send_bytes(b'{"token": "t"}')
        assert await close_code(socket) == 4400


async def test_attack_a_frame_above_sixteen_kilobytes_closes_the_stream(desk: Desk) -> None:
    family = await desk.family()
    async with opened(desk, json.dumps({"token": family.token, "x": "a" * 17_000})) as socket:
        assert await close_code(socket) == 1009
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        await socket.send_str("a" * 17_000)
        assert await close_code(socket) == 1009


async def test_a_client_that_is_gone_without_a_word_is_let_go(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PING_SECONDS", 0.2)
    family = await desk.family()
    streams = desk.client.app[STREAMS]
    async with desk.client.ws_connect("/api/chat/stream", autoping=False) as socket:
        await socket.send_json({"token": family.token})
        await until(lambda: streams.count(family.conversation) == 1)
        await until(lambda: streams.count(family.conversation) == 0)  # no ping is answered


async def test_what_the_client_sends_later_changes_nothing(desk: Desk) -> None:
    family = await desk.family()
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        await socket.send_str('{"id": "1", "text": "hello"}')
        await socket.send_bytes(b"\x00")
        await family.say("by post")
        assert (await next_frame(socket))["message"]["text"] == "by post"
    assert len(desk.rasa.turns) == 1


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "https://desk.example.evil.example"]
)
async def test_attack_a_foreign_page_may_not_open_the_stream(tmp_path: Path, origin: str) -> None:
    async with running_desk(tmp_path, PUBLIC_URL="https://desk.example") as desk:
        with pytest.raises(WSServerHandshakeError) as refused:
            async with opened(desk, None, Origin=origin):
                pass
        assert refused.value.status == 403


async def test_the_desks_own_pages_may_open_the_stream(tmp_path: Path) -> None:
    async with running_desk(tmp_path, PUBLIC_URL="https://desk.example") as desk:
        family = await desk.family()
        for origin in ("https://desk.example", f"http://127.0.0.1:{desk.client.port}"):
            async with opened(desk, {"token": family.token}, Origin=origin) as socket:
                await until_state(socket)


async def test_attack_streams_without_end_for_one_conversation_are_refused(desk: Desk) -> None:
    family = await desk.family()
    sockets = [await desk.client.ws_connect("/api/chat/stream") for _ in range(9)]
    for socket in sockets[:8]:
        await socket.send_json({"token": family.token})
        await until_state(socket)
    await sockets[8].send_json({"token": family.token})
    assert await close_code(sockets[8]) == 4429
    for socket in sockets:
        await socket.close()


async def test_a_stream_whose_token_wears_out_is_closed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TOKEN_SECONDS", 0.1)
    family = await desk.family()
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        long_ago = update(CONVERSATIONS).values(created_at=datetime.now(UTC) - timedelta(hours=12))
        await desk.database.run(lambda session: session.execute(long_ago))
        assert await close_code(socket) == 4401


async def test_a_stream_whose_conversation_is_deleted_is_closed(desk: Desk) -> None:
    family = await desk.family()
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        await desk.database.run(lambda session: session.execute(delete(CONVERSATIONS)))
        desk.client.app[STREAMS].wake(family.conversation)
        assert await close_code(socket) == 4401


async def test_an_open_chat_keeps_its_session_alive(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = stream.conversation_of

    async def counted(request: Any, token: str) -> str | None:
        asked.append(token)
        return await real(request, token)

    monkeypatch.setattr(stream, "TOKEN_SECONDS", 0.05)
    monkeypatch.setattr(stream, "conversation_of", counted)
    family = await desk.family()
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        await until(lambda: len(asked) > 3)
        assert not socket.closed


async def test_plain_http_is_told_that_this_is_a_websocket(desk: Desk) -> None:
    status, body = await desk.get("/api/chat/stream")
    assert (status, body["error"]["code"]) == (400, "bad_request")


async def test_streams_end_politely_when_the_desk_stops(tmp_path: Path) -> None:
    async with running_desk(tmp_path) as desk:
        family: Family = await desk.family()
        socket = await desk.client.ws_connect("/api/chat/stream")
        await socket.send_json({"token": family.token})
        await until_state(socket)
        await desk.client.app[STREAMS].close()
        assert await close_code(socket) == 1001


async def test_attack_streams_without_end_from_one_address_are_refused_and_others_are_not(tmp_path: Path) -> None:
    async with running_desk(tmp_path, TRUSTED_PROXIES="127.0.0.1") as desk:
        desk.client.app[STREAMS]._most_of_client = 2
        flooder = {"X-Forwarded-For": "203.0.113.7"}
        async with opened(desk, **flooder), opened(desk, **flooder):  # no token is needed to hold a socket open
            with pytest.raises(WSServerHandshakeError) as refused:
                async with opened(desk, **flooder):
                    pass
            assert refused.value.status == 429
            family = await desk.family(**{"X-Forwarded-For": "203.0.113.8"})
            async with opened(desk, {"token": family.token}, **{"X-Forwarded-For": "203.0.113.8"}) as socket:
                await until_state(socket)
            # Over HTTP a cry for help is answered wherever it comes from.
            status, answer = await family.send(text="i want to kill myself")
            assert (status, answer["messages"][0]["kind"]) == (200, "crisis")
        await until(lambda: not desk.client.app[STREAMS]._of_client)
        async with opened(desk, **flooder):
            pass


async def test_attack_streams_from_everywhere_are_refused_at_last(tmp_path: Path) -> None:
    async with running_desk(tmp_path) as desk:
        desk.client.app[STREAMS]._most = 1
        async with opened(desk):
            with pytest.raises(WSServerHandshakeError) as refused:
                async with opened(desk):
                    pass
            assert refused.value.status == 429


async def test_attack_frames_that_nobody_reads_end_the_stream(desk: Desk) -> None:
    family = await desk.family()
    async with opened(desk, {"token": family.token}) as socket:
        await until_state(socket)
        for _ in range(150):
            await socket.send_str("x")
        assert await close_code(socket) == stream.WRONG_FRAME
