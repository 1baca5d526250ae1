"""The device ticket as a plain form: for families without JavaScript, and for when the chat does not load."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from actions.desk import alerts, conversations, tickets
from actions.desk.conversations import Draft
from actions.desk.crisis import screen, screen_quickly
from actions.desk.district import District
from actions.desk.notices import Recipient
from actions.desk.phone_numbers import spoken_contact
from actions.desk.tickets import Submitted
from actions.ticket_report import FIELDS, LONGEST_PROBLEM, Report, read_report
from bot.gateway.addresses import client_of
from bot.gateway.incoming import clean, read_form
from bot.gateway.keys import DATABASE, DISTRICT, FORMS, OWN_REPLIES, SCREENER
from bot.gateway.page import NEVER_KEPT, languages_of, page, texts_for
from bot.gateway.route import Access, Route
from bot.gateway.texts import PageTexts

CHANNEL = "form"
# Made by us for each review, so that "send" pressed twice is one ticket; 128 random bits.
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{22}")
LONGEST_TAG = 40


async def blank(request: web.Request) -> web.StreamResponse:
    """GET /ticket: the empty form, or with the tag that the address names."""
    texts = texts_for(request, request.query.get("lang", ""))
    return _form(request, texts, {"asset_tag": request.query.get("tag", "")})


async def receive(request: web.Request) -> web.StreamResponse:
    """POST /ticket: the form with what is wrong, the review, or the ticket's number."""
    sent = {name: clean(value) for name, value in await read_form(request)}
    switched = sent.get("switch", "")
    texts = texts_for(request, switched or sent.get("lang") or request.query.get("lang", ""))
    request_id = sent.get("request", "")
    if REQUEST_ID.fullmatch(request_id) is None:
        request_id = secrets.token_urlsafe(16)
    seconds = request.app[FORMS].wait(client_of(request))
    report = await request.app[SCREENER].aside(_read, sent, request.app[DISTRICT], bool(seconds))
    values: dict[str, Any] = {"request_id": request_id, "notice": "", "crisis": ""}
    if report.crisis is not None:
        # Before any limit, and whatever else is wrong with the form: help comes first.
        own, now = request.app[OWN_REPLIES], datetime.now(UTC)
        crisis = own.crisis(report.crisis, texts.language, now)
        recipients = own.crisis_contacts(report.crisis)
        await request.app[DATABASE].run(
            _record_crisis, request_id, report, texts.language, crisis, recipients=recipients, now=now
        )
        values["crisis"] = crisis.text
    if report.masked:
        values["notice"] = request.app[OWN_REPLIES].masked(texts.language).text
    if switched or sent.get("step") == "change":
        values["doubted_tag"] = sent.get("doubted_tag", "")
        return _form(request, texts, report.typed, **values)
    if seconds:
        return _form(request, texts, report.typed, status=429, headers={"Retry-After": str(seconds)}, **values)
    if report.errors:
        return _form(request, texts, report.typed, report=report, status=422, **values)
    if sent.get("step") != "send":
        values |= {"review": _review(report, request), "doubted_tag": report.values["asset_tag"] or ""}
        return _page(request, "ticket_review.html", texts, values, report)
    submitted = await request.app[DATABASE].run(_submit, request_id, report, texts, datetime.now(UTC))
    values |= {"number": submitted.ticket.number, "added": submitted.added}
    contact = spoken_contact(report.values["contact"])
    return _page(request, "ticket_sent.html", texts, {**values, "contact": contact}, report)


def _read(sent: Mapping[str, str], district: District, above_limit: bool) -> Report:
    """What was typed; of what comes too often only the words are screened, not their meaning."""
    screened_by = screen_quickly if above_limit else screen
    return read_report(sent, district, doubted_tag=sent.get("doubted_tag", ""), screened_by=screened_by)


