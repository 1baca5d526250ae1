"""The ticket form without JavaScript: checked, reviewed and sent once; masked and screened as the chat is."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from actions.desk.models import CRISIS_ALERTS, HANDOFFS, MESSAGES, TICKET_NOTES, TICKETS
from bot.gateway import ticket_page
from bot.gateway.keys import FORMS
from bot.gateway.limits import Forms, Rate
from bot.gateway.texts import all_texts
from tests.bot.gateway.desk_stand_ins import DISTRICT, REPLIES, Desk, running_desk

GOOD = {
    "problem": "The screen stays black",
    "asset_tag": "cb 204187",
    "school": "lincoln-elementary",
    "student_name": "Ana Ruiz",
    "contact": "515 555 0177",
}
CRISIS = "i want to kill myself"


async def post(desk: Desk, language: str = "en", headers: dict[str, str] | None = None, **fields: str) -> Any:
    async with desk.client.post("/ticket", data={"lang": language, **fields}, headers=headers) as response:
        return response.status, await response.text(), response.headers


def hidden(page: str) -> dict[str, str]:
    """The fields of the review's form, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


async def rows(desk: Desk, table: Table) -> list[Any]:
    def read(session: Session) -> list[Any]:
        return list(session.execute(select(table).order_by(table.c.id)).all())

    return await desk.database.run(read)


async def send(desk: Desk, language: str = "en", **fields: str) -> tuple[str, dict[str, str]]:
    """Fill in, review and send; the last page, and what was sent."""
    status, page, _ = await post(desk, language, **{**GOOD, **fields})
    assert status == 200, page
    reviewed = {**hidden(page), "step": "send"}
    status, page, _ = await post(desk, **reviewed) if "lang" not in reviewed else await post(desk, language, **{
        name: value for name, value in reviewed.items() if name != "lang"})  # fmt: skip
    assert status == 200, page
    return page, reviewed


@pytest.mark.parametrize("language", DISTRICT.languages)
async def test_the_form_has_numbers_to_call_hours_and_crisis_numbers_in_every_language(
    desk: Desk, language: str
) -> None:
    texts = all_texts()[language]
    async with desk.client.get(f"/ticket?lang={language}") as response:
        page = html.unescape(await response.text())
    assert f'<html lang="{language}" dir="{texts.direction}">' in page
    for expected in (texts["form"]["title"], "515-555-0142", "911", "988", texts["hours"]["closed"]):
        assert expected in page
    assert page.count("<option") == len(DISTRICT.schools) + 1


@pytest.mark.parametrize("language", DISTRICT.languages)
async def test_a_ticket_is_sent_in_every_language(desk: Desk, language: str) -> None:
    texts = all_texts()[language]
    page, _ = await send(desk, language)
    assert "FD-100001" in page
    assert texts["form"]["sent_title"] in html.unescape(page)
    [ticket] = await rows(desk, TICKETS)
    assert (ticket.language, ticket.kind, ticket.status) == (language, "device-repair", "open")
    assert (ticket.problem, ticket.asset_tag, ticket.school) == (GOOD["problem"], "CB204187", "lincoln-elementary")
    assert (ticket.student_name, ticket.contact) == ("Ana Ruiz", "+15155550177")


async def test_nothing_is_sent_before_the_review_is_confirmed(desk: Desk) -> None:
    status, page, headers = await post(desk, **GOOD)
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    for shown in (GOOD["problem"], "CB204187", "Lincoln Elementary School", "Ana Ruiz", "(515) 555-0177"):
        assert shown in page
    assert await rows(desk, TICKETS) == []
    assert await rows(desk, MESSAGES) == []


