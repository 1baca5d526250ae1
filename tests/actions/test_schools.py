"""Which school a family means."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from actions.desk.district import load_district
from actions.desk.schools import SchoolMatch, match_school
from actions.ticket_values import Values, read_values
from tests.speed import seconds_of

DISTRICT = load_district(Path("data/district"))
SCHOOLS = DISTRICT.schools

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
    assert seconds_of(lambda: match_school("linclon hgih schol cedar holow " * 4000, SCHOOLS), 3) < 0.5


IN_OTHER_LETTERS = {
    "Линкольн, начальная школа": "lincoln-elementary",
    "он ходит в Линкольн хай скул": "lincoln-high",
    "школа Вашингтон": "washington-elementary",
    "школа Чавеса": "cesar-chavez-elementary",
    "Уиллоу Крик": "willow-creek-elementary",
    "в Риверсайде": "riverside-middle",
    "Джефферсон": "jefferson-middle",
    "Сидар Холлоу": "cedar-hollow-high",
    "مدرسة لينكولن الابتدائية": "lincoln-elementary",
    "لينكولن هاي سكول": "lincoln-high",
    "مدرسة واشنطن": "washington-elementary",
    "مدرسة تشافيز": "cesar-chavez-elementary",
    "ريفرسايد": "riverside-middle",
    "جيفرسون": "jefferson-middle",
    "سيدار هولو": "cedar-hollow-high",
    "ويلو كريك": "willow-creek-elementary",
    "林肯小学": "lincoln-elementary",
    "孩子在林肯高中": "lincoln-high",
    "华盛顿小学": "washington-elementary",
    "杰斐逊初中": "jefferson-middle",
    "河滨中学": "riverside-middle",
}


@pytest.mark.parametrize("text", IN_OTHER_LETTERS)
def test_a_school_written_in_other_letters_is_known(text: str) -> None:
    match = match_school(text, SCHOOLS)
    assert match.school is not None
    assert match.school.id == IN_OTHER_LETTERS[text]


@pytest.mark.parametrize("text", ["Линкольн", "لينكولن", "林肯"])
def test_of_two_schools_of_a_name_in_other_letters_the_family_is_asked_which(text: str) -> None:
    assert {school.id for school in match_school(text, SCHOOLS).candidates} == {"lincoln-elementary", "lincoln-high"}


@pytest.mark.parametrize("language", ["ru", "ar", "zh"])
def test_everyday_messages_name_no_school(language: str) -> None:
    """Of some hundreds, one in two hundred at most, where a school was asked for or not."""
    lines = Path(f"data/questions/held-out/{language}.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines][::3]
    asked = [text for text in texts if match_school(text, SCHOOLS) != SchoolMatch(None)]
    assert len(asked) <= len(texts) / 200, asked
    unasked = [text for text in texts if schools_in(read_values(text, DISTRICT, None))]
    assert len(unasked) <= len(texts) / 200, unasked


def schools_in(values: Values) -> bool:
    return values.school is not None or bool(values.school_candidates)


@pytest.mark.parametrize("text", ["снег", "погода на завтра какая, снег сильный?"])
def test_a_russian_word_that_sounds_like_a_chinese_alias_is_no_school(text: str) -> None:
    assert match_school(text, SCHOOLS) == SchoolMatch(None)


def test_other_names_of_a_school_may_be_missing(tmp_path: Path) -> None:
    shutil.copytree("data/district", tmp_path / "district")
    file = tmp_path / "district" / "schools.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line.rpartition(",")[0] for line in lines), encoding="utf-8")
    schools = load_district(tmp_path / "district").schools
    assert all(school.aliases == () for school in schools)
    assert match_school("林肯小学", schools).school is None
    assert match_school("Линкольн хай скул", schools).school is not None
