"""The arguments of `familydesk inbox`; what it does is imported when it is run."""

from __future__ import annotations

import argparse
import getpass
import re
import sys

from knowledge.settings import Settings

_TICKET = re.compile(r"FD-\d+", re.IGNORECASE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands to the parser of `familydesk inbox`."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        command = what.add_parser(name, help=text, description=text)
        command.add_argument("--as", dest="staff", metavar="NAME", default=None, help="who you are (your login name)")
        command.add_argument("--json", action="store_true", help="print JSON")
        return command

    add("list", "show who waits for a person, who has one, and who is to be called back")
    show = add("show", "show a conversation, or a call-back with its conversation")
    show.add_argument("id", metavar="ID", type=_any_id, help="a number from the list, or a ticket such as FD-100001")
    accept = add("accept", "take a conversation; the assistant is silent from here on")
    accept.add_argument("id", metavar="ID", type=_number)
    reply = add("reply", "write to the family, in the chat or as a text message")
    reply.add_argument("id", metavar="ID", type=_number)
    reply.add_argument("text", metavar="TEXT", nargs="+", help="what the family reads")
    close = add("close", "leave a conversation to the assistant, or finish a call-back")
    close.add_argument("id", metavar="ID", type=_any_id, help="a number from the list, or a ticket such as FD-100001")
    release = add("release", "put a conversation back in the queue for somebody else")
    release.add_argument("id", metavar="ID", type=_number)
    keep = add("keep", "say that you looked at a legal hold and that it stays, so that nobody is reminded for a while")
    keep.add_argument("id", metavar="ID", type=_number)
    lift = add("lift", "end the legal hold of a conversation, so that it is deleted like any other")
    lift.add_argument("id", metavar="ID", type=_number)


def inbox(settings: Settings, given: argparse.Namespace) -> int:
    """Run the subcommand; 0 ok, 1 it was not possible, 2 wrong use."""
    from bot.gateway.inbox.command import run

    given.staff = (getpass.getuser() if given.staff is None else given.staff).strip()
    if not given.staff or (given.what == "reply" and not " ".join(given.text).strip()):
        print("a name or a text is empty; write one", file=sys.stderr)
        return 2
    return run(settings, given)


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from `familydesk inbox list`")
    return int(text)


def _any_id(text: str) -> int | str:
    return text.upper() if _TICKET.fullmatch(text) else _number(text)
