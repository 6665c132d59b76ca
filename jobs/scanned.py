"""The new rows of a table where they are many: Spark scans the inputs for the part that matters.

The days of the new readings say which partitions are read; see ``jobs/gathered.py`` for the same where rows are few.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from catalog.changes import appended
from catalog.spark_sql import by_spark
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from catalog.tables import read
from jobs.affected import subject_of
from jobs.days import days_of, within_days
from jobs.upstream import Upstream

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.spec import TableSpec


@dataclass(frozen=True)
class Scan(Upstream):
    """An increment whose rows Spark scans for.

    Attributes:
        spark: the session.
    """

    spark: SparkSession

    def rows(self) -> DataFrame:
        """The rows to add."""
        spec, inputs = self.made, self.inputs
        added = [self._added(each) for each in inputs if each.instant]
        parts = [part for part in added if part is not None]
        if len(parts) > 1:
            # What is new on both sides of a join is made twice.
            parts = [_united(parts).dropDuplicates(list(spec.grain))]
        if self.concerned.people:
            parts.append(self._made_of({each.name: self._of_concerned(each) for each in inputs}))
        return _united(parts) if parts else self._now(spec).where("false")

    def _made_of(self, inputs: dict[str, DataFrame]) -> DataFrame:
        return by_spark(self.spark, self.job.transform, inputs, self.functions)

    def _added(self, source: TableSpec) -> DataFrame | None:
        """Rows that one input's new readings make for people who are not made again; None where it has none.

        Of the other inputs, only the days of these readings are read, and only the people whose they are. Rows that the
        table holds already (a reading delivered again, a customer with earlier readings) are left out.
        """
        spec, new = self.made, self._news(source).persist()
        days = days_of(new, source)
        if not days:
            return None
        near = self._near(source, new)
        others = {
            each.name: within_days(self._now(each), each, days)
            if each.instant
            else self._now(each).join(near, "person", "left_semi")
            for each in self.inputs
            if each != source
        }
        made = self._made_of(others | {source.name: new}).select(*spec.column_names).persist()
        # Counted, so that Spark knows how few rows it is and sends these, rather than the many that are held, around.
        if not made.count():
            return None
        held = within_days(self._now(spec), spec, days)
        again = held.join(made, list(spec.grain), "left_semi").select(*spec.grain)
        return made.join(again, list(spec.grain), "left_anti").select(*spec.column_names)

    def _now(self, spec: TableSpec) -> DataFrame:
        return read(self.spark, spec, self.now[spec.identifier])

    def _news(self, spec: TableSpec) -> DataFrame:
        """New readings of the people who are not made again."""
        new = appended(self.spark, spec, self.then[spec.identifier], self.now[spec.identifier])
        if not self.concerned.people:
            return new
        return new.join(self._keys(spec), subject_of(spec).column, "left_anti")

    def _near(self, source: TableSpec, new: DataFrame) -> DataFrame:
        """The people whom an input's new readings may be joined with, as the column person."""
        subject = subject_of(source)
        keys = new.select(new[subject.column].alias(subject.kind)).distinct()
        if subject.kind == "device":
            # Whoever ever had such a device, with all of their records: they say who had it when.
            return self._now(CUSTOMER_LANDING).join(keys, "device", "left_semi").select("person").distinct()
        return keys

    def _of_concerned(self, spec: TableSpec) -> DataFrame:
        if spec == QUARANTINE:
            return self._now(spec).where("people IS NOT NULL")
        return self._now(spec).join(self._keys(spec), subject_of(spec).column, "left_semi")

    def _keys(self, spec: TableSpec) -> DataFrame:
        """Whose rows are made again, as values of the table's subject column."""
        import pandas as pd

        column = subject_of(spec).column
        return self.spark.createDataFrame(pd.DataFrame({column: self.concerned.keys(spec)}), f"`{column}` string")


def _united(parts: list[DataFrame]) -> DataFrame:
    return reduce(lambda left, right: left.unionByName(right), parts)
