"""`familydesk purge`: what has been kept long enough, deleted now or only counted."""

from __future__ import annotations

import argparse
import asyncio
import sys

from knowledge.settings import Settings


def purge(settings: Settings, given: argparse.Namespace) -> int:
    """Print a line for each kind; 0 ok, 2 a district that cannot be read."""
    from actions.desk.database import Database
    from actions.desk.district import DistrictError, load_district
    from bot.gateway.purger import Purger
    from bot.tracker_file import file_of

    try:
        district = load_district(settings.district)
    except DistrictError as error:
        print(error, file=sys.stderr)
        return 2
    database = Database(settings.database)
    try:
        database.migrate()
        purger = Purger(database, district.retention, file_of(settings))
        counts = asyncio.run(purger.counts() if given.dry_run else purger.purge())
        held = asyncio.run(purger.held())
    finally:
        database.close()
    width = max(map(len, counts))
    for kind, number in counts.items():
        print(f"{kind:<{width}}  {number:>7}")
    print(f"kept on legal hold: {', '.join(f'{number} {kind}' for kind, number in held.items())}")
    print("nothing was deleted: this was a dry run" if given.dry_run else "deleted")
    return 0
