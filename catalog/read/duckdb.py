"""A DuckDB in this process: statements over relations, which are names of views and tables; it starts no JVM."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from catalog.machine.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa
    from duckdb import DuckDBPyConnection

_ROWS_OF_A_BATCH = 122_880
_SETTINGS = {
    "memory_limit": "2GB",
    "preserve_insertion_order": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "TimeZone": "UTC",
    # What was read of a file is kept while there is memory, as it is of files in S3: statements read columns again. By
    # default in blocks of 16 kB, whose keeping took a fifth of the CPU seconds of looking up people.
    "cache_local_files": "true",
    "external_file_cache_local_max_block_size": "262144",
    "parquet_metadata_cache": "true",
}

MOST_KEYS = 100_000
"""More people than these are never held as values of this process."""


class DuckDBEngine:
    """Statements and what they computed; to be closed. What does not fit in memory is spilled."""

    def __init__(self, beside: DuckDBEngine | None = None) -> None:
        """Start it.

        Args:
            beside: an engine, closed after this one, with which it shares memory and the bytes that either has read of
                files. Relations are each one's own.
        """
        self._forget: Callable[[], object] | None = None
        self._con: DuckDBPyConnection = self._started() if beside is None else beside.connection()
        # Conditions of suites are shown to people, too, who use them in Athena.
        self._con.execute("CREATE TEMP MACRO regexp_like(value, pattern) AS regexp_matches(value, pattern)")
        # Spark's name of it, which jobs use.
        self._con.execute("CREATE TEMP MACRO timestamp_millis(ms) AS make_timestamptz(ms * 1000)")
        self._relations: dict[object, str] = {}
        self._functions: set[str] = set()
        self._numbers = count(1)

    def connection(self) -> DuckDBPyConnection:
        """Another connection to the same database, with temporary relations of its own."""
        return self._con.cursor()

    def _started(self) -> DuckDBPyConnection:
        import duckdb

        spill = tempfile.mkdtemp(prefix="suites_", dir=workplace())
        self._forget = weakref.finalize(self, shutil.rmtree, spill, ignore_errors=True)
        database = duckdb.connect()
        for name, value in (_SETTINGS | {"temp_directory": spill}).items():
            database.execute(f"SET {name} = '{value}'")
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything, spilled rows included."""
        self._con.close()
        if self._forget is not None:
            self._forget()

    def fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        return self._con.execute(statement, list(values)).fetchall()

    def one_row(self, statement: str) -> dict[str, int | None]:
        """The only row of a statement of whole numbers, by column."""
        result = self._con.execute(statement)
        names = [column[0] for column in result.description]
        [row] = result.fetchall()
        return {name: None if value is None else int(value) for name, value in zip(names, row, strict=True)}

    def columns(self, relation: str) -> dict[str, str]:
        """The relation's columns in their order, with DuckDB's types."""
        return {name: type_ for name, type_, *_ in self.fetch(f"DESCRIBE SELECT * FROM {relation}")}

    def table(self, relation: str) -> pa.Table:
        """All rows of a relation."""
        rows: pa.Table = self._con.sql(f"SELECT * FROM {relation}").to_arrow_table()
        return rows

    def stream(self, statement: str) -> Iterator[pa.RecordBatch]:
        """The rows of a statement, batch by batch; the engine is not to be used meanwhile."""
        batches: Iterator[pa.RecordBatch] = self._con.sql(statement).to_arrow_reader(_ROWS_OF_A_BATCH)
        return batches

    def create_temp_table(self, name: str, statement: str) -> str:
        """Compute a statement once, as a relation of that name."""
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement}")
        return name

    def materialize_once(self, statement: str) -> str:
        """The relation of a statement over relations that never change; computed when it is first asked for."""
        if statement not in self._relations:
            self._relations[statement] = self.create_temp_table(f"once_{next(self._numbers)}", statement)
        return self._relations[statement]

    def keys(self, keys: Sequence[str]) -> str:
        """Text values as the one column ``key`` of a relation; the same one for the same values."""
        import pyarrow as pa

        chosen = ("keys", *keys)
        if chosen not in self._relations:
            rows = pa.table({"key": pa.array(keys, pa.string())})
            self._relations[chosen] = self.load_arrow(f"keys_{next(self._numbers)}", rows)
        return self._relations[chosen]

    def keys_of(self, statement: str) -> str:
        """The relation of the different values of a statement of one column, as ``keys``; it never changes.

        Few are taken by their values, so that whoever asks for the same ones gets the same relation, in which others
        were looked up before; many are never held by this process.
        """
        [column] = self.columns(f"({statement})")
        values = f'SELECT DISTINCT "{column}" AS key FROM ({statement})'
        few = self.fetch(f"{values} ORDER BY 1 LIMIT {MOST_KEYS + 1}")
        return self.materialize_once(values) if len(few) > MOST_KEYS else self.keys([key for (key,) in few])

    def load_arrow(self, name: str, rows: pa.Table) -> str:
        """Rows of this process as a relation of that name."""
        self._con.register("incoming", rows)
        try:
            return self.create_temp_table(name, "SELECT * FROM incoming")
        finally:
            self._con.unregister("incoming")

    def from_spark(self, statement: str) -> str:
        """SQL, as other statements are, of a statement of Spark's SQL over the engine's relations.

        Raises:
            UnsupportedError: sqlglot's: the engine cannot do it.
        """
        import sqlglot
        from sqlglot import ErrorLevel, exp

        parsed = sqlglot.parse_one(statement, read="spark")
        for hint in list(parsed.find_all(exp.Hint)):
            hint.pop()  # how to do it is the other engine's own affair
        return parsed.sql("duckdb", unsupported_level=ErrorLevel.RAISE)

    def define(self, name: str, function: Callable[[str], str]) -> None:
        """Let statements use a function of one text, which must always be the same one under that name."""
        if name not in self._functions:
            self._con.create_function(name, function, ["VARCHAR"], "VARCHAR")
            self._functions.add(name)
