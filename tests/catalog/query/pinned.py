"""What a Trino 476 answered, written down: so that each of these is compared without one.

``make test-trino`` asks it again. Values are as `catalog.query.result.printed` has them.
"""

from __future__ import annotations

from typing import Any

_TEXTS = (
    "(VALUES (1, ' 12'), (2, '12 '), (3, '+7'), (4, '-7'), (5, '1_000'), (6, '1.0'), (7, ''), (8, '0x1F')) AS t(i, s)"
)
_TRUTHS = "(VALUES (1, '1'), (2, 't'), (3, 'TrUe'), (4, '0'), (5, 'F'), (6, 'yes'), (7, ' true'), (8, '')) AS t(i, s)"
_REALS = (
    "(VALUES (1, ' 1.5 '), (2, '1.'), (3, '.5'), (4, '1.5D'), (5, '1e400'), (6, 'Infinity'), (7, 'inf'), (8, '1l')) "
    "AS t(i, s)"
)
_DAYS = (
    "(VALUES (1, '982-01-05'), (2, ' 2024-1-5 '), (3, '9-1-1'), (4, '+2024-01-05'), (5, '2023-02-29'), "
    "(6, '2024-01-05 10:00:00'), (7, '2024-001-05'), (8, '20240105')) AS t(i, s)"
)

# A query, the types of its columns, and its rows.
PINNED: list[tuple[str, list[str], list[tuple[Any, ...]]]] = [
    (
        f"SELECT TRY_CAST(s AS bigint) FROM {_TEXTS} ORDER BY i",
        ["bigint"],
        [(12,), (12,), (7,), (-7,), (None,), (None,), (None,), (None,)],
    ),
    (
        f"SELECT TRY_CAST(s AS boolean) FROM {_TRUTHS} ORDER BY i",
        ["boolean"],
        [(True,), (True,), (True,), (False,), (False,), (None,), (None,), (None,)],
    ),
    (
        f"SELECT TRY_CAST(s AS double) FROM {_REALS} ORDER BY i",
        ["double"],
        [(1.5,), (1.0,), (0.5,), (1.5,), ("Infinity",), ("Infinity",), (None,), (None,)],
    ),
    (
        f"SELECT TRY_CAST(s AS date) FROM {_DAYS} ORDER BY i",
        ["date"],
        [("0982-01-05",), ("2024-01-05",), ("0009-01-01",), ("2024-01-05",), (None,), (None,), (None,), (None,)],
    ),
    (
        "SELECT avg(date_diff('year', TRY_CAST(s AS date), DATE '2024-01-01')) FROM (VALUES '1964-01-01', '982-01-01') AS t(s)",
        ["double"],
        [(551.0,)],
    ),
    ("SELECT CAST(' 12' AS integer), CAST('1' AS boolean), CAST('F' AS boolean)", ["integer", "boolean", "boolean"], [(12, True, False)]),
    (
        "SELECT CAST('2024-01-05 10:11:12.9996' AS timestamp), CAST('2024-01-05 10:11:12.5' AS timestamp(0)), "
        "CAST('2024-01-05' AS timestamp(6))",
        ["timestamp(3)", "timestamp(0)", "timestamp(6)"],
        [("2024-01-05 10:11:13.000", "2024-01-05 10:11:13", "2024-01-05 00:00:00.000000")],
    ),
    (
        "SELECT CAST('2024-01-05 10:11:12.123456' AS timestamp with time zone), "
        "CAST('2024-1-5 1:2:3 UTC' AS timestamp(1) with time zone), TRY_CAST('x' AS timestamp(2) with time zone)",
        ["timestamp(3) with time zone", "timestamp(1) with time zone", "timestamp(2) with time zone"],
        [("2024-01-05 10:11:12.123 UTC", "2024-01-05 01:02:03.0 UTC", None)],
    ),
    (
        "SELECT CAST(0.5 AS varchar), CAST(-.05 AS varchar), CAST(CAST(0 AS decimal(2,2)) AS varchar), CAST(1.50 AS varchar)",
        ["varchar", "varchar", "varchar", "varchar"],
        [("0.5", "-0.05", "0.00", "1.50")],
    ),
    (
        "SELECT DATE '0987-01-02', TIMESTAMP '0987-01-02 03:04:05.5 UTC', CAST(DATE '0987-01-02' AS varchar), "
        "date_format(TIMESTAMP '0987-01-02 00:00:00', '%Y')",
        ["date", "timestamp(1) with time zone", "varchar", "varchar"],
        [("0987-01-02", "0987-01-02 03:04:05.5 UTC", "0987-01-02", "0987")],
    ),
    ("SELECT DATE '982-1-5', TIMESTAMP '2024-1-5 1:2'", ["date", "timestamp(0)"], [("0982-01-05", "2024-01-05 01:02:00")]),
    ("SELECT -2147483648, 2147483648, -9223372036854775808", ["integer", "bigint", "bigint"], [(-2147483648, 2147483648, -9223372036854775808)]),
    ("SELECT a FROM (VALUES 1, 2, 3) AS t(a) ORDER BY a OFFSET 1 LIMIT 1", ["integer"], [(2,)]),
    ("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", ["integer"], [(1,)]),
    ("SELECT * FROM (VALUES (1, 2)) AS t", ["integer", "integer"], [(1, 2)]),
    ("SELECT (a), ((b)) FROM (VALUES (1, 2)) AS t(a, b)", ["integer", "integer"], [(1, 2)]),
    ("SELECT NOT a = 1, -a * 2 + 3 FROM (VALUES 1) AS t(a)", ["boolean", "integer"], [(False, 1)]),
]  # fmt: skip

