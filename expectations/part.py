"""The part of each table that its increment is judged on, put together from relations of keys and of rows.

A relation of keys has the one column ``key``: e-mail addresses, serial numbers or instants (epoch ms).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from catalog.spec import DAY_MS
from catalog.specs import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.snapshot_reader import SnapshotReader
    from expectations.scope import Window


@dataclass(frozen=True)
class Part:
    """The part that a window's changes concern; its relations are computed once, in order."""

    reader: SnapshotReader
    window: Window

    def relations(self) -> dict[str, str]:
        """The relation of each table's rows in scope, by short name."""
        return _SLICES[self.window.table](self)

    def accounting(self) -> str:
        """SQL of the fact ``unaccounted``: by how much the rows outside of the scope became more or fewer."""
        spec, before, candidate = table(self.window.table), self.window.before, self.window.candidate
        more = self.reader.rows(spec, candidate) - self.reader.rows(spec, before)
        return (
            f"SELECT abs({more} + (SELECT count(*) FROM ({self.judged_before()})) "
            "- (SELECT count(*) FROM judged_rows)) AS unaccounted"
        )

    def now(self, identifier: str, days: list[int] | None = None) -> str:
        """An input as it is now."""
        return self.reader.relation(table(identifier), self.window.inputs[identifier][1], days)

    def then(self, identifier: str) -> str:
        """An input as it was when the table was made before."""
        return self.reader.relation(table(identifier), self.window.inputs[identifier][0])

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
        owned = inside(self.records, "email", named, "serialNumber")
        devices = self.reader.once(f"SELECT DISTINCT serialNumber AS key FROM ({owned})")
        owners = inside(self.records, "serialNumber", devices, "email")
        return self.reader.once(f"SELECT email AS key FROM ({owners}) UNION SELECT key FROM {named}"), devices

    @property
    def people(self) -> str:
        """The relation of e-mail addresses of whom new customer records concern."""
        return self.concerned[0]

    @property
    def devices(self) -> str:
        """The relation of their devices' serial numbers, each with all who ever had it among the people."""
        return self.concerned[1]

    def of_concerned(self, rows: str, column: str, keys: str, wanted: str = "*") -> str:
        """The rows of a relation whose column is among such keys; looked up once for all tables that ask for them."""
        return self.reader.once(inside(rows, column, keys, wanted))

    def records_of(self, emails: str) -> str:
        """The customer records of some people, given as SQL of keys."""
        self.reader.keep("scope_emails", emails)
        return self.reader.keep("scope_records", inside(self.records, "email", "scope_emails"))

    def readings(self, identifier: str, column: str, keys: str) -> str:
        """An input's readings: all of whom it may concern, and what is new of the others."""
        concerned = self.of_concerned(self.now(identifier), column, keys)
        others = outside(self.new(identifier), column, keys)
        return self.reader.keep("scope_readings", f"SELECT * FROM {concerned} UNION ALL {others}")

    def judged(self, days: list[int] | None = None) -> str:
        """The judged table's rows in scope, and whatever was appended besides."""
        spec = table(self.window.table)
        column, keys = self.in_scope
        appended = self.reader.appended(spec, self.window.before, self.window.candidate)
        inner = self.inside_scope(self.reader.relation(spec, self.window.candidate, days))
        return self.reader.keep("judged_rows", f"{inner} UNION ALL {outside(appended, column, keys)}")

    def judged_before(self) -> str:
        """SQL of the rows that the table had in scope before; of one column, as they are but counted."""
        spec = table(self.window.table)
        return self.inside_scope(self.reader.relation(spec, self.window.before), spec.instant or self.in_scope[0])

    @property
    def in_scope(self) -> tuple[str, str]:
        """The judged table's column by which a row is in scope, and the relation of that column's values."""
        column, keys = _IN_SCOPE[table(self.window.table).name]
        return column, keys(self)

    def inside_scope(self, rows: str, wanted: str = "*") -> str:
        """SQL of rows of the judged table that are in scope."""
        column, keys = self.in_scope
        if keys in self.concerned:
            return f"SELECT * FROM {self.of_concerned(rows, column, keys, wanted)}"
        return inside(rows, column, keys, wanted)

    def judged_and_repeated(self, identifier: str) -> str:
        """``judged``, and the rows that the table held before and that an input's new readings repeat."""
        spec, rows, new = table(self.window.table), self.judged(), self.new(identifier)
        column, keys = self.in_scope
        same = " AND ".join(f't."{name}" = n."{name}"' for name in spec.grain)
        before = self.reader.relation(spec, self.window.before, self.days(f"SELECT {spec.instant} AS key FROM {new}"))
        repeated = f"(SELECT t.* FROM {before} t SEMI JOIN {new} n ON {same})"
        return self.reader.keep(
            "judged_and_repeated", f"SELECT * FROM {rows} UNION ALL {outside(repeated, column, keys)}"
        )

    def days(self, instants: str) -> list[int]:
        """The days (UTC, since 1970) of instants, given as SQL of keys."""
        return [day for (day,) in self.reader.fetch(f"SELECT DISTINCT key // {DAY_MS} FROM ({instants}) ORDER BY 1")]


