"""Whose rows a change concerns: people, with every device they ever had, and all who ever had one of these, and so on.

A customer's new record can change that customer's consent, and who held a device when; that depends on every record of
everybody who ever had it, and a person's rows of all devices are made again together. So people and devices are taken
as one closed set: exchanged devices chain people together, and the set goes on to the end of the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.pseudonym import pseudonym

if TYPE_CHECKING:
    from catalog.engine import RelationReader
    from catalog.spec import Subject, TableSpec


@dataclass(frozen=True)
class Affected:
    """A closed set of people and devices.

    Attributes:
        people: persons, by their normalised addresses.
        devices: their devices, by normalised serial numbers.
        pseudonym_key: the key of the training table's pseudonyms.
    """

    people: tuple[str, ...]
    devices: tuple[str, ...]
    pseudonym_key: bytes

    def keys(self, spec: TableSpec) -> list[str]:
        """The set as values of the table's subject column."""
        kind = subject_of(spec).kind
        if kind == "pseudonym":
            return [pseudonym(person, self.pseudonym_key) for person in self.people]
        return list(self.devices if kind == "device" else self.people)

    def relation(self, reader: RelationReader, spec: TableSpec) -> str:
        """The same, as the one column ``key`` of a relation."""
        return reader.keys(self.keys(spec))

    def rows_of(self, reader: RelationReader, spec: TableSpec, snapshot_id: int | None) -> str:
        """SQL of the table's rows that belong to the set."""
        column, keys = subject_of(spec).column, self.relation(reader, spec)
        if spec.instant:
            # These are looked up again where they were made again; customers again by other keys.
            return f"SELECT * FROM {reader.rows_among(spec, snapshot_id, column, keys)}"
        return reader.rows_by_keys(reader.relation(spec, snapshot_id), column, keys)


def closed_set(reader: RelationReader, records: str, people: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The closed set around some people: the people, and the devices.

    Each record of a shared device is followed at most twice, from the person to the device and back, so the work grows
    with the records of those devices, however long the chain is.

    Args:
        reader: looks them up; as Spark jobs, these few small look-ups took longer than all the rest of an increment.
        records: the relation of all customer records.
        people: SQL of the column person.
    """
    named = reader.keys([person for (person,) in reader.fetch(f"SELECT DISTINCT person FROM ({people}) ORDER BY 1")])
    owned = reader.rows_by_keys(records, "person", named)
    shared = reader.once(
        f"""SELECT DISTINCT person, device FROM {records} SEMI JOIN (
            SELECT device FROM {records} GROUP BY device HAVING min(person) <> max(person)) USING (device)"""
    )
    reached = reader.once(
        f"""WITH RECURSIVE reached(kind, key) AS (
            SELECT 'person', key FROM {named}
            UNION
            SELECT CASE r.kind WHEN 'person' THEN 'device' ELSE 'person' END,
                CASE r.kind WHEN 'person' THEN s.device ELSE s.person END
            FROM reached r JOIN (
                SELECT 'person' AS kind, person AS key, * FROM {shared}
                UNION ALL SELECT 'device', device, * FROM {shared}
            ) s ON s.kind = r.kind AND s.key = r.key
        )
        SELECT * FROM reached"""
    )
    everybody = reader.fetch(f"SELECT key FROM {reached} WHERE kind = 'person' ORDER BY 1")
    devices = reader.fetch(
        f"SELECT device FROM ({owned}) UNION "
        f"SELECT r.device FROM {records} r SEMI JOIN {reached} p ON p.kind = 'person' AND p.key = r.person ORDER BY 1"
    )
    return tuple(person for (person,) in everybody), tuple(device for (device,) in devices)


def subject_of(spec: TableSpec) -> Subject:
    """Whom the table's rows belong to.

    Raises:
        ValueError: they belong to nobody.
    """
    if spec.subject is None:
        raise ValueError(f"the rows of {spec.identifier} belong to nobody")
    return spec.subject
