"""Random queries over small tables: what one seed makes is always the same; about one in three means nothing."""

from __future__ import annotations

import random

_ROWS = (
    "(VALUES (1, 7, 1.50, 2.5e0, 'Ada', TRUE, DATE '2024-02-29', TIMESTAMP '2024-02-29 23:59:59.123456 UTC'), "
    "(2, -7, -0.05, -2.5e0, '12', FALSE, DATE '0987-01-02', TIMESTAMP '1969-12-31 01:02:03.000001 UTC'), "
    "(3, 0, 0.00, 0e0, ' 7 ', NULL, DATE '2023-12-31', TIMESTAMP '0987-01-02 10:00:00.500000 UTC'), "
    "(4, NULL, NULL, NULL, NULL, TRUE, NULL, NULL), "
    "(5, 7, 12.34, 1e10, '2024-1-5', FALSE, DATE '1970-01-01', TIMESTAMP '2000-01-01 00:00:00.000000 UTC'))"
)
_COLUMNS = {
    "int": ("i", "a"),
    "dec": ("d",),
    "dbl": ("f",),
    "str": ("s",),
    "bool": ("b",),
    "date": ("y",),
    "ts": ("z",),
}
_ALIAS = "(i, a, d, f, s, b, y, z)"
_CONSTANTS = {
    "int": ("1", "0", "-3", "7", "2147483647", "-2147483648", "NULL"),
    "dec": ("0.5", "-.05", "1.5", "100.25", "0.0"),
    "dbl": ("1e0", "0.5e0", "-2.5e-1", "1e3"),
    "str": ("'a'", "''", "'12'", "' 1 '", "'true'", "'982-1-5'", "'it''s'"),
    "bool": ("TRUE", "FALSE", "NULL"),
    "date": ("DATE '2024-01-31'", "DATE '0982-01-05'", "DATE ' 2024-1-5'"),
    "ts": ("TIMESTAMP '2024-03-01 00:00:00 UTC'", "TIMESTAMP '2024-1-5 1:2:3.25 UTC'"),
}
_TYPES = {
    "int": ("integer", "bigint"),
    "dec": ("decimal(10,2)", "decimal(3,3)", "decimal(5,0)"),
    "dbl": ("double",),
    "str": ("varchar", "varchar(3)"),
    "bool": ("boolean",),
    "date": ("date",),
    "ts": ("timestamp(0) with time zone", "timestamp", "timestamp(6) with time zone"),
}
_KINDS = tuple(_COLUMNS)
_SHAPES = {
    "int": (
        "{int} + {int}", "{int} - {int} * {int}", "- {int}", "{int} / {int}", "{int} % {int}", "abs({int})",
        "length({str})", "year({date})", "month({ts})", "day_of_week({date})", "date_diff('day', {date}, {date})",
        "coalesce({int}, {int})", "CASE WHEN {bool} THEN {int} ELSE {int} END", "if({bool}, {int})", "sign({int})",
        "nullif({int}, {int})", "greatest({int}, {int})", "strpos({str}, 'a')", "mod({int}, {int})", "({int})",
        "EXTRACT(HOUR FROM {ts})", "CASE {int} WHEN {int} THEN {int} END", "week({date})", "round({int})",
    ),
    "dec": (
        "{dec} + {dec}", "{dec} - {int}", "{dec} * {dec}", "{dec} / {dec}", "round({dec})", "round({dec}, 1)", "- {dec}",
        "abs({dec})", "coalesce({dec}, {int})", "least({dec}, {dec})", "({dec})",
    ),
    "dbl": (
        "{dbl} + {dbl}", "{dbl} * {dec}", "{int} / {dbl}", "round({dbl}, 2)", "floor({dbl})", "sqrt(abs({dbl}))",
        "to_unixtime({ts})", "power({dbl}, 2)", "- {dbl}", "({dbl})", "{dbl} - {int}",
    ),
    "str": (
        "{str} || {str}", "upper({str})", "trim({str})", "substr({str}, 2)", "replace({str}, 'a', {str})", "concat({str}, {str})",
        "date_format({ts}, '%Y-%m-%d')", "lpad({str}, 4, '*')", "split_part({str}, '-', 1)", "CAST({int} AS varchar)",
        "CAST({dec} AS varchar)", "CAST({date} AS varchar)", "CAST({bool} AS varchar)", "coalesce({str}, 'x')",
    ),
    "bool": (
        "{int} = {int}", "{int} < {dec}", "{dbl} >= {int}", "{str} <> {str}", "{date} < {ts}", "NOT {bool}", "{bool} AND {bool}",
        "{bool} OR {bool}", "{int} BETWEEN {int} AND {int}", "{str} LIKE 'a%'", "{int} IN ({int}, {int})", "{int} IS NULL",
        "{str} IS NOT NULL", "{int} IS DISTINCT FROM {int}", "{int} NOT IN (1, {int})", "({bool})", "{bool} = {bool}",
        "NOT {int} = {int}", "{ts} NOT BETWEEN {ts} AND {ts}", "starts_with({str}, 'A')", "{dec} != {dbl}",
        "EXISTS (SELECT 1 FROM (VALUES 1, 7) AS e(n) WHERE n = {int})", "{int} IN (SELECT n FROM (VALUES 1, 7) AS e(n))",
    ),
    "date": (
        "{date} + INTERVAL '1' MONTH", "{date} - INTERVAL '3' DAY", "date({ts})", "date_trunc('month', {date})",
        "date_add('year', -1, {date})", "({date})", "coalesce({date}, {date})",
    ),
    "ts": (
        "{ts} + INTERVAL '90' MINUTE", "date_trunc('hour', {ts})", "{ts} AT TIME ZONE 'UTC'", "date_add('week', 1, {ts})",
        "from_unixtime({int})", "greatest({ts}, {ts})", "({ts})",
    ),
}  # fmt: skip
_AGGREGATES = (
    "count(*)", "count({int})", "sum({int})", "min({str})", "max({date})", "avg({dbl})", "sum({dec})", "count(DISTINCT {str})",
    "bool_or({bool})", "count_if({bool})", "sum({int}) FILTER (WHERE {bool})", "max({ts})", "avg({int})", "min({dec})",
)  # fmt: skip
_WINDOWS = (
    "row_number() OVER (ORDER BY i)", "sum(a) OVER (PARTITION BY b ORDER BY i)", "lag(s) OVER (ORDER BY i DESC)",
    "count(*) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", "rank() OVER (ORDER BY a DESC NULLS FIRST)",
    "first_value(d) OVER (ORDER BY i)", "max(f) OVER ()", "lead(a, 2, 0) OVER (ORDER BY i)",
)  # fmt: skip
# What the parser takes and Trino does not, or reads in another way: put into a query, both must refuse it.
_SLIPS = (
    (" FROM ", ", FROM "), (" ORDER BY", " LIMIT 3 OFFSET 1 ORDER BY"), ("=", "=="), ("SELECT ", "FROM t SELECT "), (" AS ", " "),
    ("1", "1_0"), ("'1' MONTH", "1 MONTH"), ("(i, a", "(i, i, a"), ("GROUP BY ", "GROUP BY DISTINCT "), (")", "))"),
    ("AND", "&&"), ("||", "+"), ("LIKE", "RLIKE"), ("LIKE", "ILIKE"), ("NULL", "UNKNOWN"), ("<>", "^="), ("count(", "len("),
    ("ORDER BY", "SORT BY"), ("WHERE", "QUALIFY"), ("DATE '", "DATE \""), ("IS NULL", "ISNULL"), ("IS NOT NULL", "NOTNULL"),
    ("7", "7::int"), ("TRUE", "TRUE IS TRUE"), ("1", "0b1"), ("LIMIT", "TOP"), ("sum(", "sum(ALL "), ("abs(", "abs(DISTINCT "),
    ("%", " DIV "), ("=", "<=>"), ("upper(", "UPPER ("), ("CROSS JOIN", "JOIN"), ("SELECT", "SELECT ALL"), ("GROUP BY", "GROUP BY ALL"),
    ("CASE", "CASE CASE"), ("*", "* 1 *"), ("NOT", "!"), ("a", "A"), ("'", "\""), ("END", "END IF"), ("AS varchar", "AS text"),
    ("AS varchar", "AS string"), ("integer", "int4"), ("bigint", "int8"), ("double", "float8"), ("DISTINCT", "DISTINCT ON (i)"),
)  # fmt: skip


