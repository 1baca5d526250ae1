"""Text messages through everything: a family's phone, Twilio's stand-in, and the desk killed at the worst moments."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid

import pytest

from tests.stack import ROOT, Stack, status
from tests.whole.carrier import TwilioInAThread, rows, text, wait

pytestmark = pytest.mark.slow


def kill_desk(stack: Stack) -> None:
    os.kill(stack.pid_of("desk"), signal.SIGKILL)
    wait(lambda: status(f"{stack.url}/healthz") == 0)
    wait(lambda: status(f"{stack.url}/readyz") == 200)


def test_a_family_is_answered_and_led_through_a_repair_by_number(sms_stack: Stack, twilio: TwilioInAThread) -> None:
    number = "+15155550161"
    assert text(sms_stack, number, "mi chromebook no prende") == 200
    wait(lambda: len(twilio.to(number)) >= 3)
    welcome, answer, step = twilio.to(number)[:3]
    assert "911" in welcome
    assert f"{sms_stack.url}/help/es/chromebook-wont-turn-on" in answer
    assert step.startswith("1/")
    assert "\n1 Ya funciona\n2 " in step
    text(sms_stack, number, "2")
    wait(lambda: len(twilio.to(number)) >= 4)
    assert twilio.to(number)[3].startswith("2/")


def test_killed_between_storing_and_sending_nothing_is_lost_or_doubled(
    sms_stack: Stack, twilio: TwilioInAThread
) -> None:
    number = "+15155550162"
    twilio.works(works=False)
    text(sms_stack, number, "my chromebook wont turn on")
    unanswered = "SELECT count(*) FROM messages WHERE NOT done"
    wait(lambda: rows(sms_stack, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")[0][0] >= 3)
    wait(lambda: rows(sms_stack, unanswered)[0][0] == 0)
    stored = rows(sms_stack, "SELECT id FROM messages")
    os.kill(sms_stack.pid_of("desk"), signal.SIGKILL)
    twilio.works(works=True)
    wait(lambda: len(twilio.to(number)) >= 3)
    wait(lambda: status(f"{sms_stack.url}/readyz") == 200)
    time.sleep(2)
    assert rows(sms_stack, "SELECT id FROM messages") == stored  # no turn was run again
    sent = twilio.to(number)
    assert len(sent) == len(set(sent)) == 3
    assert [body.startswith("1/") for body in sent] == [False, False, True]


@pytest.mark.parametrize("moment", [0.0, 0.3, 1.25])
def test_killed_after_the_webhook_was_answered_the_text_is_answered_once(
    sms_stack: Stack, twilio: TwilioInAThread, moment: float
) -> None:
    number = f"+1515555017{int(moment * 4)}"
    sid = f"SM{uuid.uuid4().hex}"
    text(sms_stack, number, "my chromebook wont turn on", sid)
    time.sleep(moment)
    kill_desk(sms_stack)
    text(sms_stack, number, "my chromebook wont turn on", sid)  # Twilio tries again
    wait(lambda: len(twilio.to(number)) >= 3)
    time.sleep(2)
    sent = twilio.to(number)
    assert len(sent) == len(set(sent)) == 3


def test_a_newcomer_texts_the_desk_without_an_account(stack: Stack) -> None:
    def familydesk_text(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.command", "text", "515-555-0177", *words],
            check=False, cwd=ROOT, env={**os.environ, **stack.settings}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    first = familydesk_text("mi chromebook", "no prende")
    assert first.returncode == 0, first.stderr
    assert "\n\n1/" in first.stdout
    assert "/help/es/chromebook-wont-turn-on" in first.stdout
    assert familydesk_text("2").stdout.startswith("2/")
    assert "START" in familydesk_text("STOP").stdout
    silent = familydesk_text("hola")
    assert (silent.returncode, silent.stdout) == (0, "")
    assert (
        subprocess.run([sys.executable, "-m", "bot.command", "text", "12", "x"], cwd=ROOT, check=False).returncode == 2
    )
