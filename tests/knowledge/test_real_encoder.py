"""With the real articles and the real encoder: families' words find the right article, also while articles change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.knowledge import Knowledge
from knowledge.retriever import Finding
from knowledge.settings import Settings, load_settings
from tests.knowledge.stand_ins import wait_for, watching

ARTICLES = Path(__file__).resolve().parents[2] / "knowledge" / "articles"
# Enough to be hard to tell apart, few enough to be encoded in seconds.
SOME = (
    *("chromebook-wont-turn-on", "chromebook-wont-charge", "chromebook-cracked-screen", "chromebook-keyboard"),
    *("student-password-reset", "student-sign-in", "wifi-connect", "hotspot-troubleshooting", "help-desk-hours"),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("real")
    for language in ("en", "es"):
        (folder / "articles" / language).mkdir(parents=True)
        for name in SOME:
            shutil.copy(ARTICLES / language / f"{name}.md", folder / "articles" / language)
    return load_settings(
        {"FAMILYDESK_HOME": str(folder / "home"), "FAMILYDESK_ARTICLES": str(folder / "articles")},
    )


@pytest.fixture(scope="module")
def knowledge(settings: Settings) -> Iterator[Knowledge]:
    found = Knowledge.open(settings)
    with watching(found, settings.articles):
        yield found
    found.close()


@pytest.mark.parametrize(
    ("text", "language", "article"),
    [
        ("mi chromebook no prende", "es", "chromebook-wont-turn-on"),
        ("olvide mi contraseña de la escuela", "es", "student-password-reset"),
        ("my chromebook won't turn on", "en", "chromebook-wont-turn-on"),
        ("there is a big crack across the display", "en", "chromebook-cracked-screen"),
        ("what time do you close on friday", "en", "help-desk-hours"),
    ],
)
def test_a_message_finds_its_article_in_the_familys_language(
    text: str, language: str, article: str, knowledge: Knowledge
) -> None:
    finding = knowledge.find(text, language)

    assert finding.suggestions, finding
    assert (finding.suggestions[0].article, finding.suggestions[0].language) == (article, language)


@pytest.mark.parametrize("text", ["who won the game last night", "vendo zapatos rojos talla nueve", "asdf qwer"])
def test_what_no_article_answers_is_unknown(text: str, knowledge: Knowledge) -> None:
    assert knowledge.find(text, "en").decision == "unknown"


def test_without_the_spanish_article_the_english_one_is_shown(knowledge: Knowledge, settings: Settings) -> None:
    name = "hotspot-troubleshooting"
    (settings.articles / "es" / f"{name}.md").unlink()
    knowledge.refresh()

    best = knowledge.find("the hotspot light is blinking green", "es").suggestions[0]

    assert (best.article, best.language) == (name, "en")
    shutil.copy(ARTICLES / "es" / f"{name}.md", settings.articles / "es")
    knowledge.refresh()


@pytest.mark.alone
def test_a_saved_change_is_served_within_a_second_and_a_broken_one_never(
    knowledge: Knowledge, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    path = settings.articles / "en" / "help-desk-hours.md"
    good = path.read_text(encoding="utf-8")
    changed = good.replace("questions:\n", "questions:\n  - purple telephone marmalade\n", 1)

    def found() -> Finding:
        return knowledge.find("purple telephone marmalade", "en")

    assert found().decision == "unknown"
    took = []
    for text in (changed, good, changed):
        path.write_text(text, encoding="utf-8")
        known = text is changed
        took.append(wait_for(lambda known=known: (found().decision != "unknown") is known))  # type: ignore[misc]
    assert sorted(took)[1] < 1.0

    path.write_text("---\ntitle: broken\n", encoding="utf-8")
    wait_for(lambda: "help-desk-hours.md" in caplog.text)
    assert found().suggestions[0].article == "help-desk-hours"
    assert any("help-desk-hours.md" in problem.path for problem in knowledge.library.problems)
