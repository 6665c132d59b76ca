"""What Spark hands to this process, noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

if TYPE_CHECKING:
    import pytest
    from pyspark.sql import Row

# Every other way out of a DataFrame.
_OTHERS = ("_collect_as_arrow", "toLocalIterator", "toPandas", "foreach", "foreachPartition")


@dataclass
class Collected:
    """What came so far.

    Attributes:
        rows: the rows.
        plans: the plan of each statement that they came from, as it was executed.
    """

    rows: list[Row] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)


def note_collected(patch: pytest.MonkeyPatch) -> Collected:
    """Note all rows that are collected from now on; there is no other way out any more."""
    noted, collect = Collected(), DataFrame.collect

    def collecting(frame: DataFrame) -> list[Row]:
        rows = collect(frame)
        noted.rows.extend(rows)
        noted.plans.append(frame._jdf.queryExecution().executedPlan().toString())
        return rows

    for other in _OTHERS:
        patch.setattr(DataFrame, other, None)
    patch.setattr(DataFrame, "collect", collecting)
    return noted
