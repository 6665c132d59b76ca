"""A whole query as of a moment: each table as readers saw it then, where the query names no version of its own."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.commit.marks import NOW
from catalog.errors import UsageError
from catalog.history.time_travel import latest_moment, publications, resolve, tags
from catalog.specs import TABLES
from catalog.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.table import Table


def snapshots_as_of(tables: Mapping[str, Table], asked: str) -> dict[str, int | None]:
    """The snapshot of each table at a moment; None: nothing had been published in it. Others are not among them.

    Args:
        tables: the lake's tables by identifier.
        asked: a tag, a UTC time, a snapshot id (the other tables are as they were when that was published), or ``main``
            for now.

    Raises:
        UsageError: no table has such a tag or snapshot, or had anything published then.
    """
    if asked == NOW:
        return {
            name: current.snapshot_id if (current := table.current_snapshot()) else None
            for name, table in tables.items()
        }
    exact = _exact(tables, asked)
    if not exact:
        return _at(tables, asked)
    then = _published(tables, exact)
    if asked.isdecimal():
        return _at(tables, then) | exact
    # A tag is on every table that had anything then: one that lacks it, but had rows, is not read as empty.
    return {name: None for name, table in tables.items() if _nothing_yet(table, then)} | exact


def instant_of(tables: Mapping[str, Table], asked: str) -> datetime:
    """The instant (UTC) at which readers saw what a tag or snapshot id names, or that a text says.

    Raises:
        UsageError: it is none of them.
    """
    exact = _exact(tables, asked)
    if asked == NOW:
        exact = {name: current.snapshot_id for name, table in tables.items() if (current := table.current_snapshot())}
    if exact:
        return _published(tables, exact)
    from catalog.query.literals import instant

    try:
        return instant(asked)
    except UsageError:
        known = {tag for table in tables.values() for tag in tags(table)}
        raise UsageError(
            f"{asked!r} is not a UTC time such as 2026-01-31T10:00:00Z, a snapshot id, "
            f"or a tag{did_you_mean(asked, known)}"
        ) from None


def _exact(tables: Mapping[str, Table], asked: str) -> dict[str, int | None]:
    """The tables that have this tag, or published this snapshot."""
    found: dict[str, int | None] = {name: tags(table)[asked] for name, table in tables.items() if asked in tags(table)}
    if not found and asked.isdecimal():
        found = {
            name: int(asked)
            for name, table in tables.items()
            if int(asked) in {publication.snapshot_id for publication in publications(table)}
        }
    return found


def _published(tables: Mapping[str, Table], exact: Mapping[str, int | None]) -> datetime:
    """When the last of these snapshots was published."""
    moments = [
        publication.published_ms
        for name, snapshot in exact.items()
        for publication in publications(tables[name])
        if publication.snapshot_id == snapshot
    ]
    return datetime.fromtimestamp(max(moments) / 1000, UTC)


def _at(tables: Mapping[str, Table], moment: str | datetime) -> dict[str, int | None]:
    instant = moment if isinstance(moment, datetime) else instant_of(tables, moment)
    # Where a clock was set back, what one table was published at is the future of all others.
    latest = {name: latest_moment(table) for name, table in tables.items()}
    has_been = instant <= max(latest.values(), default=instant)
    found: dict[str, int | None] = {}
    for name, table in tables.items():
        with suppress(UsageError):
            found[name] = resolve(table, TABLES[name], min(instant, latest[name]) if has_been else instant)
    if not found:
        published = [name for name, table in tables.items() if table.current_snapshot()] or list(tables)
        resolve(tables[published[0]], TABLES[published[0]], instant)  # says why there is none
    return {name: None for name, table in tables.items() if _nothing_yet(table, instant)} | found


def _nothing_yet(table: Table, moment: datetime) -> bool:
    """Whether nothing had been published in it at the moment; not where its older history has expired."""
    if table.current_snapshot() is None:
        return True
    first = table.history()[0]
    if first.timestamp_ms <= moment.timestamp() * 1000:
        return False
    snapshot = table.snapshot_by_id(first.snapshot_id)
    while snapshot is not None and snapshot.parent_snapshot_id is not None:
        snapshot = table.snapshot_by_id(snapshot.parent_snapshot_id)
    return snapshot is not None
