"""Russian in Latin letters."""

from __future__ import annotations

from random import Random

from knowledge.russian_letters import in_latin_letters


def test_russian_is_typed_in_latin_letters_alone_and_in_more_than_one_way() -> None:
    ways = {in_latin_letters("Ещё щёлкает, cb 204187", Random(seed)) for seed in range(40)}

    assert all(way.isascii() and way.endswith(", cb 204187") for way in ways)
    assert len(ways) > 3


def test_a_writer_keeps_to_one_way_for_a_letter() -> None:
    assert len(set(in_latin_letters("х х х х х х", Random(1)).split())) == 1
