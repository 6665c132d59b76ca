"""What an opened lake must have of its specs: columns, and properties that keep personal data out of manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.commit.tables import table_properties
from catalog.errors import DamagedLakeError, UsageError
from catalog.specs import TABLES

if TYPE_CHECKING:
    from pyiceberg.table import Table

    from catalog.lake import Lake
    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

_NO_BOUNDS = {"counts", "none"}


def missing_table(profile: Profile, spec: TableSpec) -> DamagedLakeError:
    """What to say where the catalog lacks a table; a lake whose files are there without it is refused before that."""
    return DamagedLakeError(
        f"the catalog of {profile.place} lacks {spec.identifier}; where it never had it, make it with: "
        f"stedi init {profile.options}; else restore the catalog from a backup"
    )


def look_after(lake: Lake) -> None:
    """Refuse a lake of an earlier version, and set on its tables the properties that they lack.

    On Glue each job's role may change the tables that it writes alone: there, what writes a table sets them.

    Raises:
        UsageError: a table lacks columns that its spec declares.
    """
    tables = _tables(lake)
    _refuse_earlier(lake.profile, tables)
    if not lake.profile.hosted:
        for identifier, table in tables.items():
            if missing := missing_properties(TABLES[identifier], table.properties):
                with table.transaction() as change:
                    change.set_properties(missing)


def refuse_earlier(lake: Lake) -> None:
    """Refuse a lake that an earlier version made, which no job of today's can read.

    Raises:
        UsageError: a table lacks columns that its spec declares.
    """
    _refuse_earlier(lake.profile, _tables(lake))


def missing_properties(spec: TableSpec, has: dict[str, str]) -> dict[str, str]:
    """The spec's properties that a table lacks; also those by which manifests hold bounds that they must not."""
    wanted = table_properties(spec)
    unbounded = {f"write.metadata.metrics.column.{name}" for name in spec.unbounded_columns}
    return {
        key: value
        for key, value in wanted.items()
        if key != "format-version" and (has.get(key) not in _NO_BOUNDS if key in unbounded else key not in has)
    }


def _tables(lake: Lake) -> dict[str, Table]:
    from pyiceberg.exceptions import NoSuchTableError

    found = {}
    for identifier, spec in TABLES.items():
        try:
            found[identifier] = lake.table(spec)
        except NoSuchTableError as error:
            raise missing_table(lake.profile, spec) from error
    return found


def _refuse_earlier(profile: Profile, tables: dict[str, Table]) -> None:
    lacking = {
        identifier: [name for name in TABLES[identifier].column_names if name not in table.schema().column_names]
        for identifier, table in tables.items()
    }
    told = [f"{identifier} lacks {', '.join(names)}" for identifier, names in lacking.items() if names]
    if told:
        raise UsageError(
            f"the lake {profile.place} was made by an earlier version: {'; '.join(told)}. Ingest the drop folder into "
            "a new one: stedi run --landing DIR --lake NEW"
        )
