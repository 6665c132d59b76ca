"""Reading a delivered file: first an inventory of it, then its records, split by split."""

from __future__ import annotations

import gzip
import hashlib
import io
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import pyarrow as pa

from jobs.reader.fast import count_lines, read_piece
from jobs.reader.fields import batch_schema, declared_schema
from jobs.reader.parts import Part, parts
from jobs.reader.pieces import Pieces
from jobs.reader.records import Record, Refusal, accepted_values, oversized, raw_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Split:
    """A part of a file that is read on its own.

    Attributes:
        start: where it begins, in bytes of the (decompressed) file.
        end: where it ends.
        first_record: number of its first record in the file, from 1.
        records: how many records are in it.
    """

    start: int
    end: int
    first_record: int
    records: int


@dataclass(frozen=True)
class Inventory:
    """What is in a delivered file.

    Attributes:
        sha256: of the bytes as delivered, in hexadecimal.
        bytes: size as delivered.
        records: objects in it, broken ones included.
        splits: in order; they cover the file.
    """

    sha256: str
    bytes: int
    records: int
    splits: tuple[Split, ...]


class _Hashing(io.RawIOBase):
    """Passes bytes on and keeps their SHA-256 and number."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.sha256.update(data)
        self.size += len(data)
        return len(data)


def inventory(stream: BinaryIO, source: str, split_bytes: int) -> Inventory:
    """Read a file once, from its beginning, in bounded memory.

    Args:
        stream: the bytes as delivered; gzip is recognised by its first bytes.
        source: customer, accelerometer or step_trainer.
        split_bytes: splits end at the first certain end of a record after this many bytes; gzip has one split.
    """
    hashing = _Hashing(stream)
    with _decompressed(hashing) as (contents, compressed):
        bom = _skip_bom(contents)
        splits = [Split(bom, bom, 1, 0)]
        for size, count, certain in _counted(Pieces(cast("BinaryIO", contents)), source):
            last = splits[-1]
            splits[-1] = last = replace(last, end=last.end + size, records=last.records + count)
            if certain and not compressed and last.end - last.start >= split_bytes:
                splits.append(Split(last.end, last.end, last.first_record + last.records, 0))
    records = sum(split.records for split in splits)
    return Inventory(hashing.sha256.hexdigest(), hashing.size, records, tuple(s for s in splits if s.end > s.start))


@contextmanager
def _decompressed(stream: io.RawIOBase) -> Iterator[tuple[io.BufferedReader[Any], bool]]:
    """The contents of a stream, and whether it is gzip; the stream is its opener's to close."""
    delivered = io.BufferedReader(stream, _BUFFER_BYTES)
    try:
        if delivered.peek(2)[:2] == _GZIP_MAGIC:
            yield io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=delivered)), _BUFFER_BYTES), True
        else:
            yield delivered, False
    finally:
        delivered.detach()


def _skip_bom(contents: io.BufferedReader) -> int:
    return len(contents.read(len(_BOM))) if contents.peek(len(_BOM))[: len(_BOM)] == _BOM else 0


def _counted(pieces: Pieces, source: str) -> Iterator[tuple[int, int, bool]]:
    """Size of each part, its number of records, and whether it ends for certain at a record's end."""
    for part in parts(pieces, source, count_lines):
        exactly = len(part.records) if part.oversized is None else 1
        yield part.size, exactly if part.fast is None else part.fast, part.certain


def read_records(stream: BinaryIO, source: str, split: Split) -> Iterator[pa.RecordBatch]:
    """The records of one split, in order, as batches of ``batch_schema(source)``.

    Args:
        stream: the file's bytes as delivered, at their beginning.
        source: customer, accelerometer or step_trainer.
        split: one of the file's inventory.
    """
    with _decompressed(cast("io.RawIOBase", stream)) as (contents, compressed):
        if compressed:
            contents.read(split.start)
        else:
            contents.seek(split.start)
        pieces = Pieces(cast("BinaryIO", contents), split.end - split.start)
        found = (_columns(part, source) for part in parts(pieces, source, partial(read_piece, source=source)))
        number = split.first_record
        for columns in chain.from_iterable(found):
            if rows := len(columns[0]):
                numbers = pa.array(np.arange(number, number + rows, dtype=np.int64))
                yield pa.RecordBatch.from_arrays([*columns[:-3], numbers, *columns[-3:]], schema=batch_schema(source))
                number += rows


def _columns(part: Part[pa.Table], source: str) -> Iterator[list[pa.Array[Any]]]:
    """The part's rows by column, in the order of ``batch_schema`` but for recordNumber."""
    if part.fast is not None:
        for batch in part.fast.to_batches():
            yield [*batch.columns, *(pa.nulls(batch.num_rows, pa.string()) for _ in range(4))]
        return
    if part.oversized is not None:
        text = part.oversized.data.decode("utf-8", "surrogateescape")
        rows = [_refused(text, source, oversized(part.size))]
    else:
        rows = [_row(record, source) for record in part.records]
    fields_ = [field for field in batch_schema(source) if field.name != "recordNumber"]
    by_column = zip(*rows, strict=True) if rows else [() for _ in fields_]
    yield [pa.array(values, field.type) for values, field in zip(by_column, fields_, strict=True)]


def _row(record: Record, source: str) -> tuple[Any, ...]:
    try:
        values, extra = accepted_values(record, source)
    except Refusal as refusal:
        return _refused(record.text, source, refusal)
    return (*values, extra, None, None, None)


def _refused(text: str, source: str, refusal: Refusal) -> tuple[Any, ...]:
    return (*(None for _ in declared_schema(source)), None, refusal.reason, refusal.detail, raw_text(text))
