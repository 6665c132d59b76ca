"""The same behaviour on a local lake and on Glue and S3: each test is written once and runs on both catalogs."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from catalog.databases import use_databases_of
from catalog.publish import publish, write_candidate
from jobs.ingest import ingest
from jobs.making import make_table
from jobs.plan import Policy
from jobs.publishing import guarded, record
from jobs.rollback import roll_back

from catalog.drop import list_drop
from catalog.errors import DataRefusedError, RetryableError
from catalog.glue_profile import GlueProfile
from catalog.history import table_history
from catalog.moment import open_table, resolve
from catalog.query.engine import query_local
from catalog.session import session_beside
from catalog.specs import table
from catalog.status import has_all_tables, lake_status
from catalog.tables import create_tables, read
from catalog.tags import tag_lake, untag_lake
from jobs.lineage import job_for
from jobs.run import begin
from jobs.simulator import Delivery, Scenario, simulate
from jobs.stages import Stages
from tests.lake import emptied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.profile import LocalProfile, Profile
    from jobs.run import Run

pytestmark = pytest.mark.spark

KEY = bytes(32)
CUSTOMERS, READINGS, DEVICES = (
    "trusted.customer_trusted",
    "trusted.accelerometer_trusted",
    "trusted.step_trainer_trusted",
)


@dataclass
class Lake:
    """A lake, the session on it, and what was delivered to it."""

    profile: Profile
    spark: SparkSession

    def run(self, work: Callable[[Run], None], policy: Policy | None = None) -> Run:
        """One run, recorded whether it is refused or not."""
        run = begin(self.spark, self.profile, Stages(), KEY, policy)
        with closing(run):
            try:
                guarded(run, work)
            finally:
                record(run)
        return run

    def rows(self, identifier: str) -> list[dict[str, Any]]:
        """What pyiceberg reads of a table, in some order of its own."""
        found = open_table(self.profile, table(identifier)).scan().to_arrow().to_pylist()
        return sorted(found, key=repr)

    def ask(self, sql: str) -> Any:
        """The only value of the answer of the embedded engine."""
        with query_local(self.profile, sql) as result:
            [[value]] = [list(row.values()) for batch in result.batches for row in batch.to_pylist()]
        return value


@pytest.fixture(scope="module", params=["local", "emulated"])
def lake(request: pytest.FixtureRequest, spark: SparkSession, profile: LocalProfile) -> Iterator[Lake]:
    if request.param == "local":
        emptied(spark)
        yield Lake(profile, spark)
        emptied(spark)
        return
    # A prefix, so that nobody names a database by its zone alone.
    emulated = request.getfixturevalue("emulated").with_prefix("it_")
    beside = session_beside(spark, emulated)
    try:
        create_tables(beside)
        yield Lake(emulated, beside)
    finally:
        use_databases_of(profile)


@dataclass
class Lived:
    """A lake after two deliveries: in the second, somebody withdraws."""

    lake: Lake
    delivery: Delivery
    leaving: dict[str, Any]
    first: Run
    second: Run


def _deliver(lake: Lake, folder: Path) -> Run:
    """Ingest and make two tables; from the drop bucket where the lake has one."""
    drop: Path | str = folder
    if isinstance(lake.profile, GlueProfile):
        lake.profile.deliver(folder)
        drop = lake.profile.drop(None) or ""

    def work(run: Run) -> None:
        ingest(run, drop)
        for identifier in (CUSTOMERS, READINGS):
            make_table(run, job_for(identifier))

    assert len(list_drop(drop).files) >= 1
    return lake.run(work)


@pytest.fixture(scope="module")
def lived(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("delivered")
    delivery = simulate(Scenario(customers=25, seed=5, malformed=0.05), folder / "first")
    first = _deliver(lake, folder / "first")
    leaving = lake.rows(CUSTOMERS)[0]
    withdrawal = {name: value for name, value in leaving.items() if value is not None and not name.startswith("share")}
    withdrawal["lastUpdateDate"] += 1
    second = folder / "second" / "customer" / "landing"
    second.mkdir(parents=True)
    (second / "withdrawal.json").write_text(json.dumps(withdrawal), encoding="utf-8")
    return Lived(lake, delivery, leaving, first, _deliver(lake, folder / "second"))


def test_every_object_is_landed_or_quarantined(lived: Lived) -> None:
    assert has_all_tables(lived.lake.profile)
    states = {state.table: state.rows for state in lake_status(lived.lake.profile)}
    for source, written in lived.delivery.sources.items():
        withdrawals = 1 if source == "customer" else 0
        assert states[f"landing.{source}_landing"] == written.acceptable + withdrawals
    malformed = sum(sum(written.malformed.values()) for written in lived.delivery.sources.values())
    assert states["landing.quarantine"] == malformed > 0
    reasons = {row["reason"] for row in lived.lake.rows("landing.quarantine")}
    assert None not in reasons
    assert lived.lake.ask("SELECT count(*) FROM landing.quarantine WHERE reason IS NULL") == 0


def test_an_increment_takes_out_who_withdrew_and_is_what_a_rebuild_makes(lived: Lived) -> None:
    lake, email = lived.lake, lived.leaving["email"]
    first = {step.table: step.rows for step in lived.first.steps}
    second = {step.table: step for step in lived.second.steps}
    assert first[CUSTOMERS] == lived.delivery.consented
    assert first[READINGS] == lived.delivery.usable_accelerometer
    assert second[CUSTOMERS].rows == first[CUSTOMERS] - 1
    assert second[READINGS].how.startswith("incremental")
    increment = lake.rows(READINGS)
    assert email not in {row["user"] for row in increment}
    again = lake.run(lambda run: make_table(run, job_for(READINGS)), Policy(frozenset({READINGS})))
    assert [step.how.partition(":")[0] for step in again.steps] == ["rebuild"]
    assert lake.rows(READINGS) == increment


def test_the_same_again_publishes_nothing(lived: Lived) -> None:
    again = lived.lake.run(lambda run: make_table(run, job_for(CUSTOMERS)))
    assert [step.outcome for step in again.steps] == ["unchanged"]


def test_history_tells_both_runs_and_every_moment_can_be_read(lived: Lived) -> None:
    lake = lived.lake
    second, first = table_history(lake.profile, table(CUSTOMERS))[:2]
    assert (second.run, first.run) == (lived.second.run_id, lived.first.run_id)
    assert lake.ask(f"SELECT count(*) FROM {CUSTOMERS} FOR VERSION AS OF {first.snapshot}") == first.rows
    assert lake.ask(f"SELECT count(*) FROM {CUSTOMERS}") == second.rows == first.rows - 1
    assert read(lake.spark, table(CUSTOMERS), first.snapshot).count() == first.rows
    tagged = tag_lake(lake.profile, "v1", 30)
    assert resolve(open_table(lake.profile, table(CUSTOMERS)), table(CUSTOMERS), "v1") == tagged[CUSTOMERS]
    assert CUSTOMERS in untag_lake(lake.profile, "v1")


def test_nobody_who_withdrew_comes_back_by_a_rollback(lived: Lived) -> None:
    lake = lived.lake
    now, earlier = table_history(lake.profile, table(CUSTOMERS))[:2]
    with pytest.raises(DataRefusedError, match="does not hold"):
        lake.run(lambda run: roll_back(run, job_for(CUSTOMERS), earlier.snapshot))
    assert table_history(lake.profile, table(CUSTOMERS))[0] == now


def test_a_damaged_table_is_rolled_back(lived: Lived) -> None:
    lake, good = lived.lake, lived.lake.rows(CUSTOMERS)
    published = table_history(lake.profile, table(CUSTOMERS))[0].snapshot
    damaged = f"stedi.{lake.profile.database('trusted')}.customer_trusted"
    lake.spark.sql(f"DELETE FROM {damaged} WHERE email = '{good[0]['email']}'")
    assert len(lake.rows(CUSTOMERS)) < len(good)
    lake.run(lambda run: roll_back(run, job_for(CUSTOMERS), published))
    assert lake.rows(CUSTOMERS) == good
    assert table_history(lake.profile, table(CUSTOMERS))[0].operation == "rollback"


def test_who_publishes_upon_a_table_that_has_moved_is_told_to_run_again(lake: Lake) -> None:
    spec = table(DEVICES)
    rows = lake.spark.range(1).selectExpr(
        "id AS sensorReadingTime",
        "'d' AS serialNumber",
        "7 AS distanceFromObject",
        "'p' AS person",
        "timestamp_millis(0) AS readingTime",
    )
    publish(lake.spark, write_candidate(lake.spark, spec, rows, "test_first", "append", {}))
    slow = write_candidate(lake.spark, spec, rows, "test_slow", "append", {})
    publish(lake.spark, write_candidate(lake.spark, spec, rows, "test_quick", "append", {}))
    with pytest.raises(RetryableError, match=r"another writer.*Run again"):
        publish(lake.spark, slow)
    assert len(lake.rows(DEVICES)) == 2
