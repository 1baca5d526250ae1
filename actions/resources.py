"""What the actions work with: settings, knowledge, database and district, opened once for the process."""

from __future__ import annotations

from dataclasses import dataclass

from actions.desk.database import Database
from actions.desk.district import District, load_district
from knowledge.knowledge import Knowledge
from knowledge.settings import Settings, load_settings


@dataclass(frozen=True)
class Resources:
    """The open resources; the desk hands in its own, plain `rasa run actions` opens them at the first call."""

    settings: Settings
    knowledge: Knowledge
    database: Database
    district: District


class _Holder:
    current: Resources | None = None
    opened_here: bool = False


def use(given: Resources | None) -> None:
    """Let the actions of this process work with these."""
    _Holder.current, _Holder.opened_here = given, False


def resources() -> Resources:
    """The resources in use, opened from the environment's settings when nobody has handed any in."""
    if _Holder.current is None:
        settings = load_settings()
        database = Database(settings.database)
        database.migrate()
        _Holder.current = Resources(settings, Knowledge.open(settings), database, load_district(settings.district))
        _Holder.opened_here = True
    return _Holder.current


def without_the_desk() -> bool:
    """Whether this process opened its resources itself: then nobody has begun the conversation in the database."""
    resources()
    return _Holder.opened_here
