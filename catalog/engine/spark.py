"""The engine for many gigabytes: Spark makes whole tables and reads deliveries, on a cluster or on this machine."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.commit.arrow_files import arrow_files
from catalog.engine.engines import EmbeddedEngine
from catalog.engine.spark_reader import SparkReader
from catalog.engine.spark_tables import read
from catalog.engine.workers import SparkWorkers
from catalog.read.statements import by_spark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from catalog.commit.arrow_files import ArrowFiles, WrittenFile
    from catalog.engine.engines import EngineName
    from catalog.lake import Lake
    from catalog.read.relation_reader import RelationReader
    from catalog.read.statements import Functions, Statement
    from catalog.schema.table_spec import TableSpec


# The driver makes increments of fewer new rows: to get Spark ready for few takes longer than to make them.
_DRIVER_ROWS = 1_000_000


class SparkEngine(EmbeddedEngine):
    """Spark for whole tables, deliveries and large increments; small increments are made on the driver."""

    name: EngineName = "spark"

    def __init__(self, lake: Lake, spark: SparkSession, gates: EngineName, driver_rows: int = _DRIVER_ROWS) -> None:
        """Use a session.

        Args:
            lake: the lake.
            spark: the session.
            gates: what computes the suites' facts.
            driver_rows: increments of more new rows are Spark's.
        """
        super().__init__(lake, SparkWorkers(spark))
        self._spark, self._gates, self._driver_rows = spark, gates, driver_rows
        self._large: SparkReader | None = None

    def increment_reader(self, rows: int) -> RelationReader:
        """See ``Engine``."""
        if rows <= self._driver_rows:
            return self.reader
        self._large = self._large or SparkReader(self._spark, self._lake.profile)
        return self._large

    def validation_reader(self) -> RelationReader:
        """See ``Engine``."""
        if self._gates == "embedded":
            return super().validation_reader()
        return SparkReader(self._spark, self._lake.profile)

    def write_table(
        self, spec: TableSpec, statement: Statement, inputs: Mapping[TableSpec, int | None], functions: Functions
    ) -> list[WrittenFile]:
        """See ``Engine``: executors write the files, and the driver gets no row."""
        frames = {each.name: read(self._spark, self._lake, each, snapshot) for each, snapshot in inputs.items()}
        return self._write(spec, by_spark(self._spark, statement, frames, functions))

    def write_rows(self, spec: TableSpec, rows: str, reader: RelationReader) -> list[WrittenFile]:
        """See ``Engine``."""
        if reader is not self._large:
            return super().write_rows(spec, rows, reader)
        return self._write(spec, self._large.frame(f"SELECT * FROM ({rows})"))

    def close(self) -> None:
        """See ``Engine``."""
        if self._large is not None:
            self._large.close()
        super().close()

    def _write(self, spec: TableSpec, made: DataFrame) -> list[WrittenFile]:
        rows = made.select(*(f"`{name}`" for name in spec.column_names))
        written = _in_order(rows, spec).mapInArrow(_Write(arrow_files(self._lake, spec)), "file binary")
        files: list[WrittenFile] = [pickle.loads(row.file) for row in written.collect()]  # noqa: S301 - our executors'
        return files


def _in_order(rows: DataFrame, spec: TableSpec) -> DataFrame:
    """Days together and in order, so that each has few files and not one of every task; in them, people together."""
    if spec.partitioned_by_days_of is None:
        return rows
    day = f"date_trunc('day', {spec.partitioned_by_days_of})"
    from pyspark.sql import functions as sf

    of_person = [spec.subject.column, spec.instant] if spec.subject and spec.instant else []
    return rows.repartition(sf.expr(day)).sortWithinPartitions(sf.expr(day), *of_person)


@dataclass(frozen=True)
class _Write:
    """Writes batches to files; gives what is known of each, pickled."""

    files: ArrowFiles

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        import pyarrow as pa

        written = [pickle.dumps(each) for each in self.files.write_by_day(iter(batches))]
        yield pa.RecordBatch.from_pydict({"file": pa.array(written, pa.binary())})
