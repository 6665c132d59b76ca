"""What Iceberg is told of written files: where each is, its partition, and the metrics that may stand in manifests."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from catalog.commit.arrow_files import ArrowFiles, data_folder
from catalog.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyiceberg.manifest import DataFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table
    from pyiceberg.typedef import Record

    from catalog.commit.arrow_files import WrittenFile
    from catalog.lake import Lake
    from catalog.read.snapshot_reader import RowsOfFile
    from catalog.schema.table_spec import TableSpec

_POSITIONS_AT_A_TIME = 250_000


def describe_files(table: Table, spec: TableSpec, written: Iterable[WrittenFile]) -> list[DataFile]:
    """The table's data files; columns whose metrics mode says so get counts and no bounds.

    Raises:
        UsageError: another writer has partitioned the table otherwise.
    """
    from pyiceberg.typedef import Record

    _refuse_other_partitions(table, spec)
    return [
        describe_file(each, table, Record() if each.day is None else Record(each.day), table.metadata.default_spec_id)
        for each in written
    ]


def describe_file(written: WrittenFile, table: Table, partition: Record, spec_id: int) -> DataFile:
    """A data file of a partition; columns whose metrics mode says so get counts and no bounds."""
    from pyiceberg.manifest import DataFileContent

    content = DataFileContent.DATA
    return _describe(written, table.schema(), table.properties, spec_id, content=content, partition=partition)


def _refuse_other_partitions(table: Table, spec: TableSpec) -> None:
    """Our files would be described by a partition spec that they do not follow, and then not be found."""
    time, schema = spec.partitioned_by_days_of, table.schema()
    wanted = [] if time is None else [(time, "day")]
    if [(schema.find_column_name(each.source_id), str(each.transform)) for each in table.spec().fields] != wanted:
        how = f"days of {time}" if time else "nothing"
        raise UsageError(f"another writer partitioned {spec.identifier}, which is partitioned by {how}: restore that")


def _describe(written: WrittenFile, schema: Schema, properties: dict[str, str], spec_id: int, **more: Any) -> DataFile:
    from pyiceberg.io.pyarrow import (
        compute_statistics_plan,
        data_file_statistics_from_parquet_metadata,
        parquet_path_to_id_mapping,
    )
    from pyiceberg.manifest import DataFile, FileFormat

    statistics = data_file_statistics_from_parquet_metadata(
        written.footer, compute_statistics_plan(schema, properties), parquet_path_to_id_mapping(schema)
    )
    file = DataFile.from_args(
        file_path=written.location,
        file_format=FileFormat.PARQUET,
        file_size_in_bytes=written.size,
        sort_order_id=None,
        equality_ids=None,
        key_metadata=None,
        **statistics.to_serialized_dict(),
        **more,
    )
    file.spec_id = spec_id
    return file


def write_deletes(lake: Lake, table: Table, rows: Sequence[RowsOfFile]) -> list[DataFile]:
    """Write position delete files for rows of the table's data files, by partition.

    Args:
        lake: the lake.
        table: the table.
        rows: what to delete.
    """
    from pyiceberg.manifest import DataFileContent

    schema = _delete_schema()
    arrow = ArrowFiles(data_folder(table), _arrow_schema(schema), lake.profile.pyiceberg_properties())
    by_partition: dict[tuple[int, Record], list[RowsOfFile]] = defaultdict(list)
    for each in rows:
        by_partition[each.spec_id, each.partition].append(each)
    return [
        _describe(
            written,
            schema,
            # Whole paths, by which readers tell which data files a delete file is about.
            {"write.metadata.metrics.default": "full"},
            content=DataFileContent.POSITION_DELETES,
            partition=files[0].partition,
            spec_id=spec_id,
        )
        for (spec_id, _), files in by_partition.items()
        for written in arrow.write(_positions(files, arrow.schema))
    ]


def _positions(files: Sequence[RowsOfFile], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of delete files, ordered by file and position, as Iceberg wants them."""
    import pyarrow as pa

    for each in sorted(files, key=lambda each: each.location):
        for start in range(0, len(each.positions), _POSITIONS_AT_A_TIME):
            positions = each.positions[start : start + _POSITIONS_AT_A_TIME]
            paths = pa.repeat(pa.scalar(each.location, pa.string()), len(positions))
            yield pa.RecordBatch.from_arrays([paths, positions], schema=schema)


def _delete_schema() -> Schema:
    """The columns of position delete files, under the ids that Iceberg's specification reserves for them."""
    from pyiceberg.schema import Schema
    from pyiceberg.types import LongType, NestedField, StringType

    return Schema(
        NestedField(2147483546, "file_path", StringType(), required=True),
        NestedField(2147483545, "pos", LongType(), required=True),
    )


def _arrow_schema(schema: Schema) -> pa.Schema:
    import pyarrow as pa

    types: dict[str, pa.DataType] = {"file_path": pa.string(), "pos": pa.int64()}
    return pa.schema(
        [
            pa.field(each.name, types[each.name], nullable=False, metadata={"PARQUET:field_id": str(each.field_id)})
            for each in schema.fields
        ]
    )
