"""The chat API over HTTP: sessions, messages, history, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from actions.desk.models import CONVERSATIONS
from bot.gateway import access
from bot.gateway.keys import SESSION_RATE, TURNS
from tests.bot.gateway.desk_stand_ins import Desk, message, running_desk, says

MESSAGE_KEYS = {"id", "at", "from", "kind", "lang", "dir", "text", "buttons", "articles"}
STATE_KEYS = {"language", "mode", "asks", "ticket", "handoff", "kept", "closes_soon"}
CARD = {
    "id": "chromebook-wont-turn-on",
    "title": "No prende",
    "language": "es",
    "url": "http://desk/help/es/chromebook-wont-turn-on",
    "score": 0.93,
    "translation": "machine",
}


@pytest.mark.parametrize("how", [{}, {"data": b""}, {"json": {}}, {"json": {"language": None}}])
async def test_a_session_starts_with_the_welcome(desk: Desk, how: dict[str, Any]) -> None:
    status, body = await desk.post("/api/chat/sessions", **how)
    assert status == 201
    assert set(body) == {"token", "tab_token", "conversation", "messages", "state"}
    assert len(body["token"]) >= 22  # 128 bits
    assert [one["kind"] for one in body["messages"]] == ["welcome"]
    assert set(body["messages"][0]) == MESSAGE_KEYS
    assert set(body["state"]) == STATE_KEYS
    nothing = {"asks": None, "ticket": None, "handoff": None, "kept": False, "closes_soon": False}
    assert body["state"] == {"language": "en", "mode": "bot", **nothing}


@pytest.mark.parametrize(
    ("chosen", "header", "language"),
    [
        ("es", "en", "es"),
        (None, "es-MX,es;q=0.9,en;q=0.8", "es"),
        (None, "fr, de;q=0.5", "en"),
        (None, ";;;q=q,,=*", "en"),
        (None, "", "en"),
    ],
)
async def test_the_welcome_is_in_the_chosen_language_else_the_browsers_else_english(
    desk: Desk, chosen: str | None, header: str, language: str
) -> None:
    family = await desk.family(chosen, **{"Accept-Language": header})
    assert family.messages[0]["lang"] == language
    assert family.state["language"] == language


async def test_tokens_and_conversations_are_never_the_same_twice(desk: Desk) -> None:
    families = [await desk.family() for _ in range(5)]
    assert len({family.token for family in families} | {family.conversation for family in families}) == 10


async def test_a_message_is_answered_with_its_replies_only(desk: Desk) -> None:
    family = await desk.family()
    await family.say("hello")
    replies = await family.say("my chromebook is broken")
    assert [(one["from"], one["text"]) for one in replies] == [("bot", "You said: my chromebook is broken")]
    assert set(replies[0]) == MESSAGE_KEYS


async def test_a_reply_has_every_part_of_the_contract_and_no_payload(desk: Desk) -> None:
    desk.rasa.answer = says(
        message(
            "Paso 1",
            kind="step",
            language="es",
            buttons=[{"title": "Ya funciona", "payload": "/step_worked"}],
            articles=[CARD],
        ),
        asks="step_outcome",
    )
    family = await desk.family("es")
    (reply,) = await family.say("mi chromebook no prende")
    assert reply["kind"] == "step"
    assert (reply["lang"], reply["dir"]) == ("es", "ltr")
    assert reply["at"].endswith("Z")
    (button,) = reply["buttons"]
    assert set(button) == {"id", "title"}
    assert len(button["id"]) >= 22
    (article,) = reply["articles"]
    assert article == {**{key: CARD[key] for key in ("id", "title", "url", "score", "translation")}, "lang": "es"}
    assert family.state["asks"] == "step_outcome"
    assert "step_worked" not in json.dumps(reply)


async def test_right_to_left_messages_say_so(desk: Desk) -> None:
    desk.rasa.answer = says(message("مرحبا", language="ar"))
    (reply,) = await (await desk.family()).say("مرحبا")
    assert reply["dir"] == "rtl"


async def test_ids_are_whole_numbers_that_grow(desk: Desk) -> None:
    family = await desk.family()
    for text in ("one", "two", "three"):
        await family.say(text)
    numbers = [int(one["id"]) for one in await family.history()]
    assert numbers == sorted(set(numbers))


async def test_history_has_all_messages_after_an_id_the_familys_own_too(desk: Desk) -> None:
    family = await desk.family()
    (first,) = await family.say("one")
    await family.say("two")
    everything = await family.history()
    assert [one["from"] for one in everything] == ["bot", "family", "bot", "family", "bot"]
    assert everything[3]["text"] == "two"
    assert [one["text"] for one in await family.history(first["id"])] == ["two", "You said: two"]
    assert await family.history(everything[-1]["id"]) == []


async def test_history_of_a_conversation_holds_nothing_of_another(desk: Desk) -> None:
    one, other = await desk.family(), await desk.family()
    await one.say("only mine")
    assert [message["kind"] for message in await other.history()] == ["welcome"]


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "1%20OR%201=1"])
async def test_a_wrong_after_is_refused(desk: Desk, after: str) -> None:
    family = await desk.family()
    status, body = await desk.get(f"/api/chat/messages?after={after}", headers=family.headers)
    assert (status, body["error"]["code"]) == (422, "wrong_after")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer no-such-token"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Authorization": "Basic {token}"},
        {"Authorization": "{token}"},
        {"Authorization": "Bearer {conversation}"},
        {"X-Token": "{token}"},
    ],
)
async def test_attack_without_the_token_nothing_is_read_or_written(desk: Desk, headers: dict[str, str]) -> None:
    family = await desk.family()
    sent = {name: value.format(token=family.token, conversation=family.conversation) for name, value in headers.items()}
    status, body = await desk.post("/api/chat/messages", json={"id": "1", "text": "hello"}, headers=sent)
    assert (status, body["error"]["code"]) == (401, "unknown_token")
    status, body = await desk.get("/api/chat/messages", headers=sent)
    assert (status, body["error"]["code"]) == (401, "unknown_token")
    assert desk.rasa.turns == []
    assert len(await family.history()) == 1


async def test_attack_a_token_in_the_address_is_not_taken(desk: Desk) -> None:
    family = await desk.family()
    status, _ = await desk.get(f"/api/chat/messages?token={family.token}")
    assert status == 401


@pytest.mark.parametrize("raw", [b'{"id": "1", "text": ', b"\xff\xfe{", b"[" * 10_000, b"{'id': 1}", b'"\x00"'])
async def test_broken_json_is_named(desk: Desk, raw: bytes) -> None:
    family = await desk.family()
    status, body = await desk.post("/api/chat/messages", data=raw, headers=family.headers)
    assert (status, body["error"]["code"]) == (400, "broken_json")
    assert "JSON" in body["error"]["message"]
    status, body = await desk.post("/api/chat/sessions", data=raw)
    assert (status, body["error"]["code"]) == (400, "broken_json")


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"text"', b"5", b"NaN"])
async def test_json_that_is_no_object_is_named(desk: Desk, raw: bytes) -> None:
    family = await desk.family()
    status, body = await desk.post("/api/chat/messages", data=raw, headers=family.headers)
    assert (status, body["error"]["code"]) == (422, "not_an_object")


@pytest.mark.parametrize("language", ["fr", "", 5, ["en"]])
async def test_a_language_that_is_not_offered_is_refused_naming_those_that_are(desk: Desk, language: object) -> None:
    status, body = await desk.post("/api/chat/sessions", json={"language": language})
    assert (status, body["error"]["code"]) == (422, "unknown_language")
    assert "en, es" in body["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "hello"}, "wrong_id"),
        ({"id": "x" * 65, "text": "hello"}, "wrong_id"),
        ({"id": 5, "text": "hello"}, "wrong_id"),
        ({"id": "1"}, "text_or_choice"),
        ({"id": "1", "text": "a", "choice": "b"}, "text_or_choice"),
        ({"id": "1", "text": ""}, "empty_text"),
        ({"id": "1", "text": " \u200b\n"}, "empty_text"),
        ({"id": "1", "text": "\x00\x07"}, "empty_text"),
        ({"id": "1", "choice": "no-such-button"}, "unknown_choice"),
        ({"id": "1", "choice": "desk:person"}, "unknown_choice"),
        ({"id": "1", "choice": "/restart"}, "unknown_choice"),
    ],
)
async def test_a_wrong_message_is_refused_and_nothing_of_it_is_stored(
    desk: Desk, body: dict[str, Any], code: str
) -> None:
    family = await desk.family()
    status, answer = await desk.post("/api/chat/messages", json=body, headers=family.headers)
    assert (status, answer["error"]["code"]) == (422, code)
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message"}
    assert len(await family.history()) == 1
    assert desk.rasa.turns == []


async def test_an_error_repeats_nothing_of_the_text(desk: Desk) -> None:
    family = await desk.family()
    status, body = await family.send(text="Tiger2024 " * 1000)
    assert status == 413
    assert "Tiger" not in json.dumps(body)


@pytest.mark.parametrize("letter", ["a", "ñ", "字"])
async def test_two_thousand_characters_are_taken_and_one_more_is_not(desk: Desk, letter: str) -> None:
    family = await desk.family()
    assert (await family.send(text=letter * 2000))[0] == 200
    status, body = await family.send(text=letter * 2001)
    assert (status, body["error"]["code"]) == (413, "message_too_long")
    assert "2,000" in body["error"]["message"]
    assert len(await family.history()) == 3


@pytest.mark.parametrize("size", [10_000, 17_000, 900_000])
async def test_much_too_long_messages_say_the_limit_and_the_conversation_goes_on(desk: Desk, size: int) -> None:
    family = await desk.family()
    status, body = await family.send(text="a" * size)
    assert (status, body["error"]["code"]) == (413, "message_too_long")
    assert "2,000" in body["error"]["message"]
    assert await family.say("short")


async def test_attack_a_body_without_length_ends_at_sixteen_kilobytes(desk: Desk) -> None:
    family = await desk.family()

    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 1024

    status, body = await desk.post("/api/chat/messages", data=endless(), headers=family.headers)
    assert (status, body["error"]["code"]) == (413, "message_too_long")


async def test_attack_a_compressed_body_is_not_unpacked(desk: Desk) -> None:
    family = await desk.family()
    for coding in ("gzip", "deflate", "br", "x-unknown"):
        headers = {**family.headers, "Content-Encoding": coding}
        status, body = await desk.post("/api/chat/messages", data=b"\x1f\x8b\x08", headers=headers)
        assert (status, body["error"]["code"]) == (415, "compressed_body")


@pytest.mark.parametrize(
    "text", ["😀😀😀", "مرحبا abc שלום \u202e txet", "?!?!", "ñ" * 1_999, "<script>alert(1)</script>"]
)
async def test_odd_messages_are_fine_and_come_back_as_they_were(desk: Desk, text: str) -> None:
    family = await desk.family()
    assert await family.say(text)
    assert (await family.history())[1]["text"] == text


async def test_control_characters_are_dropped_and_unicode_is_composed(desk: Desk) -> None:
    family = await desk.family()
    await family.say("a\x00b\x1b cafe\u0301\nnew line")
    assert (await family.history())[1]["text"] == "ab caf\u00e9\nnew line"
    assert desk.rasa.turns[0]["text"] == "ab caf\u00e9\nnew line"


async def test_the_client_does_not_choose_the_conversation_that_rasa_sees(desk: Desk) -> None:
    family, victim = await desk.family(), await desk.family()
    await family.send(text="hello", conversation=victim.conversation, sender=victim.conversation)
    assert [turn["conversation"] for turn in desk.rasa.turns] == [family.conversation]


async def test_more_than_sixty_messages_a_minute_are_refused_with_the_time_to_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.client.app[TURNS]._rate, "_clock", lambda: 0.0)
    family, other = await desk.family(), await desk.family()
    statuses = [(await family.send(text=f"message {number}"))[0] for number in range(60)]
    assert statuses == [200] * 60
    async with desk.client.post(
        "/api/chat/messages", json={"id": "one-more", "text": "hello"}, headers=family.headers
    ) as response:
        body = await response.json()
        assert (response.status, body["error"]["code"]) == (429, "too_many")
        assert int(response.headers["Retry-After"]) >= 1
    assert (await other.send(text="hello"))[0] == 200


async def test_sessions_from_this_machine_are_not_counted(desk: Desk) -> None:
    for _ in range(35):
        await desk.family()


async def test_attack_sessions_without_end_from_one_address_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_desk(tmp_path, TRUSTED_PROXIES="127.0.0.1") as desk:
        monkeypatch.setattr(desk.client.app[SESSION_RATE]._each, "_clock", lambda: 0.0)

        async def begin(address: str) -> int:
            status, _ = await desk.post("/api/chat/sessions", json={}, headers={"X-Forwarded-For": address})
            return int(status)

        assert [await begin("203.0.113.7") for _ in range(31)] == [201] * 30 + [429]
        assert await begin("203.0.113.8") == 201


async def test_where_a_chat_was_begun_is_kept_as_a_hash_for_counting_guesses_at_tickets(tmp_path: Path) -> None:
    async with running_desk(tmp_path, TRUSTED_PROXIES="127.0.0.1") as desk:
        for address in ("203.0.113.7", "203.0.113.7", "203.0.113.8"):
            await desk.family(**{"X-Forwarded-For": address})
        with desk.database.session() as session:
            first, second, third = session.scalars(select(CONVERSATIONS.c.origin)).all()
    assert first == second != third
    assert len(first) == 64


async def test_of_a_chat_from_this_machine_no_origin_is_kept(desk: Desk) -> None:
    await desk.family()
    with desk.database.session() as session:
        assert session.scalars(select(CONVERSATIONS.c.origin)).all() == [None]


@pytest.mark.parametrize(
    ("address", "local"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("10.0.0.1", False), ("", False), (None, False),
     ("localhost.evil.example", False)],
)  # fmt: skip
def test_loopback_is_told_by_the_address_alone(address: str | None, local: bool) -> None:
    assert access.is_loopback(address) is local
