"""Moments of a table's history: a tag, an instant or a snapshot id, resolved to what was published then."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from catalog.commit.marks import INGEST_MARK, NOW
from catalog.commit.upkeep import missing_table
from catalog.errors import UsageError
from catalog.lake import load_table
from catalog.specs import TABLES

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Publication:
    """A snapshot that readers saw.

    Attributes:
        snapshot_id: Iceberg's id.
        published_ms: since when, epoch ms UTC; for one that only a tag keeps, when it was written.
        logged: the table's log still has it; what it lacks was expired around it.
    """

    snapshot_id: int
    published_ms: int
    logged: bool


def open_table(profile: Profile, spec: TableSpec) -> Table:
    """The table, through pyiceberg.

    Raises:
        UsageError: there is no lake.
        DamagedLakeError: the lake misses the table.
    """
    from pyiceberg.exceptions import NoSuchTableError

    try:
        return load_table(profile, spec)
    except NoSuchTableError as error:
        raise missing_table(profile, spec) from error


def tags(table: Table) -> dict[str, int]:
    """Snapshot ids by tag, without the marks that an ingest leaves while it publishes."""
    return {
        name: ref.snapshot_id
        for name, ref in table.metadata.refs.items()
        if ref.snapshot_ref_type == "tag" and not name.startswith(INGEST_MARK)
    }


def publications(table: Table) -> list[Publication]:
    """What was published, oldest first: the log of ``main``, and before it whatever tags have kept."""
    written = {snapshot.snapshot_id: snapshot.timestamp_ms for snapshot in table.metadata.snapshots}
    logged = [
        Publication(entry.snapshot_id, entry.timestamp_ms, logged=True)
        for entry in table.history()
        if entry.snapshot_id in written
    ]
    kept = set(tags(table).values()) - {publication.snapshot_id for publication in logged}
    older = [Publication(snapshot_id, written[snapshot_id], logged=False) for snapshot_id in kept]
    return sorted([*older, *logged], key=lambda publication: publication.published_ms)


def resolve(table: Table, spec: TableSpec, moment: str | datetime) -> int:
    """The id of the snapshot that readers saw at a moment.

    Args:
        table: the table.
        spec: its spec.
        moment: ``main`` for now, a tag, a snapshot id, or an instant (text without a zone is UTC).

    Raises:
        UsageError: no such moment, or nothing was published then.
    """
    current = table.current_snapshot()
    if current is None:
        raise UsageError(f"nothing is published in {spec.identifier} yet; run: stedi run {spec.identifier}")
    if moment == NOW:
        return current.snapshot_id
    if isinstance(moment, str):
        if (tagged := tags(table).get(moment)) is not None:
            return tagged
        if moment.isdecimal():
            return _published(table, spec, int(moment))
    return _at(table, spec, _instant(table, spec, moment))


def snapshots_at(profile: Profile, moment: str | datetime) -> dict[str, int]:
    """The snapshot ids by table of what readers saw at a moment; tables that had nothing then are not among them."""
    found = {}
    for identifier, spec in TABLES.items():
        with suppress(UsageError):
            found[identifier] = resolve(open_table(profile, spec), spec, moment)
    return found


def utc(epoch_ms: int) -> str:
    """An instant as YYYY-MM-DD HH:MM:SS.mmm, UTC: given back as a moment it is the same one."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def latest_moment(table: Table) -> datetime:
    """Now, or where a clock was set back since when the table was last published."""
    last = max((entry.timestamp_ms for entry in table.history()), default=0)
    return max(datetime.now(UTC), _EPOCH + timedelta(milliseconds=last))


def _epoch_ms(instant: datetime) -> int:
    """An instant in whole epoch ms UTC, as tables' logs have it."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def _published(table: Table, spec: TableSpec, snapshot_id: int) -> int:
    if snapshot_id not in {publication.snapshot_id for publication in publications(table)}:
        raise UsageError(
            f"{spec.identifier} never published a snapshot {snapshot_id}, or it has expired; "
            f"for those that can be read: stedi history {spec.identifier}"
        )
    return snapshot_id


def _at(table: Table, spec: TableSpec, instant: datetime) -> int:
    log = [publication for publication in publications(table) if publication.logged]
    if instant > latest_moment(table):
        raise UsageError(f"{instant:%Y-%m-%d %H:%M:%S} UTC is in the future; use {NOW} for the current state")
    until = [publication for publication in log if publication.published_ms <= _epoch_ms(instant)]
    if not until:
        raise UsageError(
            f"the history of {spec.identifier} begins at {utc(log[0].published_ms)} UTC, after the requested moment; "
            f"see: stedi history {spec.identifier}"
        )
    return until[-1].snapshot_id


def _instant(table: Table, spec: TableSpec, moment: str | datetime) -> datetime:
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise UsageError("a datetime without a time zone is ambiguous; give it one: datetime(…, tzinfo=UTC)")
        return moment.astimezone(UTC)
    try:
        read = datetime.fromisoformat(moment.removesuffix(" UTC"))
    except ValueError:
        known = ", ".join(sorted(tags(table))) or "none"
        raise UsageError(
            f"{moment!r} is not a tag of {spec.identifier} (its tags: {known}), a snapshot id, or a UTC time "
            "such as 2026-01-31T10:00:00Z"
        ) from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
