"""Rows are counted as readers get them: summaries still take off deletes that apply to nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.engine.spark_tables import read
from catalog.history.changes import change_between
from catalog.history.publications import table_history
from catalog.history.status import lake_status
from catalog.read.row_count import count_rows
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import table as spec_of
from catalog.training.dataset import rows_at
from tests.deletes import delete_positions
from tests.lake import emptied
from tests.lake_without_spark import append, customer, make_lake, table

if TYPE_CHECKING:
    from pathlib import Path

    from pyiceberg.table import Table
    from pyspark.sql import SparkSession

    from catalog.lake import Lake
    from catalog.profiles.profile import LocalProfile

CUSTOMERS = spec_of("trusted.customer_trusted")


def _file(opened: Table) -> str:
    return next(iter(opened.scan().plan_files())).file.file_path


def _people(name: str, count: int) -> list[dict[str, Any]]:
    emails = [f"{name}{number}@example.test" for number in range(count)]
    return [customer(email, person=email, device=email) for email in emails]


def _lake(folder: Path) -> tuple[LocalProfile, Table]:
    """Five rows of two runs; one is deleted twice, and of a file that is gone others."""
    profile = make_lake(folder / "lake")
    append(profile, CUSTOMERS.identifier, _people("p", 3), "run_1")
    opened = table(profile, CUSTOMERS.identifier)
    gone = [("file:///gone.parquet", position) for position in range(2)]
    delete_positions(opened, [(_file(opened), 1), *gone])
    delete_positions(opened, [(_file(opened), 1)])
    append(profile, CUSTOMERS.identifier, _people("q", 2), "run_2")
    return profile, opened.refresh()


def test_deletes_that_apply_to_nothing_take_off_nothing(tmp_path: Path) -> None:
    _, opened = _lake(tmp_path)
    snapshot = opened.current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    said = snapshot.summary.additional_properties
    assert int(said["total-records"]) - int(said["total-position-deletes"]) == 1  # what summaries would say
    assert opened.scan().to_arrow().num_rows == 4
    assert count_rows(opened, snapshot.snapshot_id) == rows_at(opened, snapshot.snapshot_id) == 4


def test_status_history_and_volume_count_alike(tmp_path: Path) -> None:
    profile, opened = _lake(tmp_path)
    snapshot = opened.current_snapshot()
    assert snapshot is not None
    assert {state.table: state.rows for state in lake_status(profile)}[CUSTOMERS.identifier] == 4
    assert [entry.rows for entry in table_history(profile, CUSTOMERS)] == [4, 2, 2, 3]
    with SnapshotReader(profile) as reader:
        assert reader.rows(CUSTOMERS, snapshot.snapshot_id) == 4
        assert reader.rows_by_run(CUSTOMERS, snapshot.snapshot_id, 9) == [3, 4]


def test_no_file_is_opened_where_none_is_deleted_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = make_lake(tmp_path / "lake")
    snapshot = append(profile, CUSTOMERS.identifier, _people("p", 1))
    opened = table(profile, CUSTOMERS.identifier)

    def planned(*_: object, **__: object) -> None:
        pytest.fail("the list of manifests says it")

    monkeypatch.setattr(type(opened), "scan", planned)
    assert count_rows(opened, snapshot) == 1


@pytest.mark.spark
def test_after_a_compaction(spark: SparkSession, lake: Lake) -> None:
    emptied(lake)
    name = lake.sql_name(CUSTOMERS)
    columns = ", ".join(
        f"'{column.name}' || id AS {column.name}" if column.type == "string" else f"id AS {column.name}"
        for column in CUSTOMERS.columns
    )
    spark.sql(f"INSERT INTO {name} SELECT /*+ COALESCE(1) */ {columns} FROM range(10)")
    spark.sql(f"DELETE FROM {name} WHERE registrationDate < 3")
    options = "map('rewrite-all', 'true')"
    spark.sql(f"CALL stedi.system.rewrite_data_files(table => '{CUSTOMERS.identifier}', options => {options})")
    snapshot = lake.table(CUSTOMERS).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    try:
        assert snapshot.summary["total-position-deletes"] == "3"
        assert {state.table: state.rows for state in lake_status(lake.profile)}[CUSTOMERS.identifier] == 7
        assert read(spark, lake, CUSTOMERS, snapshot.snapshot_id).count() == 7
        change = change_between(lake.table(CUSTOMERS), CUSTOMERS.identifier, snapshot.snapshot_id, snapshot.snapshot_id)
        assert change.before() == 7
    finally:
        emptied(lake)