def form_values(request: web.Request, typed: Mapping[str, str], report: Report | None = None) -> dict[str, Any]:
    """What the template of the fields needs."""
    kept = {name: typed.get(name, "") for name in FIELDS}
    if report is None:
        kept["asset_tag"] = clean(kept["asset_tag"])[:LONGEST_TAG]
    doubted = report is not None and report.errors.get("asset_tag") == "asset_tag_unknown"
    return {
        "typed": kept,
        "errors": report.errors if report else {},
        "error_values": {
            "count": len(kept["problem"]),
            "limit": LONGEST_PROBLEM,
            "asset_tag": (report.values["asset_tag"] if report else None) or "",
        },
        "doubted_tag": report.values["asset_tag"] if report and doubted else "",
        "schools": request.app[DISTRICT].schools,
        "request_id": "",
        "crisis": "",
        "notice": "",
        "too_many": False,
    }


def _form(
    request: web.Request,
    texts: PageTexts,
    typed: Mapping[str, str],
    *,
    report: Report | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> web.Response:
    shown = {**form_values(request, typed, report), "too_many": status == 429, **values}
    return _page(request, "ticket_form.html", texts, shown, report, status=status, headers=headers)


def _page(
    request: web.Request,
    template: str,
    texts: PageTexts,
    values: Mapping[str, Any],
    report: Report | None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    switch = tuple((other, f"/ticket?lang={other.language}") for other in languages_of(request.app[DISTRICT]))
    typed = {"typed": report.typed} if report else {}
    shown = {**typed, **values, "switch": switch}
    return page(request, template, texts, shown, status=status, cache_control=NEVER_KEPT, headers=headers)


def _review(report: Report, request: web.Request) -> tuple[tuple[str, str | None], ...]:
    """Each field's name with its value as it will stand in the ticket."""
    schools = {school.id: school.name for school in request.app[DISTRICT].schools}
    shown = {**report.values, "contact": spoken_contact(report.values["contact"])}
    shown["school"] = schools.get(shown["school"] or "")
    return tuple((name, shown[name]) for name in FIELDS)


def _record_crisis(
    session: Session,
    request_id: str,
    report: Report,
    language: str,
    reply: Draft,
    *,
    recipients: Iterable[Recipient],
    now: datetime,
) -> None:
    """The family's words, the fixed text, the alert and the queue, once for the same words of a form."""
    conversation = _conversation(session, request_id, language, now)
    # Words that were changed are words of their own.
    client_id = f"crisis:{hashlib.sha256(report.text.encode()).hexdigest()[:32]}"
    received = conversations.receive(session, conversation, client_id, report.text, language=language, now=now)
    if not received.duplicate and report.crisis is not None:
        alerts.record_crisis(session, conversation, report.crisis, received.message.id, now, recipients=recipients)
        conversations.reply(session, conversation, received.message.id, (reply,), asks=None, now=now)


def _submit(session: Session, request_id: str, report: Report, texts: PageTexts, now: datetime) -> Submitted:
    """The ticket, with the conversation in which it was opened; the same request again finds both as they are."""
    conversation = _conversation(session, request_id, texts.language, now)
    received = conversations.receive(session, conversation, "ticket", report.text, language=texts.language, now=now)
    ticket = report.ticket(conversation, texts.language)
    submitted = tickets.submit(session, ticket, request_id=f"form:{request_id}", now=now)
    said = Draft("ticket", texts.language, f"{texts['form']['number']} {submitted.ticket.number}")
    conversations.reply(session, conversation, received.message.id, (said,), asks=None, now=now)
    return submitted


def _conversation(session: Session, request_id: str, language: str, now: datetime) -> str:
    conversation = f"form-{request_id}"
    conversations.adopt(session, conversation, channel=CHANNEL, language=language, now=now)
    return conversation


ROUTES: tuple[Route, ...] = (
    Route("GET", "/ticket", blank, Access.PUBLIC),
    Route("POST", "/ticket", receive, Access.FORM),
)
