"""landing.*: every delivered record, typed, and what could not be accepted, with its reason.

Each file content lands once. Executors read the files themselves, split at record boundaries: Spark's JSON source reads
a file of objects joined ``}{`` as one row, silently, and knows no record numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from catalog.drop import open_delivered
from catalog.specs import table
from catalog.specs.landing import DELIVERED_FILE, QUARANTINE, SOURCES
from jobs.reader import Inventory, Split, inventory, read_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from catalog.drop import DeliveredFile
    from catalog.spec import TableSpec

    _Batches = Iterator[pa.RecordBatch]

LANDING = {source: table(f"landing.{source}_landing") for source in SOURCES}
WRITES = (*LANDING.values(), QUARANTINE, DELIVERED_FILE)
_SPLIT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class NewFile:
    """A delivered file whose content is not in the lake yet, and what is in it."""

    file: DeliveredFile
    inventory: Inventory


def new_files(spark: SparkSession, files: Sequence[DeliveredFile], known: set[tuple[str, str]]) -> list[NewFile]:
    """Files with content that is new, each content once.

    Args:
        spark: the session; its executors read the files.
        files: what is in the drop folder.
        known: (source, SHA-256) of every content in the ledger.
    """

    def look(file: DeliveredFile) -> tuple[DeliveredFile, Inventory]:
        with open_delivered(file.uri) as stream:
            return file, inventory(stream, file.source, _SPLIT_BYTES)

    # Largest first: one large file must not be the last task to start.
    by_size = sorted(files, key=lambda file: (-file.size, file.name))
    tasks = min(len(by_size), 4 * spark.sparkContext.defaultParallelism)
    looked_at = spark.sparkContext.parallelize(by_size, tasks).map(look).collect()
    found: dict[tuple[str, str], NewFile] = {}
    for file, contents in sorted(looked_at, key=lambda pair: pair[0].name):
        key = (file.source, contents.sha256)
        if key not in known:
            found.setdefault(key, NewFile(file, contents))
    return list(found.values())


def parsed(spark: SparkSession, source: str, files: Sequence[NewFile]) -> DataFrame:
    """Every record of the files of one source.

    Columns: the source's fields, extraFields, sourceFile, sourceFileSha256, recordNumber; and reason, detail and
    rawText, which are null for a record that is accepted.
    """
    return _read_by_executors(spark, files, lambda batches: batches, _parsed_schema(LANDING[source]))


def landed(
    spark: SparkSession, files: Sequence[NewFile], ingested_at: datetime, write: Callable[[_Batches], Iterator[str]]
) -> list[str]:
    """Write the accepted records of the files of one source, with the landing table's columns.

    Args:
        spark: the session; its executors read and write.
        files: the files.
        ingested_at: start of the run.
        write: writes batches on an executor and gives the locations of the files that it wrote.

    Returns:
        All locations.
    """

    def written(batches: _Batches) -> _Batches:
        import pyarrow as pa

        locations = list(write(_accepted(batch, ingested_at) for batch in batches))
        yield pa.RecordBatch.from_pydict({"location": pa.array(locations, pa.string())})

    rows = _read_by_executors(spark, files, written, "location string").collect()
    return [row.location for row in rows]


def _accepted(batch: pa.RecordBatch, ingested_at: datetime) -> pa.RecordBatch:
    import pyarrow as pa
    import pyarrow.compute as pc

    kept = batch if batch["reason"].null_count == batch.num_rows else batch.filter(pc.is_null(batch["reason"]))
    stamp = pa.repeat(pa.scalar(ingested_at, pa.timestamp("us", "UTC")), kept.num_rows)
    return kept.append_column("ingestedAt", stamp)


def _read_by_executors(
    spark: SparkSession, files: Sequence[NewFile], what: Callable[[_Batches], _Batches], schema: str
) -> DataFrame:
    """What is made of the parsed batches of each task's splits."""
    work = [(new.file, new.inventory.sha256, split) for new in files for split in new.inventory.splits]

    def read(tasks: Iterable[pa.RecordBatch]) -> _Batches:
        indexes = (cast("int", index) for batch in tasks for index in batch.column("id").to_pylist())
        return what(batch for index in indexes for batch in _labelled(*work[index]))

    partitions = _partition_count(work, spark.sparkContext.defaultParallelism)
    return spark.range(0, len(work), 1, partitions).mapInArrow(read, schema)


def _labelled(file: DeliveredFile, sha256: str, split: Split) -> Iterator[pa.RecordBatch]:
    """The split's batches with the columns that say where a record came from."""
    import pyarrow as pa

    with open_delivered(file.uri) as stream:
        for batch in read_records(stream, file.source, split):
            origin = {"sourceFile": file.name, "sourceFileSha256": sha256}
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            columns |= {name: pa.repeat(pa.scalar(value), batch.num_rows) for name, value in origin.items()}
            yield pa.RecordBatch.from_pydict({name: columns[name] for name in _parsed_names(LANDING[file.source])})


def _partition_count(work: Sequence[tuple[DeliveredFile, str, Split]], cores: int) -> int:
    """Partitions of about one split of bytes; small files share one, large ones have several."""
    total = sum(split.end - split.start for _, _, split in work)
    return max(1, min(len(work), max(cores, total // _SPLIT_BYTES)))


def _parsed_names(spec: TableSpec) -> list[str]:
    landed = [name for name in spec.column_names if name != "ingestedAt"]
    return [*landed, "reason", "detail", "rawText"]


def _parsed_schema(spec: TableSpec) -> str:
    types = {column.name: column.sql_type for column in spec.columns}
    return ", ".join(f"`{name}` {types.get(name, 'string')}" for name in _parsed_names(spec))


def refused(records: DataFrame, source: str, ingested_at: datetime) -> DataFrame:
    """The refused ones of ``parsed`` records, with the quarantine's columns."""
    from pyspark.sql import functions as sf

    rows = records.where("reason IS NOT NULL").withColumn("ingestedAt", sf.lit(ingested_at))
    return rows.withColumn("source", sf.lit(source)).select(*QUARANTINE.column_names)


def ledger(
    spark: SparkSession, files: Sequence[NewFile], count: Callable[[str, str, str], int], ingested_at: datetime
) -> DataFrame:
    """One row for each new file content, empty files included.

    Args:
        spark: the session.
        files: the new files.
        count: rows of a table (``landed`` or ``quarantined``) that came from a source's file of that SHA-256.
        ingested_at: start of the run.
    """
    rows: list[tuple[Any, ...]] = [
        (
            new.file.source,
            new.file.name,
            new.inventory.sha256,
            new.inventory.bytes,
            datetime.fromtimestamp(new.file.modified_micros / 1_000_000, UTC),
            count("landed", new.file.source, new.inventory.sha256),
            count("quarantined", new.file.source, new.inventory.sha256),
            ingested_at,
        )
        for new in files
    ]
    types = {column.name: column.sql_type for column in DELIVERED_FILE.columns}
    return spark.createDataFrame(rows, ", ".join(f"{name} {type_}" for name, type_ in types.items()))


if __name__ == "__main__":
    import sys

    from catalog.glue_job import started_by_glue

    if started_by_glue(sys.argv):
        from jobs.glue import run_glue_job

        run_glue_job(None, sys.argv)
    else:
        from jobs.cli import main

        main(["ingest", *sys.argv[1:]])
