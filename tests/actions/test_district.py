"""The district's files: read, checked, and when its help desk is open."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from actions.desk.district import District, DistrictError, load_district

SAMPLE = Path("data/district")
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample district that a test may spoil."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "district"))


@pytest.fixture(scope="module")
def district() -> District:
    return load_district(SAMPLE)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(DistrictError) as caught:
        load_district(folder)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def test_the_sample_district_is_read(district: District) -> None:
    assert district.short_name == "Cedar Hollow Schools"
    assert district.languages[:2] == ("en", "es")
    assert len(district.schools) == 11
    assert district.devices["CB200555"].school_id == "lincoln-elementary"
    assert [contact.name for contact in district.crisis_contacts] == ["Dana Whitfield", "Marcus Oyelaran"]
    assert district.departments["language-services"].phone == "515-555-0160"
    assert district.notes == ()


def test_values_fill_every_place_that_a_reply_may_have(district: District) -> None:
    values = district.values()
    assert values["help_desk_phone"] == "515-555-0142"
    assert values["help_desk_place"] == "Technology Center, 410 Mill Road, door B"
    assert values["title_ix_name"] == "Renee Castillo"
    assert values["transportation_phone"] == "515-555-0120"
    assert {"district", "short_name", "phone", "help_desk", "help_desk_email", "website"} <= set(values)


def test_a_district_that_names_no_page_for_passwords_sends_to_its_website(folder: Path) -> None:
    assert load_district(folder).values()["password_page"] == "https://password.cedarhollow.example"
    change(folder / "district.yml", "password_page: https://password.cedarhollow.example\n", "")
    assert load_district(folder).values()["password_page"] == "https://www.cedarhollow.example"


def test_a_district_without_transportation_still_names_a_phone_in_a_crisis(folder: Path) -> None:
    change(folder / "district.yml", "  transportation: {", "  buses: {")
    assert load_district(folder).values()["transportation_phone"] == "515-555-0100"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-10-05T06:59:59", False),
        ("2026-10-05T07:00:00", True),
        ("2026-10-05T16:59:59", True),
        ("2026-10-05T17:00:00", False),
        ("2026-10-08T18:30:00", True),  # Thursday is long
        ("2026-10-10T10:00:00", False),  # Saturday
        ("2026-11-26T10:00:00", False),  # Thanksgiving
        ("2026-12-28T10:00:00", False),  # within winter break
    ],
)
def test_the_desk_is_open_at_its_hours(district: District, when: str, is_open: bool) -> None:
    assert district.open_at(at(when)) is is_open
    assert district.open_at(at(when).astimezone(UTC)) is is_open


@pytest.mark.parametrize(
    ("when", "opening"),
    [
        ("2026-10-05T05:00:00", "2026-10-05T07:00:00-05:00"),
        ("2026-10-05T12:00:00", "2026-10-05T12:00:00-05:00"),
        ("2026-10-09T16:00:00", "2026-10-12T07:00:00-05:00"),  # Friday evening
        ("2026-10-30T18:00:00", "2026-11-02T07:00:00-06:00"),  # the clock goes back on Sunday
        ("2027-03-12T18:00:00", "2027-03-22T07:00:00-05:00"),  # spring break, and the clock goes forward
        ("2026-12-18T18:00:00", "2027-01-04T07:00:00-06:00"),  # winter break
    ],
)
def test_the_next_opening_skips_nights_weekends_and_holidays(district: District, when: str, opening: str) -> None:
    assert district.next_opening(at(when)).isoformat() == opening


def test_the_next_opening_is_open_and_nothing_before_it_is(district: District) -> None:
    for day in range(1, 29):
        when = datetime(2026, 11, day, 3, 30, tzinfo=UTC)
        opening = district.next_opening(when)
        assert district.open_at(opening)
        assert opening >= when


def test_hours_in_the_hour_that_spring_skips_or_autumn_repeats_are_open_without_a_gap(folder: Path) -> None:
    change(folder / "district.yml", 'monday: "07:00-17:00"', 'sunday: "01:15-03:30"')
    district = load_district(folder)
    # 8 March 2026: at 2:00 it becomes 3:00. 1 November 2026: at 2:00 it becomes 1:00 again.
    spring = [datetime(2026, 3, 8, hour, minute, tzinfo=UTC) for hour, minute in ((7, 14), (7, 15), (8, 29), (8, 30))]
    assert [district.open_at(when) for when in spring] == [False, True, True, False]
    autumn = [datetime(2026, 11, 1, hour, 20, tzinfo=UTC) for hour in (5, 6, 7, 8, 9)]
    assert [district.open_at(when) for when in autumn] == [False, True, True, True, True]


YAML_CASES = [
    ("time_zone: America/Chicago", "time_zone: America/Chicgo", "district.yml:6: there is no time zone"),
    ("languages: [en, es, zh, vi, ar, ht, pt, ru]", "languages: [es]", "district.yml:7: languages does not hold en"),
    (
        "languages: [en, es, zh, vi, ar, ht, pt, ru]",
        "languages: [en, es, es]",
        "district.yml:7: the language es is there twice",
    ),
    ("languages: [en, es, zh, vi, ar, ht, pt, ru]", "languages: [en, no]", "district.yml:7: languages holds 'False'"),
    ('"07:00-19:00"', '"7 to 19"', "district.yml:19: the hours of thursday cannot be read"),
    ('"07:00-19:00"', '"19:00-07:00"', "district.yml:19: the hours of thursday cannot be read"),
    (
        "    thursday:",
        "    thirsday:",
        "district.yml:19: help_desk.hours.thirsday is not known; did you mean thursday?",
    ),
    ("date: 2026-11-25", "date: 2026-11-35", "this is not YAML"),
    ("date: 2026-11-25", "date: soon", "district.yml:23: holidays.date is 'soon'"),
    ("to: 2027-01-01", "to: 2026-01-01", "district.yml:26: the holiday ends on 2026-01-01, before it starts"),
    ("to: 2027-01-01", "to: 2028-01-01", "district.yml:26: the holiday from 2026-12-21 to 2028-01-01 is longer"),
    ("phone: 515-555-0142\n", "phone: 555-01\n", "district.yml:11: help_desk.phone '555-01' is not a phone number"),
    ("email: familyhelp@cedarhollow.example\n", "email: familyhelp\n", "district.yml:12: help_desk.email 'familyhelp'"),
    ("website: https://www", "website: www", "district.yml:4: website 'www.cedarhollow.example' is not a web address"),
    ("short_name:", "shortname:", "district.yml:3: shortname is not known; did you mean short_name?"),
    ("phone: 515-555-0153, ", "", "title_ix_coordinator.phone is missing"),
    ("name: Cedar Hollow School District\n", "name:\n", "district.yml:2: name is empty; write text"),
    (
        "handoff_minutes: 10",
        "handoff_minutes: soon",
        "handoff_minutes is not a number of minutes; write a whole",
    ),
    ("handoff_minutes: 10", "handoff_minutes: 0", "handoff_minutes is not a number of minutes; write a whole"),
    ("reminder_minutes: 5", "reminder_minutes: 2.5", "reminder_minutes is not a number of minutes"),
    ("reminder_minutes: 5", "reminder_minuts: 5", "reminder_minuts is not known; did you mean reminder_minutes?"),
    ("  chat_days: 30", "  chat_days: a month", "district.yml:69: chat_days is not a number of days; write a whole"),
    ("  chat_days: 30", "  chat_days: 0", "chat_days is not a number of days"),
    ("  record_days: 1095", "  record_days: 99999", "record_days is not a number of days"),
    ("  chat_days: 30", "  chats_days: 30", "retention.chats_days is not known; did you mean chat_days?"),
    ("  contact_days: 30", "  contact_days: 400", "contact_days (400) is longer than ticket_days (365)"),
    ("{exploitation: online", "{exploitations: online", "crisis_articles.exploitations is not known; did you mean"),
    ("  finance: {", "  schools: {", "district.yml:42: schools is there twice"),
]


@pytest.mark.parametrize(("old", "new", "problem"), YAML_CASES)
def test_what_is_wrong_in_district_yml_is_named_with_line_and_cure(
    folder: Path, old: str, new: str, problem: str
) -> None:
    change(folder / "district.yml", old, new)
    found = problems(folder)
    assert any(problem in line and "; " in line for line in found), found


def test_a_district_need_not_say_how_long_a_family_waits(folder: Path) -> None:
    change(folder / "district.yml", "handoff_minutes: 10\nreminder_minutes: 5\n", "")
    district = load_district(folder)
    assert (district.handoff_minutes, district.reminder_minutes) == (10, 5)


def test_periods_are_the_promised_ones_unless_a_district_says_others_and_replies_name_them(folder: Path) -> None:
    change(folder / "district.yml", "  chat_days: 30", "  chat_days: 14")
    district = load_district(folder)
    assert (district.retention.chat_days, district.values()["chat_days"]) == (14, "14")
    text = (folder / "district.yml").read_text(encoding="utf-8")
    (folder / "district.yml").write_text(text[: text.index("retention:")], encoding="utf-8")
    kept = load_district(folder).retention
    assert (kept.chat_days, kept.contact_days, kept.ticket_days, kept.record_days) == (30, 30, 365, 1095)


def test_a_district_says_when_what_was_left_half_way_is_only_offered(folder: Path) -> None:
    change(folder / "district.yml", "resume_minutes: 120", "resume_minutes: 30")
    assert load_district(folder).resume_minutes == 30
    change(folder / "district.yml", "resume_minutes: 30\n", "")
    assert load_district(folder).resume_minutes == 120


def test_a_district_without_crisis_contacts_does_not_start(folder: Path) -> None:
    text = (folder / "district.yml").read_text(encoding="utf-8")
    head, tail = text.split("crisis_contacts:\n")
    (folder / "district.yml").write_text(
        head + "crisis_contacts: []\n" + tail[tail.index("title_ix") :], encoding="utf-8"
    )
    assert any("there is no crisis contact" in line for line in problems(folder))


def test_one_crisis_contact_starts_with_a_note(folder: Path) -> None:
    lines = (folder / "district.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "Marcus Oyelaran" not in line]
    (folder / "district.yml").write_text("".join(kept), encoding="utf-8")
    (note,) = load_district(folder).notes
    assert "there is only one crisis contact" in note


def test_a_district_without_a_next_tier_starts_with_a_note(folder: Path) -> None:
    text = (folder / "district.yml").read_text(encoding="utf-8")
    (folder / "district.yml").write_text(re.sub(r"crisis_contacts_next:\n  - .*\n", "", text), encoding="utf-8")
    district = load_district(folder)
    assert district.crisis_contacts_next == ()
    (note,) = district.notes
    assert "nobody is named for a crisis alert that none of the crisis_contacts accepts" in note


def test_a_district_without_the_state_s_hotline_starts_with_a_note(folder: Path) -> None:
    assert load_district(folder).child_abuse_hotline == "515-555-0195"
    text = (folder / "district.yml").read_text(encoding="utf-8")
    (folder / "district.yml").write_text(re.sub(r"child_abuse_hotline: .*\n", "", text), encoding="utf-8")
    district = load_district(folder)
    assert district.child_abuse_hotline == ""
    (note,) = district.notes
    assert "child_abuse_hotline" in note


def test_the_day_of_the_clinical_review_is_read(folder: Path) -> None:
    assert load_district(folder).crisis_reviewed is None
    with (folder / "district.yml").open("a", encoding="utf-8") as file:
        file.write("crisis_reviewed: 2026-08-31\n")
    assert load_district(folder).crisis_reviewed == date(2026, 8, 31)
    text = (folder / "district.yml").read_text(encoding="utf-8").replace("2026-08-31", "last summer")
    (folder / "district.yml").write_text(text, encoding="utf-8")
    assert any("crisis_reviewed" in line for line in problems(folder))


CSV_CASES = [
    ("devices.csv", "CB200341,", "CB200157,", "devices.csv:3: the asset tag CB200157 is there twice"),
    ("devices.csv", "CB200341,", "204,", "devices.csv:3: '204' is not an asset tag"),
    ("devices.csv", "5CD9G9ES13", "5CDNPCKBJX", "devices.csv:3: the serial number 5CDNPCKBJX is there twice"),
    ("devices.csv", "jefferson-middle,", "jeferson,", "devices.csv:2: there is no school jeferson in schools.csv"),
    ("devices.csv", "assigned", "given", "devices.csv:2: the status 'given' is not known"),
    ("devices.csv", ",status", ",state", "devices.csv:1: the column status is missing"),
    ("devices.csv", "CB200341,5CD9G9ES13,", "CB200341,", "devices.csv:3: there are 4 cells and 5 columns"),
    ("schools.csv", "washington-elementary,", "lincoln-elementary,", "schools.csv:3: the school lincoln-elementary is"),
    ("schools.csv", "Lincoln Elem,elementary", "Lincoln Elem,big", "schools.csv:2: the level 'big' is not known"),
    ("schools.csv", "515-555-0101", "0101", "schools.csv:2: '0101' is not a phone number"),
    ("schools.csv", "07:30-15:30", "8ish", "schools.csv:2: the hours '8ish' cannot be read"),
    ("schools.csv", '"120 Lincoln Street', "120 Lincoln Street", "schools.csv"),
]


@pytest.mark.parametrize(("file", "old", "new", "problem"), CSV_CASES)
def test_what_is_wrong_in_a_list_is_named_with_line_and_cure(
    folder: Path, file: str, old: str, new: str, problem: str
) -> None:
    change(folder / file, old, new)
    found = problems(folder)
    assert any(problem in line and "; " in line for line in found), found


def test_all_problems_are_told_at_once(folder: Path) -> None:
    change(folder / "district.yml", "America/Chicago", "Mars/Base")
    change(folder / "schools.csv", "515-555-0101", "x")
    change(folder / "devices.csv", "CB200341", "CB1")
    assert {line.split(":")[0] for line in problems(folder)} == {"district.yml", "schools.csv", "devices.csv"}


@pytest.mark.parametrize("name", ["district.yml", "schools.csv", "devices.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert any(line.startswith(f"{name}:1: there is no such file") for line in problems(folder))


@pytest.mark.parametrize("name", ["district.yml", "schools.csv", "devices.csv"])
def test_a_file_in_another_encoding_is_named(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes() + "Chávez".encode("latin-1"))
    assert any(line.startswith(name) and "not UTF-8" in line for line in problems(folder))


def test_a_file_that_a_spreadsheet_saved_is_read(folder: Path) -> None:
    path = folder / "schools.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_district(folder).schools[0].id == "lincoln-elementary"
