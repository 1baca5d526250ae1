"""Tags, tickets, phones, e-mails and grades in what families write."""

from __future__ import annotations

import pytest

from actions.desk.recognise import recognise
from tests.speed import seconds_of

FOUND = [
    ("cb 204 187", "asset_tag", "CB204187"),
    ("CB-204187", "asset_tag", "CB204187"),
    ("c b204187", "asset_tag", "CB204187"),
    ("the tag is CB2O4187", "asset_tag", "CB204187"),
    ("cb#204187.", "asset_tag", "CB204187"),
    ("cb: 20-41-87", "asset_tag", "CB204187"),
    ("СВ204187", "asset_tag", "CB204187"),  # Cyrillic letters that look the same
    ("CB٢٠٤١٨٧", "asset_tag", "CB204187"),
    ("the sticker says 204187", "asset_tag", "CB204187"),
    ("204187 is on the bottom", "asset_tag", "CB204187"),
    ("the number 204187", "asset_tag", "CB204187"),
    ("número de etiqueta 204187", "asset_tag", "CB204187"),
    ("la calcomania dice 204 187", "asset_tag", "CB204187"),
    ("my student number is 418223 and the tag is 204187", "asset_tag", "CB204187"),
    ("FD-100001", "ticket_number", "FD-100001"),
    ("fd 100001", "ticket_number", "FD-100001"),
    ("how is fd100001 doing", "ticket_number", "FD-100001"),
    ("ticket 100001", "ticket_number", "FD-100001"),
    ("my ticket number is 100001", "ticket_number", "FD-100001"),
    ("el folio 100001", "ticket_number", "FD-100001"),
    ("mi número de reporte es 100001", "ticket_number", "FD-100001"),
    ("515-555-0142", "phone", "+15155550142"),
    ("515 555 01 42", "phone", "+15155550142"),
    ("(515) 555.0142", "phone", "+15155550142"),
    ("+1 515 555 0142", "phone", "+15155550142"),
    ("call 5155550142 after five", "phone", "+15155550142"),
    ("+52 55 1234 5678", "phone", "+525512345678"),
    ("ana.lopez+school@gmail.com", "email", "ana.lopez+school@gmail.com"),
    ("write to ANA@Gmail.com.", "email", "ana@gmail.com"),
    ("ana @ gmail . com", "email", "ana@gmail.com"),
    ("maria dot lopez at gmail dot com", "email", "maria.lopez@gmail.com"),
    ("maria arroba gmail punto com", "email", "maria@gmail.com"),
    ("5th grade", "grade", "5"),
    ("he is a fifth grader", "grade", "5"),
    ("grade 11", "grade", "11"),
    ("quinto grado", "grade", "5"),
    ("grado 5", "grade", "5"),
    ("5º grado", "grade", "5"),
    ("3ro de primaria", "grade", "3"),
    ("kindergarten", "grade", "K"),
    ("pre-k", "grade", "PK"),
    ("preescolar", "grade", "PK"),
]
NOTHING = [
    "student number 418223",
    "418223",
    "mi número de estudiante es 418223",
    "room 204187",
    "it costs $204187",
    "CB 204 1875",
    "CB2041",
    "error 0x80070005",
    "since 9/12",
    "serial 5CD12L321T",
    "911 or 988",
    "115-555-0142",
    "515-555-01",
    "write me at gmail dot com",
    "I pressed it 3 times",
    "upgrade 5",
    "",
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_a_piece_is_found_and_normalised(text: str, kind: str, value: str) -> None:
    assert [(piece.kind, piece.value) for piece in recognise(text)] == [(kind, value)]


@pytest.mark.parametrize("text", NOTHING)
def test_other_numbers_and_words_are_left_alone(text: str) -> None:
    assert recognise(text) == ()


def test_several_pieces_come_in_order_and_at_their_places() -> None:
    text = "Diego, 5th grade, tag cb 204187, ticket FD-100001, 515-555-0142 or ana@example.com"
    found = recognise(text)
    assert [piece.kind for piece in found] == ["grade", "asset_tag", "ticket_number", "phone", "email"]
    assert [text[piece.start : piece.end] for piece in found] == [
        *("5th grade", "cb 204187", "FD-100001", "515-555-0142", "ana@example.com")
    ]


def test_the_number_in_a_student_address_is_no_tag() -> None:
    (found,) = recognise("the tag? 418223@students.cedarhollow.example")
    assert found.kind == "email"


def test_six_bare_digits_are_what_was_asked_for() -> None:
    assert recognise("204187", asks="asset_tag")[0].value == "CB204187"
    assert recognise("100001", asks="ticket_number")[0].value == "FD-100001"
    assert recognise("student number 418223", asks="asset_tag") == ()
    assert recognise("204187", asks="school") == ()


LONG = ["cb 2" * 25_000, "1 " * 50_000, "a@" * 50_000, "ticket 1000" * 9_000, "tag 123456 " * 9_000, "+1-(" * 25_000]


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:6])
def test_a_hostile_text_is_read_in_good_time(text: str) -> None:
    recognise("warm 5th grade")
    assert seconds_of(lambda: recognise(text), 3) < 0.25
