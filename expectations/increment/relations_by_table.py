"""The rows in scope of an increment's validation: of its table, and of the tables that it is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.specs import table
from expectations.increment.segment import DISTANCE, MOTION, inside, outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from expectations.increment.segment import Part


def relations(part: Part) -> dict[str, str]:
    """The relation of each table's rows in scope, by short name."""
    return _SLICES[part.window.table](part)


def _customer_trusted(part: Part) -> dict[str, str]:
    return {
        "customer_landing": part.records_of(f"SELECT key FROM {part.people}"),
        "customer_trusted": part.judged(),
    }


def _accelerometer_trusted(part: Part) -> dict[str, str]:
    landing = "landing.accelerometer_landing"
    users = f"SELECT key FROM {part.people} UNION SELECT person FROM {part.new(landing)}"
    wanted = ("person", "timestamp", "x", "y", "z")
    return {
        "accelerometer_landing": part.landed(landing, "person", part.people, wanted),
        "customer_landing": part.records_of(users),
        "accelerometer_trusted": part.judged_and_repeated(landing),
    }


def _customer_curated(part: Part) -> dict[str, str]:
    customers = inside(part.now("trusted.customer_trusted"), "person", part.users)
    readings = f"SELECT * FROM {part.rows_of(MOTION, 'person', part.people)}"
    others = outside(part.new(MOTION), "person", part.people)
    return {
        "customer_trusted": part.reader.create_temp_table("scope_customers", customers),
        "accelerometer_trusted": part.reader.create_temp_table("scope_readings", f"{readings} UNION ALL {others}"),
        "customer_curated": part.judged(),
    }


def _step_trainer_trusted(part: Part) -> dict[str, str]:
    landing = "landing.step_trainer_landing"
    devices = f"SELECT key FROM {part.devices} UNION SELECT device FROM {part.new(landing)}"
    # Whoever ever had one of them, with all of their records: they say who had it when.
    owners = inside(part.records, "device", part.reader.create_temp_table("scope_devices", devices), ("person",))
    wanted = ("device", "sensorReadingTime", "distanceFromObject")
    return {
        "step_trainer_landing": part.landed(landing, "device", part.devices, wanted),
        "customer_landing": part.records_of(f"SELECT key FROM {part.people} UNION {owners}"),
        "step_trainer_trusted": part.judged_and_repeated(landing),
    }


def _machine_learning_curated(part: Part) -> dict[str, str]:
    sides = {}
    for identifier in (MOTION, DISTANCE):
        name, snapshot = table(identifier).name, part.window.inputs[identifier][1]
        rows = f"SELECT * FROM {part.rows_of(identifier, 'person', part.people)}"
        others = part.at_instants(identifier, snapshot, "person", part.people)
        sides[name] = part.reader.create_temp_table(f"scope_of_{name}", f"{rows} UNION ALL {others}")
    users = f"SELECT DISTINCT person AS key FROM {sides[table(MOTION).name]}"
    return {
        **sides,
        "customer_landing": part.records_of(users),
        "machine_learning_curated": part.judged(),
    }


_SLICES: dict[str, Callable[[Part], dict[str, str]]] = {
    "trusted.customer_trusted": _customer_trusted,
    "trusted.accelerometer_trusted": _accelerometer_trusted,
    "curated.customer_curated": _customer_curated,
    "trusted.step_trainer_trusted": _step_trainer_trusted,
    "curated.machine_learning_curated": _machine_learning_curated,
}
