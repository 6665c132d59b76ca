"""Data files of tables, written with Arrow: in this process, in worker processes, or by Spark's executors."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from catalog.commit.row_groups import MOST_ROWS, FileSize, row_groups
from catalog.schema.table_spec import DAY_MS
from catalog.storage.checksums import rename_by_checksum
from catalog.storage.files import local_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa
    from pyarrow import NativeFile
    from pyarrow.parquet import FileMetaData
    from pyiceberg.table import Table

    from catalog.lake import Lake
    from catalog.schema.table_spec import MaintenancePolicy, TableSpec

# A delivery's readings of a person stand together: whoever looks for a few people passes over the others' pages. With
# pages of 1 MB, to read the rows of 200 of 100,000 people took three times as long, for 4 % less storage.
_PAGE_BYTES = 32 * 1024


@dataclass(frozen=True)
class WrittenFile:
    """A file that was written.

    Attributes:
        location: of the file.
        size: in bytes.
        footer: Parquet's own metadata of it.
        day: its partition, in days since 1970 (UTC); None where the table has no partitions.
    """

    location: str
    size: int
    footer: FileMetaData
    day: int | None = None


@dataclass(frozen=True)
class ArrowFiles:
    """Where and how a table's files are written; workers are sent it.

    Attributes:
        folder: location of the table's data files, with a slash at its end.
        schema: the columns, with Iceberg's field ids.
        properties: how the storage is reached, for pyiceberg.
        days_of: the timestamp by whose days (UTC) the table is partitioned; None where it is not.
        day: the partition that rows belong to, in days since 1970.
        policy: says how large a file becomes before it is followed by another; None: there is one file.
        table_bytes: what is known of the table's size; what is written of it is known as well.
    """

    folder: str
    schema: pa.Schema
    properties: Mapping[str, str]
    days_of: str | None = None
    day: int | None = None
    policy: MaintenancePolicy | None = None
    table_bytes: int = 0

    def write(self, batches: Iterator[pa.RecordBatch]) -> Iterator[WrittenFile]:
        """Write batches of the table's columns, in its order, to files of bounded size.

        Texts may be dictionaries, in every batch or in none; what is written is the same.
        If it cannot be finished, all of it is removed.
        """
        yield from self._removed_on_failure(_written(self, batches, FileSize(self.policy, self.table_bytes)))

    def write_by_day(self, batches: Iterator[pa.RecordBatch]) -> Iterator[WrittenFile]:
        """Write batches; where the table is partitioned they come in the order of days, and each has its own files."""
        if self.days_of is None:
            yield from self.write(batches)
        else:
            yield from self._removed_on_failure(_written_by_day(self, batches, self.days_of))

    def _removed_on_failure(self, files: Iterator[WrittenFile]) -> Iterator[WrittenFile]:
        """The files; if they end in an error, those before are removed: nobody would know of them."""
        done: list[WrittenFile] = []
        try:
            for file in files:
                done.append(file)
                yield file
        except GeneratorExit:
            raise
        except BaseException:
            self.remove(done)
            raise

    def write_rows(self, rows: Sequence[Mapping[str, Any]]) -> list[WrittenFile]:
        """Write a few rows, given by column."""
        import pyarrow as pa

        return list(self.write(iter(pa.Table.from_pylist(list(rows), self.schema).to_batches())))

    def remove(self, written: Iterable[WrittenFile]) -> None:
        """Remove files that are part of no snapshot: they hold records that nobody would find again."""
        from pyiceberg.io import load_file_io

        for file in written:
            load_file_io(dict(self.properties), file.location).delete(file.location)


def _written_by_day(files: ArrowFiles, batches: Iterator[pa.RecordBatch], days_of: str) -> Iterator[WrittenFile]:
    size = FileSize(files.policy, files.table_bytes)
    for day, rows in groupby(_parts_of_days(batches, days_of), key=itemgetter(0)):
        of_day = replace(files, folder=f"{files.folder}{days_of}_day={_date(day)}/", day=day)
        yield from _written(of_day, (part for _, part in rows), size)


def _written(files: ArrowFiles, batches: Iterator[pa.RecordBatch], size: FileSize) -> Iterator[WrittenFile]:
    file: _File | None = None
    try:
        for rows in row_groups(batches, size.rows_of_group):
            file = file or _File(files, rows[0].schema)
            size.add(sum(batch.num_rows for batch in rows), file.add(rows))
            if size.file_is_full:
                written, file = file.close(), None
                size.of_file = 0
                yield written
        if file is not None:
            written, file = file.close(), None
            size.of_file = 0
            yield written
    finally:
        if file is not None:
            file.abandon()


class _File:
    """One file while it is being written."""

    def __init__(self, files: ArrowFiles, given: pa.Schema) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self._schema, self._location = _written_as(files.schema, given), f"{files.folder}{uuid.uuid4()}.parquet"
        self._day, self._footers = files.day, list["FileMetaData"]()
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
            write_page_checksum=True,
            metadata_collector=self._footers,
        )

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return int(self._stream.tell())

    def add(self, rows: list[pa.RecordBatch]) -> int:
        """Write rows as one row group; how many bytes it takes."""
        import pyarrow as pa

        before = self.size
        # With one dictionary for all of them, or Parquet's writer would look at every row's text after the first batch.
        columns = pa.Table.from_batches(rows).unify_dictionaries()
        arrays = [columns[field.name].cast(field.type) for field in self._schema]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema), row_group_size=MOST_ROWS)
        return self.size - before

    def close(self) -> WrittenFile:
        """Finish the file."""
        self._writer.close()
        size = self.size
        self._stream.close()
        location = self._location
        if location.startswith("file:"):
            folder, _, _ = location.rpartition("/")
            location = f"{folder}/{rename_by_checksum(local_path(location)).name}"
        return WrittenFile(location, size, self._footers[0], self._day)

    def abandon(self) -> None:
        """Remove what was written: it holds records that nobody would find again."""
        with suppress(Exception):  # what is wrong with its rows has been raised already
            self._writer.close()
        self._stream.close()
        self._remove()


def _create(location: str, properties: Mapping[str, str]) -> tuple[NativeFile, Callable[[], None]]:
    """The stream to a new file, and what removes the file."""
    import pyarrow as pa

    if location.startswith("file:"):
        # As pyiceberg would, but a worker process takes longer to import it than to write many a delivery.
        path = local_path(location)
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


def _parts_of_days(batches: Iterator[pa.RecordBatch], time: str) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches that are in the order of days, cut where one ends."""
    import numpy as np
    import pyarrow as pa

    for batch in batches:
        micros = batch[time].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy(zero_copy_only=False)
        days = micros // (1000 * DAY_MS)
        cuts = [0, *(np.flatnonzero(np.diff(days)) + 1), batch.num_rows]
        for start, end in pairwise(cuts):
            if end > start:
                yield int(days[start]), batch.slice(start, end - start)