class QueryMaker:
    """Makes queries; each seed makes its own, always the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - not for secrets

    def query(self) -> str:
        """One query; one in eight has a slip in it."""
        text = self._random.choice((self._rows, self._rows, self._groups, self._joined, self._set, self._with))()
        if self._random.random() < 1 / 8:
            old, new = self._random.choice(_SLIPS)
            text = text.replace(old, new, 1)
        return text

    def _expression(self, kind: str, depth: int) -> str:
        roll = self._random.random()
        if depth <= 0 or roll < 0.2:
            return self._random.choice(_COLUMNS[kind] * 2 + _CONSTANTS[kind])
        if roll < 0.35:
            how, source = self._random.choice(("CAST", "TRY_CAST", "TRY_CAST")), self._random.choice(_KINDS)
            return f"{how}({self._expression(source, depth - 1)} AS {self._random.choice(_TYPES[kind])})"
        return self._filled(self._random.choice(_SHAPES[kind]), depth - 1)

    def _filled(self, shape: str, depth: int) -> str:
        while "{" in shape:
            kind = shape.partition("{")[2].partition("}")[0]
            shape = shape.replace(f"{{{kind}}}", self._expression(kind, depth), 1)
        return shape

    def _any(self, depth: int = 2) -> str:
        return self._expression(self._random.choice(_KINDS), depth)

    def _where(self) -> str:
        return f" WHERE {self._expression('bool', 2)}" if self._random.random() < 1 / 2 else ""

    def _rows(self) -> str:
        columns = [self._any() for _ in range(self._random.randint(1, 3))]
        if self._random.random() < 1 / 4:
            columns.append(self._random.choice(_WINDOWS))
        distinct = self._random.choice(("", "", "", "DISTINCT "))
        order = "" if distinct else " ORDER BY i" + self._random.choice(("", " DESC", " NULLS FIRST"))
        limit = self._random.choice(("", " LIMIT 2", " OFFSET 1 LIMIT 2", " FETCH FIRST 2 ROWS ONLY")) if order else ""
        return f"SELECT {distinct}{', '.join(columns)} FROM {_ROWS} AS t{_ALIAS}{self._where()}{order}{limit}"

    def _groups(self) -> str:
        key = self._any(1)
        calls = [self._filled(self._random.choice(_AGGREGATES), 1) for _ in range(self._random.randint(1, 2))]
        having = (
            f" HAVING {self._random.choice(('count(*) > 1', 'max(i) < 5'))}" if self._random.random() < 1 / 4 else ""
        )
        by = self._random.choice((f"GROUP BY {key}", "GROUP BY 1", f"GROUP BY ({key})", "GROUP BY ROLLUP (b)"))
        shown = "b" if "ROLLUP" in by else key
        return f"SELECT {shown}, {', '.join(calls)} FROM {_ROWS} AS t{_ALIAS}{self._where()} {by}{having}"

    def _joined(self) -> str:
        kind = self._random.choice(("JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL JOIN", "CROSS JOIN", ","))
        on = (
            ""
            if kind in {"CROSS JOIN", ","}
            else self._random.choice((" ON t.i = u.n", " ON n > a", " ON t.i = u.n AND b"))
        )
        return f"SELECT {self._any(1)}, n, m FROM {_ROWS} AS t{_ALIAS} {kind} (VALUES (1, 'x'), (3, NULL)) AS u(n, m){on}{self._where()}"

    def _set(self) -> str:
        kind = self._random.choice(_KINDS)
        word = self._random.choice(("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT DISTINCT"))
        sides = [f"SELECT {self._expression(kind, 1)} AS c FROM {_ROWS} AS t{_ALIAS}{self._where()}" for _ in range(2)]
        third = f" {self._random.choice(('UNION', 'INTERSECT'))} {sides[0]}" if self._random.random() < 1 / 4 else ""
        return f"{sides[0]} {word} {sides[1]}{third}"

    def _with(self) -> str:
        inner = f"SELECT {self._any(1)} AS v, i FROM {_ROWS} AS t{_ALIAS}"
        return f"WITH q AS ({inner}) SELECT v, (SELECT max(i) FROM q) FROM q WHERE i IN (SELECT i FROM q WHERE v IS NOT NULL)"
