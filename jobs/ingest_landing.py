"""landing.*: every delivered record, typed, and what could not be accepted, with its reason.

Each file content lands once. Worker processes or executors read the files themselves, split at record boundaries (this
process does where there is little): Spark's JSON source reads a file of objects joined ``}{`` as one row, silently, and
knows no record numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from catalog.drop.listing import open_delivered
from catalog.specs import table
from catalog.specs.landing import DELIVERED_FILE, QUARANTINE, SOURCES
from jobs.reader import Inventory, Split, inventory, read_records
from jobs.reader.unread import UnreadFile, note_unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from catalog.commit.arrow_files import WrittenFile
    from catalog.drop.delivery import DeliveredFile, RefusedFile
    from catalog.engine.workers import Workers
    from catalog.schema.table_spec import TableSpec
    from jobs.reader.erased import Erased

    _Batches = Iterator[pa.RecordBatch]
    _Work = tuple[DeliveredFile, str, Split]
    _Write = Callable[[_Batches], Iterator[WrittenFile]]

LANDING = {source: table(f"landing.{source}_landing") for source in SOURCES}
WRITES = (*LANDING.values(), QUARANTINE, DELIVERED_FILE)
_SPLIT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class NewFile:
    """A delivered file whose content is not in the lake yet, and what is in it."""

    file: DeliveredFile
    inventory: Inventory


@dataclass(frozen=True)
class Written:
    """Files that were written of some records, and delivered files that could not be read any more on the way."""

    files: tuple[WrittenFile, ...]
    unread: tuple[UnreadFile, ...]


def new_files(
    workers: Workers, files: Sequence[DeliveredFile], known: set[tuple[str, str]]
) -> tuple[list[NewFile], list[UnreadFile]]:
    """Files with content that is new, each content once; and those that could not be read.

    Args:
        workers: who reads them.
        files: what is in the drop folder.
        known: (source, SHA-256) of every content in the ledger.
    """
    # Largest first: one large file must not be the last task to start.
    by_size = sorted(files, key=lambda file: (-file.size, file.name))
    reads = sum(file.size for file in files)
    looked_at = workers.map_partitions(by_size, _look, reads=reads, tasks=4 * workers.cores)
    found: dict[tuple[str, str], NewFile] = {}
    unread = []
    for each in sorted(looked_at, key=lambda each: each.file.name):
        if isinstance(each, UnreadFile):
            unread.append(each)
        elif (key := (each.file.source, each.inventory.sha256)) not in known:
            found.setdefault(key, each)
    return list(found.values()), unread


def _look(files: Iterable[DeliveredFile]) -> Iterator[NewFile | UnreadFile]:
    for file in files:
        found: list[NewFile] = []
        unread: list[UnreadFile] = []
        with note_unread(file, unread), open_delivered(file.uri) as stream:
            found.append(NewFile(file, inventory(stream, file.source, _SPLIT_BYTES)))
        yield from unread or found


def write_accepted(
    workers: Workers, files: Sequence[NewFile], ingested_at: datetime, erased: Erased, write: _Write
) -> Written:
    """Write the accepted records of files, with the landing table's columns.

    Args:
        workers: who read and write them.
        files: the files.
        ingested_at: when the delivery arrived.
        erased: whose records are refused as those of people who were erased.
        write: writes batches and gives the files that it wrote; called where the records are read, so that it can be
            pickled.
    """
    return _written(workers, files, _WriteRows(_accepted, ingested_at, erased, write))


def write_quarantined(
    workers: Workers, files: Sequence[NewFile], ingested_at: datetime, erased: Erased, write: _Write
) -> Written:
    """Write the refused records of files, with the quarantine's columns; as ``write_accepted``."""
    return _written(workers, files, _WriteRows(_refused, ingested_at, erased, write))


