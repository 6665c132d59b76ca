"""The part of each table that its increment is judged on, put together from relations of keys and of rows.

A relation of keys has the one column ``key``: e-mail addresses, serial numbers or instants (epoch ms).
"""

from __future__ import annotations

from dataclasses import dataclass
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
        self._people()
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

    def _people(self) -> None:
        """Relations scope_people (e-mails) and scope_devices (serial numbers): whom new customer records concern."""
        news = self.reader.appended(table("landing.customer_landing"), *self.window.records)
        people_tables = [name for name in self.window.inputs if table(name).instant is None]
        sources = [news, *map(self.new, people_tables)]
        self.reader.keep("scope_named", " UNION ".join(f"SELECT email AS key FROM {source}" for source in sources))
        owned = f"SELECT serialNumber AS key FROM ({inside(self.records, 'email', 'scope_named')})"
        self.reader.keep("scope_devices", f"SELECT DISTINCT key FROM ({owned})")
        owners = f"SELECT email AS key FROM ({inside(self.records, 'serialNumber', 'scope_devices')})"
        self.reader.keep("scope_people", f"{owners} UNION SELECT key FROM scope_named")

    def records_of(self, emails: str) -> str:
        """The customer records of some people, given as SQL of keys."""
        self.reader.keep("scope_emails", emails)
        return self.reader.keep("scope_records", inside(self.records, "email", "scope_emails"))

    def readings(self, identifier: str, column: str, keys: str) -> str:
        """An input's readings: all of whom it may concern, and what is new of the others."""
        sql = f"{inside(self.now(identifier), column, keys)} UNION ALL {outside(self.new(identifier), column, keys)}"
        return self.reader.keep("scope_readings", sql)

    def judged(self, days: list[int] | None = None) -> str:
        """The judged table's rows in scope, and whatever was appended besides."""
        spec = table(self.window.table)
        column, keys = _IN_SCOPE[spec.name]
        appended = self.reader.appended(spec, self.window.before, self.window.candidate)
        candidate = self.reader.relation(spec, self.window.candidate, days)
        return self.reader.keep(
            "judged_rows", f"{inside(candidate, column, keys)} UNION ALL {outside(appended, column, keys)}"
        )

    def judged_before(self) -> str:
        """SQL of the rows that the table had in scope before."""
        spec = table(self.window.table)
        return inside(self.reader.relation(spec, self.window.before), *_IN_SCOPE[spec.name])

    def judged_and_repeated(self, identifier: str) -> str:
        """``judged``, and the rows that the table held before and that an input's new readings repeat."""
        spec, rows, new = table(self.window.table), self.judged(), self.new(identifier)
        column, keys = _IN_SCOPE[spec.name]
        same = " AND ".join(f't."{name}" = n."{name}"' for name in spec.grain)
        before = self.reader.relation(spec, self.window.before, self.days(f"SELECT {spec.instant} AS key FROM {new}"))
        repeated = f"(SELECT t.* FROM {before} t SEMI JOIN {new} n ON {same})"
        return self.reader.keep(
            "judged_and_repeated", f"SELECT * FROM {rows} UNION ALL {outside(repeated, column, keys)}"
        )

    def days(self, instants: str) -> list[int]:
        """The days (UTC, since 1970) of instants, given as SQL of keys."""
        return [day for (day,) in self.reader.fetch(f"SELECT DISTINCT key // {DAY_MS} FROM ({instants}) ORDER BY 1")]


def inside(rows: str, column: str, keys: str) -> str:
    """SQL of the rows whose column is among the keys."""
    return f'SELECT r.* FROM {rows} r SEMI JOIN {keys} k ON r."{column}" = k.key'


def outside(rows: str, column: str, keys: str) -> str:
    """SQL of the rows whose column is not among the keys."""
    return f'SELECT r.* FROM {rows} r ANTI JOIN {keys} k ON r."{column}" = k.key'


def _customer_trusted(part: Part) -> dict[str, str]:
    return {
        "customer_landing": part.records_of("SELECT key FROM scope_people"),
        "customer_trusted": part.judged(),
    }


def _accelerometer_trusted(part: Part) -> dict[str, str]:
    landing = "landing.accelerometer_landing"
    users = f'SELECT key FROM scope_people UNION SELECT "user" FROM {part.new(landing)}'
    return {
        "accelerometer_landing": part.readings(landing, "user", "scope_people"),
        "customer_landing": part.records_of(users),
        "accelerometer_trusted": part.judged_and_repeated(landing),
    }


def _customer_curated(part: Part) -> dict[str, str]:
    readings = part.readings("trusted.accelerometer_trusted", "user", "scope_people")
    part.reader.keep("scope_users", f'SELECT key FROM scope_people UNION SELECT "user" FROM {readings}')
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
        "step_trainer_landing": part.readings(landing, "serialNumber", "scope_devices"),
        "customer_landing": part.records_of(f"SELECT key FROM scope_people UNION {owners}"),
        "step_trainer_trusted": part.judged_and_repeated(landing),
    }


def _machine_learning_curated(part: Part) -> dict[str, str]:
    motion, distance = "trusted.accelerometer_trusted", "trusted.step_trainer_trusted"
    former = inside(part.then(motion), "user", "scope_people")
    present = inside(part.now(motion), "user", "scope_people")
    instants = (
        f"SELECT timestamp AS key FROM {part.new(motion)} UNION SELECT sensorReadingTime FROM {part.new(distance)} "
        f"UNION SELECT timestamp FROM ({former}) UNION SELECT timestamp FROM ({present})"
    )
    days = part.days(f"SELECT key FROM {part.reader.keep('scope_instants', instants)}")
    readings = part.reader.keep("scope_readings", inside(part.now(motion, days), "timestamp", "scope_instants"))
    distances = inside(part.now(distance, days), "sensorReadingTime", "scope_instants")
    return {
        "accelerometer_trusted": readings,
        "step_trainer_trusted": part.reader.keep("scope_distances", distances),
        "customer_landing": part.records_of(f'SELECT DISTINCT "user" AS key FROM {readings}'),
        "machine_learning_curated": part.judged(days),
    }


# The judged table's column by which a row is in scope, and the view of that column's values.
_IN_SCOPE = {
    "customer_trusted": ("email", "scope_people"),
    "accelerometer_trusted": ("user", "scope_people"),
    "customer_curated": ("email", "scope_users"),
    "step_trainer_trusted": ("serialNumber", "scope_devices"),
    "machine_learning_curated": ("timestamp", "scope_instants"),
}
_SLICES: dict[str, Callable[[Part], dict[str, str]]] = {
    "trusted.customer_trusted": _customer_trusted,
    "trusted.accelerometer_trusted": _accelerometer_trusted,
    "curated.customer_curated": _customer_curated,
    "trusted.step_trainer_trusted": _step_trainer_trusted,
    "curated.machine_learning_curated": _machine_learning_curated,
}
