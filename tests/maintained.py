"""What maintenance must not change, and a small lake that needs some."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from catalog.commit.tables import create_tables
from catalog.lake import Lake, connect_catalog
from catalog.maintenance.deletion import list_files
from catalog.maintenance.maintain import Limits, Maintainer
from catalog.specs import TABLES, table
from catalog.storage.files import canonical
from catalog.storage.reachable import reachable_files
from catalog.training.content_hash import content_hash
from tests.lake import current, found_rows, seed

if TYPE_CHECKING:
    from catalog.maintenance.maintain import Maintenance
    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

LANDING, TRUSTED = table("landing.customer_landing"), table("trusted.accelerometer_trusted")
DAY = 86_400_000
ALL_AT_ONCE = Limits(keep_days=0, orphan_hours=0)


def opened(profile: Profile) -> Lake:
    """The lake with all its tables."""
    profile.prepare()
    lake = Lake(profile, connect_catalog(profile))
    create_tables(lake)
    return lake


def customers(*people: str) -> list[dict[str, Any]]:
    return [{"email": each, "person": each, "recordNumber": number} for number, each in enumerate(people)]


def readings(*people: str) -> list[dict[str, Any]]:
    """One on each of two days."""
    return [
        {"user": each, "person": each, "timestamp": day * DAY, "readingTime": day * DAY * 1000}
        for each in people
        for day in (19_000, 19_001)
    ]


def made_from(lake: Lake) -> dict[str, str]:
    """What a run says of readings that it made from the customers as they are now."""
    seen = json.dumps({LANDING.identifier: current(lake, LANDING)})
    return {"inputs": seen, "people-from": seen, "run-key": "k", "code": "c", "mode": "incremental"}


def grow(lake: Lake) -> None:
    """Two deliveries; in the second, somebody's readings are deleted by position."""
    seed(lake, LANDING, customers("a", "b"))
    seed(lake, TRUSTED, readings("a", "b"), properties=made_from(lake))
    seed(lake, LANDING, customers("c"))
    seed(lake, TRUSTED, readings("c"), deletes=found_rows(lake, TRUSTED, "b"), properties=made_from(lake))


def contents(lake: Lake) -> dict[str, str]:
    """What every table, tag and branch holds."""
    return {
        f"{identifier} {name}": content_hash(lake.table(spec).scan(snapshot_id=ref.snapshot_id).to_arrow())
        for identifier, spec in TABLES.items()
        for name, ref in lake.table(spec).metadata.refs.items()
    }


def maintain(lake: Lake, limits: Limits = ALL_AT_ONCE, *specs: TableSpec) -> Maintenance:
    """Plan and carry out; what was done."""
    maintainer = Maintainer(lake, specs or TABLES.values(), limits)
    return maintainer.carry_out(maintainer.plan())


def nothing_left(lake: Lake, limits: Limits = ALL_AT_ONCE) -> bool:
    """Whether there is nothing more to do."""
    return not any(Maintainer(lake, TABLES.values(), limits).plan().tables)


def stored(lake: Lake, spec: TableSpec) -> set[str]:
    """Locations of all that is stored of a table."""
    return {canonical(file.location) for file in list_files(lake, spec)}


def unreached(lake: Lake, spec: TableSpec) -> set[str]:
    """What is stored of a table, and not reached by it."""
    return stored(lake, spec) - {canonical(each) for each in reachable_files(lake.table(spec))}