async def test_change_leads_back_to_the_form_as_it_was_filled_in(desk: Desk) -> None:
    _, page, _ = await post(desk, **GOOD)
    fields = {**hidden(page), "step": "change"}
    fields.pop("lang")
    _, page, _ = await post(desk, **fields)
    assert f">\n{GOOD['problem']}</textarea>" in page
    assert 'value="cb 204187"' in page
    assert '<option value="lincoln-elementary" lang="en" selected>' in page
    assert await rows(desk, TICKETS) == []


async def test_sending_twice_opens_one_ticket(desk: Desk) -> None:
    page, sent = await send(desk)
    sent.pop("lang")
    for _ in range(3):
        assert (await post(desk, **sent))[1] == page
    assert len(await rows(desk, TICKETS)) == 1
    assert len(await rows(desk, MESSAGES)) == 2
    await send(desk, asset_tag="")
    assert len(await rows(desk, TICKETS)) == 2


async def test_a_device_with_an_open_ticket_gets_a_note_once(desk: Desk) -> None:
    await send(desk)
    page, sent = await send(desk, problem="and now the keyboard too")
    assert html.escape(all_texts()["en"]["form"]["added"]) in page
    assert "FD-100001" in page
    sent.pop("lang")
    await post(desk, **sent)
    [note] = await rows(desk, TICKET_NOTES)
    assert note.text == "and now the keyboard too\n+15155550177"
    assert len(await rows(desk, TICKETS)) == 1


async def test_attack_a_request_id_of_somebody_elses_ticket_tells_nothing(desk: Desk) -> None:
    await send(desk)

    def give_id(session: Session) -> None:
        session.execute(update(TICKETS).values(request_id="A" * 22))  # as if another door had used it

    await desk.database.run(give_id)
    _, page, _ = await post(desk, **{**GOOD, "asset_tag": "", "request": "A" * 22, "step": "send"})
    assert "FD-100002" in page
    assert "FD-100001" not in page


async def test_only_what_is_wrong_is_named_beside_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    wrong = {"problem": "", "asset_tag": "AB12", "school": "hogwarts", "student_name": "???", "contact": "call me"}
    status, page, _ = await post(desk, **wrong)
    assert status == 422
    assert "<title>Error: " in page
    for name in wrong:
        assert f'id="field-{name}-error"' in page
        field = re.search(rf'<\w+ id="field-{name}"[^>]*>', page)
        assert field
        assert 'aria-invalid="true"' in field[0]
        described = re.search(r'aria-describedby="([^"]+)"', field[0])
        assert described
        assert all(f'id="{one}"' in page for one in described[1].split())
        assert f'href="#field-{name}"' in page
    assert 'value="AB12"' in page
    assert 'value="call me"' in page
    status, page, _ = await post(desk, problem="broken", contact="x")
    assert page.count("-error") == 2  # the text, and the field that names it
    assert await rows(desk, TICKETS) == []


async def test_all_but_the_problem_may_be_left_out_as_in_the_chat(desk: Desk) -> None:
    page, _ = await send(desk, asset_tag="", school="", student_name="", contact="")
    [ticket] = await rows(desk, TICKETS)
    assert (ticket.asset_tag, ticket.school, ticket.student_name, ticket.contact) == (None,) * 4
    assert "FD-100001" in page


async def test_a_tag_that_is_not_on_the_list_counts_once_it_is_sent_again(desk: Desk) -> None:
    status, page, _ = await post(desk, **{**GOOD, "asset_tag": "CB999999"})
    assert status == 422
    assert "We cannot find" in page
    fields = hidden(page)
    assert fields["doubted_tag"] == "CB999999"
    fields.pop("lang")
    status, page, _ = await post(desk, **{**GOOD, **fields, "asset_tag": "cb999999"})
    assert status == 200
    fields = {**hidden(page), "step": "send"}
    fields.pop("lang")
    await post(desk, **fields)
    assert (await rows(desk, TICKETS))[0].asset_tag == "CB999999"


