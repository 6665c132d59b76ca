"""The embedded engine without Trino: what it answers, refuses, reads and leaves alone."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import UsageError
from catalog.profiles.profile import LocalProfile, local_profile
from catalog.profiles.writer_lock import writer_lock, writing
from catalog.query.compiler import Compiler
from catalog.query.engine import query_local
from catalog.query.moment import Moment
from catalog.query.queries import compile_query
from catalog.query.reading import planned_scan, read
from catalog.query.result import Result, printed
from catalog.query.statement import parse_query
from tests.catalog.query.cases import ANSWERED, REFUSED_BY_BOTH, REFUSED_HERE
from tests.catalog.query.conftest import DAYS, PEOPLE, customers, empty_lake, publish
from tests.catalog.query.names import filled, names_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.query.scan import Scan


def ask(profile: LocalProfile, sql: str, parameters: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    with query_local(profile, sql, parameters) as result:
        return rows(result)


def rows(result: Result) -> list[tuple[Any, ...]]:
    types = [column.type for column in result.columns]
    return [
        tuple(printed(array[index].as_py(), type_) for array, type_ in zip(batch.columns, types, strict=True))
        for batch in result.batches
        for index in range(batch.num_rows)
    ]


@pytest.fixture(scope="module")
def names(small_lake: LocalProfile) -> dict[str, str]:
    return names_in(small_lake)


# Whether the answers are right is for the comparison with Trino; this runs everywhere.
@pytest.mark.parametrize("sql", ANSWERED)
def test_what_is_known_to_agree_is_answered(sql: str, small_lake: LocalProfile, names: dict[str, str]) -> None:
    time.sleep(0 if "INTERVAL '1' SECOND" not in sql else 1.1)
    ask(small_lake, filled(sql, names))


@pytest.mark.parametrize("sql", [*REFUSED_BY_BOTH, *REFUSED_HERE])
def test_everything_else_is_refused(sql: str, small_lake: LocalProfile, names: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        ask(small_lake, filled(sql, names))


def test_a_refusal_names_what_is_refused(small_lake: LocalProfile) -> None:
    with pytest.raises(UsageError, match=r"the function approx_distinct; Athena answers it"):
        ask(small_lake, "SELECT approx_distinct(email) FROM trusted.customer_trusted")
    for other in ("nvl(1, 2)", "len('a')", "median(1)", "isnan(1e0)", '"nvl"(1, 2)'):
        with pytest.raises(UsageError, match=f"there is no function {re.findall('[a-z]+', other)[0]}"):
            ask(small_lake, f"SELECT {other}")
    with pytest.raises(UsageError, match="the function listagg; Athena answers it"):
        ask(small_lake, "SELECT listagg(email, ',') FROM trusted.customer_trusted")
    with pytest.raises(UsageError, match="column nothing cannot be resolved"):
        ask(small_lake, "SELECT nothing FROM trusted.customer_trusted")


def test_errors_do_not_quote_values(small_lake: LocalProfile) -> None:
    with pytest.raises(UsageError) as caught:
        ask(small_lake, "SELECT CAST(email AS bigint) FROM trusted.customer_trusted")
    assert "example.test" not in str(caught.value)
    assert "TRY_CAST" in str(caught.value)


def test_any_moment_of_the_history(small_lake: LocalProfile, names: dict[str, str]) -> None:
    count = "SELECT count(*) FROM trusted.customer_trusted"
    assert ask(small_lake, count) == [(5,)]
    for version in ("VERSION AS OF {V1}", "VERSION AS OF 'first_tag'", "TIMESTAMP AS OF TIMESTAMP '{T1}'"):
        assert ask(small_lake, f"{count} FOR {filled(version, names)}") == [(3,)]
    with pytest.raises(UsageError, match="its history begins at"):
        ask(small_lake, f"{count} FOR TIMESTAMP AS OF TIMESTAMP '2001-01-01 00:00:00 UTC'")


def test_a_snapshot_is_read_with_the_schema_that_it_had(tmp_path: Path) -> None:
    profile, catalog = empty_lake(tmp_path / "lake")
    publish(catalog, "trusted.customer_trusted", customers(1))
    table = catalog.load_table("trusted.customer_trusted")
    old = table.current_snapshot()
    assert old is not None
    with table.update_schema() as update:
        update.delete_column("phone")
    sql = f"SELECT phone FROM trusted.customer_trusted FOR VERSION AS OF {old.snapshot_id} WHERE phone = '-'"
    assert ask(profile, sql) == [("-",)]
    with pytest.raises(UsageError, match="phone"):
        ask(profile, "SELECT phone FROM trusted.customer_trusted")


def _scans(profile: LocalProfile, sql: str) -> tuple[Moment, list[Scan]]:
    moment = Moment(profile)
    compiler = Compiler(moment, datetime.now(UTC))
    compile_query(compiler, parse_query(sql))
    return moment, compiler.scans


def _files(profile: LocalProfile, sql: str) -> list[int]:
    moment, scans = _scans(profile, sql)
    return [
        len(list(planned_scan(scan, moment.table(scan.table), list(scan.used) or ["x"]).plan_files())) for scan in scans
    ]


@pytest.mark.parametrize(
    ("where", "files"),
    [
        ("", DAYS),
        ("WHERE date(readingTime) = DATE '2024-01-03'", 1),
        ("WHERE CAST(readingTime AS date) >= DATE '2024-01-10'", 3),
        ("WHERE readingTime >= TIMESTAMP '2024-01-11 00:00:00 UTC' AND x > 0", 2),
        ("WHERE readingTime < TIMESTAMP '2024-01-02 00:00:00' + INTERVAL '1' DAY", 2),
        ("WHERE TIMESTAMP '2024-01-11 00:00:00 UTC' < readingTime", 2),
        ("WHERE readingTime BETWEEN TIMESTAMP '2024-01-01 00:00:00 UTC' AND TIMESTAMP '2024-01-01 20:00:00 UTC'", 1),
        ("WHERE date(readingTime) = DATE '2024-01-03' OR date(readingTime) = DATE '2024-01-05'", 2),
        ("WHERE date(readingTime) < DATE '2024-01-03'", 2),
        ("WHERE date(readingTime) <= DATE '2024-01-03'", 3),
        ("WHERE date(readingTime) > DATE '2024-01-03'", DAYS - 3),
        ("WHERE DATE '2024-01-03' > date(readingTime)", 2),
        ("WHERE date(readingTime) <= DATE '9999-12-31'", DAYS),
        ("WHERE date(readingTime) = date(TIMESTAMP '2024-01-03 10:00:00')", 1),
        ("WHERE y IN (2, 3)", 2),
        ("WHERE y IN (2, 3) AND user IS NOT NULL", 2),
        ("WHERE user IS NULL", 0),
        ("WHERE y = 2 OR user = 'p1@example.test'", DAYS),
        ("WHERE NOT (y = 2)", DAYS),
    ],
)
def test_only_the_files_that_matter_are_read(small_lake: LocalProfile, where: str, files: int) -> None:
    sql = f"SELECT count(*) FROM trusted.accelerometer_trusted {where}"
    assert _files(small_lake, sql) == [files]
    everything = "SELECT * FROM trusted.accelerometer_trusted"
    unpushed = ask(small_lake, f"SELECT count(*) FROM ({everything}) AS t {where}")
    assert ask(small_lake, sql) == unpushed


def test_filters_of_an_outer_join_reach_only_the_side_that_they_may(small_lake: LocalProfile) -> None:
    sql = (
        "SELECT count(*), count(b.user) FROM trusted.accelerometer_trusted a "
        "LEFT JOIN trusted.accelerometer_trusted b ON b.timestamp = a.timestamp + 999 "
        "WHERE a.y = 1 AND b.y IS NULL"
    )
    assert _files(small_lake, sql) == [1, DAYS]
    assert ask(small_lake, sql) == [(PEOPLE, 0)]


def test_only_the_columns_that_are_named_are_read(small_lake: LocalProfile) -> None:
    moment, [scan] = _scans(small_lake, "SELECT avg(x) FROM trusted.accelerometer_trusted WHERE y > 1")
    assert set(scan.used) == {"x", "y"}
    assert len(read(scan, moment.table(scan.table), []).schema) == 2


@pytest.mark.spark
def test_rows_that_delete_files_mark_are_gone(spark: SparkSession, profile: LocalProfile) -> None:
    spark.sql(
        "CREATE OR REPLACE TABLE stedi.quality.marked (n bigint) USING iceberg "
        "TBLPROPERTIES ('format-version' = '2', 'write.delete.mode' = 'merge-on-read')"
    )
    spark.range(100).selectExpr("id AS n").coalesce(1).writeTo("stedi.quality.marked").append()
    spark.sql("DELETE FROM stedi.quality.marked WHERE n < 40")
    assert ask(profile, 'SELECT count(*) FROM quality."marked$files" WHERE content = 1') == [(1,)]
    assert ask(profile, "SELECT count(*), min(n) FROM quality.marked") == [(60, 40)]
    assert ask(profile, "SELECT count(*) FROM quality.marked WHERE n BETWEEN 30 AND 49") == [(10,)]


def test_a_query_while_runs_publish_sees_tables_of_one_run(tmp_path: Path) -> None:
    profile, catalog = empty_lake(tmp_path / "lake")
    tables = ("trusted.customer_trusted", "curated.customer_curated")
    stop = threading.Event()

    def run() -> None:
        with writer_lock(profile, 10):
            for identifier in tables:
                publish(catalog, identifier, customers(1))
                time.sleep(0.05)

    def work() -> None:
        while not stop.is_set():
            run()
            time.sleep(0.05)

    run()
    writer = threading.Thread(target=work)
    writer.start()
    sql = " UNION ALL ".join(f"SELECT count(*) FROM {identifier}" for identifier in tables)
    seen, during = set(), 0
    try:
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline:
            with query_local(profile, sql) as result:
                counts = [count for (count,) in rows(result)]
                during += bool(result.notes)
            assert counts[0] == counts[1]
            seen.add(counts[0])
    finally:
        stop.set()
        writer.join()
    assert during
    assert len(seen) > 2


def test_a_run_that_was_killed_does_not_hold_readers_back(tmp_path: Path) -> None:
    profile, catalog = empty_lake(tmp_path / "lake")
    publish(catalog, "trusted.customer_trusted", customers(1))
    mark = profile.lake / "writing.json"
    with writer_lock(profile, 0):
        assert writing(profile) is not None
        left_behind = mark.read_text(encoding="utf-8")
        time.sleep(0.01)
        publish(catalog, "trusted.customer_trusted", customers(1, first=1))
        assert ask(profile, "SELECT count(*) FROM trusted.customer_trusted") == [(1,)]
    mark.write_text(left_behind, encoding="utf-8")
    assert writing(profile) is None
    assert ask(profile, "SELECT count(*) FROM trusted.customer_trusted") == [(2,)]


HOSTILE = [
    "x' OR '1'='1",
    "'; DROP TABLE trusted.customer_trusted; --",
    '"; DELETE FROM landing.customer_landing; --',
    "p1@example.test' UNION SELECT phone FROM trusted.customer_trusted --",
    "\\' OR 1=1 --",
    "/* */ OR TRUE",
    "?",
    "{x}",
    "' || (SELECT max(email) FROM trusted.customer_trusted) || '",
    "a\nb",
    "\u2019 OR 1=1",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_are_bound_and_never_part_of_the_query(small_lake: LocalProfile, value: str) -> None:
    constant = "'" + value.replace("'", "''") + "'"
    sql = "SELECT count(*), ? FROM trusted.customer_trusted WHERE email = ? OR email = 'p0@example.test'"
    assert ask(small_lake, sql, [constant, constant]) == [(1, value)] or ask(
        small_lake, sql.replace(", ?", ", max(?)"), [constant, constant]
    ) == [(1, value)]


@pytest.mark.parametrize(
    "value", [*HOSTILE, "email", "1 OR TRUE", "(SELECT 1)", "1; SELECT 2", "-- 1", "1 -- ", "now()"]
)
def test_a_parameter_that_is_no_constant_is_refused(small_lake: LocalProfile, value: str) -> None:
    if value == "1 -- ":
        assert ask(small_lake, "SELECT ? + 1", [value]) == [(2,)]  # the constant 1, and nothing of the comment
        return
    if value.startswith("' ||"):
        assert ask(small_lake, "SELECT ?", [value]) == [(value[1:-1],)]  # one string, quotes around all of it
        return
    with pytest.raises(UsageError, match=r"constant|characters"):
        ask(small_lake, "SELECT 1 FROM trusted.customer_trusted WHERE email = ?", [value])


@pytest.mark.parametrize("name", ["x'y", 'x"y', "x; DROP TABLE y", "../../etc/passwd", "x$snapshots; --", "$files", ""])
def test_hostile_names_are_only_names(small_lake: LocalProfile, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    for sql in (f"SELECT * FROM trusted.{quoted}", f"SELECT * FROM {quoted}.customer_trusted"):
        with pytest.raises(UsageError):
            ask(small_lake, sql)
    if name:
        [(value,)] = ask(
            small_lake, f"SELECT {quoted} FROM (SELECT count(*) AS {quoted} FROM trusted.customer_trusted)"
        )
        assert value == 5


def test_the_engine_reaches_no_file_and_no_network() -> None:
    import duckdb

    from catalog.query.macros import connection

    con = connection()
    for sql in ("SELECT * FROM read_text('/etc/hostname')", "COPY (SELECT 1) TO '/tmp/x'", "INSTALL httpfs"):
        with pytest.raises(duckdb.Error):
            con.execute(sql)
    with pytest.raises(duckdb.Error):
        con.execute("SET enable_external_access = true")


def test_no_lake_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stedi run"):
        ask(local_profile(tmp_path / "none"), "SELECT 1")
