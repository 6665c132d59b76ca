"""The same behaviour on a local lake and on Glue and S3: each test is written once and runs on both catalogs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from catalog.commit.publish import publish
from catalog.commit.tables import create_tables
from catalog.drop.listing import list_drop
from catalog.engine.session import session_beside
from catalog.engine.spark_tables import read
from catalog.errors import RetryableError
from catalog.history.publications import table_history
from catalog.history.status import has_all_tables, lake_status
from catalog.history.tags import tag_lake, untag_lake
from catalog.history.time_travel import open_table, resolve
from catalog.lake import Lake as OpenedLake
from catalog.lake import connect_catalog
from catalog.profiles.glue import GlueProfile
from catalog.query.engine import query_local
from catalog.specs import table
from jobs.lineage import job_for
from jobs.run.pipeline import run
from jobs.run.plan import Policy
from jobs.run.record import record_verdicts
from jobs.run.rollback import roll_back
from jobs.simulator import Delivery, Scenario, simulate
from tests.lake import begun, emptied, seed, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.profiles.profile import Profile
    from jobs.run.context import RunContext
    from jobs.run.pipeline import RunResult

pytestmark = pytest.mark.spark

CUSTOMERS, READINGS, DEVICES = (
    "trusted.customer_trusted",
    "trusted.accelerometer_trusted",
    "trusted.step_trainer_trusted",
)


@dataclass
class Lake:
    """A lake, a Spark session that reads it, and what was delivered to it."""

    opened: OpenedLake
    spark: SparkSession

    @property
    def profile(self) -> Profile:
        return self.opened.profile

    def run(self, work: Callable[[RunContext], RunResult], policy: Policy | None = None) -> tuple[RunResult, str]:
        """One run and its id, recorded whether it is refused or not."""
        with begun(self.opened, policy) as context:
            result = work(context)
            record_verdicts(self.opened, context.run_id, result.verdicts)
        return result, context.run_id

    def make(self, *identifiers: str, policy: Policy | None = None) -> RunResult:
        """Make these tables."""
        jobs = [job_for(identifier) for identifier in identifiers]
        return self.run(lambda context: run(context, jobs), policy)[0]

    def rows(self, identifier: str) -> list[dict[str, Any]]:
        """What pyiceberg reads of a table, in some order of its own."""
        found = open_table(self.profile, table(identifier)).scan().to_arrow().to_pylist()
        return sorted(found, key=repr)

    def ask(self, sql: str) -> Any:
        """The only value of the answer of the embedded engine."""
        with query_local(self.profile, sql, withdrawn=True) as result:
            [[value]] = [list(row.values()) for batch in result.batches for row in batch.to_pylist()]
        return value


@pytest.fixture(scope="module", params=["local", "emulated"])
def both(request: pytest.FixtureRequest, spark: SparkSession, lake: OpenedLake) -> Iterator[Lake]:
    if request.param == "local":
        emptied(lake)
        yield Lake(lake, spark)
        emptied(lake)
        return
    # A prefix, so that nobody names a database by its zone alone.
    emulated = request.getfixturevalue("emulated").with_prefix("it_")
    opened = OpenedLake(emulated, connect_catalog(emulated))
    create_tables(opened)
    yield Lake(opened, session_beside(spark, emulated))


@dataclass
class Lived:
    """A lake after two deliveries: in the second, somebody withdraws."""

    lake: Lake
    delivery: Delivery
    leaving: dict[str, Any]
    first: RunResult
    second: RunResult
    runs: tuple[str, str]


def _deliver(lake: Lake, folder: Path) -> tuple[RunResult, str]:
    """Ingest and make two tables; from the drop bucket where the lake has one."""
    drop: Path | str = folder
    if isinstance(lake.profile, GlueProfile):
        lake.profile.deliver(folder)
        drop = lake.profile.drop(None) or ""
    assert len(list_drop(drop).files) >= 1
    jobs = [job_for(identifier) for identifier in (CUSTOMERS, READINGS)]
    return lake.run(lambda context: run(context, jobs, drop))


@pytest.fixture(scope="module")
def lived(both: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("delivered")
    delivery = simulate(Scenario(customers=25, seed=5, malformed=0.05), folder / "first")
    first, first_id = _deliver(both, folder / "first")
    leaving = both.rows(CUSTOMERS)[0]
    withdrawal = {name: value for name, value in leaving.items() if value is not None and not name.startswith("share")}
    withdrawal["lastUpdateDate"] += 1
    second = folder / "second" / "customer" / "landing"
    second.mkdir(parents=True)
    (second / "withdrawal.json").write_text(json.dumps(withdrawal), encoding="utf-8")
    withdrawn, second_id = _deliver(both, folder / "second")
    return Lived(both, delivery, leaving, first, withdrawn, (first_id, second_id))


def test_every_object_is_landed_or_quarantined(lived: Lived) -> None:
    assert has_all_tables(lived.lake.opened)
    states = {state.table: state.rows for state in lake_status(lived.lake.profile)}
    for source, made in lived.delivery.sources.items():
        withdrawals = 1 if source == "customer" else 0
        assert states[f"landing.{source}_landing"] == made.acceptable + withdrawals
    malformed = sum(sum(made.malformed.values()) for made in lived.delivery.sources.values())
    assert states["landing.quarantine"] == malformed > 0
    reasons = {row["reason"] for row in lived.lake.rows("landing.quarantine")}
    assert None not in reasons
    assert lived.lake.ask("SELECT count(*) FROM landing.quarantine WHERE reason IS NULL") == 0


def test_an_increment_takes_out_who_withdrew_and_is_what_a_rebuild_makes(lived: Lived) -> None:
    lake, email = lived.lake, lived.leaving["email"]
    first = {step.table: step.rows for step in lived.first.tables}
    second = {step.table: step for step in lived.second.tables}
    assert first[CUSTOMERS] == lived.delivery.consented
    assert first[READINGS] == lived.delivery.usable_accelerometer
    assert second[CUSTOMERS].rows == first[CUSTOMERS] - 1
    assert second[READINGS].how.startswith("incremental")
    increment = lake.rows(READINGS)
    assert email not in {row["user"] for row in increment}
    again = lake.make(READINGS, policy=Policy(frozenset({READINGS})))
    assert [step.how.partition(":")[0] for step in again.tables] == ["rebuild"]
    assert lake.rows(READINGS) == increment


def test_the_same_again_publishes_nothing(lived: Lived) -> None:
    again = lived.lake.make(CUSTOMERS)
    assert [step.outcome for step in again.tables] == ["unchanged"]


def test_history_tells_both_runs_and_every_moment_can_be_read(lived: Lived) -> None:
    lake = lived.lake
    second, first = table_history(lake.profile, table(CUSTOMERS))[:2]
    assert (first.run, second.run) == lived.runs
    assert lake.ask(f"SELECT count(*) FROM {CUSTOMERS} FOR VERSION AS OF {first.snapshot}") == first.rows
    assert lake.ask(f"SELECT count(*) FROM {CUSTOMERS}") == second.rows == first.rows - 1
    assert read(lake.spark, lake.opened, table(CUSTOMERS), first.snapshot).count() == first.rows
    tagged = tag_lake(lake.profile, "v1", 30)
    assert resolve(open_table(lake.profile, table(CUSTOMERS)), table(CUSTOMERS), "v1") == tagged[CUSTOMERS]
    assert CUSTOMERS in untag_lake(lake.profile, "v1")


def test_nobody_who_withdrew_comes_back_by_a_rollback(lived: Lived) -> None:
    lake = lived.lake
    now, earlier = table_history(lake.profile, table(CUSTOMERS))[:2]
    result, _ = lake.run(lambda context: roll_back(context, job_for(CUSTOMERS), earlier.snapshot))
    assert "failed its suite" in str(result.refusal)
    assert table_history(lake.profile, table(CUSTOMERS))[0] == now


def test_a_damaged_table_is_rolled_back(lived: Lived) -> None:
    lake, good = lived.lake, lived.lake.rows(CUSTOMERS)
    published = table_history(lake.profile, table(CUSTOMERS))[0].snapshot
    damaged = f"stedi.{lake.profile.database('trusted')}.customer_trusted"
    lake.spark.sql(f"DELETE FROM {damaged} WHERE email = '{good[0]['email']}'")
    assert len(lake.rows(CUSTOMERS)) < len(good)
    result, _ = lake.run(lambda context: roll_back(context, job_for(CUSTOMERS), published))
    assert result.refusal is None
    assert lake.rows(CUSTOMERS) == good
    assert table_history(lake.profile, table(CUSTOMERS))[0].operation == "rollback"


def test_who_publishes_upon_a_table_that_has_moved_is_told_to_run_again(both: Lake) -> None:
    spec, rows = table(DEVICES), [{"serialNumber": "d", "person": "p"}]
    seed(both.opened, spec, rows)
    slow = written(both.opened, spec, rows)
    seed(both.opened, spec, rows)
    with pytest.raises(RetryableError, match=r"another writer.*Run again"):
        publish(both.opened, slow)
    assert len(both.rows(DEVICES)) == 2
