"""What suites and increments need of an engine: relations of a lake's snapshots, and statements over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from catalog.read.snapshot_reader import RowsOfFile
    from catalog.schema.table_spec import TableSpec


class RelationReader(Protocol):
    """An engine that reads a lake; DuckDB on this machine, or Spark.

    A relation is the name of what a statement can read: of a snapshot, which never changes, or of what a statement
    computed. Statements are in DuckDB's SQL, whichever engine it is.
    """

    def close(self) -> None:
        """Forget everything."""

    def relation(self, spec: TableSpec, snapshot_id: int | None, days: Iterable[int] | None = None) -> str:
        """The table's rows at that snapshot; none where there is no snapshot.

        Args:
            spec: the table.
            snapshot_id: the snapshot.
            days: where the table is partitioned by day: days since 1970 (UTC), all others being left out.

        Raises:
            DamagedLakeError: there is no such snapshot.
        """

    def appended(self, spec: TableSpec, since: int | None, until: int | None) -> str:
        """Rows appended after snapshot ``since`` up to ``until``; those deleted again since are among them.

        Raises:
            DamagedLakeError: ``since`` is not in the history of ``until``.
        """

    def removed(self, spec: TableSpec, since: int | None, until: int | None) -> str:
        """Rows that were taken away after snapshot ``since`` up to ``until``, whether or not they came back since.

        Raises:
            DamagedLakeError: ``since`` is not in the history of ``until``.
        """

    def rows(self, spec: TableSpec, snapshot_id: int | None) -> int:
        """How many rows readers of the snapshot get: those of its files without those deleted by position."""

    def rows_by_run(self, spec: TableSpec, snapshot_id: int | None, most: int) -> list[int]:
        """Rows after each of the last runs up to the snapshot, oldest first."""

    def find(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> list[RowsOfFile]:
        """Where the rows of a snapshot are whose column is among keys; arguments as those of ``row_positions``."""

    def row_positions(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """The relation of where the rows of a snapshot are whose column is among keys: filename and file_row_number.

        Args:
            spec: the table.
            snapshot_id: the snapshot.
            column: the column.
            keys: a relation that never changes, with the one column ``key``.
        """

    def rows_among(self, spec: TableSpec, snapshot_id: int | None, column: str, keys: str) -> str:
        """The relation of the rows of a snapshot whose column is among keys; arguments as of ``row_positions``."""

    def rows_by_keys(self, rows: str, column: str, keys: str) -> str:
        """SQL of the rows, of a relation that never changes, whose column of text is among keys."""

    def fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement, for this process: few."""

    def one_row(self, statement: str) -> dict[str, int | None]:
        """The only row of a statement of whole numbers, by column."""

    def columns(self, relation: str) -> dict[str, str]:
        """The relation's columns in their order, with DuckDB's types."""

    def table(self, relation: str) -> pa.Table:
        """All rows of a relation, for this process: few."""

    def create_temp_table(self, name: str, statement: str) -> str:
        """Compute a statement once, as a relation of that name."""

    def materialize_once(self, statement: str) -> str:
        """The relation of a statement over relations that never change; computed when it is first asked for."""

    def keys(self, keys: Sequence[str]) -> str:
        """Text values as the one column ``key`` of a relation; the same one for the same values."""

    def keys_of(self, statement: str) -> str:
        """The relation of the different values of a statement of one column, as ``keys``; it never changes."""

    def load_arrow(self, name: str, rows: pa.Table) -> str:
        """Rows of this process as a relation of that name."""

    def define(self, name: str, function: Callable[[str], str]) -> None:
        """Let statements use a function of one text, which must always be the same one under that name."""

    def from_spark(self, statement: str) -> str:
        """SQL, as other statements are, of a statement of Spark's SQL over the reader's relations.

        Raises:
            UnsupportedError: sqlglot's: the engine cannot do it.
        """
