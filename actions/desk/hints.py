"""What the page that a conversation began on says of it, so that a family need not be asked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from actions.desk.district import District
from actions.desk.models import HINTS


@dataclass(frozen=True)
class Hints:
    """A device's asset tag and a school's id; None where the page says nothing."""

    asset_tag: str | None = None
    school: str | None = None


def known_hints(asset_tag: str | None, school: str | None, district: District) -> Hints:
    """What of it the district knows; a device that is known says its school as well.

    A label may be worn and a page out of date: what is unknown is left out, and the family is asked as ever.
    """
    device = district.devices.get((asset_tag or "").strip().upper())
    schools = {known.id for known in district.schools}
    wished = (school or "").strip()
    of_device = device.school_id if device else None
    chosen = next((one for one in (wished, of_device) if one in schools), None)
    return Hints(device.asset_tag if device else None, chosen)


def keep(session: Session, conversation: str, hints: Hints) -> None:
    """Note the hints of a conversation in the place of those it had; without any, the earlier ones stay."""
    if hints == Hints():
        return
    session.execute(delete(HINTS).where(HINTS.c.conversation == conversation))
    session.execute(insert(HINTS).values(conversation=conversation, asset_tag=hints.asset_tag, school=hints.school))


def of(session: Session, conversation: str) -> Hints:
    """The hints of a conversation."""
    row = session.execute(select(HINTS).where(HINTS.c.conversation == conversation)).first()
    return Hints(row.asset_tag, row.school) if row else Hints()
