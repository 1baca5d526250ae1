"""The application as a whole: every route has its check, every answer its headers, every error its shape."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.gateway import routes
from bot.gateway.app import build_action_app
from bot.gateway.keys import DATABASE
from bot.gateway.loading import Loading
from bot.gateway.route import Access, Route
from tests.bot.gateway.desk_stand_ins import Desk, running_desk

ALL = (*routes.ROUTES, *routes.LOCAL_ROUTES)
# Who may call what is decided here a second time, by hand, so that a slip in a route's row shows.
FAMILY_ROUTES = {
    ("POST", "/api/chat/messages"),
    ("GET", "/api/chat/messages"),
    ("POST", "/api/chat/feedback"),
    ("POST", "/api/chat/hints"),
    ("POST", "/api/chat/keep"),
    ("POST", "/api/chat/end"),
    ("DELETE", "/api/chat/conversation"),
}
STREAM_ROUTES = {("GET", "/api/chat/stream")}
TWILIO_ROUTES = {("POST", "/sms/twilio"), ("POST", "/sms/twilio/status")}
FORM_ROUTES = {("POST", "/ticket"), ("POST", "/help/{language}/{article}/feedback")}
LOCAL_ROUTES = {("POST", "/webhook"), ("GET", "/health")}


def named(route: Route) -> str:
    """The same in both workers, which the route's own text with the address of its handler is not."""
    return f"{route.method} {route.path}"


def address(route: Route) -> str:
    return route.path.replace("{language}", "en").replace("{article}", "x").replace("{name}", "help.css")


def test_every_route_declares_who_may_call_it() -> None:
    assert all(isinstance(route.access, Access) for route in ALL)
    by_access = {access: {(r.method, r.path) for r in ALL if r.access is access} for access in Access}
    assert by_access[Access.FAMILY] == FAMILY_ROUTES
    assert by_access[Access.STREAM] == STREAM_ROUTES
    assert by_access[Access.FORM] == FORM_ROUTES
    assert by_access[Access.TWILIO] == TWILIO_ROUTES
    assert by_access[Access.LOCAL] == LOCAL_ROUTES


def test_local_routes_are_only_on_the_local_listener() -> None:
    assert {route.access for route in routes.LOCAL_ROUTES} == {Access.LOCAL}
    assert Access.LOCAL not in {route.access for route in routes.ROUTES}


async def test_the_application_serves_nothing_that_is_not_on_the_list(desk: Desk) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in desk.client.app.router.routes()
        if route.resource is not None
    }
    listed = {(route.method, route.path) for route in routes.ROUTES}
    assert served - {("HEAD", path) for _, path in listed} == listed


@pytest.mark.parametrize("route", [r for r in ALL if r.access is Access.FAMILY], ids=named)
async def test_every_family_route_refuses_without_a_token(desk: Desk, route: Route) -> None:
    async with desk.client.request(route.method, address(route), data=b"{}") as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert (await response.json())["error"]["code"] == "unknown_token"


@pytest.mark.parametrize("route", routes.ROUTES, ids=named)
async def test_every_answer_carries_the_security_headers(desk: Desk, route: Route) -> None:
    async with desk.client.request(route.method, address(route), allow_redirects=False) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] in {"no-referrer", "strict-origin-when-cross-origin"}
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "aiohttp" not in response.headers["Server"]
        assert "Strict-Transport-Security" not in response.headers
        assert "Access-Control-Allow-Origin" not in response.headers
        if route.path.startswith("/api/"):
            assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("route", [r for r in routes.ROUTES if r.method == "GET"], ids=named)
async def test_no_page_has_anything_inline_and_only_scripts_with_a_fresh_nonce_may_run(
    desk: Desk, route: Route
) -> None:
    policies, nonces = [], []
    for _ in range(2):
        async with desk.client.get(address(route), headers={"Accept-Language": "es"}) as response:
            page, policy = await response.text(), response.headers["Content-Security-Policy"]
            kept = response.headers["Cache-Control"]
        policies.append(dict(part.strip().split(" ", 1) for part in policy.split(";")))
        if response.content_type == "text/html":
            scripts = re.findall(r"<script\b[^>]*>(.*?)</script>", page, re.DOTALL)
            assert set(scripts) <= {""}
            assert not re.search(r"<style\b|\sstyle=|\son\w+=", page)
            nonces.append(re.findall(r'<script nonce="([\w-]+)" src=', page))
            assert len(nonces[-1]) == page.count("<script")
    for policy_of_page in policies:
        assert policy_of_page["default-src"] == policy_of_page["base-uri"] == policy_of_page["object-src"] == "'none'"
        assert policy_of_page["frame-ancestors"] == "'none'"
        assert "unsafe" not in str(policy_of_page)
        assert policy_of_page.get("style-src", "'self'") == "'self'"
    given = [policy_of_page.get("script-src") for policy_of_page in policies]
    if any(nonces):
        assert given == [f"'nonce-{nonce}'" for [nonce] in nonces]
        assert given[0] != given[1]
        assert kept == "no-store"  # a nonce that a cache gives out again is none
    else:
        assert given == [None, None]


@pytest.mark.parametrize("path", ["/nothing", "/api/nothing", "/ticket", "/sms/twilio", "/help/xx/", "/static/none"])
async def test_errors_carry_the_security_headers_too(desk: Desk, path: str) -> None:
    foreign = {"Origin": "https://evil.example"}
    for method in ("GET", "POST", "DELETE"):
        async with desk.client.request(method, path, headers=foreign, allow_redirects=False) as response:
            assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "camera=()" in response.headers["Permissions-Policy"]
            if response.status >= 400:
                assert response.headers["Cache-Control"] == "no-store"


