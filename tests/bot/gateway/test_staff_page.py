"""The link in a mail to staff leads to a page that says how to answer, and nothing of the family."""

from __future__ import annotations

import re

from bot.gateway.inbox.wording import STAFF_PATH
from tests.bot.gateway.desk_stand_ins import Desk


async def test_the_link_of_a_mail_names_the_commands_for_its_number(desk: Desk) -> None:
    family = await desk.family("es")
    await family.say("quiero morirme")
    pages = {}
    for number in ("1", "2"):
        async with desk.client.get(f"{STAFF_PATH}{number}") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            pages[number] = await answer.text()
    assert "familydesk inbox show 1\n" in pages["1"]
    assert "familydesk inbox accept 1\n" in pages["1"]
    # Whether there is such a hand-off, nobody learns here.
    assert re.sub(r"\b1\b", "2", pages["1"]) == re.sub(r"\b1\b", "2", pages["2"])


async def test_what_is_no_number_has_no_such_page(desk: Desk) -> None:
    for address in ("x", "1x", "", "1" * 40):
        async with desk.client.get(f"{STAFF_PATH}{address}") as answer:
            assert answer.status == 404
