"""What the words mean, on a few rows, by both engines: consent, its withdrawal, its instant, one person at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from catalog.read.snapshot_reader import SnapshotReader
from catalog.read.statements import by_reader, by_spark
from catalog.schema.types import arrow_schema
from catalog.specs import table
from jobs.lineage import job_for
from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame, SparkSession

    from catalog.lake import Lake
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
    types = ", ".join(f"`{column.name}` {column.sql_type}" for column in spec.columns)
    return spark.createDataFrame(values, types)


def customers(*given: tuple[str, str, int, int | None], day: int = 1) -> Rows:
    """Customer records as landed on a day: e-mail, serial number, lastUpdateDate, consent date."""
    return rows(
        "landing.customer_landing",
        *(
            {
                "email": email,
                "person": email.lower(),
                "serialNumber": serial,
                "device": serial.lower(),
                "lastUpdateDate": updated,
                "shareWithResearchAsOfDate": since,
                "recordNumber": number,
                "ingestedAt": datetime(2024, 1, day, tzinfo=UTC),
            }
            for number, (email, serial, updated, since) in enumerate(given)
        ),
    )


def refusals(*given: tuple[str, int | None, int]) -> Rows:
    """Refused customer records: the people whom each names, its lastUpdateDate, and the day on which it came."""
    return rows(
        "landing.quarantine",
        *(
            {
                "people": people,
                "lastUpdateDate": updated,
                "rawText": f"{people} {updated}",
                "ingestedAt": datetime(2024, 1, day, tzinfo=UTC),
            }
            for people, updated, day in given
        ),
    )


def readings(*given: tuple[str, int, float]) -> Rows:
    return rows(
        "landing.accelerometer_landing",
        *(
            {"user": user, "person": user.lower(), "timestamp": time, "x": x, "y": 0.0, "z": 0.0}
            for user, time, x in given
        ),
    )


def steps(*given: tuple[str, int, int]) -> Rows:
    return rows(
        "landing.step_trainer_landing",
        *(
            {
                "serialNumber": serial,
                "device": serial.lower(),
                "sensorReadingTime": time,
                "distanceFromObject": distance,
            }
            for serial, time, distance in given
        ),
    )


Make = Callable[..., Rows]


@pytest.fixture(params=["spark", "reader"])
def make(request: pytest.FixtureRequest, lake: Lake) -> Iterator[Make]:
    """Makes the rows of a table from rows of what its job reads, in that order."""
    if request.param == "spark":
        spark = request.getfixturevalue("spark")
        yield lambda identifier, *inputs: _by_spark(spark, job_for(identifier), inputs)
        return
    with SnapshotReader(lake.profile) as reader:
        yield lambda identifier, *inputs: _by_reader(reader, job_for(identifier), inputs)


def _by_spark(spark: SparkSession, job: Job, inputs: Sequence[Rows]) -> Rows:
    given = zip(job.reads, inputs, strict=True)
    frames = {table(identifier).name: frame(spark, identifier, rows) for identifier, rows in given}
    return [row.asDict() for row in by_spark(spark, job.transform, frames, FUNCTIONS).collect()]


def _by_reader(reader: SnapshotReader, job: Job, inputs: Sequence[Rows]) -> Rows:
    held = {
        (spec := table(identifier)).name: reader.load_arrow(spec.name, pa.Table.from_pylist(rows, arrow_schema(spec)))
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
        ("tie", "d", 1, 10),
        ("tie", "d", 1, None),
        ("agrees-twice", "e", 1, 10),
        ("agrees-twice", "e", 1, 12),
        ("agrees-twice", "e", 1, 11),
    )
    for order in (landed, landed[::-1]):
        made = make(TRUSTED, order, [])
        assert values(made, "email", "shareWithResearchAsOfDate") == [("agreed", 10), ("agrees-twice", 12)]


def test_spellings_of_an_address_are_one_person(make: Make) -> None:
    landed = customers(("Ann@X", "a", 1, 10), ("ann@x", "a", 2, None), ("BEN@X", "b", 1, 10), ("ben@x", "b", 2, 11))
    trusted = make(TRUSTED, landed, [])
    assert values(trusted, "email", "person", "shareWithResearchAsOfDate") == [("ben@x", "ben@x", 11)]
    kept = make(MOTION, readings(("Ben@x", 12, 1.0), ("ben@x", 12, 1.0), ("ANN@x", 12, 1.0)), trusted)
    assert values(kept, "user", "person", "timestamp", "x") == [("ben@x", "ben@x", 12, 1.0)]


@pytest.mark.parametrize(
    ("refused", "later", "is_trusted"),
    [
        pytest.param([], [], True, id="nothing refused"),
        pytest.param([("a", None, 2)], [], False, id="a record that cannot be read"),
        pytest.param([("a", 1, 2)], [], False, id="an old record that cannot be read"),
        pytest.param([("b a", None, 2)], [], False, id="it names others, too"),
        pytest.param([("aa", None, 2)], [], True, id="it names somebody of a longer name"),
        pytest.param([("a", None, 2)], [(6, 10, 3)], True, id="a newer one came after it"),
        pytest.param([("a", None, 2)], [(5, 10, 3)], False, id="what came after it is not newer than what was there"),
        pytest.param([("a", 7, 2)], [(7, 10, 3)], False, id="what came after it is not newer than itself"),
        pytest.param([("a", 7, 2)], [(8, 10, 3)], True, id="what came after it is newer than itself"),
        pytest.param([("a", None, 2)], [(6, 10, 2)], False, id="a newer one came with it"),
        pytest.param([("a", None, 2), ("a", 9, 4)], [(6, 10, 3)], False, id="refused again since"),
        pytest.param([("a", 5, 2), ("a", 5, 4)], [(6, 10, 3)], True, id="the same dated text came again"),
        pytest.param([("a", None, 2), ("a", None, 4)], [(6, 10, 3)], False, id="the same undated text came again"),
    ],
)
def test_a_refused_record_suspends_consent(
    make: Make, refused: list[tuple[str, int | None, int]], later: list[tuple[int, int, int]], *, is_trusted: bool
) -> None:
    landed = customers(("a", "s", 5, 10))
    for updated, since, day in later:
        landed += customers(("a", "s", updated, since), day=day)
    made = make(TRUSTED, landed, refusals(*refused))
    assert [row["person"] for row in made] == (["a"] if is_trusted else [])


def test_readings_count_from_the_instant_of_consent_and_once(make: Make) -> None:
    trusted = make(TRUSTED, customers(("a", "s", 1, 10), ("b", "t", 1, None)), [])
    landed = readings(("a", 9, 1.0), ("a", 10, 1.0), ("a", 10, 1.0), ("a", 10, 2.0), ("a", 11, -0.0), ("b", 11, 1.0))
    kept = make(MOTION, [*landed, *readings(("a", 11, 0.0))], trusted)
    assert values(kept, "user", "timestamp", "x") == [("a", 10, 1.0), ("a", 10, 2.0), ("a", 11, 0.0)]
    assert {row["readingTime"].replace(tzinfo=UTC).timestamp() for row in kept} == {0.010, 0.011}


def test_curated_customers_have_readings(make: Make) -> None:
    trusted = make(TRUSTED, customers(("a", "s", 1, 10), ("b", "t", 1, 10)), [])
    kept = make(MOTION, readings(("a", 10, 1.0), ("b", 9, 1.0)), trusted)
    assert values(make(CURATED, trusted, kept), "email") == [("a",)]


def test_step_readings_of_shared_devices_are_held_back(make: Make) -> None:
    landed = customers(("a", "own", 1, 10), ("b", "shared", 1, 10), ("c", "shared", 1, None))
    given = steps(("own", 9, 1), ("own", 10, 2), ("own", 10, 2), ("shared", 11, 3))
    kept = make(DISTANCE, given, make(TRUSTED, landed, []), landed)
    assert values(kept, "person", "serialNumber", "sensorReadingTime", "distanceFromObject") == [("a", "own", 10, 2)]


def test_a_device_is_whose_it_was_at_that_instant(make: Make) -> None:
    """Olga never agreed; she gives the device back at 20, and Nils has it from 30 on."""
    olga, nils = [("olga", "d1", 5, None), ("olga", "d2", 20, None)], [("nils", "old", 1, 10), ("nils", "D1", 30, 10)]
    landed = customers(*olga, *nils)
    given = steps(*(("d1", time, 1) for time in (15, 19, 20, 29, 30, 40)))
    kept = make(DISTANCE, given, make(TRUSTED, landed, []), landed)
    assert values(kept, "person", "sensorReadingTime") == [("nils", 30), ("nils", 40)]


def test_a_device_that_one_person_alone_ever_had_stays_theirs(make: Make) -> None:
    landed = customers(("a", "first", 1, 10), ("a", "second", 20, 10))
    given = steps(("first", 15, 1), ("first", 30, 2), ("second", 15, 3))
    trusted = make(TRUSTED, landed, [])
    kept = make(DISTANCE, given, trusted, landed)
    assert values(kept, "person", "serialNumber", "sensorReadingTime") == [
        ("a", "first", 15),
        ("a", "first", 30),
        ("a", "second", 15),
    ]
    # Both measured the same at one instant: one reading of that person.
    both = [*kept, *make(DISTANCE, steps(("second", 30, 2)), trusted, landed)]
    training = make(TRAINING, make(MOTION, readings(("a", 30, 1.0)), trusted), both, trusted)
    assert values(training, "timestamp", "distanceFromObject") == [(30, 2)]


def test_motion_and_distance_meet_per_person(make: Make) -> None:
    landed = customers(("a", "s", 1, 10), ("b", "t", 1, 10))
    people = make(TRUSTED, landed, [])
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
