"""The part of each table on which an increment is validated, built from relations of keys and rows.

A relation of keys has the one column ``key``: people, devices, pseudonyms or instants (epoch ms).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from catalog.read.snapshot_reader import semi_join
from catalog.schema.table_spec import DAY_MS
from catalog.specs import table
from catalog.specs.curated import MACHINE_LEARNING_CURATED
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from expectations.increment.names import define_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catalog.read.relation_reader import RelationReader
    from expectations.increment.scope import SnapshotRange


MOTION, DISTANCE = "trusted.accelerometer_trusted", "trusted.step_trainer_trusted"


@dataclass(frozen=True)
class Part:
    """The part that a window's changes concern; its relations are computed once, in order."""

    reader: RelationReader
    window: SnapshotRange
    pseudonym_key: bytes

    def accounting(self) -> str:
        """SQL of the fact ``unaccounted``: by how much the rows outside of the scope became more or fewer."""
        spec, before, candidate = table(self.window.table), self.window.before, self.window.candidate
        more = self.reader.rows(spec, candidate) - self.reader.rows(spec, before)
        then, now = (f"(SELECT count(*) FROM {rows})" for rows in (f"({self.judged_before()})", "judged_rows"))
        return f"SELECT abs({more} + {then} - {now}) AS unaccounted"

    def now(self, identifier: str) -> str:
        """An input as it is now."""
        return self.reader.relation(table(identifier), self.window.inputs[identifier][1])

    def new(self, identifier: str) -> str:
        """The rows that were appended to an input since."""
        return self.reader.appended(table(identifier), *self.window.inputs[identifier])

    def removed(self, identifier: str) -> str:
        """The rows that were taken away from an input, or from the judged table, since."""
        spec, window = table(identifier), self.window
        snapshots = window.inputs.get(identifier, (window.before, window.candidate))
        return self.reader.removed(spec, *snapshots)

    @property
    def records(self) -> str:
        """All customer records."""
        return self.reader.relation(CUSTOMER_LANDING, self.window.records[CUSTOMER_LANDING.identifier][1])

    @cached_property
    def people(self) -> str:
        """The relation of the people of whom anything changed but by new readings: each is judged whole."""
        landed, refused = (
            self.reader.appended(spec, *self.window.records[spec.identifier]) for spec in (CUSTOMER_LANDING, QUARANTINE)
        )
        changed = [
            f"SELECT person FROM {landed}",
            f"SELECT unnest(string_split(people, ' ')) FROM {refused} WHERE people IS NOT NULL",
        ]
        for name in (*self.window.inputs, self.window.table):
            if name not in _OF_PEOPLE:
                continue
            changed.append(f"SELECT person FROM {self.removed(name)}")
            if table(name).instant is None and name != self.window.table:
                changed.append(f"SELECT person FROM {self.new(name)}")
        if self.window.table == MACHINE_LEARNING_CURATED.identifier:
            changed.append(self._people_of_removed_pseudonyms())
        return self.reader.keys_of(" UNION ".join(changed))

    def _people_of_removed_pseudonyms(self) -> str:
        """SQL of the people, of those who are curated now or were before, of whom training rows were deleted."""
        removed = self.removed(self.window.table)
        if not self.reader.fetch(f"SELECT 1 FROM {removed} LIMIT 1"):
            return "SELECT '' WHERE false"
        curated = table("curated.customer_curated")
        known = " UNION ".join(
            f"SELECT person FROM {self.reader.relation(curated, snapshot)}"
            for snapshot in self.window.inputs[curated.identifier]
        )
        named = f"SELECT person, {self._name}(person) AS name FROM ({known})"
        return f"SELECT n.person FROM ({named}) n SEMI JOIN {removed} r ON n.name = r.pseudonym"

    @property
    def _name(self) -> str:
        """The function that gives a person's pseudonym."""
        return define_name(self.reader, self.pseudonym_key)

    @cached_property
    def devices(self) -> str:
        """The relation of the devices that the people ever had, and of those whose rows were deleted."""
        owned = self.reader.rows_by_keys(self.records, "person", self.people)
        statement = f"SELECT DISTINCT device AS key FROM ({owned})"
        if self.window.table == DISTANCE:
            statement += f" UNION SELECT serialNumber FROM {self.removed(DISTANCE)}"
        return self.reader.materialize_once(statement)

    @property
    def users(self) -> str:
        """The relation of the people, and of everybody else with new trusted readings."""
        everybody = f"SELECT key FROM {self.people} UNION SELECT person FROM {self.new(MOTION)}"
        return self.reader.materialize_once(everybody)

    @cached_property
    def pseudonyms(self) -> str:
        """The relation of the people's pseudonyms, and of those whose rows were deleted."""
        names = f"SELECT {self._name}(key) AS name FROM {self.people}"
        return self.reader.keys_of(f"{names} UNION SELECT pseudonym FROM {self.removed(self.window.table)}")

    def rows_of(self, identifier: str, column: str, keys: str) -> str:
        """An input's rows whose column is among the keys."""
        return self.reader.rows_among(table(identifier), self.window.inputs[identifier][1], column, keys)

    def records_of(self, people: str) -> str:
        """The customer records of some people, given as SQL of keys."""
        keys = self.reader.create_temp_table("scope_people", people)
        return self.reader.create_temp_table("scope_records", self.reader.rows_by_keys(self.records, "person", keys))

    def landed(self, identifier: str, column: str, keys: str, wanted: Sequence[str]) -> str:
        """A landing table's readings: all whose column is among the keys, and of the others what is new."""
        chosen = inside(self.now(identifier), column, keys, wanted)
        others = outside(self.new(identifier), column, keys, wanted)
        return self.reader.create_temp_table("scope_readings", f"{chosen} UNION ALL {others}")

    @cached_property
    def instants(self) -> str:
        """The relation of the instants at which others than the people have new readings, of either kind."""
        motion = outside(self.new(MOTION), "person", self.people)
        distance = outside(self.new(DISTANCE), "person", self.people)
        return self.reader.materialize_once(
            f"SELECT timestamp AS key FROM ({motion}) UNION SELECT sensorReadingTime FROM ({distance})"
        )

    def at_instants(self, identifier: str, snapshot_id: int | None, column: str, keys: str) -> str:
        """SQL of a table's rows at these instants but for those whose column is among the keys."""
        spec = table(identifier)
        rows = self.reader.relation(spec, snapshot_id, self.days(self.instants))
        return outside(f"({inside(rows, str(spec.instant), self.instants)})", column, keys)

    def judged(self) -> str:
        """The judged table's rows in scope, and whatever was appended besides."""
        spec, before, candidate = table(self.window.table), self.window.before, self.window.candidate
        appended = outside(self.reader.appended(spec, before, candidate), *self.in_scope)
        rows = f"SELECT * FROM {self.reader.rows_among(spec, candidate, *self.in_scope)}"
        if spec == MACHINE_LEARNING_CURATED:
            rows += f" UNION ALL {self.at_instants(spec.identifier, candidate, *self.in_scope)}"
            appended = outside(f"({appended})", str(spec.instant), self.instants)
        return self.reader.create_temp_table("judged_rows", f"{rows} UNION ALL {appended}")

    def judged_before(self) -> str:
        """SQL of the rows that the table had in scope before, as something to count."""
        spec, before = table(self.window.table), self.window.before
        rows = f"SELECT 1 FROM {self.reader.row_positions(spec, before, *self.in_scope)}"
        if spec == MACHINE_LEARNING_CURATED:
            rows += f" UNION ALL SELECT 1 FROM ({self.at_instants(spec.identifier, before, *self.in_scope)})"
        return rows

    @property
    def in_scope(self) -> tuple[str, str]:
        """The judged table's column by which a row is in scope, and the relation of that column's values."""
        column, keys = _IN_SCOPE[table(self.window.table).name]
        return column, keys(self)

    def judged_and_repeated(self, identifier: str) -> str:
        """``judged``, and the rows that the table held before and that an input's new readings repeat."""
        spec, rows, new = table(self.window.table), self.judged(), self.new(identifier)
        landed = {"serialNumber": "device"}
        same = " AND ".join(f't."{name}" = n."{landed.get(name, name)}"' for name in spec.grain)
        days = self.days(f"(SELECT {spec.instant} AS key FROM {new})")
        before = self.reader.relation(spec, self.window.before, days)
        repeated = outside(f"(SELECT t.* FROM {before} t SEMI JOIN {new} n ON {same})", *self.in_scope)
        return self.reader.create_temp_table("judged_and_repeated", f"SELECT * FROM {rows} UNION ALL {repeated}")

    def days(self, instants: str) -> list[int]:
        """The days (UTC, since 1970) of a relation of instants."""
        return [day for (day,) in self.reader.fetch(f"SELECT DISTINCT key // {DAY_MS} FROM {instants} ORDER BY 1")]