def _date(day: int) -> str:
    return f"{datetime.fromtimestamp(day * DAY_MS / 1000, UTC):%Y-%m-%d}"


def data_folder(table: Table) -> str:
    """Where a table keeps its data files, with a slash at its end."""
    return f"{table.properties.get('write.data.path', table.location() + '/data').rstrip('/')}/"


def arrow_files(lake: Lake, spec: TableSpec) -> ArrowFiles:
    """Where and how the table's files are written."""
    import pyarrow as pa

    from catalog.schema.types import arrow_schema

    table = lake.known_table(spec)
    ids = {field.name: field.field_id for field in table.schema().fields}
    fields = [field.with_metadata({"PARQUET:field_id": str(ids[field.name])}) for field in arrow_schema(spec)]
    properties = lake.profile.pyiceberg_properties()
    return ArrowFiles(
        data_folder(table),
        pa.schema(fields),
        properties,
        spec.partitioned_by_days_of,
        policy=spec.maintenance,
        table_bytes=table_bytes(table),
    )


def table_bytes(table: Table) -> int:
    """The size of a table's data and delete files, as its current snapshot tells; 0 where nothing does."""
    snapshot = table.current_snapshot()
    summary = snapshot.summary if snapshot is not None else None
    return int(summary["total-files-size"] or 0) if summary is not None else 0
