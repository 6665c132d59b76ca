"""What an increment reads and makes: the days and people of the new readings, whatever else the tables hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs import table
from jobs.incremental.increment import affected_subjects, increment
from jobs.lineage import job_for
from jobs.pseudonym import key_fingerprint
from jobs.run.plan import provenance_at
from jobs.run.snapshots import published_snapshots
from tests.lake import KEY, begun, emptied, make_and_publish, seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec

START, DAY = 1_704_067_200_000, 86_400_000
DAYS, PEOPLE = 10, 300
MOTION, DISTANCE = table("trusted.accelerometer_trusted"), table("trusted.step_trainer_trusted")
CURATED, TRAINING = table("curated.customer_curated"), table("curated.machine_learning_curated")
JOB = job_for(TRAINING.identifier)

Rows = list[dict[str, Any]]


def _motions(people: Iterable[int], times: Iterable[int]) -> Rows:
    return [
        {"user": f"{p}@x.test", "person": f"{p}@x.test", "timestamp": time, "x": 1.0, "readingTime": time * 1000}
        for time in times
        for p in people
    ]


def _steps(people: Iterable[int], times: Iterable[int]) -> Rows:
    return [
        {
            "sensorReadingTime": time,
            "serialNumber": f"d{p}",
            "distanceFromObject": p % 100,
            "person": f"{p}@x.test",
            "readingTime": time * 1000,
        }
        for time in times
        for p in people
    ]


@pytest.fixture(scope="module", autouse=True)
def _lake(lake: Lake) -> Iterator[None]:
    """Ten days of readings are in the training table; of the last day, two people have new ones upstream."""
    emptied(lake)
    people = [
        {"email": f"{p}@x.test", "person": f"{p}@x.test", "serialNumber": f"d{p}", "device": f"d{p}"}
        for p in range(PEOPLE)
    ]
    seed(lake, table("landing.customer_landing"), [row | {"sourceFile": "f"} for row in people])
    job = job_for("trusted.customer_trusted")
    origin = provenance_at(lake, job, published_snapshots(lake), key_fingerprint(KEY)).properties()
    days = [START + day * DAY for day in range(DAYS)]
    given: dict[TableSpec, Rows] = {
        CURATED: [row | {"shareWithResearchAsOfDate": START} for row in people],
        MOTION: _motions(range(PEOPLE), days),
        DISTANCE: _steps(range(PEOPLE), days),
    }
    for spec, rows in given.items():
        seed(lake, spec, rows, properties=origin, replaces=True)
    with begun(lake) as context:
        make_and_publish(context, JOB)
    seed(lake, MOTION, _motions((1, 2), [days[-1] + 1]))
    seed(lake, DISTANCE, _steps((1, 2), [days[-1] + 1]))
    yield
    emptied(lake)


def test_only_the_days_of_new_readings_are_read(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[str, list[int] | None]] = []
    genuine = SnapshotReader.relation

    def noted(self: SnapshotReader, spec: TableSpec, snapshot_id: int | None, days: Any = None) -> str:
        if snapshot_id is not None and spec.instant:
            read.append((spec.identifier, days))
        return genuine(self, spec, snapshot_id, days)

    monkeypatch.setattr(SnapshotReader, "relation", noted)
    snapshots, last = published_snapshots(lake), (START + (DAYS - 1) * DAY) // DAY
    with begun(lake) as context:
        reader, functions = context.reader, context.functions(JOB)
        from catalog.history.changes import provenance_of

        made_from = provenance_of(lake.table(TRAINING).metadata, snapshots.of(TRAINING))
        assert made_from is not None
        affected = affected_subjects(reader, JOB, made_from, snapshots, functions)
        change = increment(affected, JOB, made_from, snapshots, functions)
        assert sorted(d for (d,) in reader.fetch(f"SELECT distanceFromObject FROM {change.rows}")) == [1, 2]
        assert change.deletes == ()
    # Whole tables are never read: what is new of them is told by files, the rest by the new readings' days.
    assert {days and tuple(days) for _, days in read} == {(last,)}
    assert {name for name, _ in read} == {MOTION.identifier, DISTANCE.identifier, TRAINING.identifier}
