"""What a family fills into the ticket form of a page, read by the rules of the conversation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actions.desk.crisis import ORDER, CrisisClass, screen
from actions.desk.district import District
from actions.desk.redaction import mask
from actions.desk.tickets import NewTicket
from actions.ticket_values import DEVICE_REPAIR, SHORTEST_PROBLEM, clean_name, read_values

FIELDS = ("problem", "asset_tag", "school", "student_name", "contact")
LONGEST_PROBLEM = 2_000
# A value and the name of the error that goes with it.
Read = tuple[str | None, str | None]


@dataclass(frozen=True)
class Report:
    """`typed` is what stands in the form, masked; `values` what was read from it; `errors` names what was not.

    An error is the name of its text, for each field. `crisis` was screened on the words as they came.
    """

    typed: Mapping[str, str]
    values: Mapping[str, str | None]
    errors: Mapping[str, str]
    masked: bool
    crisis: CrisisClass | None

    def ticket(self, conversation: str, language: str) -> NewTicket:
        """The ticket that this report becomes; only one without errors is right."""
        return NewTicket(
            conversation=conversation,
            kind=DEVICE_REPAIR,
            article=None,
            problem=self.values["problem"] or "",
            asset_tag=self.values["asset_tag"],
            school=self.values["school"],
            student_name=self.values["student_name"],
            contact=self.values["contact"],
            language=language,
            steps=(),
        )

    @property
    def text(self) -> str:
        """All that was typed, as one message of the family."""
        return "\n".join(typed for name in FIELDS if (typed := self.typed[name]))


def read_report(
    fields: Mapping[str, str],
    district: District,
    *,
    doubted_tag: str = "",
    screened_by: Callable[[str], CrisisClass | None] = screen,
) -> Report:
    """Screen, mask and read the fields; those that are missing are empty.

    `doubted_tag` is the tag that was asked about the last time: said twice, it stands as the family reads it.
    """
    given = {name: fields.get(name, "").strip() for name in FIELDS}
    found = {screened_by(text) for name, text in given.items() if text and name != "school"}
    masks = {name: mask(text) for name, text in given.items()}
    typed = {name: masked.text for name, masked in masks.items()}
    values: dict[str, str | None] = {}
    errors: dict[str, str] = {}
    readers: dict[str, Callable[[str], Read]] = {
        "problem": _problem,
        "asset_tag": lambda text: _asset_tag(text, district, doubted_tag),
        "school": lambda text: _school(text, district),
        "student_name": lambda text: _student_name(text, district),
        "contact": lambda text: _contact(text, district),
    }
    for name, read in readers.items():
        value, error = read(typed[name]) if typed[name] or name == "problem" else (None, None)
        values[name] = value
        if error is not None:
            errors[name] = error
    crisis = next((name for name in ORDER if name in found), None)
    return Report(typed, values, errors, any(masked.kinds for masked in masks.values()), crisis)


def _problem(text: str) -> Read:
    if len(text) < SHORTEST_PROBLEM or not any(letter.isalpha() for letter in text):
        return None, "problem_missing"
    return (None, "problem_too_long") if len(text) > LONGEST_PROBLEM else (text, None)


def _asset_tag(text: str, district: District, doubted: str) -> Read:
    tag = read_values(text, district, "asset_tag").asset_tag
    if tag is None:
        return None, "asset_tag_invalid"
    return (tag, None) if tag in district.devices or tag == doubted else (tag, "asset_tag_unknown")


def _school(text: str, district: District) -> Read:
    return (text, None) if any(school.id == text for school in district.schools) else (None, "school_unknown")


def _student_name(text: str, district: District) -> Read:
    values = read_values(text, district, "student_name")
    name = values.student_name or clean_name(values.rest)
    return (name, None) if name else (None, "student_name_unclear")


def _contact(text: str, district: District) -> Read:
    contact = read_values(text, district, "contact").contact
    return (contact, None) if contact else (None, "contact_invalid")
