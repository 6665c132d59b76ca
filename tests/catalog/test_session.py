"""Sessions: work that is spread."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from catalog.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyspark.sql import SparkSession


def _processes(items: Iterable[int]) -> Iterator[tuple[int, int]]:
    for item in items:
        yield item, os.getpid()


@pytest.mark.spark
@pytest.mark.parametrize(("reads", "here"), [(1_000, True), (1_000_000_000, False)])
def test_little_work_is_done_here_and_much_by_executors(spark: SparkSession, reads: int, *, here: bool) -> None:
    done = spread(spark, [1, 2, 3], _processes, reads=reads, tasks=2)
    assert sorted(item for item, _ in done) == [1, 2, 3]
    assert {process == os.getpid() for _, process in done} == {here}
