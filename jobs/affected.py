"""Whose rows a change concerns: people, with every device they ever had, and all who ever had one of these.

A customer's new record can change that customer's consent, and whose a device is: the readings of a serial number that
two customers have cannot be attributed to either. So people and devices are taken together, as one closed set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.session import held_by_driver
from jobs.pseudonym import with_pseudonym

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from catalog.snapshot_reader import SnapshotReader
    from catalog.spec import Subject, TableSpec

_NAMES = {"person": "email", "device": "serialNumber"}


@dataclass(frozen=True)
class Affected:
    """A closed set of people and devices.

    Attributes:
        people: column email, distinct.
        devices: column serialNumber, distinct.
        count: how many people.
        pseudonym_key: the key of the training table's pseudonyms.
    """

    people: DataFrame
    devices: DataFrame
    count: int
    pseudonym_key: bytes

    def keys(self, spec: TableSpec) -> DataFrame:
        """The set as values of the table's subject column, the only column."""
        subject = _subject(spec)
        if subject.kind == "pseudonym":
            return with_pseudonym(self.people, self.pseudonym_key).select("pseudonym")
        members = self.devices if subject.kind == "device" else self.people
        return members.toDF(subject.column)

    def rows(self, rows: DataFrame, spec: TableSpec) -> DataFrame:
        """Those of the table's rows that belong to the set."""
        return rows.join(self.keys(spec), _subject(spec).column, "left_semi")

    def others(self, rows: DataFrame, spec: TableSpec) -> DataFrame:
        """Those of the table's rows that do not."""
        return rows.join(self.keys(spec), _subject(spec).column, "left_anti") if self.count else rows


def closed_set(reader: SnapshotReader, records: str, people: str) -> tuple[list[str], list[str]]:
    """The closed set around some people: e-mail addresses, and serial numbers.

    Args:
        reader: looks them up; as Spark jobs, these few small look-ups took longer than all the rest of an increment.
        records: the relation of all customer records.
        people: SQL of the column email.
    """
    named = reader.keep("affected_named", f"SELECT DISTINCT email FROM ({people})")
    devices = reader.keep(
        "affected_devices", f"SELECT DISTINCT serialNumber FROM {records} SEMI JOIN {named} USING (email)"
    )
    owners = f"SELECT email FROM {records} SEMI JOIN {devices} USING (serialNumber)"
    everybody = reader.fetch(f"{owners} UNION SELECT email FROM {named} ORDER BY 1")
    owned = reader.fetch(f"SELECT serialNumber FROM {devices} ORDER BY 1")
    return [email for (email,) in everybody], [serial for (serial,) in owned]


def affected(spark: SparkSession, people: list[str], devices: list[str], pseudonym_key: bytes) -> Affected:
    """A closed set as Spark joins with it."""
    emails, serials = held_by_driver(spark, "email", people), held_by_driver(spark, "serialNumber", devices)
    return Affected(emails, serials, len(people), pseudonym_key)


def named(rows: DataFrame, spec: TableSpec) -> DataFrame:
    """Whose the table's rows are, under the name that customers have for it: email or serialNumber."""
    subject = _subject(spec)
    return rows.select(rows[subject.column].alias(_NAMES[subject.kind]))


def _subject(spec: TableSpec) -> Subject:
    if spec.subject is None:
        raise ValueError(f"the rows of {spec.identifier} belong to nobody")
    return spec.subject
