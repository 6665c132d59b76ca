"""The trusted zone: people who agreed to research sharing, and their readings from then on."""

from __future__ import annotations

from dataclasses import replace

from catalog.schema.table_spec import Column, Subject, TableSpec, Zone
from catalog.specs.landing import (
    ACCELEROMETER_LANDING,
    CUSTOMER_LANDING,
    DERIVED,
    DEVICE,
    PERSON,
    PROVENANCE,
    STEP_TRAINER_LANDING,
)


def _source_columns(spec: TableSpec) -> tuple[Column, ...]:
    """The columns that the source itself sent: provenance stays behind in landing."""
    return tuple(column for column in spec.columns if column not in PROVENANCE and column not in DERIVED)


def _described(columns: tuple[Column, ...], name: str, doc: str) -> tuple[Column, ...]:
    """The columns; the named one does not hold what was delivered with the reading, but what its spellings mean."""
    return tuple(replace(column, doc=doc) if column.name == name else column for column in columns)


KEPT_DAYS = 21
"""Days for which snapshots of people's rows are kept. With a day until maintenance, and seven for which buckets keep
what was deleted, they are fewer than the 30 within which withdrawn rows must be gone."""

_READING_TIME = Column("readingTime", "timestamptz", "the reading's instant as a timestamp, UTC", required=True)

CUSTOMER_TRUSTED = TableSpec(
    zone=Zone.TRUSTED,
    name="customer_trusted",
    doc="The latest record of each customer who agreed to share data with research.",
    columns=(*_source_columns(CUSTOMER_LANDING), *DERIVED),
    grain=("person",),
    subject=CUSTOMER_LANDING.subject,
    retention_days=KEPT_DAYS,
)

ACCELEROMETER_TRUSTED = TableSpec(
    zone=Zone.TRUSTED,
    name="accelerometer_trusted",
    doc="Distinct accelerometer readings of trusted customers, from their consent on.",
    columns=(
        *_described(
            _source_columns(ACCELEROMETER_LANDING), "user", "the person's e-mail address, as in customer_trusted"
        ),
        PERSON,
        _READING_TIME,
    ),
    grain=("person", "timestamp", "x", "y", "z"),
    partitioning=("days(readingTime)",),
    subject=Subject("person", "person"),
    instant="timestamp",
    retention_days=KEPT_DAYS,
)

STEP_TRAINER_TRUSTED = TableSpec(
    zone=Zone.TRUSTED,
    name="step_trainer_trusted",
    doc="Distinct step trainer readings of curated customers, each of whoever held the device, from their consent on.",
    columns=(
        *_described(_source_columns(STEP_TRAINER_LANDING), "serialNumber", DEVICE.doc),
        replace(PERSON, doc="who held the device at that instant: the person, as in customer_curated"),
        _READING_TIME,
    ),
    grain=("serialNumber", "sensorReadingTime", "distanceFromObject"),
    partitioning=("days(readingTime)",),
    subject=Subject("person", "person"),
    instant="sensorReadingTime",
    retention_days=KEPT_DAYS,
)
