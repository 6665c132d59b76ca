"""Parquet files: every column's values, statistics, indexes, page headers, key-value metadata, and bytes between."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from catalog.privacy.compact import CompactReader, binaries
from catalog.privacy.neighbours import Layout
from catalog.privacy.part import Part, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

_ROWS = 1 << 20
_TAIL = 8
"""Bytes at the end: the length of the footer, and the magic."""
_DELETES = {"file_path", "pos"}
# Field ids of Parquet's Thrift structs (parquet.thrift).
_ROW_GROUPS, _COLUMNS, _META_DATA = 4, 1, 3
_SIZE, _FIRST_PAGES, _BLOOM = 7, (9, 10, 11), (14, 15)
_INDEXES = {"offset index": (4, 5), "page bound": (6, 7)}
_COMPRESSED_SIZE = 3


def parquet_parts(data: bytes, numbers: frozenset[int]) -> Iterator[Part]:
    """Every part of a Parquet file that can hold a value.

    Raises:
        Exception: whatever Arrow raises; IndexError, ValueError: the file is damaged.
    """
    yield from _columns(data, numbers)
    yield from _about(data)


def _columns(data: bytes, numbers: frozenset[int]) -> Iterator[Part]:
    """The values of each column; equal ones of a row group once, as they are stored."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = pq.read_metadata(pa.BufferReader(data))
    schema = about.schema.to_arrow_schema()
    rows = "deleted rows" if set(schema.names) >= _DELETES else "rows"
    wanted = [each.name for each in schema if _holds_text(each.type) or (numbers and pa.types.is_integer(each.type))]
    chunks = [
        about.row_group(group).column(place)
        for group in range(about.num_row_groups)
        for place in range(about.num_columns)
    ]
    # Of deltas Arrow makes no dictionaries.
    deltas = {chunk.path_in_schema for chunk in chunks if any("DELTA" in each for each in chunk.encodings)}
    plain = [each.name for each in schema if _is_text(each.type) and each.name not in deltas]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=plain)
    for batch in file.iter_batches(_ROWS, columns=wanted):
        if batch.schema.names != wanted:
            raise ValueError("Arrow reads other columns than the file says that it has")
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            for values in _leaves(column):
                if found := _searched(values, numbers):
                    yield Part(f"{rows}, column {name}", found)


def _is_text(type_: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_string(type_) or pa.types.is_binary(type_)


def _holds_text(type_: pa.DataType) -> bool:
    """Whether it is neither a number nor a time: what is not known is searched, or cannot be read."""
    import pyarrow as pa

    return not (pa.types.is_primitive(type_) or pa.types.is_decimal(type_) or pa.types.is_null(type_))


def _leaves(column: Any) -> Iterator[Any]:
    """The arrays without parts of their own; what a null hides is among them."""
    import pyarrow as pa

    if isinstance(column, pa.ExtensionArray):
        yield from _leaves(column.storage)
    elif pa.types.is_struct(column.type):
        for number in range(column.type.num_fields):
            yield from _leaves(column.field(number))
    elif pa.types.is_map(column.type):
        yield from _leaves(column.keys)
        yield from _leaves(column.items)
    elif pa.types.is_nested(column.type):
        yield from _leaves(column.values)
    else:
        yield column.dictionary if pa.types.is_dictionary(column.type) else column


def _searched(values: Any, numbers: frozenset[int]) -> bytes:
    """The distinct values, with a zero byte between two; of numbers, those that are looked for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _holds_text(values.type):
        wanted = numbers if pa.types.is_integer(values.type) else ()
        return b"\0".join(str(each).encode() for each in set(wanted).intersection(pc.unique(values).to_pylist()))
    return b"\0".join(pc.unique(pc.drop_null(values).cast(pa.large_binary())).to_pylist())


def _about(data: bytes) -> Iterator[Part]:
    """What the file says of itself: it is not compressed, but nothing that reads rows shows all of it."""
    size = struct.unpack("<I", data[-_TAIL:-4])[0]
    start = len(data) - _TAIL - size
    if start < 0 or not data.endswith(b"PAR1"):
        raise ValueError("the Parquet file has no footer")
    footer = CompactReader(data, start).struct()
    chunks = [chunk for group in footer.get(_ROW_GROUPS, ()) for chunk in group[_COLUMNS]]
    yield fields("statistics", binaries(footer.pop(_ROW_GROUPS, ())), Layout.BOUNDS)
    yield fields("key-value metadata", binaries(footer))
    known = [(0, 4), (start, len(data))]
    for chunk in chunks:
        known.append(_chunk(chunk[_META_DATA]))
        yield fields("statistics", _page_headers(data, *known[-1]), Layout.BOUNDS)
        for kind, (offset, length) in _INDEXES.items():
            if offset in chunk:
                yield fields(kind, binaries(CompactReader(data, chunk[offset]).struct()), Layout.BOUNDS)
                known.append((chunk[offset], chunk[offset] + chunk[length]))
        if all(each in chunk[_META_DATA] for each in _BLOOM):
            offset, length = (chunk[_META_DATA][each] for each in _BLOOM)
            known.append((offset, offset + length))
    yield fields("bytes between parts", _between(data, known), Layout.PAGES)


def _chunk(about: dict[int, Any]) -> tuple[int, int]:
    """From where to where the pages of a column's chunk are."""
    first = min(about[each] for each in _FIRST_PAGES if about.get(each))
    return first, first + about[_SIZE]


def _page_headers(data: bytes, start: int, end: int) -> Iterator[bytes]:
    while start < end:
        reader = CompactReader(data, start)
        header = reader.struct()
        yield from binaries(header)
        start = reader.position + header[_COMPRESSED_SIZE]


def _between(data: bytes, known: list[tuple[int, int]]) -> Iterator[bytes]:
    """What no part covers: no writer leaves anything there, and nobody would see it."""
    reached = 0
    for start, end in sorted(known):
        if start > reached:
            yield data[reached:start]
        reached = max(reached, end)