def inside(rows: str, column: str, keys: str, wanted: Sequence[str] = ()) -> str:
    """SQL of the rows whose column is among the keys; of all of their columns, or of some."""
    return f"SELECT {_columns(wanted)} FROM {rows} r {semi_join(column, keys)}"


def outside(rows: str, column: str, keys: str, wanted: Sequence[str] = ()) -> str:
    """SQL of the rows whose column is not among the keys."""
    return f'SELECT {_columns(wanted)} FROM {rows} r ANTI JOIN {keys} k ON r."{column}" = k.key'


def _columns(wanted: Sequence[str]) -> str:
    return ", ".join(f'r."{name}"' for name in wanted) or "r.*"


# The tables whose column person says whose a row is, and of which rows can be taken away.
_OF_PEOPLE = {
    "trusted.customer_trusted",
    "trusted.accelerometer_trusted",
    "curated.customer_curated",
    "trusted.step_trainer_trusted",
}
# The judged table's column by which a row is in scope, and the relation of that column's values.
_IN_SCOPE: dict[str, tuple[str, Callable[[Part], str]]] = {
    "customer_trusted": ("person", lambda part: part.people),
    "accelerometer_trusted": ("person", lambda part: part.people),
    "customer_curated": ("person", lambda part: part.users),
    "step_trainer_trusted": ("serialNumber", lambda part: part.devices),
    "machine_learning_curated": ("pseudonym", lambda part: part.pseudonyms),
}
