"""A hash of a table's contents: the same for the same rows in any order, another for any other value.

Each row is written as a compact JSON array of its values (timestamps as microseconds since 1970 UTC) and hashed with
SHA-256; the sum of these hashes modulo 2^256, the number of rows and the columns are hashed together.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_MODULUS = 1 << 256
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


class ContentHash:
    """The hash of the rows seen so far."""

    def __init__(self) -> None:
        self._sum = 0
        self._rows = 0
        self._columns: list[list[str]] | None = None

    def update(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Add rows.

        Raises:
            ValueError: their columns are not those of the rows before.
        """
        columns = [[field.name, str(field.type).removeprefix("large_")] for field in batch.schema]
        if self._columns not in (None, columns):
            raise ValueError(f"rows with the columns {columns} among rows with {self._columns}")
        self._columns = columns
        self._rows += batch.num_rows
        for row in zip(*(_plain(column) for column in batch.columns), strict=True):
            self._sum += int.from_bytes(hashlib.sha256(_encode(row).encode()).digest())
        self._sum %= _MODULUS

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        whole = [self._columns, self._rows, f"{self._sum:064x}"]
        return hashlib.sha256(_encode(whole).encode()).hexdigest()


def content_hash(table: pa.Table) -> str:
    """The hash of a whole table, as a manifest has it."""
    hashed = ContentHash()
    hashed.update(table)
    return hashed.hexdigest()


def _plain(column: pa.Array[Any] | pa.ChunkedArray[Any]) -> list[object]:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return list(column.cast(pa.timestamp("us", tz=column.type.tz)).cast(pa.int64()).to_pylist())
    return list(column.to_pylist())
