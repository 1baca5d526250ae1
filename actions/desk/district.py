"""The district's own facts: schools, devices, departments, hours and contacts, checked when they are loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actions.desk.checked_file import HOURS_CURE, ID, Problems, Table, read_hours, read_yaml
from actions.desk.crisis import ORDER
from actions.desk.opening_hours import WEEKDAYS, Holiday, OpeningHours
from actions.desk.retention import Retention, read_retention
from actions.desk.school_lists import Device, School, read_devices, read_schools
from knowledge.article_rules import SOURCE_LANGUAGE

__all__ = ["Contact", "Department", "Device", "District", "DistrictError", "HelpDesk", "School", "load_district"]

DISTRICT_KEYS = (
    *("name", "short_name", "website", "phone", "time_zone", "languages", "help_desk", "holidays"),
    *("departments", "crisis_contacts", "crisis_contacts_next", "crisis_articles", "crisis_reviewed"),
    "hand_off_article",
    *("title_ix_coordinator", "child_abuse_hotline"),
    *("handoff_minutes", "reminder_minutes", "resume_minutes", "retention", "password_page"),
)
HANDOFF_MINUTES, REMINDER_MINUTES, RESUME_MINUTES, MOST_MINUTES = 10, 5, 120, 240
LONGEST_HOLIDAY = 120
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class DistrictError(ValueError):
    """A district that cannot be served; `problems` says each one with file, line and cure."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Department:
    """Who owns articles and takes hand-offs."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True)
class Contact:
    """A person of the district; `role` may be empty."""

    name: str
    phone: str
    email: str
    role: str = ""


@dataclass(frozen=True)
class HelpDesk:
    """Where families reach the help desk; `hours` by English weekday, a missing day is closed."""

    name: str
    phone: str
    email: str
    place: str
    hours: Mapping[str, tuple[time, time]]


@dataclass(frozen=True)
class District:
    """All that a district tells us about itself; `notes` are shortcomings that do not stop the start.

    A family waits `handoff_minutes` for a person at most; staff are told again every `reminder_minutes` until then.
    After `resume_minutes` of silence, what a family left half-way is offered and not forced. `password_page`, where
    students change a password, is the website where the district names none.
    """

    name: str
    short_name: str
    website: str
    phone: str
    time_zone: ZoneInfo
    languages: tuple[str, ...]
    help_desk: HelpDesk
    holidays: tuple[Holiday, ...]
    departments: Mapping[str, Department]
    crisis_contacts: tuple[Contact, ...]
    title_ix_coordinator: Contact
    schools: tuple[School, ...]
    devices: Mapping[str, Device]
    notes: tuple[str, ...] = ()
    handoff_minutes: int = HANDOFF_MINUTES
    reminder_minutes: int = REMINDER_MINUTES
    resume_minutes: int = RESUME_MINUTES
    retention: Retention = Retention()  # noqa: RUF009 - it cannot be changed
    password_page: str = ""
    # Told of a crisis that none of the first has accepted in time.
    crisis_contacts_next: tuple[Contact, ...] = ()
    # The article that stands under the fixed text, by the kind of danger.
    crisis_articles: Mapping[str, str] = field(default_factory=dict)
    # The article that stands under the reply to who asks for a person.
    hand_off_article: str = ""
    # The state's line for reports of child abuse; staff are reminded of it where the law may ask them to report.
    child_abuse_hotline: str = ""
    # When a clinician last reviewed what the desk does in a crisis; families read it on the privacy page.
    crisis_reviewed: date | None = None

    @property
    def _opening_hours(self) -> OpeningHours:
        return OpeningHours(self.help_desk.hours, self.time_zone, self.holidays)

    def open_at(self, when: datetime) -> bool:
        """Whether the help desk is open at an aware moment."""
        return self._opening_hours.open_at(when)

    def next_opening(self, when: datetime) -> datetime:
        """The first moment from `when` on at which the help desk is open, in the district's time zone."""
        return self._opening_hours.next_opening(when)

    def values(self) -> dict[str, str]:
        """What fills the places in replies and pages; every department adds `<key>_name`, `_phone`, `_email`."""
        values = {
            "district": self.name,
            "short_name": self.short_name,
            "phone": self.phone,
            "website": self.website,
            "password_page": self.password_page or self.website,
            "help_desk": self.help_desk.name,
            "help_desk_phone": self.help_desk.phone,
            "help_desk_email": self.help_desk.email,
            "help_desk_place": self.help_desk.place,
            "title_ix_name": self.title_ix_coordinator.name,
            "title_ix_phone": self.title_ix_coordinator.phone,
            "title_ix_email": self.title_ix_coordinator.email,
            **self.retention.values(),
        }
        for key, department in self.departments.items():
            place = key.replace("-", "_")
            values |= {
                f"{place}_name": department.name,
                f"{place}_phone": department.phone,
                f"{place}_email": department.email,
            }
        # A crisis text names it; without such a department it must still name a phone that is answered.
        values.setdefault("transportation_phone", self.phone)
        return values


