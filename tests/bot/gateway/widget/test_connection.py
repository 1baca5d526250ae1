"""Networks that fail, sessions that end, persons that join: nothing is lost or doubled."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import CHOICES, Visit, until

pytestmark = pytest.mark.slow


async def test_message_cut_off_on_its_way_is_sent_again_under_the_same_id_and_shown_once(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = ["lost answer", 503]
    await visitor.write("are you there")
    await until(lambda: len(desk.posts) == 2)
    assert desk.posts[0] == desk.posts[1]
    assert len(desk.posts[0]["id"]) == 32
    await expect(visitor.bubbles()).to_have_text(["Hello.", "are you there", "You wrote: are you there"])


async def test_messages_written_offline_are_sent_in_order_when_the_network_is_back(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.context.set_offline(True)
    await visitor.write("one")
    await visitor.write("two")
    await expect(visitor.status).to_have_text("You are offline. Your message will be sent when you are back online.")
    assert desk.posts == []
    await visitor.context.set_offline(False)
    await until(lambda: len(desk.posts) == 2)
    assert [post["text"] for post in desk.posts] == ["one", "two"]
    await expect(visitor.log.locator(".own")).to_have_count(2)
    await expect(visitor.bubbles()).to_have_count(5)


async def test_unsent_message_survives_a_reload(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = [503] * 2
    await visitor.write("keep me")
    await until(lambda: len(desk.failures) < 2)
    await visitor.page.reload()
    await expect(visitor.bubbles()).to_have_text(["Hello.", "keep me", "You wrote: keep me"])
    assert [post["text"] for post in desk.posts] == ["keep me"]


async def test_ended_session_gives_a_new_one_that_gets_the_message_and_keeps_the_draft(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    desk.slow = 0.3
    desk.tokens.clear()
    await visitor.write("still here")
    await visitor.input.fill("next thou")
    await until(lambda: len(desk.posts) == 1)
    await expect(visitor.log).to_contain_text("Your earlier chat was closed after a while")
    await expect(visitor.bubbles().last).to_have_text("You wrote: still here")
    await expect(visitor.input).to_have_value("next thou")
    await expect(visitor.log.get_by_text("still here", exact=True)).to_have_count(1)
    assert len(desk.sessions) == 2


async def test_session_that_ends_while_nobody_writes_is_followed_by_one_that_is_listened_to(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    desk.tokens.clear()
    await desk.sockets[0].close(code=4401)
    await until(lambda: len(desk.sockets) == 2)
    await desk.staff_says("hello again")
    await expect(visitor.log.locator(".staff")).to_have_count(1)
    assert len(desk.sessions) == 2


async def test_stream_that_was_only_too_slow_does_not_cost_the_conversation(visit: Visit, desk: StandInDesk) -> None:
    desk.streams_late = 1
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    assert len(desk.sessions) == 1


async def test_letters_that_the_desk_composes_are_recognised_as_the_familys_own(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.open()
    await visitor.write("Rene\u0301 no oye\u0007")
    await expect(visitor.bubbles().last).to_contain_text("You wrote")
    await expect(visitor.log.locator(".own .text")).to_have_text(["Ren\u00e9 no oye"])


async def test_choice_of_an_ended_session_is_explained_and_not_sent_to_the_new_one(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.answers = lambda text: [{"text": "Which?", "buttons": CHOICES}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("first")
    button = visitor.log.get_by_role("button", name="Still not")
    await expect(button).to_be_visible()
    desk.tokens.clear()
    await button.click()
    await expect(visitor.alert).to_have_text("That choice is no longer open. Please write what you need.")
    assert len(desk.posts) == 1


async def test_refused_message_is_marked_and_can_be_changed(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = [413]
    await visitor.write("too much")
    await expect(visitor.log.locator(".failed")).to_contain_text("Not sent")
    await expect(visitor.alert).to_contain_text("too long")
    await expect(visitor.input).to_have_value("too much")


async def test_too_many_messages_are_sent_when_the_desk_says_so(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    desk.failures = [429]
    await visitor.write("again")
    await expect(visitor.status).to_have_text("Too many messages at once. We will send yours in a moment.")
    await expect(visitor.bubbles().last).to_have_text("You wrote: again")


async def test_cut_stream_comes_back_with_everything_once(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    await desk.staff_says("one")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one"])
    await desk.cut_streams()
    await desk.staff_says("two, while nobody listened")
    await until(lambda: len(desk.sockets) == 2)
    await desk.staff_says("three")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "one", "two, while nobody listened", "three"])
    await expect(visitor.log.locator(".staff .sender").first).to_have_text("Help desk staff: ")


async def test_where_no_websocket_gets_through_staff_is_still_heard(visit: Visit, desk: StandInDesk) -> None:
    desk.streams_refused = True
    visitor = await visit()
    await visitor.open()
    await desk.staff_says("hello from staff")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "hello from staff"])


async def test_desk_that_does_not_echo_or_gives_client_ids_shows_each_message_once(
    visit: Visit, desk: StandInDesk
) -> None:
    desk.echo = False
    visitor = await visit()
    await visitor.open()
    await visitor.write("same words")
    await visitor.write("same words")
    await expect(visitor.bubbles()).to_have_count(5)
    desk.echo = True
    await visitor.write("other words")
    await expect(visitor.bubbles().last).to_have_text("You wrote: other words")
    await expect(visitor.log.locator(".own")).to_have_count(3)


async def test_desk_that_is_down_leaves_the_page_alone_and_says_the_phone_number(
    visit: Visit, desk: StandInDesk
) -> None:
    visitor = await visit()
    await visitor.page.route("**/api/**", lambda route: route.abort())
    await visitor.launcher.click()
    await expect(visitor.status).to_contain_text("515-555-0142")
    await visitor.write("hello?")
    await visitor.page.unroute("**/api/**")
    await expect(visitor.bubbles()).to_have_text(["Hello.", "hello?", "You wrote: hello?"])


async def test_waiting_and_joined_persons_are_told_in_the_status_line(visit: Visit, desk: StandInDesk) -> None:
    visitor = await visit()
    await visitor.open()
    await until(lambda: len(desk.sockets) == 1)
    desk.state["mode"] = "waiting"
    await desk.publish()
    await expect(visitor.status).to_have_text("You are in line for a person. You can keep writing.")
    desk.state["mode"] = "human"
    await desk.staff_says("This is Dana.")
    await expect(visitor.status).to_have_text("A person has joined this chat.")
    await visitor.page.keyboard.press("Escape")
    await desk.staff_says("Are you there?")
    await expect(visitor.launcher).to_have_accessible_name("Help – Open chat (New messages: 1)")