# What no Trino answers, though the parser takes it; the tables are those of the queries themselves.
_T = "(VALUES (1, 2)) AS t(a, b)"
REFUSED_TEXTS = [
    f"SELECT a FROM {_T} LIMIT 1 OFFSET 0",
    f"SELECT a FROM {_T} LIMIT 1 BY a",
    f"SELECT a FROM {_T} JOIN (VALUES 1) AS u(c)",
    f"SELECT a FROM {_T} LEFT JOIN (VALUES 1) AS u(c)",
    f"SELECT a FROM {_T} CROSS JOIN (VALUES 1) AS u(c) ON a = c",
    f"SELECT a FROM {_T} CROSS JOIN (VALUES 1) AS u(a) USING (a)",
    "SELECT count(*) FROM {C} FOR SYSTEM_TIME AS OF TIMESTAMP '{T1}'",
    "SELECT count(*) FROM {C} FOR SYSTEM_VERSION AS OF {V1}",
    "SELECT count(*) FROM {C} TIMESTAMP AS OF '2024-01-01'",
    "SELECT count(*) FROM {C} VERSION AS OF {V1}",
    f"SELECT a::bigint FROM {_T}",
    "SELECT 'a' RLIKE 'a'",
    "SELECT 'a' REGEXP 'a'",
    "SELECT 'a' ILIKE 'a'",
    "SELECT 1 == 1",
    "SELECT 1 <=> 1",
    "SELECT 1 && 2",
    "SELECT 7 DIV 2",
    f"SELECT a, FROM {_T}",
    f"SELECT a FROM {_T} GROUP BY a,",
    f"FROM {_T} SELECT a",
    f"FROM {_T}",
    "SELECT DATE '2024-01-01' + INTERVAL 1 DAY",
    "SELECT DATE '2024-01-01' + INTERVAL '1 day'",
    "SELECT DATE '2024-01-01' + INTERVAL '1' DAYS",
    "SELECT 1 = 1 = TRUE",
    "SELECT 1 < 2 < 3",
    "SELECT 1 IS TRUE",
    "SELECT 1 NOTNULL FROM (VALUES 1) AS t(a) LIMIT 1 OFFSET 1",
    "SELECT 'a' 'b'",
    "SELECT 1 'a'",
    "SELECT `a` FROM (VALUES 1) AS t(a)",
    'SELECT "a""',
    "SELECT # 1",
    "SELECT 1 // 2",
    "SELECT CAST('1' AS text)",
    "SELECT CAST('1' AS string)",
    "SELECT CAST('1' AS int4)",
    "SELECT CAST(1 AS decimal(40,2))",
    "SELECT CAST(1 AS decimal(3,5))",
    "SELECT TIMESTAMP '2024-01-01T00:00:00'",
    "SELECT TIMESTAMP '2024-01-01 00:00:00 utc'",
    "SELECT TIMESTAMP '982-01-01 00:00:00'",
    "SELECT CAST(' true' AS boolean)",
    "SELECT concat('a')",
    "SELECT NULL * 1e0",
    "SELECT NULL / 1e0",
    "SELECT substr(NULL, 1)",
    "SELECT -(-2147483648)",
    "SELECT 1 AS auto",
    f"SELECT sum(a) OVER w FROM {_T} WINDOW w AS (ORDER BY a), w AS (ORDER BY b)",
    f"SELECT DISTINCT ON (a) a FROM {_T}",
    f"SELECT a FROM {_T} ORDER BY ALL",
    f"SELECT a FROM {_T} SORT BY a",
    f"SELECT a FROM {_T} GROUP BY ALL",
    f"SELECT a FROM {_T} SEMI JOIN (VALUES 1) AS u(c) ON a = c",
    f"SELECT TOP 1 a FROM {_T}",
    f"SELECT a FROM {_T} WHERE a IN 1",
    f"SELECT a FROM {_T} UNION BY NAME SELECT 1 AS a",
    f"SELECT count(DISTINCT a, b) FROM {_T}",
    f"SELECT * REPLACE (1 AS a) FROM {_T}",
    "(WITH q AS (SELECT 1 AS a) SELECT * FROM q)",
    "SELECT * FROM VALUES 1",
    "SELECT {fn lower('A')}",
    "SELECT @a",
    "SELECT $1",
    "SELECT :a",
]

# What Trino answers, and the parser drops or reads in another way.
REFUSED_HERE_TEXTS = [
    "SELECT 1_000",
    "SELECT 0b101",
    "SELECT 0x1F",
    "SELECT 0o17",
    "SELECT 1 isnull",
    "SELECT 1 rlike",
    f"SELECT a FROM {_T} GROUP BY DISTINCT a, GROUPING SETS ((a), (a))",
    f"SELECT a FROM {_T} GROUP BY ALL a",
    "SELECT DECIMAL '1.5'",
    "SELECT BIGINT '7'",
    "SELECT CAST('2024-01-01 00:00:00 +02:00' AS timestamp)",
    "SELECT CAST('2024-01-01 00:00:00.1234567' AS timestamp)",
    "SELECT CAST(now() AS timestamp(9)) IS NULL",
    "SELECT TRY_CAST('NaN' AS double)",
    "SELECT TRY_CAST('0x1p3' AS double)",
    "SELECT TRY_CAST('١٢' AS bigint)",
    "SELECT CAST(TRY_CAST('-2024-01-05' AS date) AS varchar)",
    "SELECT CAST(DATE '9999-12-31' + INTERVAL '1' DAY AS varchar)",
    "SELECT 1.5 * NULL",
    "SELECT 0.0 - NULL",
    "SELECT count() FROM (VALUES 1) AS t(a)",
]
