"""The README names every setting, route and command, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from bot.command import build_parser
from bot.gateway.routes import ROUTES
from knowledge.settings import SETTINGS

README = Path(__file__).resolve().parent.parent.joinpath("README.md").read_text(encoding="utf-8")


def commands() -> set[str]:
    actions = build_parser()._subparsers._group_actions  # argparse has no public way to list them
    return {name for action in actions for name in action.choices}


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    for setting in SETTINGS:
        row = next((line for line in README.splitlines() if line.startswith(f"| `FAMILYDESK_{setting.name}`")), None)
        assert row is not None, f"FAMILYDESK_{setting.name} is not in the table of settings"
        assert setting.help in row, f"the README explains FAMILYDESK_{setting.name} otherwise than the table"
        if setting.default:
            assert f"`{setting.default}`" in row, f"the README gives another default for FAMILYDESK_{setting.name}"


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    known = {f"FAMILYDESK_{setting.name}" for setting in SETTINGS}
    assert set(re.findall(r"FAMILYDESK_[A-Z_]+", README)) <= known


def test_every_route_is_in_the_readme() -> None:
    missing = [f"{route.method} {route.path}" for route in ROUTES if f"`{route.method} {route.path}`" not in README]
    assert not missing, missing


def test_every_command_is_in_the_readme_and_no_other() -> None:
    named = set(re.findall(r"^\| `familydesk ([a-z-]+)", README, re.MULTILINE))
    assert named == commands()


def test_the_first_screen_holds_the_two_commands() -> None:
    first_screen = README[:1500]
    assert "python -m pip install uv && python -m uv run familydesk up" in first_screen
    assert "python -m uv run pytest" in first_screen
