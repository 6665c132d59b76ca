"""The lake at one moment: every table reference of a query is resolved in one read of the catalog.

While a run is publishing, tables stand where they stood when it began: readers see the tables of one run, never some
of this one and some of the one before. FOR TIMESTAMP and FOR VERSION are answered as asked, whatever is under way.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.history.coherence import Coherence, concerns_people
from catalog.profiles.profile import CATALOG
from catalog.profiles.writer_lock import writing
from catalog.query.information_schema import (
    CATALOG_NAME,
    INFORMATION_SCHEMA,
    schema_columns,
    schema_rows,
)
from catalog.query.metadata_tables import KINDS, metadata_columns
from catalog.query.refusal import invalid, unsupported
from catalog.query.scan import Scan, TableColumn, Version
from catalog.query.types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, VARCHAR, Type, timestamp
from catalog.specs import TABLES
from catalog.suggest import close_tables, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.schema import Schema
    from pyiceberg.table import StaticTable
    from pyiceberg.types import NestedField

    from catalog.profiles.profile import Profile

_TYPES: dict[str, Type] = {
    "boolean": BOOLEAN,
    "int": INTEGER,
    "long": BIGINT,
    "double": DOUBLE,
    "string": VARCHAR,
    "date": DATE,
    "timestamp": timestamp(6),
    "timestamptz": timestamp(6, zone=True),
}


class Moment:
    """The tables of a lake as they are when this is made.

    Attributes:
        database: the zone of tables that are named without one; None: the one zone that has such a table.
        since: where a run is publishing, when it began, epoch ms UTC; tables are read as they were then.
    """

    def __init__(self, profile: Profile, database: str | None = None, as_of: str | None = None) -> None:
        """Look at the lake.

        Args:
            profile: the lake.
            database: the zone of tables that are named without one; None: the one zone that has such a table.
            as_of: the moment at which tables are read that the query names no version of: a tag, a UTC time, a
                snapshot id, or ``main``.
        """
        profile.must_exist()
        # In this order: a run that begins between the two is not seen in either.
        self._writing = writing(profile)
        self._pointers = profile.metadata_locations()
        self._properties = profile.pyiceberg_properties()
        if self._writing is None:
            # A run that began, published and is still going on would else be seen in part.
            self._writing = writing(profile)
        self.since = self._writing.since if self._writing else None
        self.database = database.lower() if database else None
        self._as_of = as_of
        self._tables: dict[str, StaticTable] = {}

    @cached_property
    def names(self) -> list[str]:
        """``zone.table`` of every table."""
        return sorted(self._pointers)

    @cached_property
    def tables(self) -> dict[str, StaticTable]:
        """Every table that has a spec, in pyiceberg, by its identifier."""
        return {name: self.table(name) for name in self.names if name in TABLES}

    def table(self, identifier: str) -> StaticTable:
        """The table in pyiceberg.

        Raises:
            UsageError: there is no such table.
        """
        if identifier not in self._tables:
            from pyiceberg.table import StaticTable

            if identifier not in self._pointers:
                raise self._no_table(identifier)
            self._tables[identifier] = StaticTable.from_metadata(self._pointers[identifier], self._properties)
        return self._tables[identifier]

    def columns(self, identifier: str) -> list[tuple[TableColumn, bool]]:
        """The table's columns as they are now, and whether each may be NULL."""
        fields = self.table(identifier).schema().fields
        return [(column, not field.required) for column, field in zip(_columns(fields), fields, strict=True)]

    def scan(self, alias: str, names: tuple[str, ...], version: Version | None) -> Scan:
        """A reference to a table, to one of its metadata tables, or to one of ``information_schema``.

        Raises:
            UsageError: there is no such table, or it has no such version.
        """
        identifier, kind = self.identified(names)
        zone, _, name = identifier.partition(".")
        if zone == INFORMATION_SCHEMA:
            _refuse_version(version, self._as_of)
            columns = schema_columns(name)
            return Scan(alias, identifier, None, None, columns, rows=schema_rows(name, self.names, self.columns))
        table = self.table(identifier)
        if kind is not None:
            _refuse_version(version, self._as_of)
            return Scan(alias, identifier, kind, None, metadata_columns(kind, table))
        snapshot_id, schema = self._snapshot(identifier, version)
        return Scan(alias, identifier, None, snapshot_id, _columns(schema.fields))

    def published(self, identifier: str) -> int | None:
        """The snapshot of a table that readers see now, whatever moment is asked for."""
        table = self.table(identifier)
        if self._writing is None:
            return table.metadata.current_snapshot_id
        before = self._writing.snapshots.get(identifier)
        if before is not None and table.metadata.snapshot_by_id(before) is None:
            return table.metadata.current_snapshot_id  # maintenance wrote its rows anew, and let go of it
        return before

    def coherence(self) -> Coherence:
        """Whether tables stem from the same run, as they are at this moment."""
        return Coherence(
            lambda name: self.table(name).metadata,
            lambda name: self._snapshot(name, None)[0],
            concerns_people(self.table),
        )

    def identified(self, names: tuple[str, ...]) -> tuple[str, str | None]:
        """``zone.table``, and the kind of metadata table, of a table that is named with or without its zone.

        Raises:
            UsageError: no zone, or more than one, has a table of that name.
            RefusedQueryError: such metadata tables are not answered.
        """
        if len(names) > 2 and names[0] not in {CATALOG_NAME, CATALOG}:  # noqa: PLR2004 - catalog.zone.table
            raise UsageError(f"there is no catalog {names[0]}; write tables as zone.table")
        base, mark, kind = names[-1].partition("$")
        zone = names[-2] if len(names) > 1 else self.database or self._zone_of(base)
        if mark and kind not in KINDS:
            raise unsupported(
                f'the metadata table "{names[-1]}"',
                f"supported are: {', '.join(KINDS)}{did_you_mean(kind, KINDS)}",
            )
        return f"{zone}.{base}", kind if mark else None

    def _zone_of(self, table: str) -> str:
        """The one zone that has a table of that name."""
        found = [name for name in self.names if name.partition(".")[2] == table]
        if len(found) == 1:
            return found[0].partition(".")[0]
        if found:
            raise UsageError(f"{table} is ambiguous; write {' or '.join(found)}")
        raise self._no_table(table)

    def _no_table(self, name: str) -> UsageError:
        close = close_tables(name, self.names)
        if close:
            return UsageError(f"there is no table {name}; did you mean {' or '.join(close)}?")
        return UsageError(f"there is no table {name}; the tables are: {', '.join(self.names)}")

    @cached_property
    def _snapshots_as_of(self) -> dict[str, int | None]:
        from catalog.query.as_of import snapshots_as_of

        return snapshots_as_of(self.tables, self._as_of or "")

    def _snapshot(self, identifier: str, version: Version | None) -> tuple[int | None, Schema]:
        table = self.table(identifier)
        if version is None and self._as_of is not None:
            snapshots = self._snapshots_as_of
            if identifier not in snapshots:
                raise UsageError(
                    f"{identifier} had rows then, but no version is known as of {self._as_of}; "
                    f"for those that can be read: stedi history {identifier}"
                )
            if snapshots[identifier] is None:
                return None, table.schema()
            version = Version(snapshot_id=snapshots[identifier])
        if version is None:
            return self.published(identifier), table.schema()
        snapshot_id = _versioned(identifier, table, version)
        snapshot = table.metadata.snapshot_by_id(snapshot_id)
        if snapshot is None:
            raise UsageError(
                f'{identifier} has no snapshot {snapshot_id}; its snapshots are in "{identifier}$snapshots"'
            )
        return snapshot_id, table.schemas()[snapshot.schema_id] if snapshot.schema_id is not None else table.schema()


