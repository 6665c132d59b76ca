"""Manifests hold nothing of columns that lead to people, whichever writer writes, and whoever made the table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pyiceberg.avro.file import AvroFile
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.typedef import Record

from catalog.lake import open_lake
from catalog.profiles.profile import local_profile
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import TABLES
from tests.lake import current, emptied, seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.lake import Lake
    from catalog.profiles.profile import LocalProfile
    from catalog.schema.table_spec import TableSpec
    from tests.reported import Reported

PLANTED = "jo.doe@example"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OTHERS: dict[str, Any] = {"long": 7, "int": 7, "double": 0.5, "boolean": True, "timestamptz": NOW}


def _row(spec: TableSpec) -> dict[str, Any]:
    """A row with an address in every column that may lead to people, as whoever delivers may put one into any."""
    return {
        column.name: f"{PLANTED}.com {column.name}"
        if column.name in spec.unbounded_columns
        else f"text {column.name}"
        if column.type == "string"
        else OTHERS[column.type]
        for column in spec.columns
    }


def _by_us(_: SparkSession, lake: Lake, spec: TableSpec) -> None:
    seed(lake, spec, [_row(spec)])


def _by_spark(spark: SparkSession, lake: Lake, spec: TableSpec) -> None:
    """Another writer."""
    name = lake.sql_name(spec)
    spark.createDataFrame([tuple(_row(spec).values())], spark.table(name).schema).writeTo(name).append()


def _delete(_: SparkSession, lake: Lake, spec: TableSpec) -> None:
    column = spec.personal_columns[0] if spec.personal_columns else None
    with SnapshotReader(lake.profile) as reader:
        keys = reader.keys([f"{PLANTED}.com {column}"])
        found = reader.find(spec, current(lake, spec), column, keys) if column else []
    seed(lake, spec, [], deletes=found)


def _bytes_in(value: object) -> Iterator[bytes]:
    """Every text and byte string in a decoded record, bounds among them."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, str):
        yield value.encode()
    elif isinstance(value, dict):
        for pair in value.items():
            for each in pair:
                yield from _bytes_in(each)
    elif isinstance(value, list | tuple | Record):
        for each in value._data if isinstance(value, Record) else value:
            yield from _bytes_in(each)


def _records(path: str) -> list[Any]:
    """The records of an Avro file, as Iceberg's own library decodes them."""
    with AvroFile[Any](PyArrowFileIO().new_input(path)) as file:
        return list(file)


@pytest.mark.spark
@pytest.mark.parametrize("made", ["today", "before these columns were marked"])
def test_no_manifest_holds_a_personal_value(spark: SparkSession, lake: Lake, profile: LocalProfile, made: str) -> None:
    emptied(lake)
    if made != "today":
        for spec in TABLES.values():
            for name in spec.unbounded_columns:
                key = f"write.metadata.metrics.column.{name}"
                spark.sql(f"ALTER TABLE {lake.sql_name(spec)} UNSET TBLPROPERTIES ('{key}')")
    for spec in TABLES.values():
        for writer in (_by_us, _by_spark, _delete):
            writer(spark, lake, spec)
    avro = [path for path in profile.warehouse.rglob("*.avro") if not path.name.startswith(".")]
    decoded = {path: list(_bytes_in(_records(str(path)))) for path in avro}
    assert any(b"text reason" in value for values in decoded.values() for value in values)  # bounds are looked at
    told = [path.parent.parent.name for path, values in decoded.items() if any(PLANTED.encode() in v for v in values)]
    assert told == []
    for path in profile.warehouse.rglob("*.metadata.json"):
        assert PLANTED not in json.dumps(json.loads(path.read_text()))
    emptied(lake)


def test_every_text_that_whoever_delivers_may_choose_is_personal() -> None:
    """A new column of text in landing is personal, or listed here with the reason why it holds nobody's data."""
    harmless = {"source", "reason", "detail", "sourceFileSha256"}  # names and words of ours, and a hash
    for spec in TABLES.values():
        if spec.zone == "landing":
            texts = {column.name for column in spec.columns if column.type == "string" and not column.personal}
            assert texts <= harmless, spec.identifier


def test_every_text_that_leads_to_people_keeps_no_bounds() -> None:
    """Of a text that keeps them, a manifest holds the first 16 characters of two values: they are words of ours."""
    ours = {"source", "reason"}
    for spec in TABLES.values():
        if spec.zone != "quality":  # verdicts, which hold nobody's data
            assert {each.name for each in spec.columns if each.type == "string"} <= ours | set(spec.unbounded_columns)


def test_the_manifests_of_a_run_hold_no_such_bounds(reported: Reported) -> None:
    lake, bounded = open_lake(local_profile(reported.lake)), set()
    for identifier, spec in TABLES.items():
        table = lake.table(spec)
        names = {field.field_id: field.name for field in table.schema().fields}
        for snapshot in table.snapshots():
            for manifest in snapshot.manifests(table.io):
                for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
                    keys = {*(entry.data_file.lower_bounds or {}), *(entry.data_file.upper_bounds or {})}
                    assert not {names.get(key) for key in keys} & {*spec.unbounded_columns}, identifier
                    bounded |= {(identifier, names.get(key)) for key in keys}
    # Bounds by which rows are found are kept.
    assert ("landing.quarantine", "reason") in bounded
    assert ("trusted.accelerometer_trusted", "timestamp") in bounded
    assert {identifier for identifier, _ in bounded} == TABLES.keys()
