"""Either reader of the suites sees of every snapshot what Spark sees: deletes, days, and what was appended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.engine.spark_reader import SparkReader
from catalog.errors import DamagedLakeError
from catalog.read.snapshot_reader import SnapshotReader
from catalog.schema.table_spec import DAY_MS
from catalog.specs import table
from tests.few_rows import for_few_rows
from tests.lake import current, emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.lake import Lake
    from catalog.profiles.profile import LocalProfile
    from catalog.read.relation_reader import RelationReader

pytestmark = pytest.mark.spark

READINGS = table("trusted.accelerometer_trusted")
DAYS = (19_000, 19_001, 19_005)


NAME = f"stedi.{READINGS.identifier}"


@pytest.fixture(scope="module")
def snapshots(spark: SparkSession, lake: Lake) -> Iterator[dict[str, int]]:
    """Readings of a and b on three days, in one file a day; later ones of b; a's deleted; compacted; one more of b."""

    emptied(lake)

    def now() -> int:
        snapshot = current(lake, READINGS)
        assert snapshot is not None
        return snapshot

    found = {}
    first = [f"('{user}', {day * DAY_MS}L)" for day in DAYS for user in "ab"]
    later = [f"('b', {day * DAY_MS + 1}L)" for day in DAYS]
    for name, values in (("first", first), ("later", later)):
        spark.sql(
            f"INSERT INTO {NAME} SELECT /*+ COALESCE(1) */ u, t, 1.0D, 2.0D, 3.0D, u, "
            f"timestamp_millis(t) FROM VALUES {', '.join(values)} AS v(u, t)"
        )
        found[name] = now()
    spark.sql(f"DELETE FROM {NAME} WHERE user = 'a' AND timestamp < {DAYS[2] * DAY_MS}")
    deletes = lake.table(READINGS).current_snapshot()
    assert deletes is not None
    assert deletes.summary is not None
    assert deletes.summary["total-position-deletes"] == "2"
    found["deleted"] = now()
    options = "map('rewrite-all', 'true')"
    spark.sql(f"CALL stedi.system.rewrite_data_files(table => '{READINGS.identifier}', options => {options})")
    found["compacted"] = now()
    spark.sql(f"INSERT INTO {NAME} SELECT 'b', 1L, 1.0D, 2.0D, 3.0D, 'b', timestamp_millis(1L)")
    found["more"] = now()
    yield found
    emptied(lake)


@pytest.fixture(params=[False, True], ids=["embedded", "spark"])
def reader(spark: SparkSession, profile: LocalProfile, request: pytest.FixtureRequest) -> Iterator[RelationReader]:
    with for_few_rows(SparkReader(spark, profile)) if request.param else SnapshotReader(profile) as opened:
        yield opened


def _rows(reader: RelationReader, relation: str) -> list[tuple[str, int]]:
    return [(user, time) for user, time in reader.fetch(f'SELECT "user", timestamp FROM {relation} ORDER BY 1, 2')]


def test_rows_of_every_snapshot(spark: SparkSession, snapshots: dict[str, int], reader: RelationReader) -> None:
    for snapshot in snapshots.values():
        by_spark = spark.sql(f"SELECT user, timestamp FROM {NAME} VERSION AS OF {snapshot} ORDER BY 1, 2")
        expected = [(row.user, row.timestamp) for row in by_spark.collect()]
        assert _rows(reader, reader.relation(READINGS, snapshot)) == expected
        # Deletes that compaction applied may still be listed: they count no row twice.
        assert reader.rows(READINGS, snapshot) == len(expected)
    assert [reader.rows(READINGS, snapshot) for snapshot in snapshots.values()] == [6, 9, 7, 7, 8]
    assert _rows(reader, reader.relation(READINGS, None)) == []
    assert reader.rows(READINGS, None) == 0


def test_days(snapshots: dict[str, int], reader: RelationReader) -> None:
    some = reader.relation(READINGS, snapshots["deleted"], [DAYS[1], DAYS[2]])
    b = [("b", day * DAY_MS + after) for day in DAYS[1:] for after in (0, 1)]
    assert _rows(reader, some) == [("a", DAYS[2] * DAY_MS), *b]
    assert _rows(reader, reader.relation(READINGS, snapshots["deleted"], [])) == []
    assert len(_rows(reader, reader.relation(READINGS, snapshots["deleted"]))) == 7
    assert reader.columns(some) == reader.columns(reader.relation(READINGS, None))


