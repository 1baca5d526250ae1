"""Articles are read, checked, and left out when broken, with every problem named by file and line."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from knowledge.articles import Library, LibraryLoader, Problem, load_library, stamp
from tests.knowledge.stand_ins import english, translated, write


def problems(library: Library, severity: str = "error") -> list[str]:
    return [str(problem) for problem in library.problems if problem.severity == severity]


def test_a_good_article_has_all_its_parts(tmp_path: Path) -> None:
    write(tmp_path, "late-bus", english("late-bus", related="[lost-bag]", category="community"))
    write(tmp_path, "lost-bag", english("lost-bag"))

    library = load_library(tmp_path, {"technology"})

    assert problems(library) == []
    article = library.get("late-bus", "en")
    assert article is not None
    assert (article.title, article.category, article.related) == ("About late-bus", "community", ("lost-bag",))
    assert article.steps == ("Look at it.", "Turn it on.", "Call us.")
    assert (article.reviewed, article.review_by) == (date(2026, 8, 17), date(2027, 8, 16))
    assert (article.translation, article.stale) == ("original", False)
    assert article.body.startswith("Do this.")
    assert article.path == str(tmp_path / "en" / "late-bus.md")


def test_a_translation_takes_from_english_what_is_not_language(tmp_path: Path) -> None:
    source = write(tmp_path, "late-bus", english("late-bus", ticket="general"))
    stamp = load_library(tmp_path).articles["en", "late-bus"].source_hash
    write(tmp_path, "late-bus", translated("late-bus", source_hash=f'"{stamp}"'), "es")

    article = load_library(tmp_path).get("late-bus", "es")

    assert article is not None
    assert (article.language, article.title, article.ticket) == ("es", "Sobre late-bus", "general")
    assert (article.translation, article.stale) == ("machine", False)
    assert article.owner == "Technology Department"

    source.write_text(english("late-bus", ticket="general", summary="Something new."), encoding="utf-8")
    library = load_library(tmp_path)
    assert library.articles["es", "late-bus"].stale
    assert problems(library) == []
    assert any("es/late-bus.md:10: the English text changed" in note for note in problems(library, "note"))


def test_new_english_questions_do_not_make_a_translation_stale(tmp_path: Path) -> None:
    write(tmp_path, "late-bus", english("late-bus"))
    before = load_library(tmp_path).articles["en", "late-bus"]
    write(tmp_path, "late-bus", english("late-bus", questions=[f"another {n}" for n in "abcdef"]))
    after = load_library(tmp_path).articles["en", "late-bus"]

    assert before.source_hash == after.source_hash
    assert before.content_hash != after.content_hash


def test_an_unstamped_translation_counts_as_stale(tmp_path: Path) -> None:
    write(tmp_path, "late-bus", english("late-bus"))
    write(tmp_path, "late-bus", translated("late-bus"), "es")

    assert load_library(tmp_path).articles["es", "late-bus"].stale


def test_a_language_without_the_article_gets_the_english_one(tmp_path: Path) -> None:
    write(tmp_path, "late-bus", english("late-bus"))
    write(tmp_path, "late-bus", translated("late-bus"), "es")
    library = load_library(tmp_path)

    vietnamese, spanish, none = (library.get("late-bus", language) for language in ("vi", "es", None))

    assert vietnamese is not None
    assert vietnamese.language == "en"
    assert spanish is not None
    assert spanish.language == "es"
    assert none is vietnamese
    assert library.get("no-such", "en") is None
    assert library.languages == ("en", "es")
    assert [article.id for article in library.of("es")] == ["late-bus"]
    assert library.of("vi") == ()


BROKEN = {
    "a key is missing": (english("x", owner=""), "en/x.md:1: the key owner is missing; add `owner:`"),
    "a key is unknown": (english("x", colour="red"), "the key colour does not belong here; remove it"),
    "a key is there twice": (english("x").replace("device: ", "title: Two\ndevice: "), "the key title is there twice"),
    "the category is wrong": (english("x", category="cars"), "en/x.md:4: category is 'cars'; use one of accounts"),
    "the device is wrong": (english("x", device="toaster"), "device is 'toaster'; use one of chromebook"),
    "the ticket is wrong": (english("x", ticket="bus"), "ticket is 'bus'; use one of account-help"),
    "the department is wrong": (english("x", department="it"), "there is no department 'it'; use one of technology"),
    "the title is not text": (english("x", title="12"), "en/x.md:2: title is '12'; write text"),
    "the title is empty": (english("x", title='""'), "title is empty; write text"),
    "too few questions": (english("x", questions=["a b", "c d"]), "there are 2 questions; write at least 5"),
    "a question twice": (english("x", questions=["a", "b", "c", "d", "A"]), "en/x.md:10: 'A' is in questions twice"),
    "a question is no text": (english("x").replace('"x one question"', "no"), "'False' in questions is not text"),
    "questions are no list": (english("x", questions=[]).replace("questions: ", "questions: why"), "is not a list"),
    "a date is none": (english("x", reviewed="soon"), "reviewed is 'soon'; write a date such as 2026-08-17"),
    "a date has a time": (english("x", review_by="2027-01-01 10:00:00"), "review_by is '2027-01-01 10:00:00'"),
    "there is no front matter": ("# Hello\n", "en/x.md:1: the front matter is missing; start the file with a line ---"),
    "the front matter does not end": (english("x").replace("\n---\n", "\n"), "the front matter does not end"),
    "the front matter is no YAML": (english("x", title="a: b: c"), "en/x.md:2: the front matter is not YAML"),
    "the front matter is a list": ("---\n- a\n---\nText\n", "the front matter is not a list of keys"),
    "raw HTML": (english("x", body="Text\n\n<b>bold</b> move\n"), "there is raw HTML; write it as Markdown"),
    "an image": (english("x", body="Text\n\n![a](https://a.example/b.png)\n"), "there is an image"),
    "a table": (english("x", body="| a | b |\n|---|---|\n| c | d |\n"), "there is a table"),
    "a first heading": (english("x", body="# Big\n\nText\n"), "there is a heading of the first level"),
    "an unsafe link": (english("x", body="Go [here](http://a.example) now.\n"), "is not safe; use https://"),
    "an empty body": (english("x", body="\n"), "the body is empty; write the answer"),
    "an empty step": (english("x", body="Text\n\n1. Do\n2.\n"), "step 2 is empty"),
    "an empty file": ("", "en/x.md:1: the front matter is missing"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_article_is_left_out_and_named(name: str, tmp_path: Path) -> None:
    text, expected = BROKEN[name]
    write(tmp_path, "x", text)
    write(tmp_path, "fine", english("fine"))

    library = load_library(tmp_path, {"technology"})

    assert [article.id for article in library.of("en")] == ["fine"]
    assert any(expected in problem for problem in problems(library)), problems(library)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x", category="cars", device="toaster", reviewed="soon", owner=""))
    write(tmp_path, "y", "nothing\n")

    assert len(problems(load_library(tmp_path))) == 5


def test_a_problem_in_the_body_names_its_line_in_the_file(tmp_path: Path) -> None:
    text = english("x", body="One.\n\nTwo.\n\n<div>three</div>\n")
    write(tmp_path, "x", text)
    line = text.split("\n").index("<div>three</div>") + 1

    assert problems(load_library(tmp_path))[0].startswith(f"{tmp_path}/en/x.md:{line}: ")


def test_text_that_is_not_utf_8_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, "x", english("x"))
    path.write_bytes(path.read_bytes().replace(b"About", b"Ab\xf3ut"))

    assert "en/x.md:2: this is not UTF-8 text; save the file as UTF-8" in problems(load_library(tmp_path))[0]


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    path = write(tmp_path, "x", english("x"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    library = load_library(tmp_path)

    assert problems(library) == []
    assert library.articles["en", "x"].steps == ("Look at it.", "Turn it on.", "Call us.")


def test_a_file_name_that_is_no_id_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "Late_Bus", english("x"))

    assert "the file name Late_Bus.md is not an article id" in problems(load_library(tmp_path))[0]


def test_a_translation_of_nothing_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "late-bus", translated("late-bus"), "es")

    library = load_library(tmp_path)

    assert not library.articles
    expected = "es/late-bus.md:1: there is no English article late-bus; rename it or add the English one"
    assert expected in problems(library)[0]


def test_a_translation_may_not_say_again_what_english_says(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x"))
    write(tmp_path, "x", translated("x", category="chromebook"), "es")

    library = load_library(tmp_path)

    assert "a translation takes it from the English article" in problems(library)[0]
    assert ("es", "x") not in library.articles


def test_a_reviewed_translation_names_its_reviewer(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x"))
    write(tmp_path, "x", translated("x", translation="reviewed"), "es")
    assert "nobody is named" in problems(load_library(tmp_path))[0]

    write(tmp_path, "x", translated("x", translation="reviewed", reviewed_by="Language Services"), "es")
    assert load_library(tmp_path).articles["es", "x"].translation == "reviewed"


def test_another_number_of_steps_than_in_english_is_an_error_but_the_translation_stays(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x"))
    write(tmp_path, "x", translated("x", body="Texto.\n\n1. Mire.\n"), "es")

    library = load_library(tmp_path)

    assert "there are 1 numbered steps and the English article has 3" in problems(library)[0]
    assert library.articles["es", "x"].stale


def test_pointers_to_articles_that_are_not_there_are_errors_and_the_article_stays(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x", related="[y, gone]", body="See [that](nowhere) and [y](y#part).\n"))
    write(tmp_path, "y", "broken, but there\n")

    library = load_library(tmp_path)

    named = [problem for problem in problems(library) if "en/x.md" in problem]
    assert len(named) == 2
    assert "there is no article gone; name one that exists, or remove it" in named[0]
    assert "there is no article nowhere" in named[1]
    assert library.articles["en", "x"].related == ("y",)


def test_the_same_question_in_two_articles_is_an_error(tmp_path: Path) -> None:
    same = ["why", "a one", "a two", "a three", "a four"]
    write(tmp_path, "x", english("x", questions=same))
    write(tmp_path, "y", english("y", questions=["Why", *QUESTIONS_OF_Y]))

    library = load_library(tmp_path)

    assert "en/y.md:6: the question 'Why' is also in x; keep it in the one that answers it" in problems(library)[0]
    assert len(library.of("en")) == 2


QUESTIONS_OF_Y = ("b one", "b two", "b three", "b four")


def test_notes_do_not_leave_an_article_out(tmp_path: Path) -> None:
    hard = "Notwithstanding institutional considerations, authentication necessitates administrative authorization."
    long_step = "word " * 60
    body = f"{hard} {hard}\n\n1. {long_step}\n2. Ok.\n\nText.\n\n1. Again.\n"
    write(tmp_path, "x", english("x", title="A" + "a" * 80, summary="b" * 161, body=body))

    library = load_library(tmp_path)

    assert problems(library) == []
    notes = " ".join(problems(library, "note"))
    for expected in ("the title has 81", "takes 2 text messages (161 GSM-7", "step 1 has", "2 numbered lists", "grade"):
        assert expected in notes
    assert library.articles["en", "x"].steps[1] == "Ok."


def test_other_files_and_folders_are_not_articles(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x"))
    write(tmp_path, "_style", "tone\n")
    write(tmp_path, ".x.md.swp", "editor\n")
    write(tmp_path, "x", "not a language\n", "Drafts and more")
    (tmp_path / "README.txt").write_text("hello")

    library = load_library(tmp_path)

    assert list(library.articles) == [("en", "x")]
    assert problems(library) == []


def test_a_folder_that_is_not_there_has_no_articles(tmp_path: Path) -> None:
    assert not load_library(tmp_path / "nowhere").articles


def test_a_problem_reads_as_file_line_what_and_cure() -> None:
    assert str(Problem("a.md", 4, "it is wrong", "mend it")) == "a.md:4: it is wrong; mend it"


def test_the_loader_reads_only_what_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "x", english("x"))
    changing = write(tmp_path, "y", english("y"))
    loader = LibraryLoader(tmp_path)
    loader.load()
    read: list[str] = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or original(path))

    changing.write_text(english("y", title="Another"), encoding="utf-8")
    library = loader.load()

    assert read == ["y.md"]
    assert library.articles["en", "y"].title == "Another"


def test_the_loader_keeps_the_last_good_version_of_a_broken_file(tmp_path: Path) -> None:
    path = write(tmp_path, "x", english("x"))
    loader = LibraryLoader(tmp_path)
    good = loader.load().articles["en", "x"]

    path.write_text("---\ntitle: half\n", encoding="utf-8")
    library = loader.load()
    assert library.articles["en", "x"] == good
    assert "the front matter does not end" in problems(library)[0]
    assert loader.load().articles["en", "x"] == good

    path.write_text(english("x", title="Mended"), encoding="utf-8")
    assert loader.load().articles["en", "x"].title == "Mended"


def test_the_loader_drops_a_deleted_file(tmp_path: Path) -> None:
    path = write(tmp_path, "x", english("x"))
    loader = LibraryLoader(tmp_path)
    loader.load()
    path.unlink()

    assert not loader.load().articles


def test_the_loader_gives_the_same_object_for_an_article_that_did_not_change(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x", related="[y]"))
    write(tmp_path, "x", translated("x"), "es")
    other = write(tmp_path, "y", english("y"))
    loader = LibraryLoader(tmp_path)
    before = loader.load().articles
    write(tmp_path, "y", english("y", title="Another"))
    after = loader.load().articles

    assert [key for key in after if after[key] is not before[key]] == [("en", "y")]

    other.unlink()
    left = loader.load().articles
    assert left["en", "x"].related == left["es", "x"].related == ()

    write(tmp_path, "y", english("y"))
    again = loader.load().articles
    assert again["en", "x"].related == again["es", "x"].related == ("y",)


def test_a_translation_follows_its_english_article(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x"))
    write(tmp_path, "x", translated("x"), "es")
    loader = LibraryLoader(tmp_path)
    assert loader.load().articles["es", "x"].device == "chromebook"

    write(tmp_path, "x", english("x", device="ipad"))
    assert loader.load().articles["es", "x"].device == "ipad"


def test_the_loader_sees_a_file_that_replaced_another_of_the_same_size_and_time(tmp_path: Path) -> None:
    path = write(tmp_path, "x", english("x", title="Aaa"))
    loader = LibraryLoader(tmp_path)
    loader.load()
    status = path.stat()
    beside = path.with_suffix(".new")
    beside.write_text(english("x", title="Bbb"), encoding="utf-8")
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
    beside.replace(path)

    assert loader.load().articles["en", "x"].title == "Bbb"


def test_a_stamped_translation_is_up_to_date_and_nothing_else_in_it_changes(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x"))
    text = translated("x", title="Sí: ñandú", body="source_hash: in the body\n\n1. Uno.\n2. Dos.\n3. Tres.\n")
    path = write(tmp_path, "x", text.replace("Sí: ñandú", '"Sí: ñandú"'), "es")
    original = load_library(tmp_path).articles["en", "x"]

    stamp(path, original)

    library = load_library(tmp_path)
    assert not library.articles["es", "x"].stale
    assert problems(library) == []
    expected = text.replace("Sí: ñandú", '"Sí: ñandú"').replace("PENDING", f'"{original.source_hash}"')
    assert path.read_text(encoding="utf-8") == expected


def test_a_file_without_a_place_for_the_stamp_is_named(tmp_path: Path) -> None:
    write(tmp_path, "x", english("x"))
    original = load_library(tmp_path).articles["en", "x"]

    with pytest.raises(ValueError, match=r"x\.md:1: the key source_hash is missing"):
        stamp(write(tmp_path, "x", "nothing\n", "es"), original)


@pytest.mark.parametrize(
    ("keys", "guides"),
    [
        ({"ticket": "device-repair"}, False),
        ({"ticket": "general"}, True),
        ({"ticket": "none"}, True),
        ({"ticket": "internet-help", "steps": "guide"}, True),
        ({"ticket": "general", "steps": "mend"}, False),
    ],
)
def test_steps_guide_where_they_say_so_or_mend_nothing(keys: dict[str, str], guides: bool, tmp_path: Path) -> None:
    write(tmp_path, "one", english("one", **keys))
    write(tmp_path, "one", translated("one"), "es")
    library = load_library(tmp_path)
    assert [library.articles[language, "one"].guides for language in ("en", "es")] == [guides, guides]


def test_a_translation_may_not_say_what_its_steps_are(tmp_path: Path) -> None:
    write(tmp_path, "one", english("one"))
    write(tmp_path, "one", translated("one", steps="guide"), "es")
    [problem] = [one for one in load_library(tmp_path).problems if "steps" in one.what]
    assert "takes it from the English article" in problem.cure


def test_steps_of_another_kind_are_named_with_those_that_there_are(tmp_path: Path) -> None:
    write(tmp_path, "one", english("one", steps="repair"))
    [problem] = load_library(tmp_path).problems
    assert (problem.what, problem.cure) == ("steps is 'repair'", "use one of guide, mend")
