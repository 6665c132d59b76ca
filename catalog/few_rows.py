"""Rows that this process holds, appended to a table without Spark: for the few that a run has to say of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.status import load_catalog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from catalog.profile import LocalProfile
    from catalog.spec import TableSpec


def append_rows(
    profile: LocalProfile, spec: TableSpec, rows: Sequence[Mapping[str, Any]], properties: Mapping[str, str]
) -> None:
    """Append rows to what readers see of the table.

    Args:
        profile: the lake.
        spec: the table; it is not partitioned.
        rows: values by column.
        properties: kept in the snapshot's summary.
    """
    import pyarrow as pa

    table = load_catalog(profile).load_table(spec.identifier)
    held = pa.Table.from_pylist([dict(row) for row in rows], schema=table.schema().as_arrow())
    table.append(held, snapshot_properties=dict(properties))
