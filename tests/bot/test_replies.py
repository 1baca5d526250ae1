"""Replies: every language says the same things with the same placeholders, and nothing reaches a family half filled."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from actions.desk.district import load_district
from actions.desk.segments import fits
from bot.replies import Replies, RepliesError
from bot.replies.catalogue import FOLDER
from bot.replies.values import spoken_time, spoken_values
from knowledge.article_rules import HARDEST_GRADE
from knowledge.readability import reading_grade
from tests.benchmarks.texts import FILLED

DISTRICT = load_district(Path("data/district"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "replies", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "replies"


def change(folder: Path, language: str, name: str, text: str | None) -> None:
    path = folder / f"{language}.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if text is None:
        del content["replies"][name]
    else:
        content["replies"][name] = text
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize("language", Replies.load().languages)
@pytest.mark.parametrize("channel", ["widget", "sms"])
def test_every_reply_can_be_filled_in_every_language(language: str, channel: str) -> None:
    replies = Replies.load(values=DISTRICT.values())
    for name in replies.names:
        reply = replies.render(name, language, channel=channel, values=FILLED)
        assert reply.text, name
        assert "{" not in reply.text, name
        assert reply.language == language
        assert all(title and payload for title, payload in reply.buttons), name


def test_a_missing_reply_and_a_wrong_placeholder_are_both_named_with_file_and_cure(folder: Path) -> None:
    change(folder, "es", "utter_greet", None)
    change(folder, "es", "utter_step", "Paso {numero} de {count}: {step}")
    with pytest.raises(RepliesError) as caught:
        Replies.load(folder)
    text = "\n".join(caught.value.problems)
    assert "es.yml:1: the reply utter_greet is missing; add its text" in text
    assert "utter_step differs from English in {number}, {numero}" in text


def test_an_unfilled_placeholder_stops_the_reply() -> None:
    with pytest.raises(KeyError):
        Replies.load(values=DISTRICT.values()).render("utter_step", "en")


def test_a_language_without_replies_gets_english() -> None:
    assert Replies.load(values=DISTRICT.values()).render("utter_thanks", "xx").language == "en"


# What is never asked for, as beginnings of words: passwords, social security numbers, birth dates, health, immigration.
NEVER_ASKED = {
    "en": "password pin social ssn birth medical health diagnos immigra visa citizen passport",
    "es": "contraseña clave seguro social nacimiento médic salud diagnóst migra visa ciudadan pasaporte",
    "zh": "密码 社保 社会安全 生日 出生 健康 病历 移民 签证 身份 护照",
    "vi": "mật khẩu an sinh ngày sinh sinh nhật y tế sức khỏe bệnh di trú nhập cư thị thực quốc tịch hộ chiếu",
    "ar": "كلمة المرور السر الضمان الميلاد الصحة المرض الهجرة التأشيرة الجنسية جواز",
    "ht": "modpas sosyal nesans sante maladi imigrasyon viza sitwayen paspò",
    "pt": "senha seguro social nascimento saúde médic doença imigra visto cidadan passaporte",
    "ru": "парол социальн рожден здоров болезн диагноз миграц виз гражданств паспорт",
}
# Two words that only together say it.
WHOLE = ("seguro social", "mật khẩu", "an sinh", "ngày sinh", "sinh nhật", "y tế", "sức khỏe", "di trú",
         "nhập cư", "thị thực", "quốc tịch", "hộ chiếu", "كلمة المرور")  # fmt: skip
ASKING = ("utter_ask_", "utter_tag_", "utter_school_", "utter_contact_", "utter_name_", "utter_problem_",
          "utter_number_", "utter_which_", "utter_ticket_", "utter_confirmation_", "utter_call_back",
          "utter_handoff_")  # fmt: skip
# What may stand in a reply: of the district, of the article, and what the family told in this conversation.
MAY_BE_SAID = frozenset(
    """address asset_tag chat_days chat_period contact count district help_desk help_desk_phone hours
    language_services_phone n name number opening password_page phone position privacy review section short_name status
    step summary title title_ix_name title_ix_phone transportation_phone what""".split()  # noqa: SIM905 - reads best so
)


def never_asked(language: str) -> list[str]:
    words = NEVER_ASKED[language]
    whole = [phrase for phrase in WHOLE if phrase in words]
    for phrase in whole:
        words = words.replace(phrase, "")
    return [*words.split(), *dict.fromkeys(whole)]


@pytest.mark.parametrize("channel", ["widget", "sms"])
def test_nothing_asks_for_a_password_a_birth_date_health_or_immigration(channel: str) -> None:
    replies = Replies.load(values=DISTRICT.values())
    assert set(replies.languages) == set(NEVER_ASKED)
    for language in replies.languages:
        for name in (one for one in replies.names if one.startswith(ASKING)):
            text = replies.render(name, language, channel=channel, values=FILLED).text.lower()
            for word in never_asked(language):
                assert re.search(rf"(?<!\w){word}" if word.isascii() else word, text) is None, (language, name, word)


def test_crisis_replies_name_911_and_the_lines_that_exist() -> None:
    replies = Replies.load(values=DISTRICT.values())
    for language in replies.languages:
        for name in (one for one in replies.names if one.startswith("utter_crisis_") and one != "utter_crisis_closed"):
            assert "911" in replies.render(name, language).text, (language, name)
        self_harm = replies.render("utter_crisis_self_harm", language).text
        assert "988" in self_harm, language
        # That line's "press 3" ended; its texts and chat are English and Spanish alone.
        assert re.search(r"\b3\b", self_harm) is None, language
        assert ("988lifeline.org/chat" in self_harm) == (language in {"en", "es"}), language


def test_no_reply_has_a_place_for_what_the_district_knows_of_a_student() -> None:
    for path in FOLDER.glob("??.yml"):
        found = set(re.findall(r"\{(\w+)\}", path.read_text(encoding="utf-8"))) - {"placeholders"}
        assert found <= MAY_BE_SAID, path.name


@pytest.mark.parametrize("channel", ["widget", "sms"])
def test_who_wrote_a_password_is_told_where_to_change_it(channel: str) -> None:
    replies = Replies.load(values=DISTRICT.values())
    for language in replies.languages:
        text = replies.render("utter_masked", language, channel=channel).text
        assert "https://password.cedarhollow.example" in text, language
        assert DISTRICT.help_desk.phone in text, language
        assert channel == "widget" or fits(text), (language, len(text))


@pytest.mark.parametrize("channel", ["widget", "sms"])
def test_english_replies_are_no_harder_to_read_than_articles_may_be(channel: str) -> None:
    replies = Replies.load(values=DISTRICT.values())
    values = dict.fromkeys(FILLED, "it")
    hard = {}
    for name in replies.names:
        text = replies.render(name, "en", channel=channel, values=values).text
        if len(text.split()) >= 8 and reading_grade(text) > HARDEST_GRADE:  # of a few words one would decide
            hard[name] = text
    assert hard == {}


def test_values_become_words_of_the_language() -> None:
    replies = Replies.load(values=DISTRICT.values())
    spoken = spoken_values({"status": "open", "review": [["problem", "no prende"], ["school", ""]]}, "es", replies)
    assert spoken["status"].startswith("abierto")
    assert spoken["review"] == "Problema: no prende\nEscuela: sin dato"


def test_a_time_is_said_as_people_of_the_language_say_it() -> None:
    when = datetime(2026, 11, 30, 7, 0, tzinfo=ZoneInfo("America/Chicago"))
    assert spoken_time(when, "en").startswith("Monday, November 30, 7:00")
    assert spoken_time(when, "es").startswith("lunes 30 de noviembre")
