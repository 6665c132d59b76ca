"""What an increment is judged on: whole people and whole instants, so that every law still applies.

A suite's laws speak of a person's rows, or of the rows of an instant, never of the whole table at once; so they can be
judged on a part of the tables that holds all rows of the people whom new customer records concern, everything that was
appended, and what it was made from. What lies outside of that part must not have changed, which is counted.

Everything here is read from landing and from the tables' own histories; nothing is taken from the jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.changes import appended
from catalog.session import held_by_driver
from catalog.spec import DAY_MS
from catalog.specs import table
from catalog.tables import relation
from expectations.suite import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import SparkSession

NOTHING_ELSE = Check(
    name="nothing_else_changed",
    promise="completeness",
    sentence="Rows of people and instants that nothing new concerns are as many as before.",
    fact="unaccounted",
)
"""What is judged of every increment besides its table's suite."""


@dataclass(frozen=True)
class Window:
    """Between which snapshots things changed; None stands for a table before its first snapshot.

    Attributes:
        table: identifier of the judged table.
        before: what readers see of it now.
        candidate: what they are to see.
        rows_before: rows of the former.
        rows_after: rows of the latter.
        inputs: identifier of each input: the snapshots from which the table was made before, and is made now.
        records: the snapshots of customer_landing up to which the table knew customers before, and does now.
    """

    table: str
    before: int | None
    candidate: int
    rows_before: int
    rows_after: int
    inputs: Mapping[str, tuple[int | None, int | None]]
    records: tuple[int | None, int | None]


@dataclass(frozen=True)
class Scope:
    """What to judge an increment on.

    Attributes:
        relations: SQL text for each table, by short name: its rows in scope.
        facts: more facts, in SQL of one row.
        checks: judged against them.
    """

    relations: Mapping[str, str]
    facts: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()


def appended_scope(spark: SparkSession, moved: Mapping[str, tuple[int | None, int | None]]) -> Scope:
    """The scope of tables that are only ever appended to: what was appended.

    Args:
        spark: the session.
        moved: for each table, by identifier, the snapshots that readers see now and are to see.
    """
    relations = {}
    for identifier, (before, candidate) in moved.items():
        spec = table(identifier)
        relations[spec.name] = f"appended_{spec.name}"
        appended(spark, spec, before, candidate).createOrReplaceTempView(relations[spec.name])
    return Scope(relations)


def scope_of(spark: SparkSession, window: Window) -> Scope:
    """The scope of a trusted or curated table's increment."""
    return _Part(spark, window).scope()


@dataclass(frozen=True)
class _Part:
    """The views that slices are put together from; each view of keys has the one column ``key``."""

    spark: SparkSession
    window: Window

    def scope(self) -> Scope:
        self._people()
        slices = _SLICES[self.window.table](self)
        accounting = (
            f"SELECT abs({self.window.rows_after} - {self.window.rows_before} "
            f"+ (SELECT count(*) FROM ({self.judged_before()})) "
            f"- (SELECT count(*) FROM judged_rows)) AS unaccounted"
        )
        return Scope(slices, (accounting,), (NOTHING_ELSE,))

    def view(self, name: str, sql: str) -> str:
        """A temporary view that is computed once."""
        self.spark.sql(sql).persist().createOrReplaceTempView(name)
        return name

    def keys(self, name: str, sql: str) -> str:
        """A temporary view of a few keys, which are fetched once."""
        held_by_driver(self.spark.sql(sql)).createOrReplaceTempView(name)
        return name

    def now(self, identifier: str) -> str:
        """SQL text that reads an input as it is now."""
        return relation(table(identifier), self.window.inputs[identifier][1])

    def then(self, identifier: str) -> str:
        """SQL text that reads an input as it was when the table was made before."""
        return relation(table(identifier), self.window.inputs[identifier][0])

    def new(self, identifier: str) -> str:
        """A view of the rows that were appended to an input since."""
        name = f"new_{table(identifier).name}"
        appended(self.spark, table(identifier), *self.window.inputs[identifier]).createOrReplaceTempView(name)
        return name

    @property
    def records(self) -> str:
        """SQL text that reads all customer records."""
        return relation(table("landing.customer_landing"), self.window.records[1])

    def _people(self) -> None:
        """Views scope_people (e-mails) and scope_devices (serial numbers): all whom new customer records concern."""
        news = appended(self.spark, table("landing.customer_landing"), *self.window.records)
        news.createOrReplaceTempView("new_records")
        people_tables = [name for name in self.window.inputs if table(name).instant is None]
        sources = ["new_records", *map(self.new, people_tables)]
        self.keys("scope_named", " UNION ".join(f"SELECT email AS key FROM {source}" for source in sources))
        owned = f"SELECT serialNumber AS key FROM ({inside(self.records, 'email', 'scope_named')})"
        self.keys("scope_devices", f"SELECT DISTINCT key FROM ({owned})")
        owners = f"SELECT email AS key FROM ({inside(self.records, 'serialNumber', 'scope_devices')})"
        self.keys("scope_people", f"{owners} UNION SELECT key FROM scope_named")

    def records_of(self, emails: str) -> str:
        """A view of the customer records of some people, given as SQL of the column key."""
        self.view("scope_emails", emails)
        return self.view("scope_records", inside(self.records, "email", "scope_emails"))

    def readings(self, identifier: str, column: str, keys: str) -> str:
        """A view of an input's readings: all of whom it may concern, and what is new of the others."""
        new = self.new(identifier)
        sql = f"{inside(self.now(identifier), column, keys)} UNION ALL {outside(new, column, keys)}"
        return self.view("scope_readings", sql)

    def judged(self, days: str = "true") -> str:
        """A view of the judged table's rows in scope, and of whatever was appended besides."""
        spec = table(self.window.table)
        column, keys = _IN_SCOPE[spec.name]
        appended(self.spark, spec, self.window.before, self.window.candidate).createOrReplaceTempView("appended_rows")
        candidate = relation(spec, self.window.candidate)
        sql = f"{inside(candidate, column, keys, days)} UNION ALL {outside('appended_rows', column, keys)}"
        return self.view("judged_rows", sql)

    def judged_before(self) -> str:
        """SQL of the rows that the table had in scope before."""
        spec = table(self.window.table)
        return inside(relation(spec, self.window.before), *_IN_SCOPE[spec.name])

    def judged_and_repeated(self, identifier: str) -> str:
        """``judged``, and the rows that the table held before and that an input's new readings repeat."""
        spec, rows, new = table(self.window.table), self.judged(), self.new(identifier)
        column, keys = _IN_SCOPE[spec.name]
        same = " AND ".join(f"t.{name} = n.{name}" for name in spec.grain)
        days = self.days(f"SELECT {spec.instant} AS key FROM {new}")
        before = f"(SELECT * FROM {relation(spec, self.window.before)} WHERE {days})"
        repeated = f"(SELECT t.* FROM {before} t LEFT SEMI JOIN {new} n ON {same})"
        return self.view("judged_and_repeated", f"SELECT * FROM {rows} UNION ALL {outside(repeated, column, keys)}")

    def days(self, instants: str) -> str:
        """A condition that is true of readings on the days (UTC) of some instants, for tables partitioned by day."""
        rows = self.spark.sql(f"SELECT DISTINCT key div {DAY_MS} AS day FROM ({instants})").collect()
        spans = [
            f"(readingTime >= timestamp_millis({row.day * DAY_MS}) "
            f"AND readingTime < timestamp_millis({(row.day + 1) * DAY_MS}))"
            for row in rows
        ]
        return " OR ".join(spans) or "false"