@pytest.mark.parametrize("tag", ["CB204187", '"><script>alert(1)</script>', "x" * 500])
async def test_a_tag_in_the_address_fills_the_field_and_nothing_else(desk: Desk, tag: str) -> None:
    for path in ("/ticket", "/chat"):
        async with desk.client.get(path, params={"lang": "en", "tag": tag}) as response:
            page = await response.text()
        field = re.search(r'name="asset_tag" value="([^"]*)"', page)
        assert field
        assert html.unescape(field[1]) == tag[: ticket_page.LONGEST_TAG]
        assert "<script>" not in page


async def test_without_javascript_the_chat_page_is_the_form(desk: Desk) -> None:
    async with desk.client.get("/chat?lang=ar") as response:
        page = await response.text()
    without = page[page.index("<noscript>") : page.index("</noscript>")]
    assert 'action="/ticket?lang=ar" method="post"' in without
    async with desk.client.get("/?lang=es") as response:
        page = await response.text()
    without = page[page.index("<noscript>") : page.index("</noscript>")]
    assert 'href="/ticket?lang=es"' in without


# -- what must not be kept, and what must not wait --------------------------------------------------------------------


async def test_a_secret_is_masked_before_anything_is_stored_or_shown_again(desk: Desk) -> None:
    problem = "cannot sign in, my password is Tiger2024!"
    _, page, _ = await post(desk, **{**GOOD, "problem": problem})
    assert "Tiger2024" not in page
    assert REPLIES.render("utter_masked", "en", channel="widget").text in html.unescape(page)
    await send(desk, problem=problem)
    stored = [row.text for row in await rows(desk, MESSAGES)] + [row.problem for row in await rows(desk, TICKETS)]
    assert all("Tiger2024" not in text for text in stored)
    assert "[password removed]" in stored[0]


@pytest.mark.parametrize("field", ["problem", "student_name", "contact"])
async def test_a_cry_for_help_in_any_field_is_answered_at_once_and_brings_a_person(desk: Desk, field: str) -> None:
    for _ in range(2):
        _, page, _ = await post(desk, "es", **{**GOOD, field: CRISIS, "request": "B" * 22})
        assert 'role="alert"' in page
        assert "tel:988" in page
        for line in REPLIES.render("utter_crisis_self_harm", "es", channel="widget").text.split("\n"):
            assert html.escape(line) in re.sub(r"</?bdi[^>]*>", "", page)
    [alert] = await rows(desk, CRISIS_ALERTS)
    [handoff] = await rows(desk, HANDOFFS)
    assert (alert.crisis_class, handoff.priority) == ("self_harm", True)
    assert all(row.done for row in await rows(desk, MESSAGES))


async def test_a_cry_for_help_is_heard_above_every_limit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.client.app[FORMS], "wait", lambda address: 30)
    status, page, _ = await post(desk, **{**GOOD, "problem": f"{CRISIS} {'x' * 3000}"})
    assert status == 429
    assert "tel:988" in page
    assert len(await rows(desk, CRISIS_ALERTS)) == 1


async def test_a_problem_that_is_too_long_stays_in_the_form(desk: Desk) -> None:
    for problem in ("坏" * 2001, "a very long story " * 120):
        status, page, _ = await post(desk, **{**GOOD, "problem": problem})
        assert status == 422
        assert problem.strip() in page
        assert str(len(problem.strip())) in page
    assert (await post(desk, **{**GOOD, "problem": "坏" * 2000}))[0] == 200
    assert (await post(desk, **{**GOOD, "problem": "x" * 70_000}))[0] == 413


# -- attacks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.cedarhollow.example"},
    ],
    ids=str,
)
async def test_attack_a_form_on_a_foreign_page_is_refused(desk: Desk, headers: dict[str, str]) -> None:
    status, body, _ = await post(desk, headers=headers, **{**GOOD, "step": "send"})
    assert status == 403
    assert "foreign_origin" in body
    assert await rows(desk, TICKETS) == []


