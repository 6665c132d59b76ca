"""Statements of Spark's SQL are done alike by both engines, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from sqlglot.errors import UnsupportedError

from catalog.read.snapshot_reader import SnapshotReader
from catalog.read.statements import by_reader, by_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from catalog.profiles.profile import LocalProfile

pytestmark = pytest.mark.spark

READINGS = pa.table({"user": ["ab", "ab", "cd", None], "timestamp": [1, 1_700_000_000_123, 3, 4]})
KNOWN = pa.table({"user": ["ab", None]})
FUNCTIONS = {"turned": lambda text: text[::-1]}


def statement(readings: str, known: str) -> str:
    return f"""
        SELECT /*+ BROADCAST(r) */ l.user, turned(l.user) AS turned, timestamp_millis(l.timestamp) AS at,
          row_number() OVER (PARTITION BY l.user ORDER BY l.timestamp DESC) AS newness
        FROM {readings} l LEFT SEMI JOIN {known} r ON l.user = r.user"""


def test_both_engines_give_the_same(spark: SparkSession, profile: LocalProfile) -> None:
    frames = {
        "readings": spark.createDataFrame(READINGS.to_pandas(), "user string, timestamp bigint"),
        "known": spark.createDataFrame(KNOWN.to_pandas(), "user string"),
    }
    made = by_spark(spark, statement, frames, FUNCTIONS).selectExpr("user", "turned", "unix_millis(at)", "newness")
    with SnapshotReader(profile) as reader:
        held = {"readings": reader.load_arrow("readings", READINGS), "known": reader.load_arrow("known", KNOWN)}
        sql = by_reader(reader, statement, held, FUNCTIONS)
        rows = reader.fetch(f'SELECT "user", turned, epoch_ms("at"), newness FROM ({sql})')
    assert (
        sorted(rows) == sorted(map(tuple, made.collect())) == [("ab", "ba", 1, 2), ("ab", "ba", 1_700_000_000_123, 1)]
    )


@pytest.mark.usefixtures("spark")
def test_what_cannot_be_said_in_the_other_dialect_is_no_statement(profile: LocalProfile) -> None:
    with SnapshotReader(profile) as reader, pytest.raises(UnsupportedError, match="accuracy"):
        by_reader(reader, lambda: "SELECT approx_count_distinct(user, 0.01) FROM readings", {}, {})
