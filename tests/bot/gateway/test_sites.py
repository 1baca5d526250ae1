"""Sites that embed the widget: listed ones get in, exactly; all others get no leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.settings import SettingsError, load_settings
from tests.bot.gateway.desk_stand_ins import Desk, next_frame, running_desk

SITE = "https://www.cedarhollow.example"
PREFLIGHT = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}


async def test_listed_site_may_ask_send_and_read_errors_too(tmp_path: Path) -> None:
    async with running_desk(tmp_path, WIDGET_SITES=f"https://other.example, {SITE}") as desk:
        headers = {"Origin": SITE}
        async with desk.client.options("/api/chat/conversation", headers={**headers, **PREFLIGHT}) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == SITE
            assert "DELETE" in response.headers["Access-Control-Allow-Methods"]
            assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
        for method, path, status in (
            ("POST", "/api/chat/sessions", 201),
            ("GET", "/api/chat/messages", 401),
            ("GET", "/widget/es.json", 200),
            ("GET", "/widget.js", 200),
        ):
            async with desk.client.request(method, path, headers=headers) as response:
                assert response.status == status
                assert response.headers["Access-Control-Allow-Origin"] == SITE
                assert "Origin" in response.headers["Vary"].split(", ")
                assert "Access-Control-Allow-Credentials" not in response.headers
        family = await desk.family()
        async with desk.client.ws_connect("/api/chat/stream", origin=SITE) as socket:
            await socket.send_json({"token": family.token})
            assert "message" in await next_frame(socket)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{SITE}.evil.example", "http://www.cedarhollow.example", f"{SITE}:444"]
)
async def test_attack_site_that_is_not_listed_exactly_gets_no_leave(tmp_path: Path, origin: str) -> None:
    async with running_desk(tmp_path, WIDGET_SITES=SITE) as desk:
        headers = {"Origin": origin}
        async with desk.client.options("/api/chat/sessions", headers={**headers, **PREFLIGHT}) as response:
            assert response.status == 405
            assert "Access-Control-Allow-Origin" not in response.headers
        async with desk.client.post("/api/chat/sessions", json={}, headers=headers) as response:
            assert "Access-Control-Allow-Origin" not in response.headers
            assert response.headers["Vary"] == "Origin"
        async with desk.client.get("/api/chat/stream", headers=headers) as response:
            assert response.status == 403


async def test_listed_site_reads_nothing_beside_the_chat(tmp_path: Path) -> None:
    async with running_desk(tmp_path, WIDGET_SITES=SITE) as desk:
        for path in ("/", "/healthz", "/readyz", "/help/en/privacy"):
            async with desk.client.get(path, headers={"Origin": SITE}) as response:
                assert "Access-Control-Allow-Origin" not in response.headers


async def test_without_sites_nothing_changes(desk: Desk) -> None:
    async with desk.client.post("/api/chat/sessions", json={}, headers={"Origin": SITE}) as response:
        assert "Vary" not in response.headers


@pytest.mark.parametrize("value", ["*", "www.cedarhollow.example", f"{SITE}/", f"{SITE}/news", "https://a@b.example"])
def test_setting_that_is_no_list_of_sites_stops_the_start(value: str) -> None:
    with pytest.raises(SettingsError) as stopped:
        load_settings({"FAMILYDESK_WIDGET_SITES": value})
    assert "FAMILYDESK_WIDGET_SITES" in stopped.value.problems[0]
    assert "without a path" in stopped.value.problems[0]
