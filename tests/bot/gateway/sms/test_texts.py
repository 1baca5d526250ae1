"""A text's way: stored before Twilio is answered, one turn for one text, bursts in one, choices by number, MORE."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update
from sqlalchemy.orm import Session

from actions.desk import handoffs
from actions.desk.models import CONVERSATIONS, MESSAGES, OUTBOX, PHONES, RECEIVED_TEXTS
from actions.desk.phone_numbers import PhoneNumbers
from actions.desk.phones import DIALOGUE_KEPT
from bot.gateway import turns
from bot.gateway.keys import DATABASE, SMS
from bot.gateway.turns import TEXTS_AT_ONCE
from knowledge.readability import sms_size
from tests.bot.gateway.desk_stand_ins import REPLIES, Body, StandInRasa, echo, hangs, message, says, until
from tests.bot.gateway.sms.phone_stand_ins import (
    ACCOUNT,
    LONG_BURST_SECONDS,
    OUR_NUMBER,
    PUBLIC_URL,
    TOKEN,
    Line,
    Phone,
    open_line,
    sid,
)

CRISIS = "I want to kill myself"
CHOICES = [{"title": "It works now", "payload": "/step_worked"}, {"title": "Cancel", "payload": "/cancel"}]
LINK = f"{PUBLIC_URL}/help/en/late-bus"
CARD = {"id": "late-bus", "title": "Late bus", "language": "en", "url": LINK, "score": 0.9, "translation": "original"}


async def family_texts(line: Line) -> list[str]:
    return [row.text for row in await line.rows(MESSAGES) if row.sender == "family"]


async def test_the_webhook_is_answered_with_empty_twiml(line: Line) -> None:
    form = line.phone().form("hello")
    async with line.desk.client.post("/sms/twilio", data=form, headers=line.sign("/sms/twilio", form)) as response:
        assert (response.status, response.content_type) == (200, "text/xml")
        assert await response.text() == "<Response/>"


async def test_the_reply_goes_out_through_the_messages_api_with_exactly_these_fields(line: Line) -> None:
    await line.phone("+15155550177").says("hello there", 2)
    reply = line.twilio.sent[1]
    row = (await line.rows(OUTBOX))[1]
    assert reply.form == {
        "To": "+15155550177",
        "From": OUR_NUMBER,
        "Body": "You said: hello there",
        "StatusCallback": f"{PUBLIC_URL}/sms/twilio/status?text={row.id}",
    }
    assert reply.login == (ACCOUNT, TOKEN)


async def test_a_messaging_service_picks_the_number(tmp_path: Path) -> None:
    async with open_line(tmp_path, TWILIO_FROM="MG42") as line:
        await line.phone().says("hello", 2)
        assert line.twilio.sent[0].form["MessagingServiceSid"] == "MG42"
        assert "From" not in line.twilio.sent[0].form


async def test_the_first_reply_says_who_answers_and_only_the_first(line: Line) -> None:
    phone = line.phone()
    welcome, reply = await phone.says("hola, la chromebook no prende", 2)
    privacy = f"{PUBLIC_URL}/help/es/privacy"
    assert welcome == REPLIES.render("utter_sms_welcome", "es", values={"privacy": privacy}).text
    for part in ("programa", "911", "988", "STOP", "contraseñas", f" {privacy} "):
        assert part in welcome
    assert reply.startswith("You said:")
    assert (await phone.says("sigue sin prender")) == ["You said: sigue sin prender"]


async def test_rasa_gets_channel_and_language(phone: Phone) -> None:
    await phone.says("mi chromebook no prende por favor ayuda")
    [turn] = phone.line.desk.rasa.turns
    assert (turn["channel"], turn["language"]) == ("sms", "es")


async def test_ten_of_the_same_text_at_once_are_one_turn(phone: Phone) -> None:
    one = sid()
    answers = await asyncio.gather(*(phone.send("the bus is late", MessageSid=one) for _ in range(10)))
    assert {status for status, _ in answers} == {200}
    await phone.gets()
    assert len(phone.line.desk.rasa.turns) == 1
    assert (await phone.line.quiet())[2:] == ["You said: the bus is late"]
    await phone.send("the bus is late", MessageSid=one)  # Twilio repeats it much later
    assert len(await phone.line.quiet()) == 3


async def test_the_same_words_twice_are_two_texts(phone: Phone) -> None:
    await phone.says("hello again")
    await phone.says("hello again")
    assert len(phone.line.desk.rasa.turns) == 2


async def test_short_texts_of_a_burst_are_one_turn(phone: Phone) -> None:
    phone.line.bursts_take(LONG_BURST_SECONDS)
    for part in ("hi", "my chromebook", "wont turn on"):
        await phone.send(part)
    assert await phone.gets() == ["You said: hi\nmy chromebook\nwont turn on"]
    assert len(phone.line.desk.rasa.turns) == 1
    assert await family_texts(phone.line) == ["hello", "hi\nmy chromebook\nwont turn on"]
    assert {row.text for row in await phone.line.rows(RECEIVED_TEXTS)} == {""}


async def test_bursts_of_two_numbers_do_not_mix(line: Line) -> None:
    line.bursts_take(LONG_BURST_SECONDS)
    one, other = line.phone("+15155550171"), line.phone("+15155550172")
    await asyncio.gather(one.send("a1"), other.send("b1"), one.send("a2"), other.send("b2"))
    assert sorted((await one.gets(2))[1].split(": ")[1].split("\n")) == ["a1", "a2"]
    assert sorted((await other.gets(2))[1].split(": ")[1].split("\n")) == ["b1", "b2"]


async def test_a_burst_that_is_too_long_for_one_message_becomes_two(phone: Phone) -> None:
    phone.line.bursts_take(LONG_BURST_SECONDS)
    for letter in "abc":
        await phone.send(letter * 900)
    await phone.gets(2)
    assert [len(text) for text in await family_texts(phone.line)][1:] == [1801, 900]


@pytest.mark.alone
async def test_twilio_is_answered_within_a_second_while_rasa_is_slow(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def slow(body: Body) -> web.StreamResponse:
        await go_on.wait()
        return web.json_response({"messages": [message("late")], "asks": None})

    async with open_line(tmp_path, rasa=StandInRasa(answer=slow)) as line:
        phones = [line.phone(f"+151555501{number}") for number in range(10, 40)]

        async def timed(phone: Phone) -> float:
            began = time.perf_counter()
            assert (await phone.send("hello"))[0] == 200
            return time.perf_counter() - began

        assert median(await asyncio.gather(*(timed(phone) for phone in phones))) < 1
        go_on.set()
        assert (await phones[0].gets(2))[1] == "late"


async def test_a_text_that_cannot_be_stored_is_not_acknowledged(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*args: Any, **more: Any) -> Any:
        raise OSError("disk full")

    monkeypatch.setattr(line.desk.client.app[DATABASE], "run", broken)
    assert (await line.phone().send("hello"))[0] == 500


# -- choices ----------------------------------------------------------------------------------------------------------


async def test_choices_are_numbered_and_a_number_presses_the_button(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Step 1", kind="step", buttons=CHOICES))
    assert await phone.says("my chromebook") == ["Step 1\n1 It works now\n2 Never mind"]
    await phone.says(" 2. ")
    assert rasa.turns[-1]["payload"] == "/cancel"
    assert "text" not in rasa.turns[-1]
    await phone.says("٢")  # as an Arabic keyboard writes it
    assert rasa.turns[-1]["payload"] == "/cancel"


@pytest.mark.parametrize("text", ["204187", "2 of them", "3 buses", "three"])
async def test_other_numbers_are_words(phone: Phone, text: str) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Step 1", kind="step", buttons=CHOICES))
    await phone.says("my chromebook")
    await phone.says(text)
    assert rasa.turns[-1]["text"] == text


@pytest.mark.parametrize("text", ["(2)", "two", "dos", "二", "2️⃣", "option 2", "2 never mind", "Never mind."])
async def test_a_choice_is_picked_in_many_ways(phone: Phone, text: str) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Step 1", kind="step", buttons=CHOICES))
    await phone.says("my chromebook")
    await phone.says(text)
    assert rasa.turns[-1]["payload"] == "/cancel"


@pytest.mark.parametrize(
    ("text", "asks"), [("3", None), ("0", None), ("99", None), ("option 7", None), ("7", "clarification")]
)
async def test_a_number_that_no_choice_has_gets_the_choices_again(phone: Phone, text: str, asks: str | None) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Which one?", buttons=CHOICES), asks=asks)
    await phone.says("my chromebook")
    again = REPLIES.render("utter_sms_choices", "en").text
    assert await phone.says(text) == [f"{again}\n1 It works now\n2 Never mind"]
    assert len(rasa.turns) == 1
    await phone.says("2")
    assert rasa.turns[-1]["payload"] == "/cancel"


@pytest.mark.parametrize("text", ["👍", "?"])
async def test_a_sign_alone_in_answer_to_a_question_gets_the_choices_again(phone: Phone, text: str) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Shall I?", buttons=[CHOICES[0], {"title": "No", "payload": "/deny"}]))
    await phone.says("my chromebook")
    assert (await phone.says(text))[0].endswith("\n1 It works now\n2 No")
    assert len(rasa.turns) == 1


@pytest.mark.parametrize(
    ("text", "first", "later"),
    [("👍", "/greet", "/thanks"), ("🙏🏽", "/greet", "/thanks"), ("?", "/what_can_you_do", "/what_can_you_do"),
     ("؟؟", "/what_can_you_do", "/what_can_you_do")],
)  # fmt: skip
async def test_a_sign_alone_is_no_question_to_the_articles(line: Line, text: str, first: str, later: str) -> None:
    phone = line.phone()
    await phone.says(text, 2)
    await phone.says(text)
    assert [turn["payload"] for turn in line.desk.rasa.turns] == [first, later]


async def test_blanks_alone_are_not_answered(line: Line) -> None:
    for text in ("   ", "\n", "\u200b", "\u00a0"):
        assert (await line.phone().send(text))[0] == 200
    assert await line.quiet() == []


async def test_none_is_none_of_these(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    for title, text in (("None of these", "none"), ("Ninguna de estas", "Ninguno."), ("都不是", "都不是")):
        rasa.answer = says(message("Which?", buttons=[CHOICES[0], {"title": title, "payload": "/none_of_these"}]))
        await phone.says("my chromebook")
        await phone.says(text)
        assert rasa.turns[-1]["payload"] == "/none_of_these"
        await phone.says("no idea")
        assert rasa.turns[-1]["text"] == "no idea"


async def test_a_form_says_itself_what_is_wrong_with_a_number(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("What is the asset tag?", buttons=CHOICES[1:]), asks="asset_tag")
    await phone.says("open a ticket")
    await phone.says("7")
    assert rasa.turns[-1]["text"] == "7"


async def test_a_name_that_is_a_number_word_is_a_name(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    skip = {"title": "Leave it out", "payload": "/skip"}
    rasa.answer = says(message("What is the student's name?", buttons=[skip, CHOICES[1]]), asks="student_name")
    await phone.says("open a ticket")
    await phone.says("Hai")
    assert rasa.turns[-1]["text"] == "Hai"
    await phone.says("2")
    assert rasa.turns[-1]["payload"] == "/cancel"


async def test_a_number_does_not_press_a_button_of_an_older_message(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Step 1", kind="step", buttons=CHOICES))
    await phone.says("my chromebook")
    rasa.answer = says(message("How many?"))
    await phone.says("i have several")
    await phone.says("2")
    assert rasa.turns[-1]["text"] == "2"


async def test_only_the_last_choices_of_a_turn_are_numbered(phone: Phone) -> None:
    one, two = message("First", buttons=CHOICES[:1]), message("Second", buttons=CHOICES)
    phone.line.desk.rasa.answer = says(one, two)
    assert await phone.says("hi there", 2) == ["First", "Second\n1 It works now\n2 Never mind"]


async def test_languages_are_named_although_a_later_question_has_the_numbers(phone: Phone) -> None:
    languages = [{"title": name, "payload": f'/change_language{{"language": "{code}"}}'}
                 for name, code in (("English", "en"), ("Русский", "ru"))]  # fmt: skip
    which, tag = message("Which language?", buttons=languages), message("Which tag?", buttons=CHOICES)
    phone.line.desk.rasa.answer = says(which, tag)
    named, asked = await phone.says("another language please", 2)
    assert named == "Which language?\nEnglish\nРусский"
    assert asked.startswith("Which tag?\n1 ")


async def test_the_fallbacks_choice_brings_a_person_without_rasa(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.desk.district.District.open_at", lambda self, when: True)
    phone = line.phone()
    line.desk.rasa.answer = says()  # an empty reply is a failure
    fallback = (await phone.says("hello", 2))[1]
    assert fallback.endswith("1 Talk to a person")
    [handoff] = await phone.says("1")
    assert "number 1 in line" in handoff


async def test_who_texts_outside_the_hours_is_called_back_under_its_own_number(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.desk.district.District.open_at", lambda self, when: False)
    phone = line.phone()
    line.desk.rasa.answer = says()
    await phone.says("hello", 2)
    _, ticket = await phone.says("1", 2)
    assert "FD-100001" in ticket
    assert "(515) 555-0177" in ticket


# -- answers ----------------------------------------------------------------------------------------------------------


async def test_an_answer_has_its_link(phone: Phone) -> None:
    phone.line.desk.rasa.answer = says(message("Look at the bus app.", kind="answer", articles=[CARD]))
    assert await phone.says("where is the bus") == [f"Look at the bus app.\n{LINK}"]


async def test_a_long_answer_has_its_link_at_once_and_its_rest_for_the_word_more(phone: Phone) -> None:
    words = " ".join(f"word{number}" for number in range(110))
    phone.line.desk.rasa.answer = says(message(words, kind="answer", articles=[CARD]))
    [first] = await phone.says("where is the bus")
    assert first.split("\n")[1:] == [LINK, "Text MORE for the rest."]
    assert sms_size(first).segments <= 2
    [second] = await phone.says("more")
    [third] = await phone.says("Más.")
    parts = [first.split("\n")[0], *second.split("\n"), third]
    assert parts.pop(2) == "Text MORE for the rest."
    assert " ".join(parts) == words
    assert len(phone.line.desk.rasa.turns) == 1


async def test_more_when_there_is_no_more_is_a_word_like_any_other(phone: Phone) -> None:
    assert await phone.says("more") == ["You said: more"]


async def test_more_of_a_step_that_is_all_there_brings_its_choices_and_ends_nothing(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Step 1", kind="step", buttons=CHOICES), asks="step_outcome")
    await phone.says("my chromebook")
    assert (await phone.says("más"))[0].endswith(":\n1 It works now\n2 Never mind")
    assert len(rasa.turns) == 1
    await phone.says("1")
    assert rasa.turns[-1]["payload"] == "/step_worked"


async def test_a_text_after_hours_of_silence_finds_its_dialogue_and_after_days_a_new_one(phone: Phone) -> None:
    def earlier(session: Session, ago: timedelta) -> None:
        session.execute(update(MESSAGES).values(at=datetime.now(UTC) - ago))

    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Step 4", kind="step", buttons=CHOICES))
    await phone.says("still going on")
    assert rasa.turns[-1].keys() & {"session", "silence"} == set()
    await phone.line.desk.database.run(earlier, timedelta(hours=7))
    await phone.says("1")
    assert rasa.turns[-1]["silence"] == "long"
    assert "session" not in rasa.turns[-1]
    assert rasa.turns[-1]["text"] == "1"  # so late, a number picks nothing any more
    await phone.says("and now")
    assert rasa.turns[-1].keys() & {"session", "silence"} == set()
    await phone.line.desk.database.run(earlier, DIALOGUE_KEPT)
    await phone.says("hello again")
    assert rasa.turns[-1]["session"] == "new"
    assert len(await phone.line.rows(CONVERSATIONS)) == 1


async def test_pictures_are_politely_refused_in_the_familys_language(phone: Phone) -> None:
    media = {"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/jpeg"}
    assert await phone.says("", **media) == [REPLIES.render("utter_sms_pictures", "en").text]
    assert phone.line.desk.rasa.turns == []
    refusal, reply = await phone.says("mire la pantalla de la computadora, por favor", 2, **media)
    assert refusal == REPLIES.render("utter_sms_pictures", "es").text
    assert reply.startswith("You said: mire")


async def test_a_secret_is_masked_before_it_is_stored(phone: Phone) -> None:
    replies = await phone.says("my password is Tiger2024", 2)
    assert "Tiger2024" not in " ".join(replies)
    for table in (MESSAGES, RECEIVED_TEXTS, OUTBOX):
        assert "Tiger2024" not in repr(await phone.line.rows(table))


# -- stop, start, help ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [("STOP", "en"), ("please stop texting me", "en"), ("no more please", "en"), ("ya no me manden mensajes", "es"),
     ("不要再给我发短信了", "zh"), ("xin đừng nhắn tin cho tôi nữa", "vi"), ("لا ترسلوا لي رسائل بعد الآن", "ar"),
     ("tanpri pa voye mesaj ban mwen ankò", "ht"), ("não me mandem mais mensagens", "pt"),
     ("не пишите мне больше", "ru")],
)  # fmt: skip
async def test_a_clear_no_in_any_language_is_confirmed_once_and_then_there_is_silence(
    phone: Phone, text: str, language: str
) -> None:
    assert await phone.says(text) == [REPLIES.render("utter_sms_stopped", language).text]
    for more in (text, "hello?", "MORE", "HELP", "1"):
        await phone.send(more)
    assert len(await phone.line.quiet()) == 3
    assert phone.line.desk.rasa.turns == []
    consents = await phone.line.consents()
    assert (consents[0].consent, consents[0].wording, consents[0].source) == ("stop", text, "text")
    assert re.fullmatch(r"[0-9a-f]{64}", consents[0].phone)


async def test_a_soft_word_ends_a_ticket_under_way_first_and_texts_after_that(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("¿Qué problema tiene?", language="es"), asks="problem")
    await phone.says("quiero abrir un reporte")
    rasa.answer = says(message("Está bien.", language="es"))
    assert await phone.says("parar") == ["Está bien."]
    assert await phone.says("parar") == [REPLIES.render("utter_sms_stopped", "es").text]


async def test_stop_ends_texts_in_the_middle_of_a_ticket_too(phone: Phone) -> None:
    phone.line.desk.rasa.answer = says(message("What is wrong?"), asks="problem")
    await phone.says("open a ticket")
    assert await phone.says("stop") == [REPLIES.render("utter_sms_stopped", "en").text]


@pytest.mark.parametrize("word", ["CANCEL", "End", "quit."])
async def test_cancel_drops_a_ticket_under_way_and_says_how_to_end_texts_and_after_that_ends_them(
    phone: Phone, word: str
) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("What is wrong?", buttons=CHOICES[1:]), asks="problem")
    await phone.says("open a ticket")
    rasa.answer = says(message("I did not send a ticket."))
    hint = REPLIES.render("utter_sms_how_to_stop", "en").text
    assert await phone.says(word, 2) == [hint, "I did not send a ticket."]
    assert (rasa.turns[-1]["payload"], await phone.line.consents()) == ("/cancel", [])
    assert await phone.says(word) == [REPLIES.render("utter_sms_stopped", "en").text]


@pytest.mark.parametrize("payload", ["/deny", "/none_of_these"])
async def test_cancel_answers_an_open_question_with_its_no(phone: Phone, payload: str) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Which one?", buttons=[CHOICES[0], {"title": "No", "payload": payload}]))
    await phone.says("my chromebook")
    await phone.says("CANCEL", 2)
    assert rasa.turns[-1]["payload"] == payload
    assert await phone.line.consents() == []


async def test_cancel_ends_texts_where_the_choices_are_offers_and_no_question(phone: Phone) -> None:
    person = {"title": "Talk to a person", "payload": "/talk_to_person"}
    phone.line.desk.rasa.answer = says(message("I do not know.", buttons=[person]))
    await phone.says("my chromebook")
    assert await phone.says("CANCEL") == [REPLIES.render("utter_sms_stopped", "en").text]


async def test_what_twilio_has_taken_for_stop_is_a_stop_in_a_ticket_too(phone: Phone) -> None:
    phone.line.desk.rasa.answer = says(message("What is wrong?"), asks="problem")
    await phone.says("open a ticket")
    await phone.send("CANCEL", OptOutType="STOP")
    await phone.line.quiet()
    assert [row.consent for row in await phone.line.consents()] == ["stop"]


# -- reactions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ['Liked "You said: hello"', "Loved an image", '👍 to "STOP"', "Le gustó “You said: hello”",
             "Đã thích “You said: hello, and welcome to it”"],
)  # fmt: skip
async def test_a_reaction_is_kept_and_gets_no_answer(phone: Phone, text: str) -> None:
    await phone.says("hello, and welcome to it")
    phone.line.desk.rasa.turns.clear()
    await phone.send(text)
    assert len(await phone.line.quiet()) == 3
    assert (phone.line.desk.rasa.turns, await phone.line.consents()) == ([], [])
    assert (await family_texts(phone.line))[-1] == text


async def test_a_reaction_to_our_own_words_about_danger_is_no_cry_for_help_and_to_others_it_is(phone: Phone) -> None:
    welcome = phone.line.twilio.sent[0].body
    assert "911" in welcome
    await phone.send(f"Liked “{welcome}”")
    assert len(await phone.line.quiet()) == 2
    assert "988" in (await phone.says(f"Loved “{CRISIS}”"))[0]


async def test_a_number_still_picks_a_choice_after_a_reaction(phone: Phone) -> None:
    rasa = phone.line.desk.rasa
    rasa.answer = says(message("Step 1", kind="step", buttons=CHOICES))
    await phone.says("my chromebook")
    await phone.send('Liked "Step 1"')
    await phone.says("2")
    assert rasa.turns[-1]["payload"] == "/cancel"


async def test_start_begins_again(phone: Phone) -> None:
    await phone.says("STOP")
    assert await phone.says("START") == [REPLIES.render("utter_sms_started", "en").text]
    assert await phone.says("the bus is late") == ["You said: the bus is late"]
    assert [row.consent for row in await phone.line.consents()] == ["stop", "start"]


async def test_yes_begins_again_only_after_a_stop(phone: Phone) -> None:
    assert await phone.says("yes") == ["You said: yes"]
    await phone.says("STOP")
    assert await phone.says("YES") == [REPLIES.render("utter_sms_started", "en").text]


async def test_help_names_the_district_a_phone_and_stop(phone: Phone) -> None:
    [text] = await phone.says("HELP")
    for part in ("Cedar Hollow School District", "515-555-0142", "STOP"):
        assert part in text
    assert phone.line.desk.rasa.turns == []


@pytest.mark.parametrize(("kind", "consent"), [("STOP", ["stop"]), ("START", ["start"]), ("HELP", [])])
async def test_what_twilio_has_answered_is_noted_in_silence(phone: Phone, kind: str, consent: list[str]) -> None:
    await phone.send(kind, OptOutType=kind)
    assert len(await phone.line.quiet()) == 2
    assert [(row.consent) for row in await phone.line.consents()] == consent
    assert {row.source for row in await phone.line.consents()} <= {"twilio"}
    assert phone.line.desk.rasa.turns == []


async def test_a_reply_under_way_is_not_sent_after_a_stop(tmp_path: Path) -> None:
    may_answer = asyncio.Event()

    async def slow(body: Body) -> web.StreamResponse:
        await may_answer.wait()
        return web.json_response({"messages": [message("late")], "asks": None})

    async with open_line(tmp_path, rasa=StandInRasa(answer=slow)) as line:
        phone = line.phone()
        await phone.says("hello", 1)
        await phone.says("STOP")
        may_answer.set()
        assert "late" not in await line.quiet()


async def test_a_crisis_is_answered_whatever_was_said_before(phone: Phone) -> None:
    await phone.says("STOP")
    [text] = await phone.says(CRISIS)
    assert "988" in text
    assert "911" in text


async def test_a_crisis_is_not_cut_and_not_kept_waiting(line: Line) -> None:
    phone = line.phone()
    line.bursts_take(3600)
    await phone.send("hi")
    [text] = await phone.says(CRISIS)
    # Outside the hours, what is added stands behind it.
    assert text.startswith(REPLIES.render("utter_crisis_self_harm", "en", channel="sms").text)
    assert line.desk.rasa.turns == []


async def test_a_crisis_told_in_two_texts_is_one(line: Line) -> None:
    line.bursts_take(LONG_BURST_SECONDS)
    phone = line.phone()
    await phone.send("i dont want to")
    assert "988" in (await phone.says("live anymore"))[0]
    assert line.desk.rasa.turns == []


async def test_two_machines_do_not_talk_without_end(tmp_path: Path) -> None:
    async with open_line(tmp_path, SMS_PER_HOUR="5") as line:
        phone = line.phone()
        for number in range(12):
            await phone.send(f"thank you for your message {number}")
            await line.quiet(0)
        *replies, told = await line.quiet()
        assert len(replies) == 5
        assert told == REPLIES.render("utter_sms_too_many", "en", channel="sms").text
        assert len(line.desk.rasa.turns) == 4
        assert "988" in (await phone.says(CRISIS, 7))[-1]


@pytest.mark.parametrize("number", ["12345", "", "anonymous", OUR_NUMBER, "whatsapp:+15155550177"])
async def test_what_is_no_familys_number_gets_no_answer(line: Line, number: str) -> None:
    assert (await line.phone(number).send("hello"))[0] == 200
    assert await line.quiet() == []


# -- a person, and the number -----------------------------------------------------------------------------------------


async def test_what_a_person_writes_is_sent_and_the_assistant_is_silent(phone: Phone) -> None:
    database = phone.line.desk.database
    [row] = await phone.line.rows(PHONES)
    now = datetime.now(UTC)
    queued = await database.run(handoffs.request, row.conversation, reason="test", now=now)
    await database.run(handoffs.accept, queued.id, "ms-garcia", now)
    await database.run(handoffs.say, queued.id, "Good morning, this is Ms. Garcia.", now)
    assert await phone.gets() == ["Good morning, this is Ms. Garcia."]
    await phone.send("good morning")
    assert len(await phone.line.quiet()) == 3


async def test_the_number_is_kept_as_hash_and_sealed_and_nowhere_else(phone: Phone) -> None:
    numbers = PhoneNumbers(b"a key that is set")
    [row] = await phone.line.rows(PHONES)
    assert row.id == numbers.hashed(phone.number)
    assert numbers.opened(row.sealed) == phone.number
    for file in phone.line.desk.settings.home.glob("desk.db*"):
        assert phone.number[1:].encode() not in file.read_bytes()


async def test_a_restarted_desk_takes_up_a_text_that_was_only_stored(tmp_path: Path) -> None:
    async with open_line(tmp_path) as line:
        line.bursts_take(3600)
        await line.phone().send("my chromebook")
        await line.phone().send("wont turn on")
        assert len(await line.rows(RECEIVED_TEXTS)) == 2
        assert line.twilio.sent == []
    async with open_line(tmp_path) as line:
        await line.desk.client.app[SMS].recover()
        assert (await line.phone().gets(2))[1] == "You said: my chromebook\nwont turn on"
        assert len(line.desk.rasa.turns) == 1


async def test_a_flood_of_texts_is_asked_of_rasa_few_at_a_time_and_a_chat_does_not_wait_behind_it(
    tmp_path: Path,
) -> None:
    rasa, gate = StandInRasa(), asyncio.Event()
    at_once, most = 0, 0

    async def answer(body: dict[str, Any]) -> web.StreamResponse:
        nonlocal at_once, most
        at_once, most = at_once + 1, max(most, at_once + 1)
        if body["channel"] == "sms":
            await gate.wait()
        at_once -= 1
        return await echo(body)

    rasa.answer = answer
    async with open_line(tmp_path, rasa=rasa) as line:
        phones = [line.phone(f"+1515555{3000 + number}") for number in range(60)]
        await asyncio.gather(*(phone.send(f"text {number}") for number, phone in enumerate(phones)))
        await until(lambda: len(rasa.turns) == TEXTS_AT_ONCE)
        family = await line.desk.family("en")
        assert (await family.say("hello"))[0]["text"] == "You said: hello"
        assert len(rasa.turns) == TEXTS_AT_ONCE + 1
        gate.set()
        await until(lambda: len(line.twilio.sent) == 120)
        assert most == TEXTS_AT_ONCE + 1
        for number, phone in enumerate(phones):
            assert (await phone.gets(2))[1] == f"You said: text {number}"


async def test_texts_that_find_no_room_get_the_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TEXT_WAITS_SECONDS", 0.3)
    rasa = StandInRasa()
    rasa.answer = hangs
    async with open_line(tmp_path, rasa=rasa) as line:
        phones = [line.phone(f"+1515555{3000 + number}") for number in range(TEXTS_AT_ONCE + 2)]
        await asyncio.gather(*(phone.send("hello") for phone in phones))
        fallback = REPLIES.render("utter_fallback", "en", channel="sms").text.split("\n")[0]
        await until(lambda: sum(text.body.startswith(fallback) for text in line.twilio.sent) == 2)
