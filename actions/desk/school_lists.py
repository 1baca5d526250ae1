"""The district's two lists, schools.csv and devices.csv, read and checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from types import MappingProxyType

from actions.desk.checked_file import HOURS_CURE, ID, PHONE_CURE, Problems, Row, is_phone, read_csv, read_hours

LEVELS = frozenset({"preschool", "elementary", "k8", "middle", "high", "k12", "alternative"})
DEVICE_STATUSES = frozenset({"assigned", "spare", "in repair", "lost", "stolen", "retired"})
SCHOOL_COLUMNS = ("id", "name", "short_name", "level", "address", "phone", "hours")
# Need not be there; several are parted by a semicolon.
ALIASES = "aliases"
DEVICE_COLUMNS = ("asset_tag", "serial", "model", "school_id", "status")
_TAG = re.compile(r"CB\d{6}", re.ASCII)


@dataclass(frozen=True)
class School:
    """One line of schools.csv; `aliases` are other names that families use, in any writing."""

    id: str
    name: str
    short_name: str
    level: str
    address: str
    phone: str
    hours: tuple[time, time]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Device:
    """One line of devices.csv."""

    asset_tag: str
    serial: str
    model: str
    school_id: str
    status: str


def read_schools(path: Path, problems: Problems) -> tuple[School, ...]:
    """The schools of schools.csv; what is wrong with a line goes to `problems`."""
    schools: dict[str, School] = {}
    for row in read_csv(path, SCHOOL_COLUMNS, problems):
        identifier, hours = row["id"], read_hours(row["hours"])
        _needs(row, ("name", "short_name"))
        if not ID.fullmatch(identifier):
            row.error(f"the id '{identifier}' has other signs than a-z, 0-9 and -", "write it like lincoln-high")
        if identifier in schools:
            row.error(f"the school {identifier} is there twice", "keep one of the two")
        if row["level"] not in LEVELS:
            row.error(f"the level '{row['level']}' is not known", f"use one of {', '.join(sorted(LEVELS))}")
        if not is_phone(row["phone"]):
            row.error(f"'{row['phone']}' is not a phone number", PHONE_CURE)
        if hours is None:
            row.error(f"the hours '{row['hours']}' cannot be read", HOURS_CURE)
        schools[identifier] = School(
            id=identifier,
            name=row["name"],
            short_name=row["short_name"],
            level=row["level"],
            address=row["address"],
            phone=row["phone"],
            hours=hours or (time.min, time.max),
            aliases=tuple(alias.strip() for alias in row.cells.get(ALIASES, "").split(";") if alias.strip()),
        )
    if not schools and not problems.errors:
        problems.error(path, 1, "there is no school", "add a line for each school")
    return tuple(schools.values())


def read_devices(path: Path, schools: Collection[str], problems: Problems) -> Mapping[str, Device]:
    """The devices of devices.csv by asset tag; without known `schools` a device's school is not checked."""
    devices: dict[str, Device] = {}
    serials: set[str] = set()
    for row in read_csv(path, DEVICE_COLUMNS, problems):
        tag, serial, school, status = row["asset_tag"].upper(), row["serial"], row["school_id"], row["status"].lower()
        _needs(row, ("serial", "model"))
        if not _TAG.fullmatch(tag):
            row.error(f"'{tag}' is not an asset tag", "write CB and six digits, as on the sticker")
        if tag in devices:
            row.error(f"the asset tag {tag} is there twice", "keep the line of the device that carries it")
        if serial and serial in serials:
            row.error(f"the serial number {serial} is there twice", "correct one of the two")
        if schools and school not in schools:
            row.error(f"there is no school {school} in schools.csv", "correct school_id or add the school")
        if status not in DEVICE_STATUSES:
            row.error(f"the status '{status}' is not known", f"use one of {', '.join(sorted(DEVICE_STATUSES))}")
        serials.add(serial)
        devices[tag] = Device(tag, serial, row["model"], school, status)
    return MappingProxyType(devices)


def _needs(row: Row, columns: tuple[str, ...]) -> None:
    for column in columns:
        if not row[column]:
            row.error(f"{column} is empty", "fill it in")
