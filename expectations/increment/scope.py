"""The scope of an increment's validation: whole people, and whole instants of others, so that every rule still applies.

A suite's laws speak of a person's rows, or of the rows of an instant, never of the whole table at once; so they can be
judged on a part of the tables. That part is not what the jobs take to be concerned, and no closed set: it is whom the
snapshots themselves show to have changed. It holds, whole, everybody any of whose rows were deleted, of the table or of
what it is made from, and whom new or refused customer records name; everything that was appended, and what it was made
from. What lies outside of that part must not have changed, which is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.specs import table
from catalog.specs.curated import MACHINE_LEARNING_CURATED
from catalog.specs.trusted import ACCELEROMETER_TRUSTED, STEP_TRAINER_TRUSTED
from expectations.suites.suite import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.read.relation_reader import RelationReader

NOTHING_ELSE = Check(
    name="nothing_else_changed",
    promise="completeness",
    sentence="The number of rows of unaffected people and instants is the same as before.",
    fact="unaccounted",
)
"""What is judged of every increment besides its table's suite."""


@dataclass(frozen=True)
class SnapshotRange:
    """Between which snapshots things changed; None stands for a table before its first snapshot.

    Attributes:
        table: identifier of the judged table.
        before: what readers see of it now.
        candidate: what they are to see.
        inputs: identifier of each input: the snapshots from which the table was made before, and is made now.
        records: of the tables of landed and of refused customer records: the snapshots up to which the table knew them
            before, and does now.
    """

    table: str
    before: int | None
    candidate: int
    inputs: Mapping[str, tuple[int | None, int | None]]
    records: Mapping[str, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Scope:
    """The part of the tables on which an increment is validated.

    Attributes:
        relations: the relation of each table's rows in scope, by short name.
        facts: more facts, in SQL of one row.
        checks: judged against them.
    """

    relations: Mapping[str, str]
    facts: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()

    def __or__(self, other: Scope) -> Scope:
        """Both together."""
        return Scope({**self.relations, **other.relations}, self.facts + other.facts, self.checks + other.checks)


def appended_scope(reader: RelationReader, moved: Mapping[str, tuple[int | None, int | None]]) -> Scope:
    """The scope of tables that are only ever appended to: what was appended.

    Args:
        reader: what suites are computed by.
        moved: for each table, by identifier, the snapshots that readers see now and are to see.
    """
    return Scope({table(name).name: reader.appended(table(name), *snapshots) for name, snapshots in moved.items()})


def scope_of(
    reader: RelationReader,
    identifier: str,
    pins: Mapping[str, int | None],
    window: SnapshotRange | None,
    pseudonym_key: bytes,
) -> Scope:
    """The scope of a trusted or curated table's candidate; of the training table, with the checks on its names.

    Args:
        reader: what suites are computed by.
        identifier: of the table.
        pins: the snapshots that it was made from, by identifier.
        window: between which snapshots things changed; None: the table was made anew.
        pseudonym_key: the key by which the training table names people.
    """
    from expectations.increment.names import names_scope

    scope = Scope({}) if window is None else _of_increment(reader, window, pseudonym_key)
    if identifier != MACHINE_LEARNING_CURATED.identifier:
        return scope
    readings, distances = (
        scope.relations.get(spec.name) or reader.relation(spec, pins[spec.identifier])
        for spec in (ACCELEROMETER_TRUSTED, STEP_TRAINER_TRUSTED)
    )
    return scope | names_scope(reader, readings, distances, pseudonym_key)


def _of_increment(reader: RelationReader, window: SnapshotRange, pseudonym_key: bytes) -> Scope:
    from expectations.increment.relations_by_table import relations
    from expectations.increment.segment import Part

    part = Part(reader, window, pseudonym_key)
    return Scope(relations(part), (part.accounting(),), (NOTHING_ELSE,))
