"""Reading a delivered file: first an inventory of it, then its records, split by split."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
import pyarrow as pa

from jobs.reader.boundaries import Boundaries, Found
from jobs.reader.contents import CORRUPT, Contents, Damage
from jobs.reader.counting import Counting
from jobs.reader.fast import read_block
from jobs.reader.fields import DAY_MS, batch_schema
from jobs.reader.parts import Part, parts
from jobs.reader.people import Mentions
from jobs.reader.plain import plain_pattern
from jobs.reader.records import parse, refused, row
from jobs.reader.suspects import FLAT_LINE, suspect_lines
from jobs.reader.values import Refusal
from jobs.reader.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.reader.spelling import Variants

    _Columns = list[pa.Array[Any]]


@dataclass(frozen=True)
class Split:
    """A part of a file that is read on its own.

    Attributes:
        start: where it begins, in bytes of the (decompressed) file.
        end: where it ends.
        first_record: number of its first record in the file, from 1.
        records: how many records are in it.
        variants: keys as the file spells them, with the declared keys that they stand for.
        spoilt: any byte of it may be another than was sent: none of its records is accepted.
    """

    start: int
    end: int
    first_record: int
    records: int
    variants: Variants = ()
    spoilt: bool = False


@dataclass(frozen=True)
class Inventory:
    """What is in a delivered file.

    Attributes:
        sha256: of the bytes as delivered, in hexadecimal.
        bytes: size as delivered.
        records: objects in it, broken ones included; what of a damaged file could not be read is one more.
        splits: in order; they cover the file.
        variants: keys that every record spells in one way other than the declared one, with that.
    """

    sha256: str
    bytes: int
    records: int
    splits: tuple[Split, ...]
    variants: Variants = ()


class _Hashing(io.RawIOBase):
    """Passes bytes on and keeps their SHA-256 and number."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size: int = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        self.sha256.update(buffer[:size])
        self.size += size
        return size


def inventory(stream: BinaryIO, source: str, split_bytes: int) -> Inventory:
    """Read a file once, from its beginning, in bounded memory.

    Args:
        stream: the bytes as delivered; gzip is recognised by its first bytes.
        source: customer, accelerometer or step_trainer.
        split_bytes: splits end at the first certain end of a record after this many bytes; gzip has one split.

    Raises:
        OSError: the stream cannot be read. What is in it raises nothing.
    """
    hashing = _Hashing(stream)
    with Contents(hashing) as contents:
        splits = [Split(0, 0, 1, 0)]
        counting = Counting(source)
        open_at_end = False
        for part in parts(Boundaries(Window(cast("BinaryIO", contents.stream))), counting.count, suspect=_not_flat):
            count = counting.count_exactly(part.records) if part.fast is None else part.fast
            last = splits[-1]
            splits[-1] = last = replace(last, end=part.end, records=last.records + count)
            open_at_end = bool(part.records) and part.records[-1].open_at_end
            if part.certain and not contents.compressed and last.end - last.start >= split_bytes:
                splits.append(Split(last.end, last.end, last.first_record + last.records, 0))
        if contents.damage and not (open_at_end and contents.damage.early):
            splits[-1] = replace(splits[-1], records=splits[-1].records + 1)
        spoilt = contents.damage is not None and contents.damage.spoils
    kept = tuple(replace(split, variants=counting.variants, spoilt=spoilt) for split in splits if split.records)
    records = sum(split.records for split in kept)
    return Inventory(hashing.sha256.hexdigest(), hashing.size, records, kept, counting.variants)


def _not_flat(block: bytes) -> list[tuple[int, int]]:
    return suspect_lines(block, [FLAT_LINE])


