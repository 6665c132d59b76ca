"""What the words mean, on a few rows: consent, withdrawal, the instant of consent, one person at a time."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from catalog.specs import table
from catalog.tables import read
from jobs.accelerometer_landing_to_trusted import accelerometer_trusted
from jobs.customer_landing_to_trusted import customer_trusted
from jobs.customer_trusted_to_curated import customer_curated
from jobs.pseudonym import pseudonym
from jobs.step_trainer_landing_to_trusted import step_trainer_trusted
from jobs.trainer_trusted_to_curated import machine_learning_curated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

KEY = bytes(32)


def rows(spark: SparkSession, identifier: str, *given: dict[str, Any]) -> DataFrame:
    """Rows of a table; what is not given of a required column is filled in."""
    spec = table(identifier)
    filler = {"string": "", "long": 0, "int": 0, "double": 0.0, "timestamptz": datetime(2024, 1, 1, tzinfo=UTC)}
    values = [
        tuple(row.get(column.name, filler[column.type] if column.required else None) for column in spec.columns)
        for row in given
    ]
    return spark.createDataFrame(values, read(spark, spec, None).schema)


def customers(spark: SparkSession, *given: tuple[str, str, int, int | None]) -> DataFrame:
    """Customer records as landed: e-mail, serial number, lastUpdateDate, consent date; in the order of arrival."""
    return rows(
        spark,
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


def readings(spark: SparkSession, *given: tuple[str, int, float]) -> DataFrame:
    return rows(
        spark,
        "landing.accelerometer_landing",
        *({"user": user, "timestamp": time, "x": x, "y": 0.0, "z": 0.0} for user, time, x in given),
    )


def steps(spark: SparkSession, *given: tuple[str, int, int]) -> DataFrame:
    return rows(
        spark,
        "landing.step_trainer_landing",
        *(
            {"serialNumber": serial, "sensorReadingTime": time, "distanceFromObject": distance}
            for serial, time, distance in given
        ),
    )


def values(frame: DataFrame, *columns: str) -> Sequence[tuple[Any, ...]]:
    return sorted(tuple(row) for row in frame.select(*columns).collect())


def test_the_latest_record_decides(spark: SparkSession) -> None:
    landed = customers(
        spark,
        ("agreed", "a", 1, None),
        ("agreed", "a", 2, 10),
        ("withdrew", "b", 2, None),
        ("withdrew", "b", 1, 10),
        ("never", "c", 1, None),
        ("tie-agrees", "d", 1, None),
        ("tie-agrees", "d", 1, 10),
    )
    assert values(customer_trusted(landed), "email", "shareWithResearchAsOfDate") == [
        ("agreed", 10),
        ("tie-agrees", 10),
    ]


def test_readings_count_from_the_instant_of_consent_and_once(spark: SparkSession) -> None:
    trusted = customer_trusted(customers(spark, ("a", "s", 1, 10), ("b", "t", 1, None)))
    landed = readings(spark, ("a", 9, 1.0), ("a", 10, 1.0), ("a", 10, 1.0), ("a", 10, 2.0), ("b", 11, 1.0))
    kept = accelerometer_trusted(landed, trusted)
    assert values(kept, "user", "timestamp", "x") == [("a", 10, 1.0), ("a", 10, 2.0)]
    assert {row.readingTime.replace(tzinfo=UTC).timestamp() for row in kept.collect()} == {0.010}


def test_curated_customers_have_readings(spark: SparkSession) -> None:
    trusted = customer_trusted(customers(spark, ("a", "s", 1, 10), ("b", "t", 1, 10)))
    kept = accelerometer_trusted(readings(spark, ("a", 10, 1.0), ("b", 9, 1.0)), trusted)
    assert values(customer_curated(trusted, kept), "email") == [("a",)]


def test_step_readings_of_shared_devices_are_held_back(spark: SparkSession) -> None:
    landed = customers(spark, ("a", "own", 1, 10), ("b", "shared", 1, 10), ("c", "shared", 1, None))
    curated = customer_trusted(landed)
    kept = step_trainer_trusted(
        steps(spark, ("own", 9, 1), ("own", 10, 2), ("own", 10, 2), ("shared", 11, 3)), curated, landed
    )
    assert values(kept, "serialNumber", "sensorReadingTime", "distanceFromObject") == [("own", 10, 2)]


def test_motion_and_distance_meet_per_person(spark: SparkSession) -> None:
    landed = customers(spark, ("a", "s", 1, 10), ("b", "t", 1, 10))
    people = customer_trusted(landed)
    motion = accelerometer_trusted(readings(spark, ("a", 10, 1.0), ("b", 10, 2.0), ("b", 12, 3.0)), people)
    distance = step_trainer_trusted(steps(spark, ("s", 10, 100), ("t", 10, 200), ("t", 11, 300)), people, landed)
    training = machine_learning_curated(motion, distance, people, pseudonym_key=KEY)
    assert set(training.columns) == set(table("curated.machine_learning_curated").column_names)
    assert values(training, "pseudonym", "timestamp", "x", "distanceFromObject") == sorted(
        [(pseudonym("a", KEY), 10, 1.0, 100), (pseudonym("b", KEY), 10, 2.0, 200)]
    )


def test_pseudonyms_depend_on_the_key() -> None:
    assert len(pseudonym("a@b.test", KEY)) == 64
    assert pseudonym("a@b.test", KEY) != pseudonym("a@b.test", bytes([1] * 32))
    assert pseudonym("a@b.test", KEY) != hashlib.sha256(b"a@b.test").hexdigest()
