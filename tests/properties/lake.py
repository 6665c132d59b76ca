"""A small lake, the history of what was delivered to it, and what it has to hold."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from catalog.specs import TABLES, table
from jobs.lineage import jobs_in_order
from jobs.run.pipeline import run
from jobs.run.plan import Policy
from tests.lake import KEY, begun, content, current, emptied
from tests.properties.oracle import expected, person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.lake import Lake as OpenedLake
    from jobs.run.pipeline import RunResult
    from tests.properties.oracle import Record, Rows

SOURCES = ("customer", "accelerometer", "step_trainer")
MADE = [job.writes for job in jobs_in_order()]


class Lake:
    """The shared lake, emptied, and what was delivered to it. Spark is needed for what other writers do to it."""

    def __init__(self, opened: OpenedLake, folder: Path, spark: SparkSession | None = None) -> None:
        self.opened, self.folder, self._spark = opened, folder, spark
        emptied(opened)
        shutil.rmtree(folder, ignore_errors=True)
        self.delivered: dict[str, list[list[Record]]] = {source: [] for source in SOURCES}
        self.deliveries = 0

    def deliver(self, records: dict[str, list[Record]]) -> Path:
        """Write a drop folder with a file per source; an empty one where it has no records."""
        self.deliveries += 1
        drop = self.folder / str(self.deliveries)
        for source in SOURCES:
            landing = drop / source / "landing"
            landing.mkdir(parents=True)
            # A content is landed once: the number makes each delivery a new one.
            lines = "".join(json.dumps(record | {"delivery": self.deliveries}) + "\n" for record in records[source])
            (landing / f"{self.deliveries:03}.json").write_text(lines, encoding="utf-8")
            self.delivered[source].append(records[source])
        return drop

    def run(self, drop: Path | None = None, *, tables: int = len(MADE), rebuild: bool = False) -> RunResult:
        """Ingest and make the first tables; increments are made however much is new, unless a rebuild is asked for.

        Raises:
            DataRefusedError: a suite refused something.
        """
        policy = Policy(frozenset(MADE) if rebuild else frozenset(), ratio=math.inf)
        with begun(self.opened, policy) as context:
            result = run(context, jobs_in_order()[:tables], drop)
        if result.refusal:
            raise result.refusal
        return result

    @property
    def spark(self) -> SparkSession:
        """Another writer."""
        assert self._spark is not None
        return self._spark

    def compact(self, identifier: str) -> None:
        """Rewrite the table's files, its deletes applied: the same rows in a new snapshot."""
        options = "map('rewrite-all', 'true')"
        self.spark.sql(f"CALL stedi.system.rewrite_data_files(table => '{identifier}', options => {options})")

    def expire(self, identifier: str) -> None:
        """Forget all snapshots but the last, watermarks among them."""
        self.spark.sql(
            f"CALL stedi.system.expire_snapshots(table => '{identifier}', "
            "older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1)"
        )

    def erase(self, who: str) -> None:
        """Delete a person's customer records, refused ones too, and motion readings from landing."""
        tables = (("customer_landing", "person"), ("accelerometer_landing", "person"), ("quarantine", "people"))
        for name, column in tables:
            self.spark.sql(f"DELETE FROM stedi.landing.{name} WHERE {column} = '{who}'")
        for source, column in (("customer", "email"), ("accelerometer", "user")):
            self.delivered[source] = [
                [record for record in records if person(record[column]) != who] for records in self.delivered[source]
            ]

    def contents(self) -> dict[str, Rows]:
        """All rows of the tables that jobs make."""
        return {name: self._rows(name, table(name).column_names) for name in MADE}

    def made(self) -> dict[str, Rows]:
        """The same, as the oracle tells them."""
        columns = {
            name: ("person", "serialNumber", "shareWithResearchAsOfDate") if "customer" in name else table(name).grain
            for name in MADE
        }
        columns["trusted.step_trainer_trusted"] = ("person", *table("trusted.step_trainer_trusted").grain)
        return {name: self._rows(name, columns[name]) for name in MADE}

    def _rows(self, name: str, columns: Sequence[str]) -> Rows:
        return Counter(tuple(row[column] for column in columns) for row in content(self.opened, table(name)))

    def expected(self) -> dict[str, Rows]:
        """What the tables have to hold."""
        motions, steps = (chain.from_iterable(self.delivered[source]) for source in SOURCES[1:])
        return expected(self.delivered["customer"], motions, steps, KEY)

    def snapshots(self) -> dict[str, int | None]:
        """The published snapshot of every table."""
        return {name: current(self.opened, spec) for name, spec in TABLES.items()}
