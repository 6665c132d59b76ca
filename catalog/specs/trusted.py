"""The trusted zone: people who agreed to research sharing, and their readings from then on."""

from __future__ import annotations

from catalog.spec import Column, TableSpec, Zone
from catalog.specs.landing import ACCELEROMETER_LANDING, CUSTOMER_LANDING, PROVENANCE, STEP_TRAINER_LANDING


def _source_columns(spec: TableSpec) -> tuple[Column, ...]:
    """The columns that the source itself sent: provenance stays behind in landing."""
    return tuple(column for column in spec.columns if column not in PROVENANCE)


_READING_TIME = Column("readingTime", "timestamptz", "the reading's instant as a timestamp, UTC", required=True)

CUSTOMER_TRUSTED = TableSpec(
    zone=Zone.TRUSTED,
    name="customer_trusted",
    doc="The latest record of each customer who agreed to share data with research.",
    columns=_source_columns(CUSTOMER_LANDING),
    grain=("email",),
    subject=CUSTOMER_LANDING.subject,
)

ACCELEROMETER_TRUSTED = TableSpec(
    zone=Zone.TRUSTED,
    name="accelerometer_trusted",
    doc="Distinct accelerometer readings of trusted customers, from their consent on.",
    columns=(*_source_columns(ACCELEROMETER_LANDING), _READING_TIME),
    grain=("user", "timestamp", "x", "y", "z"),
    partitioning=("days(readingTime)",),
    subject=ACCELEROMETER_LANDING.subject,
    instant="timestamp",
)

STEP_TRAINER_TRUSTED = TableSpec(
    zone=Zone.TRUSTED,
    name="step_trainer_trusted",
    doc="Distinct step trainer readings of curated customers' devices, from their consent on.",
    columns=(*_source_columns(STEP_TRAINER_LANDING), _READING_TIME),
    grain=("serialNumber", "sensorReadingTime", "distanceFromObject"),
    partitioning=("days(readingTime)",),
    subject=STEP_TRAINER_LANDING.subject,
    instant="sensorReadingTime",
)