def inside(rows: str, column: str, keys: str, condition: str = "true") -> str:
    """SQL of the rows whose column is among the keys."""
    return f"SELECT r.* FROM {rows} r LEFT SEMI JOIN {keys} k ON r.{column} = k.key WHERE {condition}"


def outside(rows: str, column: str, keys: str) -> str:
    """SQL of the rows whose column is not among the keys."""
    return f"SELECT r.* FROM {rows} r LEFT ANTI JOIN {keys} k ON r.{column} = k.key"


def _customer_trusted(part: _Part) -> dict[str, str]:
    return {
        "customer_landing": part.records_of("SELECT key FROM scope_people"),
        "customer_trusted": part.judged(),
    }


def _accelerometer_trusted(part: _Part) -> dict[str, str]:
    landing = "landing.accelerometer_landing"
    users = f"SELECT key FROM scope_people UNION SELECT user FROM {part.new(landing)}"
    return {
        "accelerometer_landing": part.readings(landing, "user", "scope_people"),
        "customer_landing": part.records_of(users),
        "accelerometer_trusted": part.judged_and_repeated(landing),
    }


def _customer_curated(part: _Part) -> dict[str, str]:
    readings = part.readings("trusted.accelerometer_trusted", "user", "scope_people")
    part.view("scope_users", f"SELECT key FROM scope_people UNION SELECT user FROM {readings}")
    customers = inside(part.now("trusted.customer_trusted"), "email", "scope_users")
    return {
        "customer_trusted": part.view("scope_customers", customers),
        "accelerometer_trusted": readings,
        "customer_curated": part.judged(),
    }


def _step_trainer_trusted(part: _Part) -> dict[str, str]:
    landing = "landing.step_trainer_landing"
    part.view("scope_serials", f"SELECT DISTINCT serialNumber AS key FROM {part.new(landing)}")
    owners = f"SELECT email FROM ({inside(part.records, 'serialNumber', 'scope_serials')})"
    return {
        "step_trainer_landing": part.readings(landing, "serialNumber", "scope_devices"),
        "customer_landing": part.records_of(f"SELECT key FROM scope_people UNION {owners}"),
        "step_trainer_trusted": part.judged_and_repeated(landing),
    }


def _machine_learning_curated(part: _Part) -> dict[str, str]:
    motion, distance = "trusted.accelerometer_trusted", "trusted.step_trainer_trusted"
    former = inside(part.then(motion), "user", "scope_people")
    present = inside(part.now(motion), "user", "scope_people")
    instants = (
        f"SELECT timestamp AS key FROM {part.new(motion)} UNION SELECT sensorReadingTime FROM {part.new(distance)} "
        f"UNION SELECT timestamp FROM ({former}) UNION SELECT timestamp FROM ({present})"
    )
    days = part.days(f"SELECT key FROM {part.view('scope_instants', instants)}")
    readings = part.view("scope_readings", inside(part.now(motion), "timestamp", "scope_instants", days))
    distances = inside(part.now(distance), "sensorReadingTime", "scope_instants", days)
    return {
        "accelerometer_trusted": readings,
        "step_trainer_trusted": part.view("scope_distances", distances),
        "customer_landing": part.records_of(f"SELECT DISTINCT user AS key FROM {readings}"),
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
_SLICES: dict[str, Callable[[_Part], dict[str, str]]] = {
    "trusted.customer_trusted": _customer_trusted,
    "trusted.accelerometer_trusted": _accelerometer_trusted,
    "curated.customer_curated": _customer_curated,
    "trusted.step_trainer_trusted": _step_trainer_trusted,
    "curated.machine_learning_curated": _machine_learning_curated,
}
