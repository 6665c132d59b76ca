"""The fast reading: whole blocks at once, in C++. It takes a block only where the exact reading would say the same.

Whatever is in doubt is left to the exact reading: a wrong guess here would land a record that a rule refuses.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from jobs.reader.boundaries import MAX_RECORD_BYTES
from jobs.reader.columns import ADDRESS, finished, numbers_hold
from jobs.reader.fields import declared_schema, fields, is_email, is_identity
from jobs.reader.plain import read_plain

if TYPE_CHECKING:
    from catalog.schema.table_spec import Column
    from jobs.reader.spelling import Variants

_WHOLE_ADDRESS = rf"^{ADDRESS}$"
_NO_MARK = bytes(code for code in range(256) if code not in b'"\n')
_HIDES_A_BRACKET = re.compile(rb"\\[^/bfnrtu]")


def count_lines(data: bytes) -> int | None:
    """How many records are in the block, where each line is one flat object, closed in it; else None."""
    if b"[" in data or b"]" in data or (b"\\" in data and _HIDES_A_BRACKET.search(data)):
        return None
    # Compared as an array: bytes.count, which finds one thing after the other, took four times as long.
    codes = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    lines = len(ends) + (not data.endswith(b"\n"))
    if not lines == np.count_nonzero(codes == ord("{")) == np.count_nonzero(codes == ord("}")):
        return None
    starts = np.concatenate(([0], ends[ends < len(data) - 1] + 1))
    last = ends - 1
    for separator in b"\r,":
        last = last - (codes[last] == separator)
    closed = np.count_nonzero(codes[last] == ord("}")) + data.endswith((b"}", b"},"))
    if not lines == np.count_nonzero(codes[starts] == ord("{")) == closed:
        return None
    # Where a line has an odd number of quotation marks, its last brace is inside of a string. Of a line nothing is left
    # but these and its end.
    marks = np.frombuffer(data.translate(None, _NO_MARK), np.uint8)
    behind = np.flatnonzero(np.append(marks, ord("\n")) == ord("\n"))
    return lines if np.all(np.diff(behind, prepend=-1) % 2 == 1) else None


def read_block(data: bytes, source: str, variants: Variants, arrived_ms: int) -> list[pa.Array[Any]] | None:
    """The declared fields and what is derived of them, by column; None where anything is in doubt.

    Args:
        data: the block.
        source: customer, accelerometer or step_trainer.
        variants: keys as the file spells them.
        arrived_ms: when the records arrived, epoch ms UTC.
    """
    if _holds_large_line(data):
        return None
    plain = read_plain(data, source, variants, arrived_ms)
    return plain or _read_json(data, source, variants, arrived_ms)


def _read_json(data: bytes, source: str, variants: Variants, arrived_ms: int) -> list[pa.Array[Any]] | None:
    if count_lines(data) is None or _suspicious_text(data):
        return None
    # Raw line ends cannot stand in JSON strings, so this takes away separators only.
    lines = data.replace(b"},\n", b"}\n").replace(b"},\r\n", b"}\r\n").rstrip(b" \t\r\n,")
    try:
        rows = arrow_json.read_json(
            io.BytesIO(lines),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=_spelt_schema(source, variants), unexpected_field_behavior="error"
            ),
        )
    except pa.ArrowInvalid:
        return None
    columns = [pa.concat_arrays(column.chunks) for column in rows.select(_spelt_schema(source, variants).names).columns]
    if not all(_holds(column, values, arrived_ms) for column, values in zip(fields(source), columns, strict=True)):
        return None
    encoded = [
        values.dictionary_encode() if is_identity(column) else values
        for column, values in zip(fields(source), columns, strict=True)
    ]
    return finished(encoded, source)


def _spelt_schema(source: str, variants: Variants) -> pa.Schema:
    """The declared fields under the file's own names."""
    spelt = {name: key for key, name in variants}
    return pa.schema([pa.field(spelt.get(field.name, field.name), field.type) for field in declared_schema(source)])


def _holds_large_line(data: bytes) -> bool:
    """Whether a line may be an oversized record."""
    if len(data) <= MAX_RECORD_BYTES:
        return False
    return any(len(line) > MAX_RECORD_BYTES for line in data.split(b"\n"))


def _suspicious_text(data: bytes) -> bool:
    """NUL, half surrogates and bad UTF-8 are told apart by the exact reading."""
    if b"\0" in data or (b"\\" in data and any(escape in data for escape in (b"\\u0000", b"\\ud", b"\\uD"))):
        return True
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _holds(column: Column, values: pa.Array[Any], arrived_ms: int) -> bool:
    """Whether every value keeps the column's rules."""
    if not numbers_hold(column, values, arrived_ms):
        return False
    if is_email(column):
        return bool(pc.all(pc.match_substring_regex(values, _WHOLE_ADDRESS)).as_py())
    if is_identity(column):
        return not pc.any(pc.equal(values, pa.scalar(""))).as_py()
    return True
