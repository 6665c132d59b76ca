"""Engines make rows by SQL and write them to data files; commits are made elsewhere, alike for every engine."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from catalog.commit.arrow_files import arrow_files
from catalog.errors import RetryableError
from catalog.machine.errors import NO_SPARK
from catalog.read.snapshot_reader import SnapshotReader
from catalog.read.statements import by_reader
from catalog.schema.table_spec import Zone
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catalog.commit.arrow_files import WrittenFile
    from catalog.engine.workers import Workers
    from catalog.lake import Lake
    from catalog.read.relation_reader import RelationReader
    from catalog.read.statements import Functions, Statement
    from catalog.schema.table_spec import TableSpec

EngineName = Literal["embedded", "spark"]
EngineWanted = Literal["auto", "embedded", "spark"]
_SECONDS_TO_DIE = 1.0
# On 2 cores, 116 million rows of 10 GB of JSON are made and judged in 6 GB of memory; disk is spilled to.
_MOST_ROWS = 500_000_000
_MOST_BYTES = 50_000_000_000
# Spark makes as many without compiling anything in less time than compiling takes.
_FEW_ROWS = 100_000
_FEW_BYTES = 16_000_000


class Engine(Protocol):
    """Makes rows and writes files."""

    @property
    def name(self) -> EngineName:
        """For people."""

    @property
    def reader(self) -> SnapshotReader:
        """Reads tables on this machine; for the run's own thread, as all of an engine."""

    def increment_reader(self, rows: int) -> RelationReader:
        """What looks up the rows of an increment of so many new rows, and makes its own."""

    def validation_reader(self) -> RelationReader:
        """What computes suites' facts, for another thread; to be closed before the engine."""

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

    def write_rows(self, spec: TableSpec, rows: str, reader: RelationReader) -> list[WrittenFile]:
        """Write the rows of SQL over a reader's relations, which has the table's columns, to data files."""

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
        return self.write_rows(spec, by_reader(self.reader, statement, relations, functions), self.reader)

    def increment_reader(self, rows: int) -> RelationReader:
        """See ``Engine``."""
        del rows
        return self.reader

    def validation_reader(self) -> RelationReader:
        """See ``Engine``."""
        return SnapshotReader(self._lake.profile, beside=self.reader)

    def write_rows(self, spec: TableSpec, rows: str, reader: RelationReader) -> list[WrittenFile]:
        """See ``Engine``; a table by day gets one file a day, in which a person's rows stand together."""
        del reader
        columns = ", ".join(f'"{name}"' for name in spec.column_names)
        statement = f"SELECT {columns} FROM ({rows})"
        if spec.partitioned_by_days_of is not None and spec.subject is not None:
            day = f"date_trunc('day', \"{spec.partitioned_by_days_of}\")"
            statement += f' ORDER BY {day}, "{spec.subject.column}", "{spec.instant}"'
        return list(arrow_files(self._lake, spec).write_by_day(self.reader.stream(statement)))

    def close(self) -> None:
        """See ``Engine``."""
        self.reader.close()


@dataclass(frozen=True)
class Choice:
    """Which engine does a run's work, and why.

    Attributes:
        engine: what makes whole tables.
        reason: in words.
        gates: what computes the suites' facts.
        few_rows: whether there are so few that to prepare statements takes longer than to compute them.
    """

    engine: EngineName
    reason: str
    gates: EngineName = "embedded"
    few_rows: bool = False

    def __str__(self) -> str:
        """Both."""
        return f"{self.engine}: {self.reason}"


def choose_engine(lake: Lake, asked: EngineWanted, delivered_bytes: int = 0) -> Choice:
    """The engine that is asked for; else Spark where it is at hand anyway, or where one machine would have too much.

    Args:
        lake: the lake.
        asked: the engine, or ``auto``.
        delivered_bytes: size of the drop folder that is to be ingested.
    """
    rows = sum(_rows(lake, spec) for spec in TABLES.values() if spec.zone is Zone.LANDING)
    if asked != "auto":
        return Choice(asked, "asked for", asked, few_rows=rows <= _FEW_ROWS and delivered_bytes <= _FEW_BYTES)
    if rows > _MOST_ROWS:
        return Choice("spark", f"{rows:,} landed rows are more than {_MOST_ROWS:,}", "spark")
    if delivered_bytes > _MOST_BYTES:
        return Choice("spark", f"{delivered_bytes:,} bytes to ingest are more than {_MOST_BYTES:,}", "spark")
    if lake.profile.hosted:
        return Choice("spark", "Glue's cluster is at hand")
    return Choice("embedded", f"{rows:,} landed rows and {delivered_bytes:,} bytes to ingest fit one machine")


def _rows(lake: Lake, spec: TableSpec) -> int:
    """Rows of a table that is only ever appended to, by its snapshot's own word: good enough to choose by."""
    snapshot = lake.known_table(spec).current_snapshot()
    said = snapshot.summary.additional_properties if snapshot is not None and snapshot.summary is not None else {}
    return int(said.get("total-records", 0))


@contextmanager
def open_engine(lake: Lake, choice: Choice | None = None) -> Iterator[Engine]:
    """An engine on a lake, closed at the end.

    Raises:
        UsageError: Spark is asked for and there is no Java.
    """
    from catalog.engine.workers import LocalWorkers

    if choice is not None and choice.engine == "spark":
        with _spark_engine(lake, choice) as engine:
            yield engine
        return
    with LocalWorkers() as workers, closing(EmbeddedEngine(lake, workers)) as embedded:
        yield embedded


@contextmanager
def _spark_engine(lake: Lake, choice: Choice) -> Iterator[Engine]:
    from catalog.engine.session import java_ended, spark_session
    from catalog.engine.spark import SparkEngine

    spark = spark_session(lake.profile, few_rows=choice.few_rows)
    try:
        with closing(SparkEngine(lake, spark, choice.gates)) as engine:
            yield engine
    except Exception as error:
        # By its errors nobody can tell: those of its sockets look like those of any network.
        if java_ended(spark, _SECONDS_TO_DIE):
            raise RetryableError(NO_SPARK) from error
        raise
    finally:
        if not java_ended(spark):
            spark.stop()
