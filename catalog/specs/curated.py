"""The curated zone: what analysts and data scientists work with."""

from __future__ import annotations

from catalog.schema.table_spec import Column, Subject, TableSpec, Zone
from catalog.specs.trusted import CUSTOMER_TRUSTED, KEPT_DAYS

CUSTOMER_CURATED = TableSpec(
    zone=Zone.CURATED,
    name="customer_curated",
    doc="Trusted customers who have accelerometer readings.",
    columns=CUSTOMER_TRUSTED.columns,
    grain=("person",),
    subject=CUSTOMER_TRUSTED.subject,
    retention_days=KEPT_DAYS,
)

MACHINE_LEARNING_CURATED = TableSpec(
    zone=Zone.CURATED,
    name="machine_learning_curated",
    doc="A trusted accelerometer reading and the same person's step trainer reading at the same instant.",
    columns=(
        Column(
            "pseudonym",
            "string",
            "keyed pseudonym of the person (HMAC-SHA256, hexadecimal)",
            required=True,
            # With 34 people a file, bounds left out 6 % of files; and readers of a file still find its own.
            traceable=True,
        ),
        Column("timestamp", "long", "instant of both readings, epoch ms UTC", required=True),
        Column("x", "double", "acceleration along x, as the app reports it", required=True),
        Column("y", "double", "acceleration along y, as the app reports it", required=True),
        Column("z", "double", "acceleration along z, as the app reports it", required=True),
        Column("distanceFromObject", "int", "distance to the nearest object, cm", required=True),
        Column("readingTime", "timestamptz", "the readings' instant as a timestamp, UTC", required=True),
    ),
    grain=("pseudonym", "timestamp", "x", "y", "z", "distanceFromObject"),
    partitioning=("days(readingTime)",),
    subject=Subject("pseudonym", "pseudonym"),
    instant="timestamp",
    retention_days=KEPT_DAYS,
)
