"""A name or a problem is told by its lead-in, in every language, and ordinary sentences hold neither."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from actions.desk.district import load_district
from actions.lead_ins import FILE, led_name, led_problem, speaks_of_another_child
from actions.ticket_values import read_values

DISTRICT = load_district(Path("data/district"))
LANGUAGES = DISTRICT.languages

PROBLEMS = [
    ("en", "actually the problem is that the screen is black", "the screen is black"),
    ("es", "no, el problema es que la pantalla está negra", "la pantalla está negra"),
    ("zh", "不对，问题是屏幕黑了", "屏幕黑了"),
    ("zh", "问题改成：充不了电", "充不了电"),
    ("vi", "không, vấn đề là màn hình bị đen", "màn hình bị đen"),
    ("vi", "lỗi: không sạc được", "không sạc được"),
    ("ar", "لا، المشكلة هي أن الشاشة سوداء", "الشاشة سوداء"),
    ("ar", "المشكلة أنه لا يشحن", "لا يشحن"),
    ("ht", "non, pwoblèm nan se ekran an nwa", "ekran an nwa"),
    ("ht", "pwoblem nan se ke li pa chaje", "li pa chaje"),
    ("pt", "não, o problema é que a tela está preta", "a tela está preta"),
    ("pt", "o defeito é a bateria que não carrega", "a bateria que não carrega"),
    ("ru", "нет, проблема в том, что экран чёрный", "экран чёрный"),
    ("ru", "проблема — не заряжается", "не заряжается"),
]
NAMES = [
    ("en", "my son's name is diego ramos", "diego ramos"),
    ("en", "her name is Ana Gomez and she goes to Lincoln", "Ana Gomez"),
    ("es", "el nombre de mi hija es ana gómez", "ana gómez"),
    ("zh", "我儿子叫李明", "李明"),
    ("zh", "女儿的名字是王小明", "王小明"),
    ("zh", "学生姓名：Li Ming", "Li Ming"),
    ("vi", "con trai tôi tên là nguyễn văn an", "nguyễn văn an"),
    ("vi", "tên của cháu là Trần Thị Hoa học trường Lincoln", "Trần Thị Hoa"),
    ("ar", "ابني اسمه أحمد علي", "أحمد علي"),
    ("ar", "عندي بنت واسمها سارة حسن", "سارة حسن"),
    ("ht", "pitit gason m nan rele Jan Pyè", "Jan Pyè"),
    ("ht", "non pitit fi mwen an se marie joseph", "marie joseph"),
    ("pt", "o nome do meu filho é joão da silva", "joão da silva"),
    ("pt", "minha filha se chama Ana Souza e estuda na Lincoln", "Ana Souza"),
    ("ru", "моего сына зовут иван петров", "иван петров"),
    ("ru", "имя ученицы — Анна Иванова", "Анна Иванова"),
]
NEITHER = [
    ("en", "my son is sick and the laptop is at home"),
    ("es", "mi hijo es muy pequeño, no sé qué problema tiene"),
    ("zh", "帮我叫一个真人来"),
    ("zh", "这个叫什么"),
    ("zh", "有问题怎么办"),
    ("vi", "con tôi không đăng nhập được, có vấn đề với máy"),
    ("ar", "عندي مشكلة مع جهاز ابني"),
    ("ht", "li se yon chromebook ki gen pwoblèm"),
    ("pt", "estou com um problema no computador do meu filho"),
    ("ru", "у сына проблема с хромбуком, имя пользователя не подходит"),
]


@pytest.mark.parametrize(("language", "text", "problem"), PROBLEMS)
def test_a_problem_is_put_right_on_the_review(language: str, text: str, problem: str) -> None:
    assert read_values(text, DISTRICT, "confirmation").given() == {"problem": problem}, language


@pytest.mark.parametrize(("language", "text", "name"), NAMES)
@pytest.mark.parametrize("asks", ["asset_tag", "student_name", "confirmation"])
def test_a_name_is_told_whatever_was_asked(language: str, text: str, name: str, asks: str) -> None:
    assert read_values(text, DISTRICT, asks).student_name == name, language


@pytest.mark.parametrize(("language", "text"), NEITHER)
def test_an_ordinary_sentence_leads_in_to_nothing(language: str, text: str) -> None:
    assert (led_name(text, asked=False), led_problem(text)) == (None, None), language


def test_every_language_has_both_and_none_is_left_untested() -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for tested in (PROBLEMS, NAMES, NEITHER):
        assert {row[0] for row in tested} == set(LANGUAGES) == set(content)
    for language, one in content.items():
        words = [word for part in one.values() for word in part]
        assert all(isinstance(word, str) for word in words), language


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("my other son has a broken one too", True),
        ("mi otra hija va a Lincoln High", True),
        ("还有一个孩子的也坏了", True),
        ("còn đứa kia nữa, nó học Lincoln High", True),
        ("وابني الثاني في مدرسة لينكولن", True),
        ("lòt pitit mwen an ale Lincoln High", True),
        ("meu outro filho estuda na Lincoln High", True),
        ("и у второго ребёнка тоже", True),
        ("another school", False),
        ("mi hija", False),
        ("孩子在Lincoln", False),
        ("con trai tôi", False),
        ("ابني", False),
        ("pitit mwen an", False),
        ("второй класс", False),
    ],
)
def test_a_second_child_is_noticed(text: str, other: bool) -> None:
    assert speaks_of_another_child(text) is other
