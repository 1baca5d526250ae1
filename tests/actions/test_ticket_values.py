"""Values of a ticket in what families write, several in one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.desk.district import load_district
from actions.desk.phone_numbers import spoken_contact
from actions.ticket_values import clean_name, read_values

DISTRICT = load_district(Path("data/district"))


def read(text: str, asks: str | None = None) -> dict[str, str]:
    return read_values(text, DISTRICT, asks).given()


@pytest.mark.parametrize(
    ("text", "asks", "wanted"),
    [
        ("cb 204 187", "asset_tag", {"asset_tag": "CB204187"}),
        ("lincoln elem", "school", {"school": "lincoln-elementary"}),
        ("Diego Ramos", "student_name", {"student_name": "Diego Ramos"}),
        ("su nombre es diego ramos", "student_name", {"student_name": "diego ramos"}),
        ("515 555 0177", "contact", {"contact": "+15155550177"}),
        ("ana@mail.example", "contact", {"contact": "ana@mail.example"}),
        (
            "its for my son Tyler Johnson at Riverside Middle School, call 515-555-0166",
            "asset_tag",
            {"student_name": "Tyler Johnson", "school": "riverside-middle", "contact": "+15155550166"},
        ),
        (
            "CB204187, Lincoln Elementary School, Ana Gomez, 515-555-0177",
            "asset_tag",
            {
                "asset_tag": "CB204187",
                "school": "lincoln-elementary",
                "student_name": "Ana Gomez",
                "contact": "+15155550177",
            },
        ),
        ("mi hija se llama Fernanda López y va a la primaria Willow Creek", "asset_tag",
         {"student_name": "Fernanda López", "school": "willow-creek-elementary"}),
        ("no, the school is Willow Creek", "confirmation", {"school": "willow-creek-elementary"}),
        ("the problem is that the screen is black", "confirmation", {"problem": "the screen is black"}),
        ("CB204187 no wait CB204178", "asset_tag", {"asset_tag": "CB204178"}),
        ("CB202891，不对不对，是CB202892", "asset_tag", {"asset_tag": "CB202892"}),
        ("515-555-0177, perdón, es 515-555-0178", "contact", {"contact": "+15155550178"}),
        ("CB204187، لا، CB204178", "asset_tag", {"asset_tag": "CB204178"}),
        ("CB204187 ой нет, CB204178", "asset_tag", {"asset_tag": "CB204178"}),
        ("CB204187 nhầm rồi CB204178", "asset_tag", {"asset_tag": "CB204178"}),
        ("CB204187 non se CB204178", "asset_tag", {"asset_tag": "CB204178"}),
        ("CB204187 não, é CB204178", "asset_tag", {"asset_tag": "CB204178"}),
        # Two devices, not one that was put right.
        ("CB204187 has no sound and CB204178 no wifi", "asset_tag", {}),
    ],
)  # fmt: skip
def test_values_are_read(text: str, asks: str | None, wanted: dict[str, str]) -> None:
    assert read(text, asks) == wanted


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("my son forgot his charger at home", "asset_tag"),
        ("the screen is cracked", None),
        ("Chavez", "contact"),
        ("what are the hours?", "student_name"),
        ("no", "student_name"),
        ("yes please", "confirmation"),
    ],
)
def test_nothing_is_read_into_words_that_hold_no_value(text: str, asks: str | None) -> None:
    assert read(text, asks) == {}


def test_an_ambiguous_school_gives_its_candidates() -> None:
    values = read_values("lincoln", DISTRICT, "school")
    assert values.school is None
    assert {school.id for school in values.school_candidates} == {"lincoln-elementary", "lincoln-high"}


def test_a_name_ends_where_the_sentence_goes_on() -> None:
    assert clean_name("Ana Gomez and she goes to Lincoln") == "Ana Gomez"


def test_a_phone_is_shown_as_people_write_it() -> None:
    assert spoken_contact("+15155550177") == "(515) 555-0177"
    assert spoken_contact("ana@mail.example") == "ana@mail.example"
    assert spoken_contact(None) is None


@pytest.mark.parametrize(
    "text",
    ["còn đứa kia nữa, nó học Lincoln High", "还有一个孩子也坏了", "我不知道", "lòt pitit mwen an", "meu outro filho",
     "и второй тоже", "ابني الثاني"],
)  # fmt: skip
def test_talk_of_another_child_is_no_name(text: str) -> None:
    assert "student_name" not in read(text, "student_name")
    assert clean_name(text) is None


@pytest.mark.parametrize(
    "name", ["王小明", "欧阳娜娜", "阿卜杜拉·艾山", "Nguyễn Thị Mai", "Пётр Сидоров", "أحمد علي", "Noé"]
)
def test_names_of_every_writing_are_names(name: str) -> None:
    assert read(name, "student_name") == {"student_name": name}


@pytest.mark.parametrize(
    "text",
    ["actually my phone is 515-555-0134", "мой телефон 515-555-0134", "лучше звоните на 515-555-0134",
     "gọi số 515-555-0134",
     "meu telefone é 515-555-0134", "rele m nan 515-555-0134", "رقم هاتفي 515-555-0134", "打电话 515-555-0134",
     "llámeme al 515-555-0134"],
)  # fmt: skip
def test_words_around_a_phone_number_are_no_name(text: str) -> None:
    assert read(text, "student_name") == {"contact": "+15155550134"}


def test_words_around_a_tag_are_no_name() -> None:
    assert read("la etiqueta es CB201085", "student_name") == {"asset_tag": "CB201085"}


@pytest.mark.parametrize(
    ("text", "name"),
    [("Ana Torres 515-555-0134", "Ana Torres"), ("ana torres, 515-555-0134", "ana torres"),
     ("Ana Torres y mi cel es 515-555-0134", "Ana Torres"), ("515-555-0134, Nguyễn Văn An", "Nguyễn Văn An")],
)  # fmt: skip
def test_a_name_beside_a_phone_number_is_one(text: str, name: str) -> None:
    assert read(text, "student_name") == {"student_name": name, "contact": "+15155550134"}


@pytest.mark.parametrize("text", ["没有", "mudar", "cambiar", "изменить", "تغيير", "nada", "anyen"])
def test_one_word_that_leaves_out_or_changes_is_no_name(text: str) -> None:
    assert read(text, "student_name") == {}
