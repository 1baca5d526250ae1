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


def use(given: Resources | None) -> None:
    """Let the actions of this process work with these."""
    _Holder.current = given


def resources() -> Resources:
    """The resources in use, opened from the environment's settings when nobody has handed any in."""
    if _Holder.current is None:
        settings = load_settings()
        database = Database(settings.database)
        database.migrate()
        _Holder.current = Resources(settings, Knowledge.open(settings), database, load_district(settings.district))
    return _Holder.current
