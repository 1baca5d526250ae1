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
    "bullying": "bullying",
    "medical": "medical emergency",
    "missing_child": "missing child",
}
# Where the law of most states asks school staff to report by themselves.
REPORTED = frozenset({"abuse", "exploitation"})
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
    child_abuse_hotline: str = ""

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
        if due.kind == "hold_review":
            return self._hold_review(due, facts)
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
            f"{reporter_note(due.crisis_class, self.child_abuse_hotline)}"
        )
        since = facts["Waiting since"]
        text = (
            f"{_still(due)}FamilyDesk CRISIS ALERT: {name}. {facts['Channel']}, {facts['Language']}, {since}. "
            f"{self._link(due.handoff)} or: familydesk inbox accept {due.handoff}"
        )
        return Notice(subject, body, text)

    def _hold_review(self, due: Due, facts: dict[str, str]) -> Notice:
        name = CLASSES.get(due.crisis_class or "", "unknown")
        subject = f"Please look at a conversation on legal hold ({name})"
        body = (
            "Nobody has looked for long at a conversation that is kept beyond its time, because it may be evidence.\n\n"
            f"{_lines({'Class': name, **facts})}\n{self._link(due.handoff)}\n\nOn the desk's machine:\n"
            f"  familydesk inbox show {due.handoff}\n"
            f"  familydesk inbox keep {due.handoff}    it is still needed; you are asked again later\n"
            f"  familydesk inbox lift {due.handoff}    it is not; it is deleted like any other\n"
        )
        return Notice(subject, body, f"FamilyDesk: {subject}. familydesk inbox show {due.handoff}")

    def _how(self, handoff: int) -> str:
        commands = [f"  familydesk inbox {words}\n" for words in (f"show {handoff}", f"accept {handoff}")]
        return f"{self._link(handoff)}\n\nTo answer, on the desk's machine:\n{''.join(commands)}"

    def _link(self, handoff: int) -> str:
        return f"{self.address}{STAFF_PATH}{handoff}"

    def _moment(self, when: datetime) -> str:
        local = str(format_datetime(when.astimezone(self.zone), "EEE, MMM d, h:mm a z", locale="en_US"))
        return local.replace("\u202f", " ")


def reporter_note(crisis_class: str | None, hotline: str) -> str:
    """What staff must know who may have to report child abuse; nothing for other classes."""
    if crisis_class not in REPORTED:
        return ""
    where = f"the state's hotline is {hotline}" if hotline else "the district has not set the state's hotline"
    return (
        "\nYou may be a mandated reporter: state law asks school staff who suspect child abuse or neglect to report it "
        f"themselves and at once, and telling a supervisor does not take its place; {where}. In danger, call 911. Do "
        "not warn the person who is suspected or their household; child protection decides who tells the family.\n"
    )


def language_name(code: str) -> str:
    """A language's English name, such as Haitian Creole; its code where nobody knows it."""
    return str(Locale("en").languages.get(code) or code)


def _still(due: Due) -> str:
    return "Still open: " if due.again else ""


def _lines(facts: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in facts.items())
