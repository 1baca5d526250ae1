"""What a text picks among the choices of the latest reply: by its number, by a word for it, or by its title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from actions.desk.choices import number_in, number_word, same_words, without_number
from actions.desk.conversations import Facts
from actions.desk.folding import fold
from actions.desk.keywords import Said
from actions.desk.messages import Button
from bot.gateway.sms.layout import Layout

_NONE = "/none_of_these"
# What ends a question without a yes, the best first.
_WAYS_OUT = ("/cancel", "/deny", _NONE)
# "Ninguno" is "Ninguna de estas".
_STEM = 5


def pick(text: str, buttons: Sequence[Button], layout: Layout, facts: Facts) -> Button | Literal["wrong"] | None:
    """The button that is meant; "wrong" for what can only mean a choice and none of them; None for all else."""
    if not buttons:
        return None
    if is_sign(text):
        return "wrong" if is_question(buttons) else None
    number = number_in(text)
    # Hai and Um are numbers, and names.
    word = None if facts.asks == "student_name" else number_word(text, facts.language)
    if number is not None or word is not None:
        place = (number if number is not None else word or 0) - 1
        if 0 <= place < len(buttons):
            return buttons[place]
        return "wrong" if number is not None else None
    return _by_title(text, buttons, layout, facts)


def _by_title(text: str, buttons: Sequence[Button], layout: Layout, facts: Facts) -> Button | None:
    """ "2 Not yet" is the second choice, and so is its whole title; "2 buses" is neither."""
    titles = [layout.title(button, facts.language or "en") for button in buttons]
    numbered = without_number(text)
    if numbered is not None and 0 < numbered[0] <= len(titles):
        said, title = (set(re.findall(r"\w+", fold(one))) for one in (numbered[1], titles[numbered[0] - 1]))
        return buttons[numbered[0] - 1] if said <= title else None
    return next((button for button, title in zip(buttons, titles, strict=True) if _is_title(text, title, button)), None)


def _is_title(text: str, title: str, button: Button) -> bool:
    if button.payload == _NONE and len(text.split()) == 1:
        return fold(title).startswith(fold(text)[:_STEM]) and len(fold(text)) <= len(title)
    return same_words(text, title)


def is_sign(text: str) -> bool:
    """Whether a text is an emoji or a bare sign."""
    return not any(letter.isalnum() for letter in text)


def is_question(buttons: Sequence[Button]) -> bool:
    """Whether the choices answer a question; those of offers that nobody need take have no way out."""
    return any(button.payload in _WAYS_OUT for button in buttons)


def sign_means(text: str, *, known: bool) -> str:
    """The payload that an emoji or a bare sign stands for where nothing is asked; `known`: who answers was told."""
    if "?" in fold(text):
        return "/what_can_you_do"
    return "/thanks" if known else "/greet"


def way_out(asked: Said | None, buttons: Sequence[Button], facts: Facts) -> str | None:
    """What a word such as CANCEL means to the question that is open; None when it ends texts, or is no such word."""
    if asked is None or not asked.soft:
        return None
    payloads = {button.payload for button in buttons}
    open_way = next((payload for payload in _WAYS_OUT if payload in payloads), None)
    return open_way or ("/cancel" if facts.asks is not None else None)
