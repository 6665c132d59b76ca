"""Work that is spread over executors, or done in this process where there is little of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyspark.sql import SparkSession

T = TypeVar("T")
R = TypeVar("R")
# To start the executors' Python takes as long as to read this much.
_LITTLE_BYTES = 32 * 1024 * 1024


def spread(
    spark: SparkSession, items: Sequence[T], do: Callable[[Iterable[T]], Iterable[R]], *, reads: int, tasks: int
) -> list[R]:
    """What becomes of items that say what to read.

    Args:
        spark: the session, whose executors do the work.
        items: what to work on.
        do: the work, on the items of one task.
        reads: how many bytes all of it reads; this process does it where they are few.
        tasks: into how many tasks to part it.
    """
    if reads <= _LITTLE_BYTES:
        return list(do(iter(items)))
    return list(spark.sparkContext.parallelize(items, max(1, min(len(items), tasks))).mapPartitions(do).collect())
