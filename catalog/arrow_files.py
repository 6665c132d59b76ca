"""Files of tables that are written with Arrow, where there is much by executors.

Spark's own writer takes rows one by one through the JVM, from Python as from anywhere: for the millions of records of a
delivery, which Arrow has parsed into columns already, that cost more than all the parsing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from catalog.tables import data_folder, iceberg_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa
    from pyarrow import NativeFile
    from pyspark.sql import SparkSession

    from catalog.profile import Profile
    from catalog.spec import TableSpec

_ROWS_AT_A_TIME = 250_000
# A delivery's readings of a person stand together: whoever looks for a few people passes over the others' pages. With
# pages of 1 MB, to read the rows of 200 of 100,000 people took three times as long, for 4 % less storage.
_PAGE_BYTES = 32 * 1024
_FILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class WrittenFile:
    """A file that was written.

    Attributes:
        location: of the file.
        partition: its partition as a path, such as ``readingTime_day=2024-01-01``; empty where it has none.
    """

    location: str
    partition: str = ""


@dataclass(frozen=True)
class ArrowFiles:
    """Where and how a table's files are written; executors are sent it.

    Attributes:
        folder: location of the table's data files, with a slash at its end.
        schema: the columns, with Iceberg's field ids.
        properties: how the storage is reached, for pyiceberg.
        partition: the partition that rows belong to, as a path; empty where the table has none.
    """

    folder: str
    schema: pa.Schema
    properties: Mapping[str, str]
    partition: str = ""

    def write(self, batches: Iterator[pa.RecordBatch]) -> Iterator[WrittenFile]:
        """Write batches of the table's columns, in its order, to files of bounded size.

        Texts may be dictionaries, in every batch or in none; what is written is the same.
        A file that cannot be finished is removed.
        """
        file: _File | None = None
        try:
            for rows in _gathered(batches):
                file = file or _File(self, rows[0].schema)
                file.add(rows)
                if file.size >= _FILE_BYTES:
                    location, file = file.close(), None
                    yield WrittenFile(location, self.partition)
            if file is not None:
                location, file = file.close(), None
                yield WrittenFile(location, self.partition)
        finally:
            if file is not None:
                file.abandon()

    def write_table(self, rows: pa.Table, days_of: str | None) -> list[WrittenFile]:
        """Write rows; each day's (UTC) to files of its own, where the table is partitioned by those of a timestamp."""
        if days_of is None:
            return list(self.write(iter(rows.to_batches())))
        return self._write_days(rows, days_of)

    def _write_days(self, rows: pa.Table, time: str) -> list[WrittenFile]:
        import numpy as np
        import pyarrow as pa

        rows = rows.sort_by(time)
        times = rows[time].cast(pa.timestamp("us")).to_numpy()
        days, counts = np.unique(times.astype("datetime64[D]"), return_counts=True)
        written: list[WrittenFile] = []
        start = 0
        for day, count in zip(days, counts, strict=True):
            partition = f"{time}_day={day}"
            of_day = replace(self, folder=f"{self.folder}{partition}/", partition=partition)
            written += of_day.write(iter(rows.slice(start, count).to_batches()))
            start += count
        return written

    def write_rows(self, rows: Sequence[Mapping[str, Any]]) -> list[WrittenFile]:
        """Write a few rows, given by column."""
        import pyarrow as pa

        return list(self.write(iter(pa.Table.from_pylist(list(rows), self.schema).to_batches())))

    def remove(self, written: Iterable[WrittenFile]) -> None:
        """Remove files that are part of no snapshot: they hold records that nobody would find again."""
        from pyiceberg.io import load_file_io

        for file in written:
            load_file_io(dict(self.properties), file.location).delete(file.location)


