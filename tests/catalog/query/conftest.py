"""A small lake written by pyiceberg alone, in seconds and without a JVM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.transforms import DayTransform

from catalog.profiles.profile import CATALOG, LocalProfile, local_profile
from catalog.schema.types import arrow_schema
from catalog.specs import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from pyiceberg.catalog import Catalog


MIDNIGHT = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 12
PEOPLE = 5


def empty_lake(folder: Path) -> tuple[LocalProfile, Catalog]:
    """All tables, as their specs declare them, without rows."""
    profile = local_profile(folder)
    profile.prepare()
    catalog = load_catalog(CATALOG, **profile.pyiceberg_properties())
    for zone in {spec.zone for spec in TABLES.values()}:
        catalog.create_namespace(zone)
    for spec in TABLES.values():
        table = catalog.create_table(spec.identifier, arrow_schema(spec), properties={"format-version": "2"})
        if spec.partitioning:
            with table.update_spec() as update:
                update.add_field("readingTime", DayTransform(), "readingTime_day")
    return profile, catalog


def publish(catalog: Catalog, identifier: str, rows: list[dict[str, Any]], run_id: str = "run") -> int:
    """Append rows to a table as a run does; columns that are left out get a value of their type."""
    spec = TABLES[identifier]
    blank: dict[str, Any] = {
        "string": "-",
        "long": 0,
        "int": 0,
        "double": 0.0,
        "boolean": True,
        "timestamptz": MIDNIGHT,
    }
    filled = [
        {one.name: row.get(one.name, blank[one.type] if one.required else None) for one in spec.columns} for row in rows
    ]
    table = catalog.load_table(identifier)
    table.append(pa.Table.from_pylist(filled, arrow_schema(spec)), snapshot_properties={"stedi.run-id": run_id})
    snapshot = table.current_snapshot()
    assert snapshot is not None
    return snapshot.snapshot_id


def customers(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "email": f"p{number}@example.test",
            "person": f"p{number}@example.test",
            "customerName": f"Person {number}",
            "serialNumber": f"device-{number}",
            "registrationDate": 1_700_000_000_000 + number,
            "lastUpdateDate": 1_700_000_000_000 + number,
            "shareWithResearchAsOfDate": 1_700_000_000_000,
        }
        for number in range(first, first + count)
    ]


def readings(days: int = DAYS) -> list[dict[str, Any]]:
    found = []
    for day in range(days):
        for person in range(PEOPLE):
            moment = MIDNIGHT + timedelta(days=day, hours=person)
            epoch = int(moment.timestamp() * 1000)
            found.append(
                {
                    "user": f"p{person}@example.test",
                    "person": f"p{person}@example.test",
                    "serialNumber": f"device-{person}",
                    "pseudonym": f"pseudonym-{person}",
                    "timestamp": epoch,
                    "sensorReadingTime": epoch,
                    "distanceFromObject": 10 * person + day,
                    "x": person / 4 - 0.5,
                    "y": float(day),
                    "z": -1.0,
                    "readingTime": moment,
                }
            )
    return found


@pytest.fixture(scope="session")
def small_lake(tmp_path_factory: pytest.TempPathFactory) -> LocalProfile:
    """Two publications of the customers, the first of them tagged; readings of twelve days; verdicts."""
    profile, catalog = empty_lake(tmp_path_factory.mktemp("query") / "lake")
    for identifier in ("landing.customer_landing", "trusted.customer_trusted"):
        first = publish(catalog, identifier, customers(3), "run_1")
        publish(catalog, identifier, customers(2, first=3), "run_2")
    catalog.load_table("trusted.customer_trusted").manage_snapshots().create_tag(first, "first_tag").commit()
    publish(catalog, "curated.customer_curated", customers(4))
    for identifier in (
        "trusted.accelerometer_trusted",
        "trusted.step_trainer_trusted",
        "curated.machine_learning_curated",
    ):
        publish(catalog, identifier, readings())
    verdict = {"runId": "run_2", "tableName": "trusted.customer_trusted", "expectation": "unique_emails"}
    failed = verdict | {"runId": "run_1", "success": False, "severity": "critical"}
    warned = verdict | {"expectation": "a_warning", "success": False, "severity": "warning"}
    publish(catalog, "quality.validation_result", [verdict, failed, warned])
    return profile


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the comparison with Trino, where one was made."""
    from tests.catalog.query.comparing import TABLE, table

    if TABLE:
        terminalreporter.section("the embedded engine and Trino")
        for line in table():
            terminalreporter.write_line(line)
