"""How a message looks on a phone: the answer and its link first, choices as numbers, the rest for the word MORE."""

from __future__ import annotations

from collections.abc import Sequence

from actions.desk.keywords import said
from actions.desk.messages import Button, Stored
from actions.desk.segments import fits, fits_long, fits_step, plain_signs, split
from bot.replies import Replies

# What may wait for MORE; all else goes out whole, however long: help in a crisis, tickets, what a person writes.
CUT_KINDS = frozenset({"answer", "step", "text", "question"})
# The wording of a choice whose own word would end all texts (or is so like one that a family may text it), and a
# shorter one for the choice that stands under every step.
_OWN_TITLES = {"/cancel": "sms_cancel", "/affirm": "sms_yes", "/step_failed": "sms_not_yet"}
_ALWAYS_OWN = frozenset({"/cancel", "/step_failed"})
# Choices that a family can name in words when a later message of the turn has the numbers: each is a language's own
# name, and whoever needs it cannot read the question.
_BY_NAME = "/change_language{"
# So much of the message at least must stand before its choices for them to be understood.
_BEFORE_CHOICES = "x" * 60


class Layout:
    """Lays messages out; the same message always becomes the same parts."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def parts(self, message: Stored, *, numbered: bool = True) -> list[str]:
        """The text messages that a message becomes, the first to be sent at once.

        `numbered` is false when a later message of the same turn has the choices that numbers pick.
        """
        text = plain_signs(message.text)
        link = _link(message)
        choices = plain_signs(self.choices(message.buttons, message.language) if numbered else _names(message.buttons))
        whole = _lines(text, link, choices)
        if fits(whole) or (message.buttons and fits_step(whole)):
            return [whole]
        if not can_wait(message) or not fits(_lines(_BEFORE_CHOICES, choices)):
            return split(whole, fits_long)
        return self._cut(text, link, choices, message.language)

    def _cut(self, text: str, link: str, choices: str, language: str) -> list[str]:
        more = self._replies.word("sms_more", language)

        def holds(part: str) -> bool:
            return fits(_lines(part, more)) and fits(_lines(part, choices))

        def first_holds(part: str) -> bool:
            return holds(part) and fits(_lines(part, link, more))

        parts = split(text, holds, first=first_holds)
        last = len(parts) - 1
        return [
            _lines(part, link if place == 0 else "", more if place < last else choices)
            for place, part in enumerate(parts)
        ]

    def choices(self, buttons: Sequence[Button], language: str) -> str:
        """`1 Yes`, one line each."""
        return "\n".join(f"{number} {self.title(button, language)}" for number, button in enumerate(buttons, start=1))

    def title(self, button: Button, language: str) -> str:
        """A button's wording for a phone: never a word that Twilio, or we, would take for STOP, START or HELP."""
        own = _OWN_TITLES.get(button.payload)
        if own is not None and (button.payload in _ALWAYS_OWN or said(button.title, language) is not None):
            return self._replies.word(own, language)
        return button.title


def can_wait(message: Stored) -> bool:
    """Whether the rest of a message may wait for the word MORE."""
    return message.sender == "bot" and message.kind in CUT_KINDS


def _link(message: Stored) -> str:
    if message.kind != "answer" or not message.articles or message.articles[0].url in message.text:
        return ""
    return message.articles[0].url


def _names(buttons: Sequence[Button]) -> str:
    return "\n".join(button.title for button in buttons if button.payload.startswith(_BY_NAME))


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
