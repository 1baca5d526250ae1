"""Which school a family means."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from actions.desk.district import load_district
from actions.desk.schools import match_school

SCHOOLS = load_district(Path("data/district")).schools

MEANT = {
    "lincoln elem": "lincoln-elementary",
    "linclon elementry": "lincoln-elementary",
    "she goes to lincoln elem": "lincoln-elementary",
    "Lincoln Elementary School": "lincoln-elementary",
    "lincoln, 5th grade": "lincoln-elementary",
    "primaria lincoln": "lincoln-elementary",
    "Lincoln, 10th grade": "lincoln-high",
    "Lincon HS": "lincoln-high",
    "LHS": "lincoln-high",
    "preparatoria lincoln": "lincoln-high",
    "la escuela chavez": "cesar-chavez-elementary",
    "he goes to chavez": "cesar-chavez-elementary",
    "va a la Chávez": "cesar-chavez-elementary",
    "escuela primaria cesar chaves": "cesar-chavez-elementary",
    "César Chávez": "cesar-chavez-elementary",
    "cedar holow high": "cedar-hollow-high",
    "cedar hollow": "cedar-hollow-high",
    "chhs": "cedar-hollow-high",
    "riverside middle school 7th grade": "riverside-middle",
    "river side": "riverside-middle",
    "jeferson ms": "jefferson-middle",
    "jefferson junior high": "jefferson-middle",
    "secundaria jefferson": "jefferson-middle",
    "mapel grove": "maple-grove-k8",
    "maple grove k8": "maple-grove-k8",
    "maple": "maple-grove-k8",
    "wilow crek": "willow-creek-elementary",
    "the willow school": "willow-creek-elementary",
    "my son is at washingtn elementary and his chromebook is broken": "washington-elementary",
    "prairieview academy": "prairie-view-academy",
    "she attends prarie view academy in 10th grade": "prairie-view-academy",
    "little sprouts": "little-sprouts-preschool",
    "sprouts preschool": "little-sprouts-preschool",
    "the preschool": "little-sprouts-preschool",
}
SEVERAL = {
    "lincoln": {"lincoln-elementary", "lincoln-high"},
    "lincln": {"lincoln-elementary", "lincoln-high"},
    "lincoln middle school": {"lincoln-elementary", "lincoln-high"},
    "the high school": {"lincoln-high", "cedar-hollow-high"},
    "one at washington elementary and one at lincoln high": {"washington-elementary", "lincoln-high"},
}
NONE = [
    "my chromebook is broken",
    "mi chromebook no prende",
    "cedar hollow schools",
    "cedar hollow school district",
    "cedar hollow public library",
    "i have a little problem with the view",
    "the view is blank at school",
    "les digo que no prende",
    "the link on the page",
    "riverview",
    "hi",
    "",
    "🙂",
]


@pytest.mark.parametrize("text", MEANT)
def test_a_school_is_told_however_it_is_spelt(text: str) -> None:
    found = match_school(text, SCHOOLS)
    assert found.school is not None, found
    assert found.school.id == MEANT[text]
    assert found.candidates == ()


@pytest.mark.parametrize("text", SEVERAL)
def test_schools_that_fit_equally_are_candidates(text: str) -> None:
    found = match_school(text, SCHOOLS)
    assert found.school is None
    assert {school.id for school in found.candidates} == SEVERAL[text]


@pytest.mark.parametrize("text", NONE)
def test_other_texts_name_no_school(text: str) -> None:
    found = match_school(text, SCHOOLS)
    assert found.school is None
    assert found.candidates == ()


@pytest.mark.parametrize("school", SCHOOLS, ids=lambda school: school.id)
def test_every_school_is_known_by_its_name_and_its_short_name(school: object) -> None:
    for written in (school.name, school.short_name, school.name.upper()):  # type: ignore[attr-defined]
        assert match_school(written, SCHOOLS).school == school


def test_a_district_without_schools_has_no_match() -> None:
    assert match_school("lincoln", ()).candidates == ()


def test_a_very_long_message_is_matched_in_good_time() -> None:
    match_school("warm", SCHOOLS)
    began = time.process_time()
    match_school("linclon hgih schol cedar holow " * 4000, SCHOOLS)
    assert time.process_time() - began < 0.5
