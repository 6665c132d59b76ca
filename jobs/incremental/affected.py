"""Whose rows a change concerns: people, with every device they ever had, and all who ever had one of these, and so on.

A customer's new record can change that customer's consent, and who held a device when; that depends on every record of
everybody who ever had it, and a person's rows of all devices are made again together. So people and devices are taken
as one closed set: exchanged devices chain people together, and the set goes on to the end of the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.read.relation_reader import RelationReader
    from catalog.read.statements import Functions
    from catalog.schema.table_spec import Subject, TableSpec


@dataclass(frozen=True)
class AffectedSubjects:
    """A closed set of people and devices. It stays in the reader: a night's delivery can be about millions of people.

    Attributes:
        reader: holds the relations.
        people: the relation of the persons, by their normalised addresses, as the one column ``key``.
        devices: the relation of their devices, by normalised serial numbers.
        functions: the run's functions, among them ``pseudonym`` where the set is looked up by that.
    """

    reader: RelationReader
    people: str
    devices: str
    functions: Functions

    def keys_of(self, spec: TableSpec) -> str:
        """The set as values of the table's subject column: a relation with the one column ``key``."""
        kind = subject_of(spec).kind
        if kind == "pseudonym":
            self.reader.define("pseudonym", self.functions["pseudonym"])
            return self.reader.materialize_once(f"SELECT pseudonym(key) AS key FROM {self.people}")
        return self.devices if kind == "device" else self.people

    def __bool__(self) -> bool:
        """Whether anybody is in it."""
        return bool(self.reader.fetch(f"FROM {self.people} LIMIT 1"))

    def rows_of(self, spec: TableSpec, snapshot_id: int | None) -> str:
        """SQL of the table's rows that belong to the set."""
        column, keys = subject_of(spec).column, self.keys_of(spec)
        if spec.instant:
            # These are looked up again where they were made again; customers again by other keys.
            return f"SELECT * FROM {self.reader.rows_among(spec, snapshot_id, column, keys)}"
        return self.reader.rows_by_keys(self.reader.relation(spec, snapshot_id), column, keys)


def closed_set(reader: RelationReader, records: str, people: str) -> tuple[str, str]:
    """The closed set around some people: the relations of the people and of the devices, as the one column ``key``.

    Each record of a shared device is followed at most twice, from the person to the device and back, so the work grows
    with the records of those devices, however long the chain is.

    Args:
        reader: looks them up; as Spark jobs, these few small look-ups took longer than all the rest of an increment.
        records: the relation of all customer records.
        people: SQL of the column person.
    """
    named = reader.materialize_once(f"SELECT DISTINCT person AS key FROM ({people})")
    owned = reader.rows_by_keys(records, "person", named)
    shared = reader.materialize_once(
        f"""SELECT DISTINCT person, device FROM {records} SEMI JOIN (
            SELECT device FROM {records} GROUP BY device HAVING min(person) <> max(person)) USING (device)"""
    )
    reached = reader.materialize_once(
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
    everybody = reader.materialize_once(f"SELECT key FROM {reached} WHERE kind = 'person'")
    devices = reader.materialize_once(
        f"SELECT device AS key FROM ({owned}) UNION "
        f"SELECT r.device FROM {records} r SEMI JOIN {everybody} p ON p.key = r.person"
    )
    return everybody, devices


def subject_of(spec: TableSpec) -> Subject:
    """Whom the table's rows belong to.

    Raises:
        ValueError: they belong to nobody.
    """
    if spec.subject is None:
        raise ValueError(f"the rows of {spec.identifier} belong to nobody")
    return spec.subject
