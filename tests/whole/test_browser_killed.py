"""The desk is killed while a parent chats in Chromium: the chat goes on by itself, each word once."""

from __future__ import annotations

import os
import re
import signal

import pytest
from playwright.sync_api import expect

from tests.stack import Stack, status
from tests.whole.test_browser import page as page  # noqa: PLC0414 - a parent's Chromium, a fixture
from tests.whole.test_resilience import wait_for

pytestmark = pytest.mark.slow


def test_kill_9_of_the_desk_in_a_chat_loses_and_doubles_nothing(page, own_stack: Stack) -> None:  # type: ignore[no-untyped-def]
    page.goto(f"{own_stack.url}/chat?lang=en")
    widget = page.locator("family-desk")
    log, box = widget.get_by_role("log"), widget.locator("#input")
    box.fill("my chromebook wont turn on")
    box.press("Enter")
    expect(log).to_contain_text("Step 1 of")
    before = log.locator(".text").all_inner_texts()

    desk = own_stack.pid_of("desk")
    os.kill(desk, signal.SIGKILL)
    box.fill("that did not help")
    box.press("Enter")
    box.fill("a draft that waits")
    expect(log.locator(".sending")).to_have_count(1)
    wait_for(f"{own_stack.url}/readyz", 200)

    expect(log.locator(".sending")).to_have_count(0, timeout=60_000)
    expect(log.locator(".own .text")).to_have_text(["my chromebook wont turn on", "that did not help"])
    expect(log.locator(".message").last).not_to_have_class(re.compile("own"), timeout=60_000)
    after = log.locator(".text").all_inner_texts()
    assert after[: len(before)] == before
    expect(box).to_have_value("a draft that waits")
    token = page.evaluate("() => JSON.parse(Object.values(localStorage)[0]).token")
    answer = page.request.get(f"{own_stack.url}/api/chat/messages", headers={"Authorization": f"Bearer {token}"})
    kept = answer.json()["messages"]
    own = [one["text"] for one in kept if one["from"] == "family"]
    assert own == ["my chromebook wont turn on", "that did not help"]
    expect(log.locator(".text")).to_have_count(len(kept))
    assert own_stack.pid_of("desk") != desk
    assert status(f"{own_stack.url}/readyz") == 200