async def test_https_is_insisted_on_only_where_it_is_there(tmp_path: Path) -> None:
    async with running_desk(tmp_path, PUBLIC_URL="https://desk.example") as desk:
        response = await desk.client.get("/healthz")
        assert int(response.headers["Strict-Transport-Security"].split("=")[1]) >= 31_536_000


async def test_attack_another_site_gets_no_leave_to_read_answers(desk: Desk) -> None:
    origin = {"Origin": "https://evil.example"}
    preflight = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with desk.client.options("/api/chat/messages", headers=preflight) as response:
        assert response.status == 405
        assert not [name for name in response.headers if name.startswith("Access-Control")]
    async with desk.client.post("/api/chat/sessions", json={}, headers=origin) as response:
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/chat", "/api/chat/nothing", "/api/%00", "/api/chat/messages/1"]
)
async def test_an_unknown_address_of_the_api_is_a_json_error(desk: Desk, path: str) -> None:
    status, body = await desk.get(path)
    assert (status, body["error"]["code"]) == (404, "not_found")


async def test_an_unknown_page_is_a_page(desk: Desk) -> None:
    async with desk.client.get("/nothing/here", headers={"Accept-Language": "es"}) as response:
        assert response.status == 404
        assert response.content_type == "text/html"
        assert '<html lang="es"' in await response.text()


async def test_a_wrong_method_is_named_with_those_that_work(desk: Desk) -> None:
    async with desk.client.delete("/api/chat/messages") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET,POST"
        assert (await response.json())["error"]["code"] == "wrong_method"


@pytest.mark.parametrize("path", ["/healthz", "/", "/help/en/"])
async def test_public_pages_answer_head(desk: Desk, path: str) -> None:
    async with desk.client.head(path) as response:
        assert response.status == 200
        assert await response.read() == b""


async def test_an_unexpected_error_says_nothing_of_itself_and_is_logged_without_its_words(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*args: Any, **more: Any) -> Any:
        raise RuntimeError("secret words of a family")

    monkeypatch.setattr(desk.client.app[DATABASE], "run", broken)
    caplog.set_level(logging.DEBUG)
    status, body = await desk.post("/api/chat/sessions", json={})
    assert (status, body["error"]["code"]) == (500, "unexpected")
    assert "RuntimeError in POST /api/chat/sessions: test_app.py:" in caplog.text
    assert "secret" not in caplog.text + json.dumps(body)
    assert "Traceback" not in caplog.text + json.dumps(body)


async def test_what_a_family_types_into_an_address_is_not_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    family = await desk.family()
    await family.say("secret words")
    await desk.get("/api/chat/messages?after=secret", headers=family.headers)
    await desk.client.get("/api/secret")
    desk.client.app[DATABASE].close()  # makes the next request fail unexpectedly
    await desk.get("/api/chat/messages?after=7&secret=1", headers=family.headers)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("bot", "actions", "aiohttp"))]
    assert "RuntimeError in GET /api/chat/messages" in "\n".join(ours)
    assert "secret" not in "\n".join(ours)
    assert family.token not in caplog.text


# -- health -----------------------------------------------------------------------------------------------------------


async def test_health_says_that_the_process_lives_whatever_else_is_down(tmp_path: Path) -> None:
    async with running_desk(tmp_path, rasa_starts=False, loading=Loading()) as desk:
        assert await desk.get("/healthz") == (200, {"status": "ok"})
        checks = {"database": "ok", "rasa": "unreachable", "knowledge": "loading"}
        assert await desk.get("/readyz") == (503, {"status": "not ready", "checks": checks})


async def test_ready_means_that_all_three_are_there(desk: Desk) -> None:
    checks = {"database": "ok", "rasa": "ok", "knowledge": "ok"}
    assert await desk.get("/readyz") == (200, {"status": "ok", "checks": checks})


async def test_a_failing_database_is_named(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.database.close()
    status, body = await desk.get("/readyz")
    assert (status, body["checks"]["database"]) == (503, "failing")
    assert "RuntimeError" in caplog.text


async def test_attack_asking_for_readiness_without_end_asks_rasa_seldom(desk: Desk) -> None:
    await asyncio.gather(*(desk.get("/readyz") for _ in range(50)))
    assert desk.rasa.health_checks <= 5


# -- the local listener -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", routes.LOCAL_ROUTES, ids=named)
async def test_attack_a_web_page_on_this_machine_may_not_call_the_actions(route: Route) -> None:
    async with TestClient(TestServer(build_action_app(Loading()))) as client:
        response = await client.request(route.method, route.path, headers={"Origin": "https://evil.example"})
        assert response.status == 403
        assert (await response.json())["error"]["code"] == "local_only"


@pytest.mark.parametrize("route", routes.LOCAL_ROUTES, ids=named)
async def test_attack_another_machine_may_not_call_the_actions(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gateway.access.is_loopback", lambda address: False)
    async with TestClient(TestServer(build_action_app(Loading()))) as client:
        assert (await client.request(route.method, route.path)).status == 403


async def test_the_network_side_does_not_serve_the_actions(desk: Desk) -> None:
    for path in ("/webhook", "/health", "/actions"):
        assert (await desk.client.post(path, json={})).status in {404, 405}
