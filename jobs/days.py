"""Days of readings, as conditions by which Iceberg leaves out partitions and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.spec import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame

    from catalog.spec import TableSpec

Days = list[tuple[int, int]]


def days_of(readings: DataFrame, spec: TableSpec) -> Days:
    """The days (UTC) on which there are readings, as spans of epoch ms: from the first, to before the second."""
    rows = readings.selectExpr(f"{spec.instant} div {DAY_MS} AS day").distinct().collect()
    return _spans(row.day for row in rows)


def _spans(days: Iterable[int]) -> Days:
    spans: Days = []
    for day in sorted(days):
        start, end = day * DAY_MS, (day + 1) * DAY_MS
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def within_days(rows: DataFrame, spec: TableSpec, days: Days) -> DataFrame:
    """The table's readings of these days; all rows where they are not readings."""
    if spec.instant is None:
        return rows
    # A table that is partitioned by day has the column of the partitioning; others have bounds of the instant per file.
    partitioned = spec.partitioned_by_days_of
    conditions = [
        f"{partitioned} >= timestamp_millis({start}) AND {partitioned} < timestamp_millis({end})"
        if partitioned
        else f"{spec.instant} >= {start} AND {spec.instant} < {end}"
        for start, end in days
    ]
    return rows.where(" OR ".join(f"({condition})" for condition in conditions))
