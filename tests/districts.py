"""The sample district with other hours: no test may depend on the hour at which it runs."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import time
from pathlib import Path

from actions.desk.district import District
from actions.desk.opening_hours import WEEKDAYS

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "district"
# The one minute that is left lies in the night of the sample district.
ALWAYS = (time(0), time(23, 59))


def always_open(district: District) -> District:
    return replace(district, holidays=(), help_desk=replace(district.help_desk, hours=dict.fromkeys(WEEKDAYS, ALWAYS)))


def open_folder(folder: Path) -> Path:
    """A copy of the sample district that is open at every hour of every day."""
    return _with_hours(folder, "".join(f'    {day}: "00:00-23:59"\n' for day in WEEKDAYS), "holidays: []\n")


def closed_folder(folder: Path) -> Path:
    """A copy of the sample district that is open for one minute a week."""
    return _with_hours(folder, '    monday: "00:00-00:01"\n', None)


def _with_hours(folder: Path, hours: str, holidays: str | None) -> Path:
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True)
    file = folder / "district.yml"
    text = file.read_text(encoding="utf-8")
    text, count = re.subn(r'(  hours:\n)(    \w+: "[\d:-]+"\n)+', lambda match: match[1] + hours, text)
    assert count == 1
    if holidays is not None:
        text, count = re.subn(r"holidays:\n(  - .*\n)+", lambda _: holidays, text)
        assert count == 1
    file.write_text(text, encoding="utf-8")
    return folder
