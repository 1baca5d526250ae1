""" "Was this helpful?": under answers alone, changeable, with a reason for whoever wants to give one."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.bot.gateway.page_stand_ins import StandInDesk
from tests.bot.gateway.widget.visitors import Visit, Visitor, until

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def answering(desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "answer", "text": "Try this."}, {"kind": "question", "text": "Did it work?"}]


async def asked(visit: Visit) -> Visitor:
    visitor = await visit()
    await visitor.open()
    await visitor.write("no sound")
    await expect(visitor.bubbles()).to_have_count(4)
    return visitor


async def test_only_answers_ask_whether_they_helped(visit: Visit) -> None:
    visitor = await asked(visit)
    group = visitor.log.get_by_role("group", name="Was this helpful?")
    await expect(group).to_have_count(1)
    await expect(visitor.log.locator(".kind-answer").get_by_role("button", name="Yes")).to_be_visible()


async def test_word_is_sent_for_the_right_message_and_may_be_changed(visit: Visit, desk: StandInDesk) -> None:
    visitor = await asked(visit)
    [answer] = [one["id"] for one in desk.messages if one["kind"] == "answer"]
    yes, no = (visitor.log.get_by_role("button", name=name, exact=True) for name in ("Yes", "No"))
    await yes.click()
    await expect(yes).to_have_attribute("aria-pressed", "true")
    await expect(visitor.status).to_have_text("Thank you for telling us.")
    await no.click()
    await expect(yes).to_have_attribute("aria-pressed", "false")
    await until(lambda: len(desk.ratings) == 2)
    assert desk.ratings == [{"message": answer, "helpful": True}, {"message": answer, "helpful": False}]
    await visitor.page.reload()
    await expect(no).to_have_attribute("aria-pressed", "true")


async def test_reason_is_asked_for_after_a_no_only_and_need_not_be_given(visit: Visit, desk: StandInDesk) -> None:
    visitor = await asked(visit)
    reason = visitor.log.get_by_label("What was missing? You do not have to say.")
    await expect(reason).to_be_hidden()
    no = visitor.log.get_by_role("button", name="No", exact=True)
    await no.click()
    await reason.fill("  the key is not there ")
    await visitor.log.get_by_role("button", name="Send").click()
    await expect(reason).to_be_hidden()
    await expect(no).to_be_focused()
    await until(lambda: len(desk.ratings) == 2)
    assert desk.ratings[1]["reason"] == "the key is not there"
    await no.click()
    await reason.fill("")
    await visitor.log.get_by_role("button", name="Send").click()
    await expect(reason).to_be_hidden()
    assert len(desk.ratings) == 2


async def test_rating_that_did_not_arrive_says_so(visit: Visit) -> None:
    visitor = await asked(visit)
    await visitor.page.route("**/api/chat/feedback", lambda route: route.abort())
    await visitor.log.get_by_role("button", name="Yes", exact=True).click()
    await expect(visitor.alert).to_contain_text("That did not work.")


async def test_choice_of_an_answer_does_not_close_its_rating(visit: Visit, desk: StandInDesk) -> None:
    desk.answers = lambda text: [{"kind": "answer", "text": "This?", "buttons": [{"id": f"{text}1", "title": "Yes"}]}]
    visitor = await visit()
    await visitor.open()
    await visitor.write("no sound")
    await visitor.log.locator(".choices").get_by_role("button", name="Yes").click()
    await expect(visitor.log.locator(".rate").first.get_by_role("button", name="Yes")).to_be_enabled()
