"""The fast reading: whole pieces at once, in C++. It takes a piece only where the exact reading would say the same.

Whatever is in doubt is left to the exact reading: a wrong guess here would land a record that a rule refuses.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from jobs.reader.fields import (
    EARLIEST_MS,
    EMAIL_SHAPE,
    LATEST_MS,
    declared_schema,
    fields,
    is_email,
    is_time,
)
from jobs.reader.records import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from catalog.spec import Column


def count_lines(data: bytes) -> int | None:
    """How many records are in the piece, where each line is one flat object; else None."""
    found = _flat_lines(data)
    return found[0] if found else None


def _flat_lines(data: bytes) -> tuple[int, bool] | None:
    """How many lines there are, where each is one flat object, and whether any has a separator behind it; else None.

    Every line begins with ``{`` and ends with ``}``, and there are no more braces than lines: each has just those two.
    """
    # Compared as an array: bytes.count looks for one thing at a time, and took four times as long.
    codes = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    lines = len(ends) + (not data.endswith(b"\n"))
    if not lines == np.count_nonzero(codes == ord("{")) == np.count_nonzero(codes == ord("}")):
        return None
    starts = np.count_nonzero(codes[ends[ends < len(data) - 1] + 1] == ord("{")) + data.startswith(b"{")
    last = ends - 1
    for separator in b"\r,":
        last = last - (codes[last] == separator)
    closed = np.count_nonzero(codes[last] == ord("}")) + data.endswith((b"}", b"},"))
    return (lines, bool(np.any(last != ends - 1))) if lines == starts == closed else None


def read_piece(data: bytes, source: str) -> pa.Table | None:
    """The declared fields of every record of the piece, one row each; None where anything is in doubt."""
    if len(data) > MAX_RECORD_BYTES or _suspicious_text(data):
        return None
    lines = data.rstrip(b" \t\r\n,")
    found = _flat_lines(lines)
    if found is None or found[1]:
        # Raw line ends cannot stand in JSON strings, so this takes away separators only.
        lines = lines.replace(b"},\n", b"}\n").replace(b"},\r\n", b"}\r\n")
        if not _only_flat_objects(lines):
            return None
    try:
        rows = arrow_json.read_json(
            io.BytesIO(lines),
            read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=declared_schema(source), unexpected_field_behavior="error"
            ),
        )
    except pa.ArrowInvalid:
        return None
    return rows if all(_holds(column, rows.column(column.name)) for column in fields(source)) else None


def _only_flat_objects(lines: bytes) -> bool:
    """Whether the braces are those of flat objects with nothing but line ends between them.

    pyarrow must not see anything else: at a ``null`` between objects its parser crashes the process (22.0.0).
    """
    objects = lines.count(b"{")
    joints = sum(lines.count(joint) for joint in (b"}\n{", b"}{", b"}\r\n{"))
    return lines.startswith(b"{") and lines.endswith(b"}") and objects == lines.count(b"}") == joints + 1


def _suspicious_text(data: bytes) -> bool:
    """NUL, half surrogates and bad UTF-8 are told apart by the exact reading."""
    if b"\0" in data or (b"\\u" in data and any(escape in data for escape in (b"\\u0000", b"\\ud", b"\\uD"))):
        return True
    if data.isascii():
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _holds(column: Column, values: pa.ChunkedArray[Any]) -> bool:
    """Whether every value keeps the column's rules."""
    if column.required and values.null_count:
        return False
    if is_time(column):
        earliest, latest = pc.min(values).as_py(), pc.max(values).as_py()
        return earliest is None or latest is None or (earliest >= EARLIEST_MS and latest < LATEST_MS)
    if column.type == "double":
        return bool(pc.all(pc.is_finite(values)).as_py())
    if is_email(column):
        return bool(pc.all(pc.match_substring_regex(values, f"^(?:{EMAIL_SHAPE})$")).as_py())
    return True
