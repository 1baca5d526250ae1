"""The rooms import in one direction only: knowledge <- actions <- bot, and network code stays out of the lower two."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "knowledge": {"knowledge"},
    "actions": {"knowledge", "actions"},
    "bot": {"knowledge", "actions", "bot"},
}
OURS = frozenset(MAY_IMPORT)
TOP_LEVEL = {"pyproject.toml", "README.md", "LICENSE", "uv.lock", "bot", "knowledge", "actions", "tests", "data"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides the room that it comes from"
            yield node.module or ""


def modules(room: str) -> list[Path]:
    found = sorted((ROOT / room).rglob("*.py"))
    assert found, f"{room} has no modules"
    return found


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_from_the_rooms_below_it(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.split(".")[0] in OURS - MAY_IMPORT[room] or name.split(".")[0] == "tests"
    ]
    assert not wrong, "\n".join(wrong)


def test_the_desk_of_the_actions_room_knows_neither_rasa_nor_web() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "actions" / "desk").rglob("*.py"))
        for name in imports(path)
        if name.split(".")[0] in {"rasa", "rasa_sdk", "aiohttp", "sanic"}
    ]
    assert not wrong, "\n".join(wrong)


def test_only_one_file_imports_faiss() -> None:
    users = [path.relative_to(ROOT) for room in MAY_IMPORT for path in modules(room) if "faiss" in set(imports(path))]
    assert users == [Path("knowledge/index.py")]


def test_the_gateway_does_not_import_rasa() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / "bot" / "gateway").rglob("*.py"))
        for name in imports(path)
        if name.split(".")[0] == "rasa"
    ]
    assert not wrong, "\n".join(wrong)


def test_the_top_level_holds_what_the_design_names() -> None:
    entries = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert entries <= TOP_LEVEL, entries - TOP_LEVEL