def _versioned(identifier: str, table: StaticTable, version: Version) -> int:
    zone, _, name = identifier.partition(".")
    if version.moment is not None:
        asked = int(version.moment.timestamp() * 1000)
        earlier = [entry for entry in table.metadata.snapshot_log if entry.timestamp_ms <= asked]
        if earlier:
            return earlier[-1].snapshot_id
        log = table.metadata.snapshot_log
        begins = f"its history begins at {_shown(log[0].timestamp_ms)}" if log else "nothing was ever published to it"
        raise UsageError(f"{identifier} had no published version at {_shown(asked)}; {begins}")
    if version.ref is not None:
        if ref := table.metadata.refs.get(version.ref):
            return ref.snapshot_id
        raise UsageError(f'{identifier} has no such tag or branch; they are listed in {zone}."{name}$refs"')
    return version.snapshot_id or 0


def _shown(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def _refuse_version(version: Version | None, as_of: str | None) -> None:
    if version is not None or as_of is not None:
        raise invalid("metadata tables have no versions" + ("; leave --as-of out" if as_of else ""))


def _columns(fields: Sequence[NestedField]) -> tuple[TableColumn, ...]:
    columns = []
    for column in fields:
        type_ = _TYPES.get(str(column.field_type))
        if type_ is None:
            raise unsupported(f"columns of type {column.field_type}")
        columns.append(TableColumn(column.name.lower(), type_, column.name))
    return tuple(columns)
