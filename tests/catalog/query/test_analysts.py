"""What analysts ask before they query: what there is, what was meant, and what it held at a moment."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import UsageError
from catalog.lake import load_catalog
from catalog.queries import bound, named_query
from catalog.query.engine import query_local
from catalog.query.statement import check_reads_only
from catalog.specs import TABLES, named_table
from tests.catalog.query.cases import REFUSED_BY_BOTH
from tests.catalog.query.conftest import customers, empty_lake, publish, readings
from tests.catalog.query.names import filled, names_in

if TYPE_CHECKING:
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

CUSTOMERS = "trusted.customer_trusted"


def ask(profile: LocalProfile, sql: str, *, database: str | None = None, as_of: str | None = None) -> list[Any]:
    with query_local(profile, sql, database=database, as_of=as_of) as result:
        names = [column.name for column in result.columns]
        return [dict(zip(names, row.values(), strict=True)) for batch in result.batches for row in batch.to_pylist()]


def refusal(profile: LocalProfile, sql: str) -> str:
    with pytest.raises(UsageError) as caught:
        ask(profile, sql)
    return str(caught.value)


def test_databases_and_tables_are_shown(small_lake: LocalProfile) -> None:
    zones = [{"database_name": zone} for zone in ("curated", "landing", "quality", "trusted")]
    assert ask(small_lake, "SHOW DATABASES") == ask(small_lake, "show schemas; -- all") == zones
    assert ask(small_lake, "SHOW SCHEMAS LIKE 'cur*|q*'") == [zones[0], zones[2]]
    trusted = [{"tab_name": name.split(".")[1]} for name in sorted(TABLES) if name.startswith("trusted.")]
    assert ask(small_lake, "SHOW TABLES IN trusted") == ask(small_lake, 'show tables from "trusted"') == trusted
    assert ask(small_lake, "SHOW TABLES", database="trusted") == trusted
    assert ask(small_lake, "SHOW TABLES IN trusted 'customer*'") == [{"tab_name": "customer_trusted"}]
    assert [row["tab_name"] for row in ask(small_lake, "SHOW TABLES")] == sorted(TABLES)


def test_columns_are_shown_and_described_with_their_docs(small_lake: LocalProfile) -> None:
    spec = TABLES["curated.machine_learning_curated"]
    shown = [row["field"] for row in ask(small_lake, "SHOW COLUMNS IN machine_learning_curated IN curated")]
    assert shown == [name.lower() for name in spec.column_names]
    assert shown == [row["field"] for row in ask(small_lake, "SHOW COLUMNS FROM machine_learning_curated")]
    described = ask(small_lake, "DESCRIBE curated.machine_learning_curated")
    of_columns = described[: len(spec.columns)]
    assert [(row["col_name"], row["comment"]) for row in of_columns] == [
        (column.name.lower(), column.doc) for column in spec.columns
    ]
    types = {row["col_name"]: row["data_type"] for row in of_columns}
    assert (types["timestamp"], types["readingtime"], types["pseudonym"]) == ("bigint", "timestamp", "string")
    assert described[-1] == {"col_name": "readingtime_day", "data_type": "day", "comment": "readingtime"}


def test_information_schema_is_a_schema_to_query(small_lake: LocalProfile) -> None:
    zones = ask(small_lake, "SELECT schema_name FROM information_schema.schemata ORDER BY 1")
    assert [row["schema_name"] for row in zones] == ["curated", "information_schema", "landing", "quality", "trusted"]
    tables = ask(
        small_lake,
        "SELECT table_schema || '.' || table_name AS name, table_type FROM information_schema.tables "
        "WHERE table_schema <> 'information_schema' ORDER BY 1",
    )
    assert [row["name"] for row in tables] == sorted(TABLES)
    assert {row["table_type"] for row in tables} == {"BASE TABLE"}
    columns = ask(
        small_lake,
        "SELECT c.* FROM awsdatacatalog.information_schema.columns c JOIN information_schema.tables t "
        "ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
        "WHERE c.table_name = 'machine_learning_curated' ORDER BY ordinal_position",
    )
    assert [(row["ordinal_position"], row["column_name"], row["data_type"]) for row in columns][-1] == (
        7,
        "readingtime",
        "timestamp(6) with time zone",
    )
    assert {(row["table_catalog"], row["is_nullable"], row["column_default"]) for row in columns} == {
        ("awsdatacatalog", "NO", None)
    }
    [counted] = ask(small_lake, "SELECT count(*) AS n FROM information_schema.columns WHERE table_schema <> 'x'")
    assert counted["n"] > sum(len(spec.columns) for spec in TABLES.values())
    assert "supported are" in refusal(small_lake, "SELECT * FROM information_schema.roles")


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW",
        "SHOW VIEWS",
        "SHOW TABLES IN",
        "SHOW TABLES IN trusted x",
        "SHOW COLUMNS",
        "DESCRIBE",
        "SHOW TABLES; SELECT 1",
    ],
)
def test_what_is_not_shown_says_what_is(small_lake: LocalProfile, sql: str) -> None:
    assert "SHOW" in refusal(small_lake, sql)


def test_a_table_that_one_zone_alone_has_needs_no_zone(small_lake: LocalProfile, tmp_path: Path) -> None:
    assert ask(small_lake, "SELECT count(*) AS n FROM customer_trusted") == [{"n": 5}]
    assert ask(small_lake, 'SELECT count(*) AS n FROM "customer_trusted$snapshots"') == [{"n": 2}]
    assert ask(small_lake, "WITH customer_trusted AS (SELECT 1 AS a) SELECT * FROM customer_trusted") == [{"a": 1}]
    profile, catalog = empty_lake(tmp_path / "lake")
    catalog.create_table("landing.customer_trusted", catalog.load_table(CUSTOMERS).schema())
    assert refusal(profile, "SELECT 1 FROM customer_trusted") == (
        "customer_trusted is ambiguous; write landing.customer_trusted or trusted.customer_trusted"
    )


@pytest.mark.parametrize(
    ("sql", "meant"),
    [
        ("SELECT 1 FROM trusted.customer_trustd", "trusted.customer_trusted"),
        ("SELECT 1 FROM machine_learning_cureted", "curated.machine_learning_curated"),
        ("SELECT 1 FROM curated.customer_trusted", "trusted.customer_trusted"),
        ("SELECT emial FROM customer_trusted", "email"),
        ("SELECT c.emial FROM customer_trusted AS c", "email"),
        ("SELECT custs.email FROM customer_trusted AS cust", "cust"),
        ("SELECT lenght('a')", "length"),
        ("SELECT aprox_distinct(1)", "approx_distinct"),
        ('SELECT 1 FROM "customer_trusted$snapshot"', "snapshots"),
        ("SHOW TABLES IN trustd", "trusted"),
    ],
)
def test_what_was_meant_is_asked(small_lake: LocalProfile, sql: str, meant: str) -> None:
    assert re.search(rf"did you mean (\S+ or )*{re.escape(meant)}\b", refusal(small_lake, sql))


def test_misspelt_queries_parameters_and_specs_too(small_lake: LocalProfile) -> None:
    with pytest.raises(UsageError, match=r"did you mean zone_counts\?"):
        named_query("zone_count")
    with pytest.raises(UsageError, match=r"did you mean table\?"):
        bound(named_query("verdict_history"), ["tabel=x"])
    with pytest.raises(UsageError, match=r"did you mean first_tag\?"):
        bound(named_query("training_set_at"), ["at=first_tagg"], small_lake)
    with pytest.raises(UsageError, match=r"did you mean quality\.validation_result\?"):
        named_table("validation_results")
    assert named_table("validation_result") is TABLES["quality.validation_result"]


@pytest.mark.parametrize(
    "sql", [*REFUSED_BY_BOTH, "SELECT foo(1)", "SELECT 1 FROM t QUALIFY 1", "SELECT count(*) FROM a SEMI JOIN b"]
)
def test_athena_is_named_only_where_it_answers(sql: str, small_lake: LocalProfile) -> None:
    assert "Athena answers" not in refusal(small_lake, filled(sql, names_in(small_lake)))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 +",
        "SELECT (1",
        "SELECT 1 FROM",
        "SELECT * FORM t",
        "SELECT 1 WHERE",
        "SELECT CASE WHEN 1",
        "SELECT CAST(1 AS foo)",
        "SELECT 'open",
        "SELECT lambda x: 1",
        "SELECT ROW(1, 2)",
        "SELECT x -> 1",
        "SELECT ARRAY[1]",
        "SELECT interval '1' day",
        "SELECT 9223372036854775807 + 1",
        "SELECT 'a' COLLATE b",
    ],
)
def test_messages_have_no_words_of_the_parser_or_of_duckdb(sql: str, small_lake: LocalProfile) -> None:
    message = refusal(small_lake, sql)
    assert not re.search(
        r"sqlglot|<class|Token|\x1b|Expr\b|Exception|duckdb|Error|struct|Binder|keyword", message, re.I
    )


def test_a_mistake_is_shown_by_its_place_and_never_by_a_value(small_lake: LocalProfile) -> None:
    assert refusal(small_lake, "SELECT *\nFORM t") == "not a valid query: t does not belong there (line 2, column 6)"
    assert "it ends too early, behind +" in refusal(small_lake, "SELECT 1 +")
    assert "secret" not in refusal(small_lake, "SELECT 1 2 'secret@example.test'")


def test_one_query_with_comments_around_it(small_lake: LocalProfile) -> None:
    for text in ("SELECT 1 AS a; -- done", "-- first\nSELECT 1 AS a;\n/* done; */", "SELECT 1 AS a -- no; semicolon"):
        assert ask(small_lake, text) == [{"a": 1}]
    assert check_reads_only("SELECT ';' AS a; -- done").strip() == "SELECT ';' AS a"
    assert check_reads_only("SHOW TABLES IN x; -- done") == "SHOW TABLES IN x"
    assert "there are 2 queries; run one query at a time" in refusal(small_lake, "SELECT 1; SELECT 2")
    for several in ("SELECT 1; SELECT 2", "SHOW TABLES; DROP TABLE x"):
        with pytest.raises(UsageError):
            check_reads_only(several)


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalProfile, str, int]:
    """Three customers; then, after a moment, readings, and two customers more; a tag on what there was at first."""
    profile, catalog = empty_lake(tmp_path_factory.mktemp("moments") / "lake")
    first = publish(catalog, CUSTOMERS, customers(3))
    catalog.load_table(CUSTOMERS).manage_snapshots().create_tag(first, "v1").commit()
    time.sleep(0.01)
    between = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    time.sleep(0.01)
    publish(catalog, "curated.machine_learning_curated", readings(1))
    publish(catalog, CUSTOMERS, customers(2, first=3))
    return profile, between, first


def test_a_query_as_of_a_tag_a_time_and_a_snapshot(moments: tuple[LocalProfile, str, int]) -> None:
    profile, between, first = moments
    counts = named_query("zone_counts").sql
    now = {row["name"]: row["row_count"] for row in ask(profile, counts)}
    assert (now["customer_trusted"], now["machine_learning_curated"]) == (5, 5)
    assert {row["name"]: row["row_count"] for row in ask(profile, counts, as_of="main")} == now
    for moment in ("v1", between, str(first)):
        then = {row["name"]: row["row_count"] for row in ask(profile, counts, as_of=moment)}
        assert (then["customer_trusted"], then["machine_learning_curated"], then["quarantine"]) == (3, 0, 0)
    [both] = ask(
        profile,
        f"SELECT (SELECT count(*) FROM {CUSTOMERS} FOR VERSION AS OF 'main') AS now, count(*) AS n FROM {CUSTOMERS}",
        as_of="v1",
    )
    assert both == {"now": 5, "n": 3}


def test_a_moment_that_a_table_cannot_be_read_at_is_refused(moments: tuple[LocalProfile, str, int]) -> None:
    profile, _, _ = moments
    catalog = load_catalog(profile)
    later = catalog.load_table("curated.machine_learning_curated")
    snapshot = later.metadata.snapshots[0].snapshot_id
    later.manage_snapshots().create_tag(snapshot, "training_only").commit()
    with pytest.raises(UsageError, match="had rows then"):  # rather than that there were none
        ask(profile, f"SELECT count(*) FROM {CUSTOMERS}", as_of="training_only")
    with pytest.raises(UsageError, match=r"a tag; did you mean v1|a tag$"):
        ask(profile, f"SELECT count(*) FROM {CUSTOMERS}", as_of="nothing")
    with pytest.raises(UsageError, match="leave --as-of out"):
        ask(profile, named_query("freshness").sql, as_of="v1")
    with pytest.raises(UsageError, match="history of"):
        ask(profile, f"SELECT count(*) FROM {CUSTOMERS}", as_of="2001-01-01T00:00:00Z")


def test_moments_among_parameters_are_tags_and_snapshots_too(moments: tuple[LocalProfile, str, int]) -> None:
    profile, between, first = moments
    query = named_query("withdrawn_rows")
    earlier, later = bound(query, [f"earlier={first}", "later=main"], profile)[:2]
    assert bound(query, ["earlier=v1", "later=main"], profile)[:2] == (earlier, later)
    assert earlier < f"TIMESTAMP '{between[:10]} {between[11:-1]} UTC'" < later