def inside(rows: str, column: str, keys: str, wanted: str = "*") -> str:
    """SQL of the rows whose column is among the keys; of all of their columns, or of some."""
    # Said here and not by the reader's ``among``, which the jobs use; four times for the reason that is given there.
    return f'SELECT r.{wanted} FROM {rows} r SEMI JOIN (SELECT key FROM {keys}, range(4)) k ON r."{column}" = k.key'


def outside(rows: str, column: str, keys: str) -> str:
    """SQL of the rows whose column is not among the keys."""
    return f'SELECT r.* FROM {rows} r ANTI JOIN {keys} k ON r."{column}" = k.key'


def _customer_trusted(part: Part) -> dict[str, str]:
    return {
        "customer_landing": part.records_of(f"SELECT key FROM {part.people}"),
        "customer_trusted": part.judged(),
    }


def _accelerometer_trusted(part: Part) -> dict[str, str]:
    landing = "landing.accelerometer_landing"
    users = f'SELECT key FROM {part.people} UNION SELECT "user" FROM {part.new(landing)}'
    return {
        "accelerometer_landing": part.readings(landing, "user", part.people),
        "customer_landing": part.records_of(users),
        "accelerometer_trusted": part.judged_and_repeated(landing),
    }


def _customer_curated(part: Part) -> dict[str, str]:
    readings = part.readings("trusted.accelerometer_trusted", "user", part.people)
    part.reader.keep("scope_users", f'SELECT key FROM {part.people} UNION SELECT "user" FROM {readings}')
    customers = inside(part.now("trusted.customer_trusted"), "email", "scope_users")
    return {
        "customer_trusted": part.reader.keep("scope_customers", customers),
        "accelerometer_trusted": readings,
        "customer_curated": part.judged(),
    }


def _step_trainer_trusted(part: Part) -> dict[str, str]:
    landing = "landing.step_trainer_landing"
    part.reader.keep("scope_serials", f"SELECT DISTINCT serialNumber AS key FROM {part.new(landing)}")
    owners = f"SELECT email FROM ({inside(part.records, 'serialNumber', 'scope_serials')})"
    return {
        "step_trainer_landing": part.readings(landing, "serialNumber", part.devices),
        "customer_landing": part.records_of(f"SELECT key FROM {part.people} UNION {owners}"),
        "step_trainer_trusted": part.judged_and_repeated(landing),
    }


def _machine_learning_curated(part: Part) -> dict[str, str]:
    motion, distance = "trusted.accelerometer_trusted", "trusted.step_trainer_trusted"
    former = part.of_concerned(part.then(motion), "user", part.people, "timestamp")
    present = part.of_concerned(part.now(motion), "user", part.people)
    instants = (
        f"SELECT timestamp AS key FROM {part.new(motion)} UNION SELECT sensorReadingTime FROM {part.new(distance)} "
        f"UNION SELECT timestamp FROM {former} UNION SELECT timestamp FROM {present}"
    )
    days = part.days(f"SELECT key FROM {part.reader.keep('scope_instants', instants)}")
    # Without the instants as timestamps, which are as many bytes as the rest, and which the suite does not look at.
    wanted = "* EXCLUDE (readingTime)"
    motions = inside(part.now(motion, days), "timestamp", "scope_instants", wanted)
    readings = part.reader.keep("scope_readings", motions)
    distances = inside(part.now(distance, days), "sensorReadingTime", "scope_instants", wanted)
    return {
        "accelerometer_trusted": readings,
        "step_trainer_trusted": part.reader.keep("scope_distances", distances),
        "customer_landing": part.records_of(f'SELECT DISTINCT "user" AS key FROM {readings}'),
        "machine_learning_curated": part.judged(days),
    }


# The judged table's column by which a row is in scope, and the relation of that column's values.
_IN_SCOPE: dict[str, tuple[str, Callable[[Part], str]]] = {
    "customer_trusted": ("email", lambda part: part.people),
    "accelerometer_trusted": ("user", lambda part: part.people),
    "customer_curated": ("email", lambda _: "scope_users"),
    "step_trainer_trusted": ("serialNumber", lambda part: part.devices),
    "machine_learning_curated": ("timestamp", lambda _: "scope_instants"),
}
_SLICES: dict[str, Callable[[Part], dict[str, str]]] = {
    "trusted.customer_trusted": _customer_trusted,
    "trusted.accelerometer_trusted": _accelerometer_trusted,
    "curated.customer_curated": _customer_curated,
    "trusted.step_trainer_trusted": _step_trainer_trusted,
    "curated.machine_learning_curated": _machine_learning_curated,
}