def load_district(folder: Path) -> District:
    """Read and check the three files of a district; raises DistrictError with every problem at once."""
    problems = Problems()
    schools = read_schools(folder / "schools.csv", problems)
    devices = read_devices(folder / "devices.csv", {school.id for school in schools}, problems)
    table = read_yaml(folder / "district.yml", problems)
    district = _district(table, schools, devices) if table is not None else None
    if problems.errors or district is None:
        raise DistrictError(problems.errors)
    return district


def _district(table: Table, schools: tuple[School, ...], devices: Mapping[str, Device]) -> District:
    table.only(DISTRICT_KEYS)
    return District(
        name=table.text("name"),
        short_name=table.text("short_name"),
        website=table.web_address("website"),
        phone=table.phone("phone"),
        time_zone=_time_zone(table),
        languages=_languages(table),
        help_desk=_help_desk(table.table("help_desk")),
        holidays=_holidays(table),
        departments=_departments(table.table("departments")),
        crisis_contacts=_crisis_contacts(table),
        crisis_contacts_next=_crisis_contacts_next(table),
        crisis_articles=_crisis_articles(table),
        hand_off_article=table.text("hand_off_article") if "hand_off_article" in table.entries else "",
        crisis_reviewed=table.day("crisis_reviewed") if "crisis_reviewed" in table.entries else None,
        child_abuse_hotline=_child_abuse_hotline(table),
        title_ix_coordinator=_contact(table.table("title_ix_coordinator")),
        schools=schools,
        devices=devices,
        notes=tuple(table.problems.notes),
        handoff_minutes=_minutes(table, "handoff_minutes", HANDOFF_MINUTES),
        reminder_minutes=_minutes(table, "reminder_minutes", REMINDER_MINUTES),
        retention=read_retention(table.table("retention") if "retention" in table.entries else None),
        resume_minutes=_minutes(table, "resume_minutes", RESUME_MINUTES),
        password_page=table.web_address("password_page") if "password_page" in table.entries else "",
    )


def _minutes(table: Table, key: str, default: int) -> int:
    if key not in table.entries:
        return default
    minutes = table.entries[key].content
    if type(minutes) is not int or not 1 <= minutes <= MOST_MINUTES:
        what = f"{key} is not a number of minutes"
        table.error(table.line_of(key), what, f"write a whole number from 1 to {MOST_MINUTES}, such as {default}")
        return default
    return minutes


def _time_zone(table: Table) -> ZoneInfo:
    name = table.text("time_zone")
    try:
        return ZoneInfo(name) if name else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.error(table.line_of("time_zone"), f"there is no time zone '{name}'", "write one such as America/Chicago")
        return ZoneInfo("UTC")


def _languages(table: Table) -> tuple[str, ...]:
    languages: list[str] = []
    for value in table.texts("languages"):
        if not _LANGUAGE.fullmatch(value.content):
            table.error(value.line, f"'{value.content}' is not a language code", "write two or three small letters")
        elif value.content in languages:
            table.error(value.line, f"the language {value.content} is there twice", "keep one of the two")
        languages.append(value.content)
    if "languages" in table.entries and SOURCE_LANGUAGE not in languages:
        what = f"languages does not hold {SOURCE_LANGUAGE}"
        table.error(table.line_of("languages"), what, f"add {SOURCE_LANGUAGE}; every article and reply starts there")
    return tuple(languages)


