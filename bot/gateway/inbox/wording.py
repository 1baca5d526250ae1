"""What a staff member is told about a hand-off, as a mail and as a text; in English, never in the family's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from sqlalchemy.orm import Session

from actions.desk import call_backs, inbox
from actions.desk.notices import Due
from actions.desk.phone_numbers import PhoneNumbers, masked_contact
from bot.gateway.own_replies import REASON

CHANNELS = {"sms": "text message", "widget": "web chat"}
CLASSES = {
    "self_harm": "self-harm",
    "threat": "threat to others",
    "abuse": "abuse or neglect",
    "exploitation": "sexual exploitation",
    "harassment": "harassment",
    "medical": "medical emergency",
    "missing_child": "missing child",
}
STAFF_PATH = "/staff/handoffs/"


@dataclass(frozen=True)
class Notice:
    """Subject and body of a mail, and the text message in their place."""

    subject: str
    body: str
    text: str


@dataclass(frozen=True)
class Writer:
    """Writes notices; `address` is the desk's web address, `zone` the district's."""

    address: str
    zone: ZoneInfo
    numbers: PhoneNumbers

    def write(self, session: Session, due: Due) -> Notice:
        """The notice for a hand-off as it stands now."""
        entry = inbox.entry(session, due.handoff)
        facts = {
            "Waiting since": self._moment(entry.since),
            "Language": language_name(entry.language),
            "Channel": CHANNELS.get(entry.channel, entry.channel),
        }
        if due.kind == "crisis":
            return self._crisis(due, facts)
        contact = masked_contact(call_backs.known_contact(session, entry.conversation, self.numbers))
        facts["Reason"] = "the assistant was not available" if entry.reason == REASON else "asked for a person"
        facts["Contact"] = contact or "not known yet"
        if due.kind == "call_back":
            ticket = call_backs.current(session, entry.conversation)
            return self._call_back(ticket.number if ticket else "finished already", facts)
        return self._waiting(due, facts)

    def _waiting(self, due: Due, facts: dict[str, str]) -> Notice:
        subject = f"{_still(due)}A family is waiting for a person ({facts['Language']}, {facts['Channel']})"
        body = f"A family is waiting for a person.\n\n{_lines(facts)}\n{self._how(due.handoff)}"
        return Notice(subject, body, f"FamilyDesk: {subject}. {self._link(due.handoff)}")

    def _call_back(self, number: str, facts: dict[str, str]) -> Notice:
        facts = {"Ticket": number, **facts}
        subject = f"Please call back a family: {number} ({facts['Language']})"
        how = f"To see it, on the desk's machine:\n  familydesk inbox show {number}\nand when the family was reached:\n"
        body = f"No person could join a family. It was promised a call back.\n\n{_lines(facts)}\n{how}"
        return Notice(subject, f"{body}  familydesk inbox close {number}\n", f"FamilyDesk: {subject}.")

    def _crisis(self, due: Due, facts: dict[str, str]) -> Notice:
        name = CLASSES.get(due.crisis_class or "", "unknown")
        subject = f"{_still(due)}CRISIS ALERT: {name} ({facts['Language']}, {facts['Channel']})"
        body = (
            f"A message to the family help desk was caught by the crisis screen. Somebody may be in danger.\n\n"
            f"{_lines({'Class': name, **facts})}\n{self._how(due.handoff)}\n"
            "You are told again until a person has accepted the conversation.\n"
        )
        since = facts["Waiting since"]
        text = (
            f"{_still(due)}FamilyDesk CRISIS ALERT: {name}. {facts['Channel']}, {facts['Language']}, {since}. "
            f"{self._link(due.handoff)} or: familydesk inbox accept {due.handoff}"
        )
        return Notice(subject, body, text)

    def _how(self, handoff: int) -> str:
        commands = [f"  familydesk inbox {words}\n" for words in (f"show {handoff}", f"accept {handoff}")]
        return f"{self._link(handoff)}\n\nTo answer, on the desk's machine:\n{''.join(commands)}"

    def _link(self, handoff: int) -> str:
        return f"{self.address}{STAFF_PATH}{handoff}"

    def _moment(self, when: datetime) -> str:
        local = str(format_datetime(when.astimezone(self.zone), "EEE, MMM d, h:mm a z", locale="en_US"))
        return local.replace("\u202f", " ")


def language_name(code: str) -> str:
    """A language's English name, such as Haitian Creole; its code where nobody knows it."""
    return str(Locale("en").languages.get(code) or code)


def _still(due: Due) -> str:
    return "Still open: " if due.again else ""


def _lines(facts: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in facts.items())
