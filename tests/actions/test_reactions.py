"""What phones write when somebody taps on a text is told from what families write."""

from __future__ import annotations

import pytest

from actions.desk.reactions import reaction_in

OURS = "1/7: Plug the charger into a wall outlet that works.\n1 It works now\n2 Not yet, next step"


@pytest.mark.parametrize(
    "text",
    ['Liked "1/5: Plug it in"', "Loved “hi there”", "Disliked “hi”", "Laughed at “a\nb”", "Emphasized “STOP”",
     "Questioned “hi”", "Reacted 👍 to “hi”", "Removed a heart from “hi”", "Liked an image", 'Le gustó "hola"',
     "Le encantó “hola”", "No le gustó “hola”", "Reaccionó con 👍 a “hola”", "Gostou de “oi”", "Amou “oi”",
     '👍 to "hi STOP"', "\u200b👍\u200b to “\u200ahi\u200a”", "❤️ a “hola”"],
)  # fmt: skip
def test_reactions_are_known_by_their_words(text: str) -> None:
    found = reaction_in(text)
    assert found is not None
    assert found.known


@pytest.mark.parametrize(
    "lead_and_tail", [("Đã thích “", "”"), ("Оценил(а) «", "»"), ("对“", "”表示喜欢"), ("Renmen “", "”")]
)
def test_in_any_language_one_of_our_own_texts_in_quotes_is_a_reaction(lead_and_tail: tuple[str, str]) -> None:
    lead, tail = lead_and_tail
    found = reaction_in(lead + OURS + tail)
    assert found is not None
    assert found.quotes([OURS])
    assert not found.quotes(["Something else that was sent to the same number"])
    cut = reaction_in(lead + OURS[:40] + "…" + tail)
    assert cut is not None
    assert cut.quotes([OURS])


@pytest.mark.parametrize(
    "text",
    ['what does "Plug the charger into a wall outlet" mean', 'it says "no internet"', 'he said "stop"', '"stop"', "👍",
     "I loved it", 'my son liked "math" best', 'dice "no hay internet"', 'Liked "it" but now it is broken',
     'the screen says "1/7: Plug the charger" what now', '👍 thanks, now it says "bye"', "", "“”"],
)  # fmt: skip
def test_what_a_family_quotes_is_no_reaction(text: str) -> None:
    found = reaction_in(text)
    assert found is None or not (found.known or found.quotes([OURS]))