def _help_desk(table: Table | None) -> HelpDesk:
    if table is None:
        return HelpDesk("", "", "", "", {})
    table.only(("name", "phone", "email", "place", "hours"))
    week: dict[str, tuple[time, time]] = {}
    days = table.table("hours")
    if days is not None:
        days.only(WEEKDAYS)
        for day in WEEKDAYS:
            hours = read_hours(text) if day in days.entries and (text := days.text(day)) else None
            if hours is not None:
                week[day] = hours
            elif day in days.entries and days.entries[day].content not in {None, ""}:
                days.error(days.line_of(day), f"the hours of {day} cannot be read", HOURS_CURE)
        if not days.entries:
            table.error(days.line, "the help desk is never open", "give the hours of at least one day")
    name, place = table.text("name"), table.text("place")
    return HelpDesk(name, table.phone("phone"), table.email("email"), place, MappingProxyType(week))


def _holidays(table: Table) -> tuple[Holiday, ...]:
    found = []
    for entry in table.tables("holidays", "a list of {date: 2027-01-18, name: ...}, or [] for none"):
        entry.only(("date", "from", "to", "name"))
        one_day = "date" in entry.entries
        first, last = (entry.day("date"),) * 2 if one_day else (entry.day("from"), entry.day("to"))
        name = entry.text("name")
        if first is not None and last is not None and _plausible(entry, first, last):
            found.append(Holiday(first, last, name))
    return tuple(found)


def _plausible(entry: Table, first: date, last: date) -> bool:
    if last < first:
        entry.error(entry.line, f"the holiday ends on {last}, before it starts on {first}", "swap the two dates")
        return False
    if (last - first).days >= LONGEST_HOLIDAY:
        what = f"the holiday from {first} to {last} is longer than {LONGEST_HOLIDAY} days"
        entry.error(entry.line, what, "check the years, or write it as two")
        return False
    return True


def _departments(table: Table | None) -> Mapping[str, Department]:
    departments = {}
    for key, value in (table.entries if table is not None else {}).items():
        department = value.content
        if table is None or not isinstance(department, Table):
            continue
        if not ID.fullmatch(key):
            table.error(value.line, f"the department {key} has other signs than a-z, 0-9 and -", "rename it")
        department.only(("name", "phone", "email"))
        name, phone = department.text("name"), department.phone("phone")
        departments[key] = Department(name, phone, department.email("email"))
    return MappingProxyType(departments)


def _crisis_contacts(table: Table) -> tuple[Contact, ...]:
    contacts = tuple(_contact(entry) for entry in table.tables("crisis_contacts", "a list of {name, phone, email}"))
    line = table.line_of("crisis_contacts")
    if "crisis_contacts" in table.entries and not contacts:
        table.error(line, "there is no crisis contact", "name the people who are told when somebody is in danger")
    if len({contact.name.casefold() for contact in contacts}) == 1:
        what, cure = "there is only one crisis contact", "name a second person, for when the first cannot be reached"
        table.problems.note(table.path, line, what, cure)
    return contacts


def _crisis_articles(table: Table) -> dict[str, str]:
    below = table.table("crisis_articles") if "crisis_articles" in table.entries else None
    if below is None:
        return {}
    below.only(ORDER)
    return {kind: below.text(kind) for kind in below.entries}


def _crisis_contacts_next(table: Table) -> tuple[Contact, ...]:
    if "crisis_contacts_next" in table.entries:
        return tuple(
            _contact(entry) for entry in table.tables("crisis_contacts_next", "a list of {name, phone, email}")
        )
    what = "nobody is named for a crisis alert that none of the crisis_contacts accepts"
    table.problems.note(table.path, table.line_of("crisis_contacts"), what, "add crisis_contacts_next")
    return ()


def _child_abuse_hotline(table: Table) -> str:
    if "child_abuse_hotline" in table.entries:
        return table.phone("child_abuse_hotline")
    what = "staff are not told where their state takes reports of child abuse"
    table.problems.note(table.path, table.line_of("crisis_contacts"), what, "add child_abuse_hotline")
    return ""


def _contact(table: Table | None) -> Contact:
    if table is None:
        return Contact("", "", "")
    table.only(("name", "role", "phone", "email"))
    role = table.text("role") if "role" in table.entries else ""
    return Contact(table.text("name"), table.phone("phone"), table.email("email"), role)