async def test_forms_of_our_own_page_under_either_address_and_of_text_browsers_are_taken(tmp_path: Path) -> None:
    async with running_desk(tmp_path, PUBLIC_URL="https://desk.example") as desk:
        own = f"http://127.0.0.1:{desk.client.port}"
        for headers in (
            {"Origin": own, "Sec-Fetch-Site": "same-origin"},
            {"Origin": "https://desk.example", "Sec-Fetch-Site": "same-origin"},
            {"Origin": "https://desk.example", "Sec-Fetch-Site": "none"},
            {},
        ):
            assert (await post(desk, headers=headers, **GOOD))[0] == 200


async def test_attack_forms_without_end_are_refused_with_the_time_to_wait_and_nothing_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.client.app[FORMS], "_all", Rate(3))
    for _ in range(3):
        assert (await post(desk, **GOOD))[0] == 200
    status, page, headers = await post(desk, **GOOD)
    assert status == 429
    assert int(headers["Retry-After"]) > 0
    assert html.escape(all_texts()["en"]["form"]["too_many"]) in page
    assert f">\n{GOOD['problem']}</textarea>" in page


def test_one_address_cannot_use_up_what_all_may_send() -> None:
    forms = Forms(a_minute=2, of_all=3)
    assert [forms.wait("1.2.3.4") > 0 for _ in range(4)] == [False, False, True, True]
    assert [forms.wait("5.6.7.8") > 0 for _ in range(2)] == [False, True]
    assert forms.wait(None) > 0


async def test_attack_other_bodies_than_a_form_are_refused(desk: Desk) -> None:
    for raw, kind in ((b'{"problem": "x"}', "application/json"), (b"--x\r\n", "multipart/form-data; boundary=x")):
        async with desk.client.post("/ticket", data=raw, headers={"Content-Type": kind}) as response:
            assert response.status == 415
    async with desk.client.post(
        "/ticket", data=b"problem=%ff", headers={"Content-Type": "application/x-www-form-urlencoded"}
    ) as response:
        assert response.status == 400


async def test_switching_the_language_keeps_what_was_typed_and_makes_no_ticket(desk: Desk) -> None:
    status, page, _ = await post(desk, "en", switch="ar", **GOOD)
    texts = all_texts()["ar"]
    assert status == 200
    assert '<html lang="ar" dir="rtl">' in page
    assert texts["form"]["next"] in html.unescape(page)
    assert hidden(page)["lang"] == "ar"
    for typed in (GOOD["problem"], GOOD["asset_tag"], GOOD["student_name"], GOOD["contact"]):
        assert typed in html.unescape(page)
    assert 'value="lincoln-elementary" lang="en" selected' in page
    assert 'role="alert"' not in page  # nothing is complained of that was never sent
    for table in (TICKETS, MESSAGES):
        assert await rows(desk, table) == []


async def test_switching_on_the_review_goes_back_to_the_form_with_all_that_was_typed(desk: Desk) -> None:
    _, page, _ = await post(desk, "en", **GOOD)
    sent = {name: value for name, value in hidden(page).items() if name != "lang"}
    status, page, _ = await post(desk, "en", switch="es", **sent)
    assert status == 200
    assert "The screen stays black" in page
    assert hidden(page)["request"] == sent["request"]
    assert await rows(desk, TICKETS) == []


async def test_a_language_that_is_not_offered_leaves_the_page_readable(desk: Desk) -> None:
    status, page, _ = await post(desk, "es", switch="xx", **GOOD)
    assert status == 200
    assert "The screen stays black" in page


async def test_a_switch_masks_secrets_and_answers_a_cry_for_help(desk: Desk) -> None:
    _, page, _ = await post(desk, "en", switch="es", problem=CRISIS, student_name="my ssn is 219-09-9999")
    assert "219-09-9999" not in page
    assert "988" in page
    assert len(await rows(desk, CRISIS_ALERTS)) == 1
