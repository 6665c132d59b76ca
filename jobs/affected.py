"""Whose rows a change concerns: people, with every device they ever had, and all who ever had one of these.

A customer's new record can change that customer's consent, and whose a device is: the readings of a serial number that
two customers have cannot be attributed to either. So people and devices are taken together, as one closed set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.pseudonym import with_pseudonym

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

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


def affected(customer_landing: DataFrame, seeds: DataFrame, pseudonym_key: bytes) -> Affected:
    """The closed set around some people or some devices.

    Args:
        customer_landing: every customer record.
        seeds: one column, email or serialNumber.
        pseudonym_key: the key of the training table's pseudonyms.
    """
    records = customer_landing.select("email", "serialNumber")
    [column] = seeds.columns
    seeds = seeds.distinct()
    devices = records.join(seeds, column, "left_semi").select("serialNumber")
    if column == "serialNumber":
        devices = devices.union(seeds)
    devices = devices.distinct().persist()
    people = records.join(devices, "serialNumber", "left_semi").select("email")
    if column == "email":
        people = people.union(seeds)
    people = people.distinct().persist()
    return Affected(people, devices, people.count(), pseudonym_key)


def named(rows: DataFrame, spec: TableSpec) -> DataFrame:
    """Whose the table's rows are, as seeds for ``affected``."""
    subject = _subject(spec)
    return rows.select(rows[subject.column].alias(_NAMES[subject.kind]))


def _subject(spec: TableSpec) -> Subject:
    if spec.subject is None:
        raise ValueError(f"the rows of {spec.identifier} belong to nobody")
    return spec.subject
