"""The named queries: documented, valid on Athena, bound, and answered locally."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
from sqlglot import exp

from catalog.errors import UsageError
from catalog.lake import load_catalog
from catalog.queries import NamedQuery, bound, constant, named_queries, named_query
from catalog.query.engine import query_local
from catalog.specs import TABLES
from tests.catalog.query.conftest import PEOPLE, customers, empty_lake, publish, readings
from tests.stedi import stedi, stedi_json

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

QUERIES = named_queries()


def ask(profile: LocalProfile, name: str, **values: str) -> list[dict[str, Any]]:
    query = named_query(name)
    given = bound(query, [f"{key}={value}" for key, value in values.items()])
    with query_local(profile, query.sql, given, withdrawn=True) as result:
        return [row for batch in result.batches for row in batch.to_pylist()]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_each_is_one_athena_query_with_its_parameters_documented(query: NamedQuery) -> None:
    [statement] = sqlglot.parse(query.sql, dialect="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(statement, exp.Query)
    assert len(list(statement.find_all(exp.Placeholder))) == len(query.places)
    assert query.answers.endswith(".")
    assert len(query.answers) > 30


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_each_is_answered(query: NamedQuery, small_lake: LocalProfile) -> None:
    now = f"{datetime.now(UTC) - timedelta(milliseconds=5):%Y-%m-%d %H:%M:%S.%f}"
    samples = {"timestamp": now, "varchar": "trusted.customer_trusted", "bigint": "1"}
    ask(small_lake, query.name, **{one.name: samples[one.type] for one in query.parameters})


def test_zone_counts_name_every_table(small_lake: LocalProfile) -> None:
    counted = {f"{row['zone']}.{row['name']}": row["row_count"] for row in ask(small_lake, "zone_counts")}
    assert counted.keys() == TABLES.keys()
    assert counted["trusted.customer_trusted"] == 5


def test_verdicts_and_consents(small_lake: LocalProfile) -> None:
    runs = ask(small_lake, "verdict_history", table="trusted.customer_trusted")
    assert {row["run"]: (row["checks"], row["failed"], row["warned"], row["first_failed"]) for row in runs} == {
        "run_1": (1, 1, 0, "unique_emails"),
        "run_2": (2, 0, 1, None),
    }
    [day] = ask(small_lake, "consents_by_day")
    assert (day["customers"], day["customers_with_readings"]) == (5, 4)


def test_freshness_and_storage_look_at_every_table(small_lake: LocalProfile) -> None:
    assert {row["name"] for row in ask(small_lake, "freshness")} == TABLES.keys()
    stored = {row["name"]: row for row in ask(small_lake, "storage_by_table")}
    assert stored["trusted.accelerometer_trusted"]["data_rows"] == len(readings())


def test_what_changed_and_who_left(tmp_path: Path) -> None:
    profile, catalog = empty_lake(tmp_path / "lake")
    tables = ("trusted.accelerometer_trusted", "trusted.step_trainer_trusted", "curated.machine_learning_curated")
    for identifier in ("trusted.customer_trusted", "curated.customer_curated"):
        publish(catalog, identifier, customers(PEOPLE))
    for identifier in tables:
        publish(catalog, identifier, readings(2))
    earlier = _now()
    for identifier, column in (
        ("trusted.customer_trusted", "email"),
        ("curated.customer_curated", "email"),
        ("trusted.accelerometer_trusted", "user"),
    ):
        catalog.load_table(identifier).delete(f"{column} = 'p1@example.test'")
    catalog.load_table("trusted.step_trainer_trusted").delete("serialNumber = 'device-1'")
    catalog.load_table("curated.machine_learning_curated").delete("pseudonym = 'pseudonym-1'")
    publish(catalog, "curated.machine_learning_curated", readings(3)[2 * PEOPLE : 2 * PEOPLE + 1])
    later = _now()

    left = {row["name"]: row for row in ask(profile, "withdrawn_rows", earlier=earlier, later=later)}
    assert {name: (row["rows_left"], row["people"]) for name, row in left.items()} == {
        "trusted.customer_trusted": (1, 1),
        "curated.customer_curated": (1, 1),
        **dict.fromkeys(tables, (2, 1)),
    }
    changes = ask(profile, "training_set_changes", earlier=earlier, later=later)
    assert [(row["change"], row["row_count"], row["people"]) for row in changes] == [
        ("gone", 1, 1),
        ("gone", 1, 1),
        ("added", 1, 1),
    ]
    [before] = ask(profile, "training_set_at", at=earlier)
    [after] = ask(profile, "training_set_at", at=later)
    assert (before["people"], after["people"]) == (PEOPLE, PEOPLE - 1)


def _now() -> str:
    import time

    time.sleep(0.01)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    time.sleep(0.01)
    return now


def test_values_are_checked_and_quoted() -> None:
    verdicts = named_query("verdict_history")
    hostile = "x' OR '1'='1"
    assert bound(verdicts, [f"table={hostile}"]) == ("'x'' OR ''1''=''1'",)
    with pytest.raises(UsageError, match="write a timestamp as"):
        bound(named_query("training_set_at"), ["at=2026-01-01' OR 1=1"])
    with pytest.raises(UsageError, match="needs table"):
        bound(verdicts, [])
    with pytest.raises(UsageError, match="--param table"):
        bound(verdicts, ["other=1"])
    with pytest.raises(UsageError, match="no --param"):
        bound(named_query("zone_counts"), ["table=x"])
    with pytest.raises(UsageError, match="named queries are"):
        named_query("../../etc/passwd")
    at = named_query("training_set_at").parameters[0]
    assert constant(at, "2026-01-31 12:00 +02:00".replace(" +", "+")) == "TIMESTAMP '2026-01-31 10:00:00.000000 UTC'"


def test_the_command_prints_text_json_csv_and_parquet(small_lake: LocalProfile, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    sql = "SELECT email, registrationDate, 1.50 AS d, NULL AS n FROM trusted.customer_trusted ORDER BY 1 LIMIT 2"
    lake = ("--lake", small_lake.lake)
    document = stedi_json("query", sql, *lake)
    assert document["rows"] == [
        ["p0@example.test", 1700000000000, "1.50", None],
        ["p1@example.test", 1700000000001, "1.50", None],
    ]
    assert document["columns"][2] == {"name": "d", "type": "decimal(3,2)"}
    assert document["read"][0]["table"] == "trusted.customer_trusted"
    text = stedi("query", sql, *lake)
    assert "p1@example.test 1700000000001 1.50 NULL" in " ".join(text.stdout.split())
    assert "2 rows" in text.stdout
    assert "the first 1 of 2 rows" in stedi("query", sql, *lake, "--max-rows", "1").stdout
    csv = stedi("query", sql, *lake, "--output", "csv")
    assert csv.stdout.splitlines()[:2] == ["email,registrationDate,d,n", "p0@example.test,1700000000000,1.50,"]
    file = tmp_path / "answer.parquet"
    assert stedi("query", sql, *lake, "--output", "parquet", "--to", file).returncode == 0
    assert pq.read_table(file).column("email").to_pylist() == ["p0@example.test", "p1@example.test"]


def test_the_command_takes_text_files_names_and_parameters(small_lake: LocalProfile, tmp_path: Path) -> None:
    lake = ("--lake", small_lake.lake)
    file = tmp_path / "query.sql"
    file.write_text(
        "SELECT count(*) FROM customer_trusted WHERE email = ? OR registrationDate > ?;\n", encoding="utf-8"
    )
    given = ("--param", "'p1@example.test'", "--param", "1700000000003", "--database", "trusted")
    assert stedi_json("query", "--file", file, *given, *lake)["rows"] == [[2]]
    hostile = stedi_json("query", "--name", "verdict_history", "--param", "table=x' OR '1'='1", *lake)
    assert hostile["rows"] == []
    assert {one["name"] for one in stedi_json("query", "--list")["queries"]} == {query.name for query in QUERIES}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("SELECT 1", "--name", "zone_counts"),
        ("SELECT 1", "--output", "parquet"),
        ("--file", "/nowhere.sql"),
        ("--name", "nowhere"),
        ("DROP TABLE trusted.customer_trusted",),
        ("DELETE FROM trusted.customer_trusted", "--engine", "athena"),
        ("SELECT 1", "--param", "1"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(small_lake: LocalProfile, arguments: tuple[str, ...]) -> None:
    done = stedi("query", *arguments, "--lake", small_lake.lake)
    assert done.returncode == 2
    assert done.stderr.startswith("stedi: ")
    assert len(done.stderr.splitlines()) == 1
    assert len(load_catalog(small_lake).load_table("trusted.customer_trusted").metadata.snapshots) == 2