def test_what_was_appended(snapshots: dict[str, int], reader: RelationReader) -> None:
    later = [("b", day * DAY_MS + 1) for day in DAYS]
    assert _rows(reader, reader.appended(READINGS, snapshots["first"], snapshots["deleted"])) == later
    assert _rows(reader, reader.appended(READINGS, snapshots["deleted"], snapshots["compacted"])) == []
    assert _rows(reader, reader.appended(READINGS, snapshots["first"], snapshots["more"])) == [("b", 1), *later]
    assert len(_rows(reader, reader.appended(READINGS, None, snapshots["later"]))) == 9
    assert _rows(reader, reader.appended(READINGS, snapshots["later"], snapshots["later"])) == []
    with pytest.raises(DamagedLakeError, match="not in the history"):
        reader.appended(READINGS, snapshots["more"], snapshots["first"])
    with pytest.raises(DamagedLakeError, match="has no snapshot"):
        reader.relation(READINGS, 1)


def test_what_was_removed(snapshots: dict[str, int], reader: RelationReader) -> None:
    gone = [("a", day * DAY_MS) for day in DAYS[:2]]
    assert _rows(reader, reader.removed(READINGS, snapshots["first"], snapshots["more"])) == gone
    assert _rows(reader, reader.removed(READINGS, snapshots["later"], snapshots["deleted"])) == gone
    assert _rows(reader, reader.removed(READINGS, snapshots["first"], snapshots["later"])) == []
    assert _rows(reader, reader.removed(READINGS, snapshots["deleted"], snapshots["more"])) == []
    assert _rows(reader, reader.removed(READINGS, None, snapshots["more"])) == []


def test_rows_are_found_where_they_are(snapshots: dict[str, int], reader: RelationReader) -> None:
    """In ascending order, as delete files must name them, and without those that are deleted."""
    keys = reader.create_temp_table("keys", "SELECT 'a' AS key UNION ALL SELECT 'nobody'")
    found = reader.find(READINGS, snapshots["later"], "user", keys)
    assert {each.partition[0] for each in found} == set(DAYS)
    assert len(found) == len(DAYS)
    [left] = reader.find(READINGS, snapshots["deleted"], "user", keys)
    assert left.partition[0] == DAYS[2]
    everybody = reader.create_temp_table("everybody", "SELECT unnest(['a', 'b']) AS key")
    for each in reader.find(READINGS, snapshots["compacted"], "user", everybody):
        positions = each.positions.to_numpy()
        assert (positions[:-1] < positions[1:]).all()
    assert reader.find(READINGS, None, "user", keys) == []


def test_rows_among_keys_of_every_snapshot(
    spark: SparkSession, snapshots: dict[str, int], reader: RelationReader
) -> None:
    """In any order of snapshots, which share files: what was found in a file of one stands for all."""
    for keys in map(reader.keys, (["a", "nobody"], ["b"], ["a", "b"], [])):
        users = [user for (user,) in reader.fetch(f"SELECT key FROM {keys}")]
        for snapshot in [*snapshots.values(), *reversed(snapshots.values())]:
            expected = [
                (row.user, row.timestamp)
                for row in spark.sql(f"SELECT * FROM {NAME} VERSION AS OF {snapshot} ORDER BY 1, 2").collect()
                if row.user in users
            ]
            assert _rows(reader, reader.rows_among(READINGS, snapshot, "user", keys)) == expected
            [(places,)] = reader.fetch(f"SELECT count(*) FROM {reader.row_positions(READINGS, snapshot, 'user', keys)}")
            assert places == len(expected)
        assert _rows(reader, reader.rows_among(READINGS, None, "user", keys)) == []
        assert reader.fetch(f"FROM {reader.row_positions(READINGS, None, 'user', keys)}") == []


def test_rows_by_keys_some_of_which_were_asked_for_before(snapshots: dict[str, int], reader: RelationReader) -> None:
    rows = reader.relation(READINGS, snapshots["deleted"])
    held = _rows(reader, rows)
    for users in (["a"], ["a", "nobody", "b"], [], ["nobody"], ["b"]):
        expected = [row for row in held if row[0] in users]
        assert _rows(reader, f"({reader.rows_by_keys(rows, 'user', reader.keys(users))})") == expected
    assert len(held) == 7


def test_a_statement_is_computed_once(reader: RelationReader) -> None:
    reader.create_temp_table("moving", "SELECT 1 AS one")
    found = reader.materialize_once("SELECT one FROM moving")
    reader.create_temp_table("moving", "SELECT 2 AS one")
    assert reader.materialize_once("SELECT one FROM moving") == found
    assert reader.fetch(f"SELECT one FROM {found}") == [(1,)]
    assert reader.fetch(f"SELECT one FROM {reader.materialize_once('SELECT one FROM moving ')}") == [(2,)]


def test_the_same_keys_are_the_same_relation(reader: RelationReader) -> None:
    keys = reader.keys(["a", "it's"])
    assert reader.fetch(f"SELECT key FROM {keys} ORDER BY 1") == [("a",), ("it's",)]
    assert reader.keys(["a", "it's"]) == keys
    assert reader.fetch(f"SELECT * FROM {reader.keys([])}") == []
