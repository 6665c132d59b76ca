"""The state of a lake, read through pyiceberg: no JVM, so it answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.errors import DamagedLakeError, UsageError
from catalog.history.changes import PUBLISHED_MS, summary_of
from catalog.lake import load_catalog, load_table, open_lake
from catalog.read.row_count import count_rows
from catalog.specs import TABLES

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from catalog.lake import Lake
    from catalog.profiles.profile import Profile


@dataclass(frozen=True)
class TableState:
    """What readers see of a table.

    Attributes:
        table: its identifier.
        rows: rows published.
        snapshot: id of the published snapshot; None before the first.
        published: when it was committed, UTC, as YYYY-MM-DD HH:MM:SS.
        run: the run that published it.
    """

    table: str
    rows: int
    snapshot: int | None = None
    published: str | None = None
    run: str | None = None


def has_lake(profile: Profile) -> bool:
    """Whether there is a lake with every table."""
    try:
        return has_all_tables(open_lake(profile))
    except UsageError:
        return False


def has_all_tables(lake: Lake) -> bool:
    """Whether the lake has every table."""
    from pyiceberg.exceptions import NoSuchNamespaceError

    database = lake.profile.database
    try:
        zones = {database(spec.zone) for spec in TABLES.values()}
        present = {name for zone in zones for name in lake.catalog.list_tables(zone)}
    except NoSuchNamespaceError:
        return False
    return present >= {(database(spec.zone), spec.name) for spec in TABLES.values()}


def lake_status(profile: Profile) -> list[TableState]:
    """The state of every table, in the order of the specs.

    Raises:
        UsageError: there is no lake.
        DamagedLakeError: a table is missing.
    """
    from pyiceberg.exceptions import NoSuchTableError

    catalog = load_catalog(profile)
    try:
        return [_state(identifier, load_table(profile, spec, catalog)) for identifier, spec in TABLES.items()]
    except NoSuchTableError as error:
        raise DamagedLakeError(f"{error}; see what is here: stedi doctor {profile.options}") from error


def _state(identifier: str, table: Table) -> TableState:
    snapshot = table.current_snapshot()
    if snapshot is None:
        return TableState(identifier, 0)
    summary = summary_of(snapshot)
    published = int(summary.get(PUBLISHED_MS, snapshot.timestamp_ms))
    return TableState(
        identifier,
        count_rows(table, snapshot.snapshot_id),
        snapshot.snapshot_id,
        datetime.fromtimestamp(published / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        summary.get("stedi.run-id"),
    )