@dataclass(frozen=True)
class _WriteRows:
    """Reads records, and writes rows of them.

    Attributes:
        rows: makes of a source's batch the rows to write, with all columns of their table but ingestedAt.
        ingested_at: when the delivery arrived.
        erased: as ``write_accepted`` has it.
        write: likewise.
    """

    rows: Callable[[str, pa.RecordBatch], tuple[TableSpec, pa.RecordBatch]]
    ingested_at: datetime
    erased: Erased
    write: _Write

    def __call__(self, work: Iterable[_Work]) -> Iterator[WrittenFile | UnreadFile]:
        unread: list[UnreadFile] = []
        yield from self.write(self._stamped(each[0].source, batch) for each in work for batch in self._of(each, unread))
        yield from unread

    def _of(self, work: _Work, unread: list[UnreadFile]) -> _Batches:
        """The batches of a split, with the columns that say where a record came from."""
        import pyarrow as pa

        file, sha256, split = work
        with note_unread(file, unread), open_delivered(file.uri) as stream:
            arrived_ms = round(self.ingested_at.timestamp() * 1000)
            for read in read_records(stream, file.source, split, arrived_ms=arrived_ms):
                batch = self.erased.refuse(file.source, read) if self.erased else read
                columns = dict(zip(batch.schema.names, batch.columns, strict=True))
                for name, value in (("sourceFile", file.name), ("sourceFileSha256", sha256)):
                    columns[name] = _repeated(value, batch.num_rows)
                yield pa.RecordBatch.from_pydict(columns)

    def _stamped(self, source: str, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The table's columns, ingestedAt among them."""
        import pyarrow as pa

        spec, rows = self.rows(source, batch)
        stamp = pa.repeat(pa.scalar(self.ingested_at, pa.timestamp("us", "UTC")), rows.num_rows)
        return rows.append_column("ingestedAt", stamp).select(list(spec.column_names))


def _repeated(text: str, times: int) -> pa.Array[Any]:
    import pyarrow as pa

    # As a dictionary: the text itself is kept, compared and written once.
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), times), pa.array([text]), safe=False)


def _written(workers: Workers, files: Sequence[NewFile], write: _WriteRows) -> Written:
    """Read and write the splits of files."""
    work = [(new.file, new.inventory.sha256, split) for new in files for split in new.inventory.splits]
    total = sum(split.end - split.start for _, _, split in work)
    # Tasks of about one split of bytes; small files share one, large ones have several.
    tasks = max(workers.cores, total // _SPLIT_BYTES)
    done = workers.map_partitions(work, write, reads=total, tasks=tasks)
    unread = {each.file.name: each for each in done if isinstance(each, UnreadFile)}
    return Written(tuple(each for each in done if not isinstance(each, UnreadFile)), tuple(unread.values()))


def _accepted(source: str, batch: pa.RecordBatch) -> tuple[TableSpec, pa.RecordBatch]:
    import pyarrow.compute as pc

    whole = batch["reason"].null_count == batch.num_rows
    return LANDING[source], batch if whole else batch.filter(pc.is_null(batch["reason"]))


def _refused(source: str, batch: pa.RecordBatch) -> tuple[TableSpec, pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.compute as pc

    kept = batch.filter(pc.is_valid(batch["reason"]))
    return QUARANTINE, kept.append_column("source", pa.repeat(pa.scalar(source), kept.num_rows))


def refused_rows(files: Sequence[RefusedFile], ingested_at: datetime) -> list[dict[str, Any]]:
    """A row of the quarantine for each file that is not read: it names the file, and has nothing of it."""
    return [
        {
            "source": file.source,
            "sourceFile": file.name,
            "sourceFileSha256": file.key,
            "recordNumber": 1,
            "rawText": "",
            "reason": file.reason,
            "detail": file.detail,
            "isRecognised": False if file.source == "customer" else None,
            "ingestedAt": ingested_at,
        }
        for file in files
    ]


def ledger(
    files: Sequence[NewFile],
    refused: Sequence[RefusedFile],
    count: Callable[[str, str, str], int],
    ingested_at: datetime,
) -> list[dict[str, Any]]:
    """One row for each new file content, empty files included, and for each file that is not read.

    Args:
        files: the new files.
        refused: files that are not read: of each one record is counted.
        count: rows of a table (``landed`` or ``quarantined``) that came from a source's file of that SHA-256.
        ingested_at: when the delivery arrived.
    """

    def row(source: str, name: str, sha256: str, size: int, modified_micros: int) -> dict[str, Any]:
        return {
            "source": source,
            "sourceFile": name,
            "sourceFileSha256": sha256,
            "bytes": size,
            "modifiedAt": datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=modified_micros),
            "landed": count("landed", source, sha256),
            "quarantined": count("quarantined", source, sha256),
            "ingestedAt": ingested_at,
        }

    return [
        *(
            row(new.file.source, new.file.name, new.inventory.sha256, new.inventory.bytes, new.file.modified_micros)
            for new in files
        ),
        *(row(file.source, file.name, file.key, file.size, file.modified_micros) for file in refused),
    ]


if __name__ == "__main__":
    from jobs.script import ingest

    ingest()
