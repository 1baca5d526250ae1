"""`familydesk inbox`: answering families from a terminal, over the database that the running desk looks into."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from actions.desk import crisis_steps, holds, inbox
from actions.desk.database import Database
from actions.desk.district import District, DistrictError, load_district
from actions.desk.handoffs import HandoffError
from actions.desk.messages import Stored
from actions.desk.redaction import mask
from bot.gateway.inbox import staff
from bot.gateway.inbox.wording import CHANNELS, CLASSES, language_name, reporter_note
from bot.gateway.own_replies import OwnReplies
from bot.replies import Replies, RepliesError
from knowledge.settings import Settings

SENT_WITHOUT = "Sent without the {}: what is written here is kept; tell it by phone."
OK, PROBLEMS, WRONG_USE = 0, 1, 2
CURE = "run this with the settings (HOME, DATABASE_URL) of a desk that has been started"
SENDERS = {"family": "family", "bot": "assistant", "staff": "staff"}


def run(settings: Settings, given: argparse.Namespace) -> int:
    """Run one subcommand in one transaction, and print what came of it."""
    try:
        district = load_district(settings.district)
        replies = Replies.load(values=district.values())
    except (DistrictError, RepliesError) as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    if not _there(settings):
        print(f"there is no database of a desk under {settings.home}; {CURE}", file=sys.stderr)
        return PROBLEMS
    database = Database(settings.database)
    try:
        with database.session() as session:
            desk = _Desk(session, given, district, OwnReplies(replies, district), datetime.now(UTC))
            result, lines = desk.run()
    except (HandoffError, LookupError) as error:
        print(error.args[0], file=sys.stderr)
        return PROBLEMS
    except DatabaseError as error:
        print(f"the database of the desk cannot be used ({error.orig}); {CURE}", file=sys.stderr)
        return PROBLEMS
    finally:
        database.close()
    print(json.dumps(result, ensure_ascii=False, indent=2) if given.json else "\n".join(lines))
    return OK


def _there(settings: Settings) -> bool:
    """Whether there is a database: SQLite would make an empty one where there is none."""
    url = make_url(settings.database)
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


class _Desk:
    """The subcommands; each gives what it prints, as JSON and as lines."""

    def __init__(
        self, session: Session, given: argparse.Namespace, district: District, own: OwnReplies, now: datetime
    ) -> None:
        self._session = session
        self._given = given
        self._district = district
        self._own = own
        self._now = now

    def run(self) -> tuple[dict[str, Any], list[str]]:
        what: Callable[[], tuple[dict[str, Any], list[str]]] = getattr(self, f"_{self._given.what}")
        return what()

    def _list(self) -> tuple[dict[str, Any], list[str]]:
        entries, call_backs = inbox.open_entries(self._session), inbox.open_call_backs(self._session)
        result: dict[str, Any] = {
            "handoffs": [_json(one) for one in entries],
            "call_backs": [_json(one) for one in call_backs],
        }
        lines = [self._line(one) for one in entries] or ["Nobody waits for a person."]
        if call_backs:
            lines += ["", "To be called back:"]
            lines += [f"  {self._call_back_line(one)}" for one in call_backs]
        held = holds.held_handoffs(self._session)
        if held:
            result["on_hold"] = list(held)
            lines += ["", f"On legal hold until somebody lifts it: {', '.join(map(str, held))}"]
            due = [handoff for handoff, _ in holds.to_review(self._session, self._district.retention, self._now)]
            result["to_review"] = due
            if due:
                lines.append(f"Look at these and keep or lift them: {', '.join(map(str, due))}")
        return result, lines

    def _show(self) -> tuple[dict[str, Any], list[str]]:
        if isinstance(self._given.id, str):
            ticket = inbox.call_back(self._session, self._given.id)
            shown, conversation = _json(ticket), ticket.conversation
            lines = [
                self._call_back_line(ticket),
                f"  asked: {ticket.problem}",
                *(f"  note: {n}" for n in ticket.notes),
            ]
        else:
            entry = inbox.entry(self._session, self._given.id)
            shown, conversation = _json(entry), entry.conversation
            lines = [self._line(entry), f"  asked: {entry.reason}"]
            if note := reporter_note(entry.crisis_class, self._district.child_abuse_hotline).strip():
                shown["mandated_reporter"] = note
                lines += ["", note, ""]
        steps = crisis_steps.steps_of(self._session, conversation)
        shown["alert_steps"] = [_plain(asdict(step)) for step in steps]
        lines += [self._step_line(step) for step in steps]
        messages = inbox.transcript(self._session, conversation)
        shown["messages"] = [_message_json(message) for message in messages]
        return shown, [*lines, "", *(self._said(message) for message in messages)]

    def _accept(self) -> tuple[dict[str, Any], list[str]]:
        staff.accept(self._session, self._given.id, self._given.staff, self._now)
        _, lines = self._show()
        return self._state([*lines, "", f"It is yours now: familydesk inbox reply {self._given.id} TEXT"])

    def _reply(self) -> tuple[dict[str, Any], list[str]]:
        text = " ".join(self._given.text).strip()
        said = staff.reply(self._session, self._given.id, text, self._given.staff, self._now)
        removed = mask(text).kinds
        return _message_json(said), [SENT_WITHOUT.format(", ".join(removed).replace("_", " ")) if removed else "Sent."]

    def _close(self) -> tuple[dict[str, Any], list[str]]:
        if isinstance(self._given.id, str):
            inbox.finish_call_back(self._session, self._given.id, self._now)
            return _json(inbox.call_back(self._session, self._given.id)), [f"{self._given.id} is finished."]
        staff.close(self._session, self._given.id, self._own, self._now)
        return self._state(["Closed: the assistant answers again."])

    def _release(self) -> tuple[dict[str, Any], list[str]]:
        staff.release(self._session, self._given.id, self._district, self._now)
        return self._state(["It waits in the queue again."])

    def _keep(self) -> tuple[dict[str, Any], list[str]]:
        kept = holds.keep(self._session, self._given.id, self._given.staff, self._now)
        days = self._district.retention.hold_review_days
        return self._state(
            [f"It stays on hold; in {days} days you are asked again." if kept else "It was not on hold."]
        )

    def _lift(self) -> tuple[dict[str, Any], list[str]]:
        lifted = holds.lift(self._session, self._given.id, self._given.staff, self._now)
        done = "The hold is lifted: it is deleted in its time, or when the family asks for it."
        return self._state([done if lifted else "It was not on hold."])

    def _state(self, lines: list[str]) -> tuple[dict[str, Any], list[str]]:
        return _json(inbox.entry(self._session, self._given.id)), lines

    def _line(self, entry: inbox.Entry) -> str:
        crisis = f"CRISIS ({CLASSES.get(entry.crisis_class, entry.crisis_class)})  " if entry.crisis_class else ""
        who = f"  with {entry.staff}" if entry.staff else ""
        channel = CHANNELS.get(entry.channel, entry.channel)
        since, language = self._moment(entry.since), language_name(entry.language)
        return f"{entry.id}  {entry.status}{who}  {crisis}since {since}  {language}, {channel}"

    def _call_back_line(self, ticket: inbox.CallBackEntry) -> str:
        since, language = self._moment(ticket.since), language_name(ticket.language)
        contact = ticket.contact or "no contact yet"
        return f"{ticket.number}  {ticket.status}  since {since}  {language}  {contact}"

    def _said(self, message: Stored) -> str:
        return f"[{self._moment(message.at)}] {SENDERS[message.sender]}: {message.text}"

    def _step_line(self, step: crisis_steps.Step) -> str:
        path = f" by {step.path}" if step.path else ""
        return f"  alert [{self._moment(step.at)}] {step.step}: {step.who or 'nobody'}{path}"

    def _moment(self, when: datetime) -> str:
        return f"{when.astimezone(self._district.time_zone):%Y-%m-%d %H:%M}"


def _json(entry: inbox.Entry | inbox.CallBackEntry) -> dict[str, Any]:
    return _plain(asdict(entry))


def _message_json(message: Stored) -> dict[str, Any]:
    fields = {"id": message.id, "at": message.at, "from": message.sender, "kind": message.kind}
    return _plain({**fields, "language": message.language, "text": message.text})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
