"""Whose rows a change concerns: people, with every device they ever had, and all who ever had one of these.

A customer's new record can change that customer's consent, and whose a device is: the readings of a serial number that
two customers have cannot be attributed to either. So people and devices are taken together, as one closed set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from catalog.snapshot_reader import SnapshotReader
    from catalog.spec import Subject, TableSpec

_NAMES = {"person": "email", "device": "serialNumber"}


@dataclass(frozen=True)
class Affected:
    """A closed set of people and devices.

    Attributes:
        people: their e-mail addresses.
        devices: their serial numbers.
        pseudonym_key: the key of the training table's pseudonyms.
    """

    people: tuple[str, ...]
    devices: tuple[str, ...]
    pseudonym_key: bytes

    def keys(self, spec: TableSpec) -> list[str]:
        """The set as values of the table's subject column."""
        kind = subject_of(spec).kind
        if kind == "pseudonym":
            return [pseudonym(email, self.pseudonym_key) for email in self.people]
        return list(self.devices if kind == "device" else self.people)

    def relation(self, reader: SnapshotReader, spec: TableSpec) -> str:
        """The same, as the one column ``key`` of a relation."""
        return reader.keys(self.keys(spec))

    def rows_of(self, reader: SnapshotReader, spec: TableSpec, snapshot_id: int | None) -> str:
        """SQL of the table's rows that belong to the set."""
        column, keys = subject_of(spec).column, self.relation(reader, spec)
        if spec.instant:
            # These are looked up again where they were made again; customers again by other keys.
            return f"SELECT * FROM {reader.rows_among(spec, snapshot_id, column, keys)}"
        return reader.rows_by_keys(reader.relation(spec, snapshot_id), column, keys)


def closed_set(reader: SnapshotReader, records: str, people: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The closed set around some people: e-mail addresses, and serial numbers.

    Args:
        reader: looks them up; as Spark jobs, these few small look-ups took longer than all the rest of an increment.
        records: the relation of all customer records.
        people: SQL of the column email.
    """
    named = reader.keys([email for (email,) in reader.fetch(f"SELECT DISTINCT email FROM ({people}) ORDER BY 1")])
    devices = reader.once(f"SELECT DISTINCT serialNumber FROM ({reader.rows_by_keys(records, 'email', named)})")
    owners = reader.once(f"SELECT DISTINCT email FROM {records} SEMI JOIN {devices} USING (serialNumber)")
    everybody = reader.fetch(f"SELECT email FROM {owners} UNION SELECT key FROM {named} ORDER BY 1")
    owned = reader.fetch(f"SELECT serialNumber FROM {devices} ORDER BY 1")
    return tuple(email for (email,) in everybody), tuple(serial for (serial,) in owned)


def name_of(spec: TableSpec) -> str:
    """The name that customers have for whose the table's rows are: email or serialNumber."""
    return _NAMES[subject_of(spec).kind]


def subject_of(spec: TableSpec) -> Subject:
    """Whom the table's rows belong to.

    Raises:
        ValueError: they belong to nobody.
    """
    if spec.subject is None:
        raise ValueError(f"the rows of {spec.identifier} belong to nobody")
    return spec.subject
