"""What increments and their suites look up, file by file, in snapshots that share files."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from catalog.read.snapshot_reader import SnapshotReader
from tests.expectations.test_mutations import AFTER, BEFORE
from tests.lake import emptied
from tests.properties.lake import MADE, Lake

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from catalog.lake import Lake as OpenedLake
    from catalog.schema.table_spec import TableSpec


def test_rows_that_are_looked_up_are_those_that_the_table_holds(
    lake: OpenedLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every table, before and after its people's rows are made again, by the jobs and by the suites."""
    rows_among, places, compared = SnapshotReader.rows_among, SnapshotReader.row_positions, Counter[str]()

    def held(reader: SnapshotReader, spec: TableSpec, snapshot: int | None, column: str, keys: str) -> Counter[object]:
        rows = reader.relation(spec, snapshot)
        return Counter(reader.fetch(f'SELECT * FROM {rows} WHERE "{column}" IN (SELECT key FROM {keys})'))

    def rows_compared(reader: SnapshotReader, spec: TableSpec, snapshot: int | None, column: str, keys: str) -> str:
        relation = rows_among(reader, spec, snapshot, column, keys)
        expected = held(reader, spec, snapshot, column, keys)
        assert Counter(reader.fetch(f"SELECT * FROM {relation}")) == expected
        compared[spec.identifier] += expected.total()
        return relation

    def places_compared(reader: SnapshotReader, spec: TableSpec, snapshot: int | None, column: str, keys: str) -> str:
        relation = places(reader, spec, snapshot, column, keys)
        assert len(reader.fetch(f"SELECT * FROM {relation}")) == held(reader, spec, snapshot, column, keys).total()
        return relation

    monkeypatch.setattr(SnapshotReader, "rows_among", rows_compared)
    monkeypatch.setattr(SnapshotReader, "row_positions", places_compared)
    delivered = Lake(lake, tmp_path / "drops")
    delivered.run(delivered.deliver(BEFORE))
    delivered.run(delivered.deliver(AFTER))
    emptied(lake)
    assert set(MADE) <= {identifier for identifier, rows in compared.items() if rows}
