"""What the words mean, on a few rows, by both engines: consent, its withdrawal, its instant, one person at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from catalog.arrow_types import arrow_schema
from catalog.snapshot_reader import SnapshotReader
from catalog.spark_sql import by_reader, by_spark
from catalog.specs import table
from catalog.tables import read
from jobs.lineage import job_for
from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from catalog.profile import LocalProfile
    from jobs.job import Job

pytestmark = pytest.mark.spark

KEY = bytes(32)
TRUSTED, CURATED = "trusted.customer_trusted", "curated.customer_curated"
MOTION, DISTANCE = "trusted.accelerometer_trusted", "trusted.step_trainer_trusted"
TRAINING = "curated.machine_learning_curated"
FUNCTIONS = {"pseudonym": lambda email: pseudonym(email, KEY)}
Row = dict[str, Any]
Rows = list[Row]


def rows(identifier: str, *given: Row) -> Rows:
    """Rows of a table; what is not given of a required column is filled in."""
    filler = {"string": "", "long": 0, "int": 0, "double": 0.0, "timestamptz": datetime(2024, 1, 1, tzinfo=UTC)}
    return [
        {
            column.name: row.get(column.name, filler[column.type] if column.required else None)
            for column in table(identifier).columns
        }
        for row in given
    ]


def frame(spark: SparkSession, identifier: str, given: Rows) -> DataFrame:
    """Rows of a table as a DataFrame."""
    spec = table(identifier)
    values = [tuple(row[name] for name in spec.column_names) for row in given]
    return spark.createDataFrame(values, read(spark, spec, None).schema)


def customers(*given: tuple[str, str, int, int | None]) -> Rows:
    """Customer records as landed: e-mail, serial number, lastUpdateDate, consent date; in the order of arrival."""
    return rows(
        "landing.customer_landing",
        *(
            {
                "email": email,
                "serialNumber": serial,
                "lastUpdateDate": updated,
                "shareWithResearchAsOfDate": since,
                "recordNumber": number,
            }
            for number, (email, serial, updated, since) in enumerate(given)
        ),
    )


def readings(*given: tuple[str, int, float]) -> Rows:
    return rows(
        "landing.accelerometer_landing",
        *({"user": user, "timestamp": time, "x": x, "y": 0.0, "z": 0.0} for user, time, x in given),
    )


def steps(*given: tuple[str, int, int]) -> Rows:
    return rows(
        "landing.step_trainer_landing",
        *(
            {"serialNumber": serial, "sensorReadingTime": time, "distanceFromObject": distance}
            for serial, time, distance in given
        ),
    )


Make = Callable[..., Rows]


@pytest.fixture(params=["spark", "reader"])
def make(request: pytest.FixtureRequest, spark: SparkSession, profile: LocalProfile) -> Iterator[Make]:
    """Makes the rows of a table from rows of what its job reads, in that order."""
    if request.param == "spark":
        yield lambda identifier, *inputs: _by_spark(spark, job_for(identifier), inputs)
        return
    with SnapshotReader(profile) as reader:
        yield lambda identifier, *inputs: _by_reader(reader, job_for(identifier), inputs)


def _by_spark(spark: SparkSession, job: Job, inputs: Sequence[Rows]) -> Rows:
    given = zip(job.reads, inputs, strict=True)
    frames = {table(identifier).name: frame(spark, identifier, rows) for identifier, rows in given}
    return [row.asDict() for row in by_spark(spark, job.transform, frames, FUNCTIONS).collect()]


def _by_reader(reader: SnapshotReader, job: Job, inputs: Sequence[Rows]) -> Rows:
    held = {
        (spec := table(identifier)).name: reader.hold(spec.name, pa.Table.from_pylist(rows, arrow_schema(spec)))
        for identifier, rows in zip(job.reads, inputs, strict=True)
    }
    made: Rows = reader.table(f"({by_reader(reader, job.transform, held, FUNCTIONS)})").to_pylist()
    return made


def values(rows: Rows, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[column] for column in columns) for row in rows)


def test_the_latest_record_decides(make: Make) -> None:
    landed = customers(
        ("agreed", "a", 1, None),
        ("agreed", "a", 2, 10),
        ("withdrew", "b", 2, None),
        ("withdrew", "b", 1, 10),
        ("never", "c", 1, None),
        ("tie-agrees", "d", 1, None),
        ("tie-agrees", "d", 1, 10),
    )
    assert values(make(TRUSTED, landed), "email", "shareWithResearchAsOfDate") == [("agreed", 10), ("tie-agrees", 10)]


def test_readings_count_from_the_instant_of_consent_and_once(make: Make) -> None:
    trusted = make(TRUSTED, customers(("a", "s", 1, 10), ("b", "t", 1, None)))
    landed = readings(("a", 9, 1.0), ("a", 10, 1.0), ("a", 10, 1.0), ("a", 10, 2.0), ("a", 11, -0.0), ("b", 11, 1.0))
    kept = make(MOTION, [*landed, *readings(("a", 11, 0.0))], trusted)
    assert values(kept, "user", "timestamp", "x") == [("a", 10, 1.0), ("a", 10, 2.0), ("a", 11, 0.0)]
    assert {row["readingTime"].replace(tzinfo=UTC).timestamp() for row in kept} == {0.010, 0.011}


def test_curated_customers_have_readings(make: Make) -> None:
    trusted = make(TRUSTED, customers(("a", "s", 1, 10), ("b", "t", 1, 10)))
    kept = make(MOTION, readings(("a", 10, 1.0), ("b", 9, 1.0)), trusted)
    assert values(make(CURATED, trusted, kept), "email") == [("a",)]


def test_step_readings_of_shared_devices_are_held_back(make: Make) -> None:
    landed = customers(("a", "own", 1, 10), ("b", "shared", 1, 10), ("c", "shared", 1, None))
    given = steps(("own", 9, 1), ("own", 10, 2), ("own", 10, 2), ("shared", 11, 3))
    kept = make(DISTANCE, given, make(TRUSTED, landed), landed)
    assert values(kept, "serialNumber", "sensorReadingTime", "distanceFromObject") == [("own", 10, 2)]


def test_motion_and_distance_meet_per_person(make: Make) -> None:
    landed = customers(("a", "s", 1, 10), ("b", "t", 1, 10))
    people = make(TRUSTED, landed)
    motion = make(MOTION, readings(("a", 10, 1.0), ("b", 10, 2.0), ("b", 12, 3.0)), people)
    distance = make(DISTANCE, steps(("s", 10, 100), ("t", 10, 200), ("t", 11, 300)), people, landed)
    training = make(TRAINING, motion, distance, people)
    assert all(set(row) == set(table(TRAINING).column_names) for row in training)
    assert values(training, "pseudonym", "timestamp", "x", "distanceFromObject") == sorted(
        [(pseudonym("a", KEY), 10, 1.0, 100), (pseudonym("b", KEY), 10, 2.0, 200)]
    )


def test_pseudonyms_depend_on_the_key() -> None:
    assert len(pseudonym("a@b.test", KEY)) == 64
    assert pseudonym("a@b.test", KEY) != pseudonym("a@b.test", bytes([1] * 32))
    assert pseudonym("a@b.test", KEY) != hashlib.sha256(b"a@b.test").hexdigest()
