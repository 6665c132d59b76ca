"""The part of each table that its increment is judged on, put together from relations of keys and of rows.

A relation of keys has the one column ``key``: e-mail addresses, serial numbers, pseudonyms or instants (epoch ms).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from catalog.snapshot_reader import among
from catalog.spec import DAY_MS
from catalog.specs import table
from catalog.specs.curated import MACHINE_LEARNING_CURATED
from expectations.names import keyed_names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catalog.snapshot_reader import SnapshotReader
    from expectations.scope import Window


MOTION, DISTANCE = "trusted.accelerometer_trusted", "trusted.step_trainer_trusted"


@dataclass(frozen=True)
class Part:
    """The part that a window's changes concern; its relations are computed once, in order."""

    reader: SnapshotReader
    window: Window
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

    @property
    def records(self) -> str:
        """All customer records."""
        return self.reader.relation(table("landing.customer_landing"), self.window.records[1])

    @cached_property
    def concerned(self) -> tuple[str, str]:
        """Relations of the people (e-mails) and of the devices (serial numbers) whom new customer records concern."""
        news = self.reader.appended(table("landing.customer_landing"), *self.window.records)
        people_tables = [name for name in self.window.inputs if table(name).instant is None]
        sources = [news, *map(self.new, people_tables)]
        emails = " UNION ".join(f"SELECT email FROM {source}" for source in sources)
        # By their names, so that tables with news of the same people ask for the same.
        named = self.reader.keys([email for (email,) in self.reader.fetch(f"{emails} ORDER BY 1")])
        owned = self.reader.rows_by_keys(self.records, "email", named)
        devices = self.reader.once(f"SELECT DISTINCT serialNumber AS key FROM ({owned})")
        owners = inside(self.records, "serialNumber", devices, ("email",))
        return self.reader.once(f"SELECT email AS key FROM ({owners}) UNION SELECT key FROM {named}"), devices

    @property
    def people(self) -> str:
        """The relation of e-mail addresses of whom new customer records concern."""
        return self.concerned[0]

    @property
    def devices(self) -> str:
        """The relation of their devices' serial numbers, each with all who ever had it among the people."""
        return self.concerned[1]

    @property
    def users(self) -> str:
        """The relation of the people, and of everybody else with new trusted readings."""
        return self.reader.once(f'SELECT key FROM {self.people} UNION SELECT "user" FROM {self.new(MOTION)}')

    @cached_property
    def pseudonyms(self) -> str:
        """The relation of the people's pseudonyms."""
        people = self.reader.fetch(f"SELECT key FROM {self.people} ORDER BY 1")
        return self.reader.keys(keyed_names((key for (key,) in people), self.pseudonym_key))

    def of_concerned(self, identifier: str, column: str, keys: str) -> str:
        """An input's rows of whom new customer records concern."""
        return self.reader.rows_among(table(identifier), self.window.inputs[identifier][1], column, keys)

    def records_of(self, emails: str) -> str:
        """The customer records of some people, given as SQL of keys."""
        keys = self.reader.keep("scope_emails", emails)
        return self.reader.keep("scope_records", self.reader.rows_by_keys(self.records, "email", keys))

    def landed(self, identifier: str, column: str, keys: str) -> str:
        """A landing table's readings, as the columns that tell one from another: of the concerned, and what is new."""
        wanted = table(self.window.table).grain
        concerned = inside(self.now(identifier), column, keys, wanted)
        others = outside(self.new(identifier), column, keys, wanted)
        return self.reader.keep("scope_readings", f"{concerned} UNION ALL {others}")

    @cached_property
    def instants(self) -> str:
        """The relation of the instants at which others than the concerned have new readings, of either kind."""
        motion = outside(self.new(MOTION), "user", self.people)
        distance = outside(self.new(DISTANCE), "serialNumber", self.devices)
        return self.reader.once(
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
        return self.reader.keep("judged_rows", f"{rows} UNION ALL {appended}")

    def judged_before(self) -> str:
        """SQL of the rows that the table had in scope before, as something to count."""
        spec, before = table(self.window.table), self.window.before
        rows = f"SELECT 1 FROM {self.reader.places(spec, before, *self.in_scope)}"
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
        same = " AND ".join(f't."{name}" = n."{name}"' for name in spec.grain)
        days = self.days(f"(SELECT {spec.instant} AS key FROM {new})")
        before = self.reader.relation(spec, self.window.before, days)
        repeated = outside(f"(SELECT t.* FROM {before} t SEMI JOIN {new} n ON {same})", *self.in_scope)
        return self.reader.keep("judged_and_repeated", f"SELECT * FROM {rows} UNION ALL {repeated}")

    def days(self, instants: str) -> list[int]:
        """The days (UTC, since 1970) of a relation of instants."""
        return [day for (day,) in self.reader.fetch(f"SELECT DISTINCT key // {DAY_MS} FROM {instants} ORDER BY 1")]


def inside(rows: str, column: str, keys: str, wanted: Sequence[str] = ()) -> str:
    """SQL of the rows whose column is among the keys; of all of their columns, or of some."""
    return f"SELECT {_columns(wanted)} FROM {rows} r {among(column, keys)}"


def outside(rows: str, column: str, keys: str, wanted: Sequence[str] = ()) -> str:
    """SQL of the rows whose column is not among the keys."""
    return f'SELECT {_columns(wanted)} FROM {rows} r ANTI JOIN {keys} k ON r."{column}" = k.key'


def _columns(wanted: Sequence[str]) -> str:
    return ", ".join(f'r."{name}"' for name in wanted) or "r.*"


# The judged table's column by which a row is in scope, and the relation of that column's values.
_IN_SCOPE: dict[str, tuple[str, Callable[[Part], str]]] = {
    "customer_trusted": ("email", lambda part: part.people),
    "accelerometer_trusted": ("user", lambda part: part.people),
    "customer_curated": ("email", lambda part: part.users),
    "step_trainer_trusted": ("serialNumber", lambda part: part.devices),
    "machine_learning_curated": ("pseudonym", lambda part: part.pseudonyms),
}