def read_records(stream: BinaryIO, source: str, split: Split, *, arrived_ms: int) -> Iterator[pa.RecordBatch]:
    """The records of one split, in order, as batches of ``batch_schema(source)``.

    Args:
        stream: the file's bytes as delivered, at their beginning.
        source: customer, accelerometer or step_trainer.
        split: one of the file's inventory.
        arrived_ms: when the records arrived, the start of the run that reads them, epoch ms UTC.

    Raises:
        OSError: the stream cannot be read. What is in it raises nothing.
    """
    with Contents(cast("io.RawIOBase", stream)) as contents:
        length = None if contents.compressed else split.end - split.start
        if not contents.compressed:
            contents.stream.seek(split.start)
        reading = _Reading(source, split, arrived_ms)
        window = Window(cast("BinaryIO", contents.stream), length)
        records = Boundaries(window, lambda: Mentions(arrived_ms + DAY_MS))
        found = parts(records, reading.read, suspect=reading.suspect)
        number = split.first_record
        for columns in chain(reading.columns(found, contents), reading.damage(contents)):
            if rows := len(columns[0]):
                numbers = pa.array(np.arange(number, number + rows, dtype=np.int64))
                place = batch_schema(source).get_field_index("recordNumber")
                arrays = [*columns[:place], numbers, *columns[place:]]
                yield pa.RecordBatch.from_arrays(arrays, schema=batch_schema(source))
                number += rows


class _Reading:
    """Makes columns of parts: those of ``batch_schema``, in order, but for recordNumber."""

    def __init__(self, source: str, split: Split, arrived_ms: int) -> None:
        self._source = source
        self._variants = split.variants
        self._spoilt = split.spoilt
        self._arrived_ms = arrived_ms
        self._fields = [field for field in batch_schema(source) if field.name != "recordNumber"]
        self._cut_off: Found | None = None

    def read(self, block: bytes) -> _Columns | None:
        """The block, read the fast way; None where anything is in doubt."""
        read = None if self._spoilt else read_block(block, self._source, self._variants, self._arrived_ms)
        if read is None:
            return None
        return [*read, *(pa.nulls(len(read[0]), field.type) for field in self._fields[len(read) :])]

    def suspect(self, block: bytes) -> list[tuple[int, int]]:
        """Where in a block lines stand that cannot be read fast, probably."""
        if self._spoilt:
            return [(0, len(block))]
        plain = plain_pattern(block, self._source, self._variants)
        return suspect_lines(block, [*([plain] if plain else []), FLAT_LINE])

    def columns(self, found: Iterator[Part[_Columns]], contents: Contents) -> Iterator[_Columns]:
        """Every part's columns; a record that is cut off by the end of a damaged file is kept for ``damage``."""
        for part in found:
            records = part.records
            if records and records[-1].open_at_end and contents.damage and contents.damage.early:
                self._cut_off = records.pop()
            yield part.fast if part.fast is not None else self._exactly(records)

    def damage(self, contents: Contents) -> Iterator[_Columns]:
        """One row for what of the file could not be read."""
        if damage := contents.damage:
            found = self._cut_off or Found(damage.rest, len(damage.rest))
            yield self._by_column([self._damaged(found, damage)])

    def _damaged(self, found: Found, damage: Damage) -> tuple[Any, ...]:
        refusal = Refusal(damage.reason, damage.detail)
        return refused(found, self._source, refusal, self._arrived_ms, certain=not damage.spoils)

    def _exactly(self, records: list[Found]) -> _Columns:
        return self._joined(records) or self._by_column([self._row(record) for record in records])

    def _row(self, record: Found) -> tuple[Any, ...]:
        if not self._spoilt:
            return row(record, self._source, self._variants, self._arrived_ms)
        refusal = Refusal(CORRUPT.reason, CORRUPT.detail)
        return refused(record, self._source, refusal, self._arrived_ms, parse(record), certain=False)

    def _joined(self, records: list[Found]) -> _Columns | None:
        """Records that are not one a line, read the fast way where each is in one line itself."""
        if len(records) > 1 and all(record.closed and b"\n" not in record.data for record in records):
            return self.read(b"\n".join(record.data for record in records))
        return None

    def _by_column(self, rows: list[tuple[Any, ...]]) -> _Columns:
        by_column = zip(*rows, strict=True) if rows else [() for _ in self._fields]
        return [pa.array(values, field.type) for values, field in zip(by_column, self._fields, strict=True)]
