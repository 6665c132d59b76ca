"""An engine makes rows by SQL and writes them to data files; commits are made elsewhere, alike for every engine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from catalog.arrow_files import arrow_files
from catalog.snapshot_reader import SnapshotReader
from catalog.spark_sql import by_reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catalog.arrow_files import WrittenFile
    from catalog.lake import Lake
    from catalog.spark_sql import Functions, Statement
    from catalog.spec import TableSpec
    from catalog.workers import Workers

EngineName = Literal["embedded", "spark"]


class Engine(Protocol):
    """Makes rows and writes files."""

    @property
    def name(self) -> EngineName:
        """For people."""

    @property
    def reader(self) -> SnapshotReader:
        """Reads tables on this machine, and makes increments."""

    @property
    def workers(self) -> Workers:
        """Do work that is spread."""

    def write_table(
        self, spec: TableSpec, statement: Statement, inputs: Mapping[TableSpec, int | None], functions: Functions
    ) -> list[WrittenFile]:
        """Make all rows of a table and write them to data files.

        Args:
            spec: the table.
            statement: what its rows are, from the names of one relation per input.
            inputs: the snapshot of each input.
            functions: what the statement uses besides SQL's own.
        """

    def write_rows(self, spec: TableSpec, rows: str) -> list[WrittenFile]:
        """Write the rows of SQL over the reader's relations, which has the table's columns, to data files."""

    def close(self) -> None:
        """Let go of everything."""


class EmbeddedEngine:
    """DuckDB and Arrow, on this machine; needs no JVM. What does not fit into memory is spilled."""

    name: EngineName = "embedded"

    def __init__(self, lake: Lake, workers: Workers) -> None:
        self._lake = lake
        self.reader = SnapshotReader(lake.profile)
        self.workers = workers

    def write_table(
        self, spec: TableSpec, statement: Statement, inputs: Mapping[TableSpec, int | None], functions: Functions
    ) -> list[WrittenFile]:
        """See ``Engine``."""
        relations = {each.name: self.reader.relation(each, snapshot) for each, snapshot in inputs.items()}
        return self.write_rows(spec, by_reader(self.reader, statement, relations, functions))

    def write_rows(self, spec: TableSpec, rows: str) -> list[WrittenFile]:
        """See ``Engine``; a table by day gets one file a day, in which a person's rows stand together."""
        columns = ", ".join(f'"{name}"' for name in spec.column_names)
        statement = f"SELECT {columns} FROM ({rows})"
        if spec.partitioned_by_days_of is not None and spec.subject is not None:
            day = f"date_trunc('day', \"{spec.partitioned_by_days_of}\")"
            statement += f' ORDER BY {day}, "{spec.subject.column}", "{spec.instant}"'
        return list(arrow_files(self._lake, spec).write_by_day(self.reader.stream(statement)))

    def close(self) -> None:
        """See ``Engine``."""
        self.reader.close()


@contextmanager
def embedded_engine(lake: Lake) -> Iterator[EmbeddedEngine]:
    """The embedded engine on a lake, closed at the end."""
    from catalog.workers import LocalWorkers

    with LocalWorkers() as workers:
        engine = EmbeddedEngine(lake, workers)
        try:
            yield engine
        finally:
            engine.close()
