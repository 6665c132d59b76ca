"""Laws over random histories of deliveries, compactions and expiry: what increments make is what a rebuild makes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.properties.lake import Lake

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.lake import Lake as OpenedLake

pytestmark = [pytest.mark.properties]

START = 1_704_067_200_000
PEOPLE = ("ann", "ben", "cleo", "dan")
DEVICES = ("d1", "d2", "d3", "d4")

HISTORIES = int(os.environ.get("STEDI_HISTORIES", "2"))

Record = dict[str, Any]
UPSTREAM = (
    "landing.customer_landing",
    "landing.accelerometer_landing",
    "landing.step_trainer_landing",
    "trusted.customer_trusted",
    "trusted.accelerometer_trusted",
    "trusted.step_trainer_trusted",
    "curated.customer_curated",
    "curated.machine_learning_curated",
)

people, devices = st.sampled_from(PEOPLE), st.sampled_from(DEVICES)
# Few instants, so that both sides of a join meet, and a day apart, so that days matter.
instants = st.sampled_from([START + day * 86_400_000 + second * 1000 for day in (0, 1, 2) for second in (0, 1)])


# Devices are registered, and change hands, before, between and after the instants of readings.
moments = st.sampled_from([START + hour * 3_600_000 for hour in (-1, 0, 1, 24, 25, 48)])


def address(name: str) -> st.SearchStrategy[str]:
    """An address, mostly spelt as ever."""
    return st.sampled_from([f"{name}@example.test"] * 4 + [f"{name.upper()}@example.test", f"{name}@Example.TEST"])


@st.composite
def customer(draw: st.DrawFn, *, with_refused: bool = True) -> Record:
    name = draw(people)
    record: Record = {
        "customerName": name,
        "email": draw(address(name)),
        "phone": "1",
        "birthDay": "1990-01-01",
        # Mostly one's own; often another's: chains and cycles of exchanged devices.
        "serialNumber": draw(st.sampled_from([DEVICES[PEOPLE.index(name)]] * 4 + [*DEVICES, "D1", "d 2"])),
        "registrationDate": draw(moments),
        "lastUpdateDate": draw(moments) + draw(st.integers(0, 6)),
    }
    if (since := draw(st.one_of(st.none(), instants, instants))) is not None:
        record["shareWithResearchAsOfDate"] = since
    if with_refused and draw(st.integers(0, 7)) == 0:
        del record[draw(st.sampled_from(["phone", "lastUpdateDate"]))]
    return record


@st.composite
def motion(draw: st.DrawFn) -> Record:
    return {
        "user": draw(people.flatmap(address)),
        "timestamp": draw(instants),
        "x": draw(st.sampled_from([0.0, 1.0])),
        "y": 0.0,
        "z": 0.0,
    }


@st.composite
def step(draw: st.DrawFn) -> Record:
    return {
        "sensorReadingTime": draw(instants),
        "serialNumber": draw(devices),
        "distanceFromObject": draw(st.sampled_from([1, 2])),
    }


def deliveries(*, with_refused: bool = True) -> st.SearchStrategy[dict[str, list[Record]]]:
    """What comes at once, of each source."""
    return st.fixed_dictionaries(
        {
            "customer": st.lists(customer(with_refused=with_refused), max_size=4),
            "accelerometer": st.lists(motion(), max_size=6),
            "step_trainer": st.lists(step(), max_size=6),
        }
    )


class History(RuleBasedStateMachine):
    """Deliveries, runs that stop half way, compaction, expiry and erasure, in any order."""

    spark: SparkSession
    opened: OpenedLake
    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.lake = Lake(self.opened, self.folder, self.spark)
        # Tables are not made before the first run.
        self.behind = True

    @rule(records=deliveries())
    def deliver_and_run(self, records: dict[str, list[Record]]) -> None:
        self.lake.run(self.lake.deliver(records))
        self.behind = False

    @rule(records=deliveries(), tables=st.integers(0, 4))
    def deliver_and_stop_half_way(self, records: dict[str, list[Record]], tables: int) -> None:
        self.lake.run(self.lake.deliver(records), tables=tables)
        self.behind = True

    @rule()
    def run_again(self) -> None:
        if self.behind:
            self.lake.run()
            self.behind = False
        before = self.lake.snapshots()
        self.lake.run()
        assert self.lake.snapshots() == before

    @rule(identifier=st.sampled_from(UPSTREAM))
    def compact(self, identifier: str) -> None:
        self.lake.compact(identifier)

    @rule(identifier=st.sampled_from(UPSTREAM))
    def expire(self, identifier: str) -> None:
        self.lake.expire(identifier)

    @rule(name=people)
    def erase_from_landing(self, name: str) -> None:
        self.lake.erase(f"{name}@example.test")
        self.behind = True

    @invariant()
    def tables_say_what_the_words_mean(self) -> None:
        if not self.behind:
            assert self.lake.made() == self.lake.expected()

    def teardown(self) -> None:
        """What increments made is what a rebuild makes, row by row."""
        self.lake.run()
        by_increments = self.lake.contents()
        self.lake.run(rebuild=True)
        rebuilt = self.lake.contents()
        different = {name: (rows - rebuilt[name], rebuilt[name] - rows) for name, rows in by_increments.items()}
        assert not {name: rows for name, rows in different.items() if any(rows)}


@settings(
    max_examples=max(1, HISTORIES // 2),
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_any_order_of_files_gives_the_same_tables(lake: OpenedLake, tmp_path: Path, data: st.DataObject) -> None:
    """Records of the same time among them; none that is refused, as it matters what comes after such a one."""
    files = data.draw(st.lists(deliveries(with_refused=False), min_size=3, max_size=3))
    found = []
    for order in (files, data.draw(st.permutations(files))):
        delivered = Lake(lake, tmp_path / "drops")
        for records in order:
            delivered.run(delivered.deliver(records))
        found.append(delivered.contents())
    assert found[0] == found[1]


@pytest.mark.spark
def test_any_history_gives_what_a_rebuild_gives(spark: SparkSession, lake: OpenedLake, tmp_path: Path) -> None:
    History.spark, History.opened, History.folder = spark, lake, tmp_path / "drops"
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=8,
            deadline=None,
            database=None,
            print_blob=False,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
