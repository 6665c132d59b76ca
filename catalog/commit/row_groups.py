"""How many rows go to a row group and to a file, and the batches cut and gathered accordingly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from catalog.schema.table_spec import MaintenancePolicy

MOST_ROWS = 250_000
"""Of a row group."""
_FEWEST_ROWS = 2_048


@dataclass
class FileSize:
    """How large a file may become, by what was written before it.

    Attributes:
        policy: says so; None: as large as it will.
        known: what is known of the table's size, in bytes.
        rows: written so far.
        bytes: written so far.
        of_file: bytes of them in the file at hand.
    """

    policy: MaintenancePolicy | None
    known: int
    rows: int = 0
    bytes: int = 0
    of_file: int = 0

    def add(self, rows: int, written: int) -> None:
        """Count what was written."""
        self.rows += rows
        self.bytes += written
        self.of_file += written

    @property
    def file_is_full(self) -> bool:
        """Whether another file follows; a few rows more would be a row group of their own."""
        return self.policy is not None and self.of_file >= 0.9 * self._most(self.policy)

    def rows_of_group(self) -> int:
        """How many rows the next row group may have for the file not to become larger than it may."""
        if self.policy is None:
            return MOST_ROWS
        if not self.bytes:
            return _FEWEST_ROWS  # by which the size of the others is told
        left = (self._most(self.policy) - self.of_file) * self.rows // self.bytes
        # A few rows tell little of the others.
        return min(MOST_ROWS, max(_FEWEST_ROWS, min(left, 4 * self.rows)))

    def _most(self, policy: MaintenancePolicy) -> int:
        return policy.file_bytes(max(self.known, self.bytes))


def row_groups(batches: Iterator[pa.RecordBatch], most_rows: Callable[[], int]) -> Iterator[list[pa.RecordBatch]]:
    """Batches together or cut, so that each list can be a row group: of so many rows, as is asked before each."""
    rows: list[pa.RecordBatch] = []
    left = most_rows()
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            rows.append(_part(batch, start, left))
            start += rows[-1].num_rows
            left -= rows[-1].num_rows
            if not left:
                yield rows
                rows, left = [], most_rows()
    if rows:
        yield rows


def _part(batch: pa.RecordBatch, start: int, rows: int) -> pa.RecordBatch:
    """Rows of a batch; of its dictionaries, which are written as they are, what is in these rows and no other's."""
    import pyarrow as pa

    part = batch.slice(start, rows)
    if part.num_rows == batch.num_rows:
        return batch
    columns = [_own(each) if pa.types.is_dictionary(each.type) else each for each in part.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _own(column: pa.Array[Any]) -> pa.Array[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded: Any = column
    used = pc.unique(encoded.indices.drop_null())
    indices = pc.index_in(encoded.indices, used).cast(encoded.type.index_type)
    return pa.DictionaryArray.from_arrays(indices, encoded.dictionary.take(used))
