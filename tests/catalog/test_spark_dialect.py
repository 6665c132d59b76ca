"""What of DuckDB's SQL is translated to Spark's gives the same, edge by edge; what may not is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from catalog.engine.java_regex import always_captures, java_pattern
from catalog.engine.spark_dialect import to_spark
from catalog.engine.spark_reader import SparkReader
from catalog.read.duckdb import DuckDBEngine
from tests.few_rows import for_few_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from catalog.profiles.profile import LocalProfile

REFUSED = """
SELECT avg(n) FROM t
SELECT n / 2 FROM t
SELECT n // 0 FROM t
SELECT n // n FROM t
SELECT n % 2 FROM t
SELECT * EXCLUDE (n) FROM t
SELECT * REPLACE (1 AS n) FROM t
SELECT list(n) FROM t
SELECT list(n) FILTER (n > 1) FROM t GROUP BY a
SELECT list(n) OVER (PARTITION BY a) FROM t
SELECT string_agg(a, ',') FROM t
SELECT regexp_replace(a, 'b', '') FROM t
SELECT regexp_replace(a, 'b', '$1', 'g') FROM t
SELECT regexp_matches(a, b) FROM t
SELECT regexp_extract_all(a, b, 1) FROM t
SELECT regexp_matches(a, '(?i)b') FROM t
SELECT regexp_extract_all(a, 'a(b)?', 1) FROM t
SELECT regexp_extract_all(a, '(?:a(b))*', 1) FROM t
SELECT regexp_extract_all(a, 'a|(b)', 1) FROM t
SELECT regexp_extract_all(a, '(a)(b)', 2) FROM t
SELECT regexp_extract_all(a, 'a', 0) FROM t
SELECT a LIKE b FROM t
SELECT a LIKE 'x!%' ESCAPE '!' FROM t
SELECT a ILIKE 'x' FROM t
SELECT CAST(n AS UBIGINT) FROM t
SELECT 1::UBIGINT << n FROM t
SELECT n << 2 FROM t
SELECT CAST(a AS TIMESTAMP) FROM t
SELECT list_transform(string_split(a, ' '), lambda x: lower(x)) FROM t
SELECT string_split(a, b) FROM t
SELECT string_split(a, '.') FROM t
SELECT unnest([a]), unnest([b]) FROM t
SELECT list_sort([n]) FROM t
SELECT row_number() OVER (ORDER BY n) FROM t
SELECT sum(n) OVER (ORDER BY n ROWS 1 PRECEDING) FROM t
SELECT * FROM t QUALIFY sum(n) OVER (PARTITION BY a) > 1
SELECT * FROM range(4)
SELECT * FROM t, range(4)
SELECT * FROM t ASOF JOIN u USING (n)
SELECT * FROM t POSITIONAL JOIN u
SELECT DISTINCT ON (a) a, n FROM t
SELECT * FROM t UNION ALL BY NAME SELECT * FROM u
SELECT * FROM t EXCEPT SELECT * FROM u
SELECT * FROM t USING SAMPLE 10
SELECT concat(a, b) FROM t
SELECT (a, b) FROM t
SELECT unknown(a) FROM t
SELECT to_timestamp(n) FROM t
DELETE FROM t
""".strip().splitlines()


@pytest.mark.parametrize("statement", REFUSED)
def test_what_may_differ_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match=r"no translation|group of a kind"):
        to_spark(statement)


def test_a_refusal_quotes_nothing() -> None:
    with pytest.raises(ValueError, match="no translation") as raised:
        to_spark("SELECT unknown('ada@example.test')")
    assert "ada" not in str(raised.value)


@pytest.mark.parametrize("pattern", ["(?i)a", "[[:alpha:]]", r"\bword", r"\Qa\E", "[a", r"\pL", "[]a]", "a\\"])
def test_patterns_of_unknown_meaning(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        java_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "java"),
    [
        ("^a$", r"(?d)^a\z"),
        (r"\$[$]", r"(?d)\$[$]"),
        ("[a[b&&c]", r"(?d)[a\[b\&\&c]"),
        (r"\s[\s@]", "(?d)[\\t\\n\\f\\r ][\\t\\n\\f\\r @]"),
        ("(?:a|b)+[^a]", "(?d)(?:a|b)+[^a]"),
        (r"\p{Cf}\.", r"(?d)\p{Cf}\."),
    ],
)
def test_patterns(pattern: str, java: str) -> None:
    assert java_pattern(pattern) == java


def test_groups_that_every_match_fills() -> None:
    assert all(map(always_captures, ["(a)", r"x\([(|](a[)])\)y?", '"(a(?:b)?c)"\\s*']))
    assert not any(map(always_captures, ["a", "(a)?", "(a){0,1}", "(a)|b", "(?:(a))?", "(a)(b)", "(?:a)?"]))


TEXTS = [
    "a b",
    "a ",
    "",
    "A\\b",
    "ab\n",
    "a\u2028b",
    "x\u000by",
    "ABΣ",
    "İI",
    "é",
    "e\u0301",
    "a_b",
    "a.b",
    "[x]",
    None,
]
ROWS = pa.table(
    {
        "a": pa.array(TEXTS, pa.string()),
        "b": pa.array([None if place % 3 else text for place, text in enumerate(TEXTS)], pa.string()),
        "n": pa.array([*range(-7, 7), None], pa.int64()),
        "d": pa.array([-0.0, 0.0, float("nan"), float("inf"), None, *map(float, range(10))], pa.float64()),
        "t": pa.array(
            [datetime(1970, 1, 1, tzinfo=UTC)] * 2 + [None] * 8 + [datetime(2024, 1, 1, tzinfo=UTC)] * 5,
            pa.timestamp("us", "UTC"),
        ),
        "us": pa.array([-1501, -1500, -500, -499, 0, 499, 500, 1499, 1500, 1501, 1, 2, 3, 4, None], pa.int64()),
    }
)
SAME = [
    r"SELECT n, regexp_matches(a, 'b$'), regexp_matches(a, '^a.b$'), regexp_like(a, '\s') FROM t",
    r"SELECT n, a LIKE '%\%', a LIKE 'a_b', a LIKE '%[%' FROM t",
    "SELECT n, lower(replace(nfc_normalize(a), '\u0130', 'i\u0307')), nfc_normalize(a), lower(a) FROM t",
    r"SELECT n, regexp_replace(a, '[a\[]', '', 'g'), regexp_extract_all(a, '[^z]([a-z]+)', 1) FROM t",
    "SELECT n, unnest(string_split(a, ' ')) FROM t",
    "SELECT n // 2, abs(n), greatest(n, NULL), least(n, 0), n & 3, n >> 1, [n][1], [n][2] FROM t WHERE n >= 0",
    "SELECT (n - 3) // 2 FROM t",
    "SELECT n, d <= 1e300, greatest(d, 1), abs(d) > 1, d + 0.0 FROM t WHERE d IS NOT NULL AND d = d",
    "SELECT count(*) FILTER (d > 1e308), count(DISTINCT (a, b)), count(DISTINCT b), any_value(b) IS NULL FROM t",
    "SELECT count(DISTINCT hash(a, b)), count(DISTINCT hash(b, a)), count(DISTINCT hash(d + 0.0)) FROM t",
    "SELECT count(DISTINCT hash(v, w)) FROM (SELECT a AS v, NULL AS w FROM t UNION ALL SELECT NULL, a FROM t)",
    "SELECT epoch_ms(t) FROM t",
    "SELECT k, list_contains(l, k) FROM (SELECT b AS k, list(b) AS l FROM t WHERE b IS NOT NULL GROUP BY b) u",
    "SELECT l <> [1], l = [1] FROM (SELECT b, list(DISTINCT n) AS l FROM t WHERE n = 1 OR n IS NULL GROUP BY b)",
    "SELECT arg_max(b, n), list_reverse_sort(list(n))[2] FROM t WHERE n < 3 GROUP BY n > 0",
    "SELECT row(a, b) IS DISTINCT FROM row(a, NULL) FROM t",
    "SELECT list_contains(l, row(b, n)) FROM (SELECT b, n, list(row(b, n)) AS l FROM t GROUP BY b, n)",
    "SELECT list_has_all(string_split(a, ' '), string_split(b, ' ')) FROM t",
    "SELECT n FROM t SEMI JOIN (SELECT b AS key FROM t, range(4)) k ON t.a = k.key",
    "SELECT n FROM t ANTI JOIN (SELECT b AS key FROM t) k ON t.a = k.key",
    "SELECT sum(n)::HUGEINT * 9223372036854775807::HUGEINT FROM t WHERE n > 0",
    "SELECT bit_count(bit_or(1::UBIGINT << (n & 63))) FROM t",
    "SELECT (n > 0 AND b = a) IS NOT TRUE, (a LIKE 'a%') IS NOT FALSE, n BETWEEN -1 AND 1 FROM t",
    "SELECT n, lag(n) OVER (PARTITION BY b ORDER BY n), sum(n) OVER (PARTITION BY b ORDER BY n) FROM t",
    "SELECT sha256(a), md5(a), sha1(a), translate(a, 'ab', 'xy') FROM t",
    "SELECT b, count(*) FROM t GROUP BY ALL ORDER BY 1 LIMIT 3",
    "SELECT * FROM (SELECT n FROM t UNION SELECT n FROM t) u FULL OUTER JOIN (SELECT 1 AS m) v ON u.n = v.m",
]


@pytest.fixture(scope="module")
def engines(spark: SparkSession, profile: LocalProfile) -> Iterator[tuple[DuckDBEngine, SparkReader]]:
    with DuckDBEngine() as embedded, SparkReader(spark, profile) as by_spark:
        embedded.load_arrow("t", ROWS)
        for_few_rows(by_spark).load_arrow("t", ROWS)
        yield embedded, by_spark


@pytest.mark.spark
@pytest.mark.parametrize("statement", SAME)
def test_the_same_rows(engines: tuple[DuckDBEngine, SparkReader], statement: str) -> None:
    embedded, by_spark = (sorted(map(_plain, engine.fetch(statement))) for engine in engines)
    assert by_spark == embedded
    assert embedded


def _plain(row: tuple[object, ...]) -> str:
    return re.sub(r"Decimal\('(-?\d+)'\)", r"\1", repr(row))


@pytest.mark.spark
def test_half_milliseconds(engines: tuple[DuckDBEngine, SparkReader]) -> None:
    embedded, by_spark = engines
    moments = "SELECT epoch_ms({}(us)) AS ms FROM t WHERE us IS NOT NULL ORDER BY us"
    by_spark._spark.sql("SELECT us, timestamp_micros(us) AS at FROM t").createOrReplaceTempView("moments")
    expected = embedded.fetch(moments.format("make_timestamptz"))
    assert by_spark.fetch("SELECT epoch_ms(at) AS ms FROM moments WHERE us IS NOT NULL ORDER BY us") == expected


@pytest.mark.spark
@pytest.mark.parametrize(
    "statement",
    ["SELECT CAST(a AS BIGINT) FROM t", "SELECT 9223372036854775807 + n FROM t WHERE n > 0"],
    ids=["no number", "overflow"],
)
def test_what_fails_in_one_fails_in_the_other(engines: tuple[DuckDBEngine, SparkReader], statement: str) -> None:
    for engine in engines:
        with pytest.raises(Exception, match=r"."):
            engine.fetch(statement)
