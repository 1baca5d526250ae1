"""Numbers are hashed and sealed under the desk's own key; quiet hours are those of the district's clock."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from actions.desk.phone_numbers import PhoneNumbers, is_number
from actions.desk.quiet_hours import next_allowed
from actions.desk.secret_key import derived, secret_key
from knowledge.settings import load_settings

NUMBER = "+15155550177"
CHICAGO = ZoneInfo("America/Chicago")


def test_a_hash_is_the_same_for_the_same_number_and_key_alone() -> None:
    one, other = PhoneNumbers(b"one"), PhoneNumbers(b"other")
    assert one.hashed(NUMBER) == PhoneNumbers(b"one").hashed(NUMBER)
    assert len({one.hashed(NUMBER), other.hashed(NUMBER), one.hashed("+15155550178")}) == 3
    assert len(one.hashed(NUMBER)) == 64


def test_a_sealed_number_opens_with_its_key_alone_and_never_looks_the_same() -> None:
    one = PhoneNumbers(b"one")
    assert one.opened(one.sealed(NUMBER)) == NUMBER
    assert one.sealed(NUMBER) != one.sealed(NUMBER)
    assert PhoneNumbers(b"other").opened(one.sealed(NUMBER)) is None
    assert NUMBER[2:] not in one.sealed(NUMBER)


@pytest.mark.parametrize(
    ("text", "number"),
    [(NUMBER, True), ("+521234567890", True), ("15155550177", False), ("12345", False), ("+0123456789", False),
     ("+1515555017712345", False), ("+1515555\u0660177", False), ("whatsapp:+15155550177", False), ("", False)],
)  # fmt: skip
def test_only_a_whole_number_is_one(text: str, number: bool) -> None:
    assert is_number(text) is number


def test_a_key_that_is_set_is_used(tmp_path: Path) -> None:
    given = load_settings({"FAMILYDESK_HOME": str(tmp_path), "FAMILYDESK_SECRET_KEY": "set"})
    assert secret_key(given) == b"set"
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_by_however_many_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = load_settings({"FAMILYDESK_HOME": str(tmp_path / "home")})
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(secret_key, [settings] * 16))
    assert len(keys) == 1
    assert len(keys.pop()) >= 43
    [file] = (tmp_path / "home").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_each_purpose_has_its_own_key() -> None:
    assert derived(b"key", "one") != derived(b"key", "other")
    assert len(derived(b"key", "one")) == 32


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ((2026, 11, 23, 7, 59), (2026, 11, 23, 8, 0)),
        ((2026, 11, 23, 8, 0), (2026, 11, 23, 8, 0)),
        ((2026, 11, 23, 20, 59), (2026, 11, 23, 20, 59)),
        ((2026, 11, 23, 21, 0), (2026, 11, 24, 8, 0)),
        ((2026, 12, 31, 23, 30), (2027, 1, 1, 8, 0)),
        # The clocks go forward and back in the night between.
        ((2027, 3, 13, 22, 0), (2027, 3, 14, 8, 0)),
        ((2026, 10, 31, 22, 0), (2026, 11, 1, 8, 0)),
    ],
)
@pytest.mark.parametrize("zone", [CHICAGO, ZoneInfo("America/Los_Angeles"), ZoneInfo("America/New_York")], ids=str)
def test_what_we_start_goes_out_by_day(zone: ZoneInfo, now: tuple[int, ...], allowed: tuple[int, ...]) -> None:
    found = next_allowed(datetime(*now, tzinfo=zone), zone)  # type: ignore[arg-type,misc]
    assert found == datetime(*allowed, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type,misc]
