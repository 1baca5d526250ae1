"""`familydesk check`: what phone companies would block is found before a family misses it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.check import check_everything, short_link_problems
from knowledge.settings import load_settings


@pytest.mark.parametrize("link", ["https://bit.ly/3xYz", "tinyurl.com/school", "http://t.co/a", "is.gd/x", "ow.ly/1"])
def test_a_shortened_link_is_named_with_its_place_and_the_cure(tmp_path: Path, link: str) -> None:
    file = tmp_path / "wifi.md"
    file.write_text(f"# Wi-Fi\n\nSee {link} for more.\n", encoding="utf-8")
    [problem] = short_link_problems([file])
    assert problem.startswith(f"{file}:3: ")
    assert problem.endswith("; write the whole address")


def test_whole_addresses_are_no_shortened_links(tmp_path: Path) -> None:
    file = tmp_path / "es.yml"
    text = "https://www.cedarhollow.example/help https://reddit.com/a t.com rabbit.ly at.co.uk www.t.company/x is.gdx"
    file.write_text(text, encoding="utf-8")
    assert short_link_problems([file]) == []


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("harassment: online-safety", "harassment: online-saftey", "crisis_articles names online-saftey"),
        ("hand_off_article: help-desk-hours", "hand_off_article: help-desk", "hand_off_article names help-desk,"),
    ],
)
def test_an_article_of_the_district_that_is_not_there_is_named_with_the_cure(
    right: str, wrong: str, named: str, tmp_path: Path
) -> None:
    district = tmp_path / "district"
    shutil.copytree(load_settings({}).district, district)
    file = district / "district.yml"
    told = file.read_text(encoding="utf-8")
    assert right in told
    file.write_text(told.replace(right, wrong), encoding="utf-8")
    errors = check_everything(replace(load_settings({}), district=district)).errors
    assert [one for one in errors if named in one and "; take the name" in one]
