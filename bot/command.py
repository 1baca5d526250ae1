"""The `familydesk` command."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.gateway.inbox.arguments import add_arguments as add_inbox_arguments
from bot.gateway.inbox.arguments import inbox
from bot.purge import purge
from knowledge.settings import SETTINGS, Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bot.first_message import FirstMessage

# Heavy imports (torch, Rasa) stand inside the commands that need them: `familydesk --help` must not take seconds.
OK, PROBLEMS, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 ok, 1 found problems, 2 wrong use."""
    parser = build_parser()
    given = parser.parse_args(arguments)
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    run: Callable[[Settings, argparse.Namespace], int] = given.run
    try:
        return run(settings, given)
    except Exception as error:
        # Imported only now: most commands need neither, and both take their time.
        from actions.desk.district import DistrictError
        from knowledge.encoder import EncoderError

        if isinstance(error, DistrictError):
            print("\n".join(map(str, error.problems)), file=sys.stderr)
        elif isinstance(error, EncoderError):
            print(error, file=sys.stderr)
        else:
            raise
        return WRONG_USE


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    settings = "\n".join(f"  FAMILYDESK_{s.name:<20}{s.help}" for s in SETTINGS)
    parser = argparse.ArgumentParser(
        prog="familydesk",
        description="A help desk that school families chat with, in their own language.",
        epilog=f"settings (environment):\n{settings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[Settings, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    add("up", up, "train and index what has changed, start desk and Rasa, keep both running")
    add("serve", serve, "run the desk alone (Rasa is started separately)")
    add("train", train, "train the retriever and Rasa, if what they learn from has changed")
    add("index", index, "build the search index of the articles anew")
    add("check", check, "check articles, replies, district and training data; every problem at once")
    stamp_command = add("stamp", stamp, "note in translations that they fit the English text as it is now")
    stamp_command.add_argument("files", metavar="FILE", nargs="+", type=Path, help="translated article")
    add("status", status, "show articles and translations that are missing, stale, machine-made or due for review")
    new_command = add("new-article", new_article, "begin an article, or with --lang the translation of one")
    new_command.add_argument("id", metavar="ID", help="file name without .md: small letters, digits, hyphens")
    new_command.add_argument("--title", default="", help="what the article is called")
    new_command.add_argument("--lang", help="begin its translation into this language, such as vi")
    language_command = add("add-language", add_language, "begin a language: every file that it needs, to be translated")
    language_command.add_argument("code", metavar="CODE", help="two or three letters, such as so for Somali")
    language_command.add_argument("--name", required=True, help="what the language calls itself, such as Soomaali")
    language_command.add_argument("--right-to-left", action="store_true", help="it is written from right to left")
    ask_command = add("ask", ask, "show what a family would be answered, with scores")
    ask_command.add_argument("text", metavar="TEXT", nargs="+", help="what the family writes")
    ask_command.add_argument("--lang", help="language that the family has chosen, such as es")
    text_command = add("text", text_desk, "play a family's phone: send the running desk a text and print the replies")
    text_command.add_argument("number", metavar="FROM", help="the family's number, such as 515-555-0177")
    text_command.add_argument("text", metavar="TEXT", nargs="+", help="what the family texts")
    add_inbox_arguments(add("inbox", inbox, "answer families who wait for a person, or to be called back"))
    purge_command = add("purge", purge, "delete what has been kept long enough, as the running desk does every day")
    purge_command.add_argument("--dry-run", action="store_true", help="only count it")
    evaluate_command = add("evaluate", evaluate, "measure how well first messages are answered")
    evaluate_command.add_argument("file", metavar="FILE", type=Path, help="JSON lines: text, lang, topics")
    evaluate_command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluate_command.add_argument("--misses", metavar="FILE", type=Path, help="write what went wrong, as JSON lines")
    return parser


def say(what: str) -> None:
    print(f"familydesk: {what}", flush=True)


def up(settings: Settings, given: argparse.Namespace) -> int:
    """Make what is missing, then run everything."""
    from bot.supervisor import UpError, check_ports, supervise
    from bot.training import is_trained

    try:
        check_ports(settings)
    except UpError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    if _district_problems(settings):
        return check(settings, given)
    # In a process of its own: training leaves a gigabyte behind that the supervisor would hold all along.
    if not is_trained(settings):
        done = subprocess.run([sys.executable, "-m", "bot.command", "train"], check=False)
        if done.returncode:
            return done.returncode
    else:
        say("training: nothing has changed")
    try:
        asyncio.run(supervise(settings))
    except UpError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    return OK


def serve(settings: Settings, given: argparse.Namespace) -> int:  # noqa: ARG001
    from bot.gateway.serve import serve as serve_desk

    asyncio.run(serve_desk(settings))
    return OK


def train(settings: Settings, given: argparse.Namespace) -> int:  # noqa: ARG001
    from bot.training import TrainingError, train_all

    try:
        train_all(settings, say)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return PROBLEMS
    return OK


def index(settings: Settings, given: argparse.Namespace) -> int:  # noqa: ARG001
    from knowledge.knowledge import Knowledge

    knowledge = Knowledge.open(settings)
    problems = knowledge.refresh()
    for problem in problems:
        print(problem)
    say(f"index: {len(knowledge.library.articles)} articles in {', '.join(knowledge.library.languages)}")
    knowledge.close()
    return PROBLEMS if any(problem.severity == "error" for problem in problems) else OK


def check(settings: Settings, given: argparse.Namespace) -> int:  # noqa: ARG001
    """Every rule, all problems at once, errors first."""
    from bot.check import check_everything

    report = check_everything(settings)
    for line in report.errors:
        print(line)
    for line in report.notes:
        print(f"note: {line}")
    say(report.summary)
    return PROBLEMS if report.errors else OK


def stamp(settings: Settings, given: argparse.Namespace) -> int:
    from knowledge.articles import load_library
    from knowledge.articles import stamp as stamp_translation

    originals = load_library(settings.articles).articles
    for file in given.files:
        original = originals.get(("en", file.stem))
        try:
            if original is None:
                raise ValueError(f"{file}:1: there is no English article {file.stem}; rename it or add the English one")
            stamp_translation(file, original)
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            return WRONG_USE
    say(f"stamped {len(given.files)} translations")
    return OK


def status(settings: Settings, given: argparse.Namespace) -> int:  # noqa: ARG001
    from actions.desk.district import load_district
    from knowledge.articles import load_library
    from knowledge.status import report
    from knowledge.status import status as status_of

    district = load_district(settings.district)
    today = datetime.now(district.time_zone).date()
    found = status_of(load_library(settings.articles, district.departments), district.languages, today)
    print(report(found))
    _print_feedback(settings, today)
    return OK if all(one.fine for one in found) else PROBLEMS


def _print_feedback(settings: Settings, today: date) -> None:
    """What readers of the help centre said within ninety days; nothing where no desk has run yet."""
    from actions.desk.article_feedback import report, totals
    from actions.desk.database import Database

    if not settings.database_url.reveal() and not (settings.home / "desk.db").exists():
        return
    database = Database(settings.database)
    database.migrate()
    with database.session() as session:
        found = totals(session, since=today - timedelta(days=90))
    database.close()
    if found:
        print(f"\nWas the page helpful? (90 days)\n{report(found)}")


def new_article(settings: Settings, given: argparse.Namespace) -> int:
    from knowledge.articles import load_library
    from knowledge.new_article import NewArticleError, begin_article, begin_translation

    library = load_library(settings.articles)
    try:
        if given.lang:
            path = begin_translation(settings.articles, library, given.lang, given.id)
        else:
            path = begin_article(settings.articles, library, given.id, given.title, datetime.now(UTC).date())
    except NewArticleError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    say(f"{path} is begun; fill it in and run `familydesk check`. Families see it when nothing is wrong with it")
    return OK


def add_language(settings: Settings, given: argparse.Namespace) -> int:
    from bot.add_language import AddLanguageError
    from bot.add_language import add_language as begin

    try:
        made = begin(
            given.code,
            given.name,
            right_to_left=given.right_to_left,
            district=settings.district,
            articles=settings.articles,
        )
    except AddLanguageError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    say(f"{given.name} is begun. Write and translate, in this order:")
    for path in made:
        print(f"  {path}")
    print(
        f"  {settings.articles / given.code}/*.md (`familydesk new-article ID --lang {given.code}`)\n"
        f"  data/nlu/{given.code}/*.yml and data/questions/{given.code}.jsonl (how its families write), then "
        "`familydesk train`\nUntil its articles are there, families get the English ones with an honest note."
    )
    return OK


def _district_problems(settings: Settings) -> bool:
    from actions.desk.district import DistrictError, load_district

    try:
        load_district(settings.district)
    except DistrictError:
        return True
    return False


def _first_message(settings: Settings) -> FirstMessage:
    from actions.desk.district import load_district
    from bot.first_message import FirstMessage
    from knowledge.knowledge import Knowledge

    return FirstMessage(settings, Knowledge.open(settings), load_district(settings.district))


def ask(settings: Settings, given: argparse.Namespace) -> int:
    from bot.training import TrainingError

    try:
        first_message = _first_message(settings)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return PROBLEMS
    reply = first_message(" ".join(given.text), given.lang)
    print(f"language {reply.language}, intent {reply.intent}, decision {reply.crisis or reply.finding.decision}")
    for name in reply.named:
        print(f"under the fixed text: {name}")
    for place, suggestion in enumerate(reply.finding.suggestions, start=1):
        print(f"{place}. {suggestion.score:.3f}  {suggestion.article} ({suggestion.language})  {suggestion.title}")
        print(f"   {suggestion.passage}")
    return OK


def text_desk(settings: Settings, given: argparse.Namespace) -> int:
    from bot.gateway.sms.play import PlayError, as_number, run

    try:
        as_number(given.number)
    except PlayError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    return OK if run(settings, given.number, " ".join(given.text)) else PROBLEMS


def evaluate(settings: Settings, given: argparse.Namespace) -> int:
    from bot.training import TrainingError
    from knowledge.evaluation import evaluate as evaluate_rows
    from knowledge.evaluation import read_rows, table

    try:
        rows = read_rows(given.file)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    try:
        first_message = _first_message(settings)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return PROBLEMS
    missed: list[dict[str, Any]] = []
    report = evaluate_rows(rows, lambda text: first_message(text).outcome, missed.append)
    if given.misses:
        given.misses.write_text("".join(json.dumps(m, ensure_ascii=False) + "\n" for m in missed), encoding="utf-8")
    print(json.dumps(report, indent=2) if given.json else table(report))
    return OK


if __name__ == "__main__":
    sys.exit(main())