class _File:
    """One file while it is being written."""

    def __init__(self, files: ArrowFiles, given: pa.Schema) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._schema, self._location = _written_as(files.schema, given), f"{files.folder}{uuid.uuid4()}.parquet"
        self._stream, self._remove = _create(self._location, files.properties)
        # Instants and record numbers go up by little. All else repeats, as names do: sensors tell few values apart, and
        # a dictionary of these took half of the storage and two thirds of the time to write and to look through.
        ascending = [f.name for f in files.schema if pa.types.is_int64(f.type) or pa.types.is_timestamp(f.type)]
        numbers: Any = dict.fromkeys(ascending, "DELTA_BINARY_PACKED")
        others: Any = [name for name in files.schema.names if name not in ascending]
        self._writer = parquet.ParquetWriter(
            self._stream,
            self._schema,
            compression="zstd",
            use_dictionary=others,
            column_encoding=numbers,
            data_page_size=_PAGE_BYTES,
            store_schema=False,
        )

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return int(self._stream.tell())

    def add(self, rows: list[pa.RecordBatch]) -> None:
        """Write rows as one row group."""
        import pyarrow as pa

        # With one dictionary for all of them, or Parquet's writer would look at every row's text after the first batch.
        columns = pa.Table.from_batches(rows).unify_dictionaries()
        arrays = [columns[field.name].cast(field.type) for field in self._schema]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema), row_group_size=_ROWS_AT_A_TIME)

    def close(self) -> str:
        """Finish the file; its location."""
        self._writer.close()
        self._stream.close()
        return self._location

    def abandon(self) -> None:
        """Remove what was written: it holds records that nobody would find again."""
        self.close()
        self._remove()


def _create(location: str, properties: Mapping[str, str]) -> tuple[NativeFile, Callable[[], None]]:
    """The stream to a new file, and what removes the file."""
    import pyarrow as pa

    if location.startswith("file:"):
        # As pyiceberg would, but a worker process takes longer to import it than to write many a delivery.
        path = Path(urlsplit(location).path)
        path.parent.mkdir(parents=True, exist_ok=True)
        return pa.OSFile(str(path), "wb"), path.unlink
    from pyiceberg.io import load_file_io

    io = load_file_io(dict(properties), location)
    return cast("NativeFile", io.new_output(location).create()), partial(io.delete, location)


def _written_as(schema: pa.Schema, given: pa.Schema) -> pa.Schema:
    """The schema; columns that are given as dictionaries are written from these, to the same files."""
    import pyarrow as pa

    types = {field.name: field.type for field in given if pa.types.is_dictionary(field.type)}
    return pa.schema([field.with_type(types.get(field.name, field.type)) for field in schema])


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Small batches together: each list becomes a row group."""
    rows: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        if batch.num_rows:
            rows.append(batch)
            held += batch.num_rows
        if held >= _ROWS_AT_A_TIME:
            yield rows
            rows, held = [], 0
    if rows:
        yield rows


def describer(spark: SparkSession, table: Any, metrics: Any) -> Callable[[Any, WrittenFile], Any]:
    """What tells Iceberg of a written file, from one of its builders: where it is, its partition and its metrics.

    Args:
        spark: the session.
        table: Iceberg's own table.
        metrics: its MetricsConfig, by which the file's footer is read.
    """
    jvm: Any = spark._jvm  # noqa: SLF001 - pyspark has no public way to Iceberg's API
    # Looked up once: each name of the JVM's takes a round trip, and a table by day can have hundreds of files.
    io, metrics_of = table.io(), jvm.org.apache.iceberg.parquet.ParquetUtil.fileMetrics

    def describe(builder: Any, written: WrittenFile) -> Any:
        file = io.newInputFile(written.location)
        builder = builder.withInputFile(file).withFormat("parquet")
        if written.partition:
            builder = builder.withPartitionPath(written.partition)
        return builder.withMetrics(metrics_of(file, metrics)).build()

    return describe


def arrow_files(spark: SparkSession, profile: Profile, spec: TableSpec) -> ArrowFiles:
    """Where and how the table's files are written; the table is not partitioned."""
    import pyarrow as pa

    from catalog.arrow_types import arrow_schema

    table = iceberg_table(spark, spec)
    declared, ids = arrow_schema(spec), table.schema()
    fields = [field.with_metadata({"PARQUET:field_id": str(ids.findField(field.name).fieldId())}) for field in declared]
    return ArrowFiles(data_folder(table), pa.schema(fields), profile.pyiceberg_properties())
