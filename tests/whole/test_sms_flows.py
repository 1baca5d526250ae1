"""Text messages with a long memory: coming back after hours, earlier tickets of the number, deleting by text."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import pytest

from bot.replies import Replies
from tests.stack import Stack
from tests.whole.carrier import TwilioInAThread, rows, text, wait

pytestmark = pytest.mark.slow

REPLIES = Replies.load()


class Texting:
    """A number, and what it was answered since it last looked."""

    def __init__(self, stack: Stack, twilio: TwilioInAThread, number: str) -> None:
        self.stack, self.twilio, self.number = stack, twilio, number
        self.read = 0

    def says(self, words: str, count: int) -> list[str]:
        """Text, and wait for so many answers."""
        assert text(self.stack, self.number, words) == 200
        try:
            wait(lambda: len(self.twilio.to(self.number)) >= self.read + count, 20)
        except AssertionError:
            raise AssertionError(f"{words!r}: {self.twilio.to(self.number)[self.read :]}") from None
        new = self.twilio.to(self.number)[self.read :]
        self.read += len(new)
        return new

    def comes_back_after(self, hours: int) -> None:
        """As if all that was said so far had been said so much earlier."""
        with sqlite3.connect(self.stack.database, timeout=10) as database:
            for message, at in database.execute("SELECT id, at FROM messages").fetchall():
                earlier = (datetime.fromisoformat(at) - timedelta(hours=hours)).isoformat(" ")
                database.execute("UPDATE messages SET at = ? WHERE id = ?", (earlier, message))
        database.close()


def test_a_family_is_back_the_next_morning_and_goes_on(sms_stack: Stack, twilio: TwilioInAThread) -> None:
    family = Texting(sms_stack, twilio, "+15155550181")
    family.says("necesito abrir un reporte de reparación", 3)
    [asked] = family.says("se le cayeron varias teclas al teclado", 1)
    assert "CB204187" in asked
    family.comes_back_after(14)
    *_, offer = family.says("cómo aviso que mi hijo va a faltar hoy", 2)
    assert "se le cayeron varias teclas" in offer
    assert "1 Sí, seguir" in offer
    [again] = family.says("1", 1)
    assert "CB204187" in again
    [school] = family.says("CB200157", 1)
    assert "escuela" in school


def test_the_tickets_of_a_number_are_told_apart_and_its_words_are_forgotten(
    sms_stack: Stack, twilio: TwilioInAThread
) -> None:
    family = Texting(sms_stack, twilio, "+15155550182")
    family.says("please open a ticket, the screen of the chromebook is cracked, the tag is CB200341, 515-555-0182", 3)
    family.says("skip", 1)
    [review] = family.says("her name is Ana Torres", 1)
    assert "CB200341" in review
    assert "Ana Torres" in review
    named = len(twilio.to(family.number))
    family.says("yes", 1)
    family.says("open another ticket, the other chromebook will not charge", 2)
    family.says("CB200555", 1)
    family.says("skip", 1)
    family.says("skip", 1)
    family.says("515-555-0182", 1)
    family.says("yes", 1)
    [which] = family.says("how is my ticket doing", 1)
    assert "...341" in which
    [question] = family.says("please delete everything i wrote here", 1)
    assert "1 Yes, delete it" in question
    [told] = family.says("1", 1)
    assert told == REPLIES.render("utter_chat_deleted", "en", channel="sms").text
    said = "SELECT count(*) FROM messages WHERE text LIKE '%cracked%' OR text LIKE '%charge%'"
    assert rows(sms_stack, said) == [(0,)]
    assert rows(sms_stack, "SELECT count(*) FROM tickets WHERE contact = '+15155550182'") == [(2,)]
    # Its tickets are the number's own: who texts from it is asked which one, with a new conversation.
    answers = family.says("how is my ticket doing", 2)
    assert "988" in answers[0]
    assert "...341" in answers[1]
    # Whoever else holds the phone: devices and schools are offered, and the name of a child never comes back.
    *_, which = family.says("open another ticket, a bunch of keys came off the keyboard", 2)
    assert "...341" in which
    family.says("1", 1)
    family.says("skip", 1)
    assert not [told for told in twilio.to(family.number)[named:] if "Ana" in told]


def test_cancel_drops_the_ticket_a_wrong_number_brings_the_choices_again_and_a_liked_text_is_silent(
    sms_stack: Stack, twilio: TwilioInAThread
) -> None:
    family = Texting(sms_stack, twilio, "+15155550183")
    *_, which = family.says("it dont work", 2)
    assert "\n4 None of these" in which
    [again] = family.says("7", 1)
    assert again.split("\n")[1:] == which.split("\n")[1:]
    family.says("none", 1)
    *_, problem = family.says("open a ticket, please", 2)
    assert problem.endswith(" Never mind")
    text(sms_stack, family.number, f"Liked “{problem}”")
    hint, dropped = family.says("CANCEL", 2)
    assert "STOP" in hint
    assert dropped.startswith(REPLIES.render("utter_ticket_cancelled", "en", channel="sms").text)
    assert rows(sms_stack, "SELECT count(*) FROM tickets WHERE contact = '+15155550183'") == [(0,)]
    [stopped] = family.says("CANCEL", 1)
    assert "START" in stopped
