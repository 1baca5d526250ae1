"""Steps, sections and links are taken from Markdown as a chat needs them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.markdown import read_body


def steps(text: str) -> list[str]:
    return [step.text for step in read_body(text).steps]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Press **Power** and *wait*.", "Press Power and wait."),
        ("Open [the page](https://a.example/b).", "Open the page (https://a.example/b)."),
        ("Open [https://a.example](https://a.example).", "Open https://a.example."),
        ("Open <https://a.example>.", "Open https://a.example."),
        ("Call [us](tel:515-555-0142).", "Call us (515-555-0142)."),
        ("Write to <desk@a.example>.", "Write to desk@a.example."),
        ("See [the other article](other).", "See the other article."),
        ("Press `Ctrl` + `Alt`.", "Press Ctrl + Alt."),
        ("Press power\n   for ten seconds.", "Press power for ten seconds."),
        ("First.\n\n   Then this.", "First. Then this."),
        ("Type 5 \\* 3 & go.", "Type 5 * 3 & go."),
    ],
)
def test_a_step_is_plain_text_for_a_chat(written: str, read: str) -> None:
    assert steps(f"1. {written}\n2. Next.\n") == [read, "Next."]


def test_a_list_that_goes_on_counting_after_an_interruption_is_one_list() -> None:
    assert steps("1. One.\n2. Two.\n\nA word between.\n\n3. Three.\n4. Four.\n") == ["One.", "Two.", "Three.", "Four."]


def test_a_second_list_is_not_joined() -> None:
    body = read_body("1. One.\n2. Two.\n\n## Other\n\n1. Else.\n")

    assert [step.text for step in body.steps] == ["One.", "Two."]
    assert body.lists == 2
    assert body.sections[-1].text == "Else."


def test_bullets_are_text_and_not_steps() -> None:
    body = read_body("Intro.\n\n- a\n- b\n")

    assert body.steps == ()
    assert body.sections[0].text == "Intro.\na\nb"


def test_sections_have_their_headings() -> None:
    body = read_body("Intro.\n\n## If that did not help\n\nCall **us**.\n\n### Costs\n\nNone.\n")

    assert [(section.heading, section.text) for section in body.sections] == [
        ("", "Intro."),
        ("If that did not help", "Call us."),
        ("Costs", "None."),
    ]


def test_a_link_knows_whether_it_leads_to_an_article() -> None:
    body = read_body("[a](one-article) [b](other#part) [c](https://x.example) [d](#here) [e](mailto:a@b.example)")

    assert [link.article for link in body.links] == ["one-article", "other", None, None, None]


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    body = read_body(text)

    assert all("\n" not in step.text for step in body.steps)
