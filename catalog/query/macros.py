"""DuckDB as the embedded engine uses it: sealed off, bounded in memory, with Trino's meaning; also for constants."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from catalog.query.literals import SPACES, Typed
from catalog.query.refusal import invalid

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

# What Java's String.trim takes away; and what Trino takes away around a date.
_CONTROLS = " || ".join(f"chr({code})" for code in range(1, 0x21))
_SPACES = " || ".join(f"chr({ord(character)})" for character in SPACES)
_MACROS = (
    # Decimals are calculated with as whole numbers: their digits without the point.
    "stedi_unscaled(x) AS CAST(replace(CAST(x AS VARCHAR), '.', '') AS HUGEINT)",
    "stedi_digits(x) AS CAST(abs(x) AS VARCHAR)",
    "stedi_padded(x, n) AS lpad(stedi_digits(x), CAST(greatest(length(stedi_digits(x)), n + 1) AS INTEGER), '0')",
    (
        "stedi_scaled(x, places) AS ((CASE WHEN x < 0 THEN '-' ELSE '' END) "
        "|| left(stedi_padded(x, places), -places) || '.' || right(stedi_padded(x, places), places))"
    ),
    "stedi_divided(a, b) AS (CASE WHEN (a < 0) = (b < 0) THEN 1 ELSE -1 END) * ((2 * abs(a) + abs(b)) // (2 * abs(b)))",
    "stedi_real(x) AS (CASE WHEN isnan(x) THEN error('stedi: a result is not a number (NaN)') ELSE x END)",
    # As Java does it: multiplied, rounded to the whole number (halves up), divided. DuckDB's round corrects on the way.
    "stedi_half_up(t) AS (CASE WHEN t - floor(t) >= 0.5 THEN floor(t) + 1 ELSE floor(t) END)",
    "stedi_positive(x, f) AS (CASE WHEN isinf(x * f) THEN x ELSE stedi_half_up(x * f) / f END)",
    "stedi_round(x, f) AS (CASE WHEN x < 0 THEN - stedi_positive(- x, f) ELSE stedi_positive(x, f) END)",
    "stedi_upper(x) AS replace(upper(replace(x, 'ß', '\ue000')), '\ue000', 'ß')",
    # Trino gives infinity, and NaN, where DuckDB fails.
    "stedi_sqrt(x) AS (CASE WHEN x < 0 THEN 'nan'::DOUBLE ELSE sqrt(x) END)",
    "stedi_ln(x) AS (CASE WHEN x < 0 THEN 'nan'::DOUBLE WHEN x = 0 THEN '-inf'::DOUBLE ELSE ln(x) END)",
    "stedi_log2(x) AS (CASE WHEN x < 0 THEN 'nan'::DOUBLE WHEN x = 0 THEN '-inf'::DOUBLE ELSE log2(x) END)",
    "stedi_log10(x) AS (CASE WHEN x < 0 THEN 'nan'::DOUBLE WHEN x = 0 THEN '-inf'::DOUBLE ELSE log10(x) END)",
    # Texts as Java reads them: NULL where it cannot, an error where it can and this engine does not.
    "stedi_only_trino(x) AS error('stedi: a value is cast by Trino in a way that this engine does not know')",
    f"stedi_trimmed(x) AS trim(x, {_CONTROLS})",
    (
        "stedi_read_boolean(x) AS (CASE WHEN lower(x) IN ('t', 'true', '1') THEN TRUE "
        "WHEN lower(x) IN ('f', 'false', '0') THEN FALSE END)"
    ),
    (
        "stedi_read_bigint(x) AS (CASE WHEN regexp_full_match(stedi_trimmed(x), '[+-]?[0-9]+') "
        "THEN TRY_CAST(stedi_trimmed(x) AS BIGINT) "
        "WHEN regexp_full_match(stedi_trimmed(x), '[+-]?\\p{Nd}+') THEN stedi_only_trino(x) END)"
    ),
    (
        "stedi_read_double(x) AS (CASE "
        "WHEN regexp_full_match(stedi_trimmed(x), '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[dDfF]?') "
        "THEN TRY_CAST(rtrim(stedi_trimmed(x), 'dDfF') AS DOUBLE) "
        "WHEN regexp_full_match(stedi_trimmed(x), '[+-]?Infinity') THEN TRY_CAST(stedi_trimmed(x) AS DOUBLE) "
        "WHEN regexp_full_match(stedi_trimmed(x), '[+-]?(NaN|0[xX].*)') THEN stedi_only_trino(x) END)"
    ),
    (
        "stedi_read_date(x) AS (CASE "
        f"WHEN NOT regexp_full_match(trim(x, {_SPACES}), '[+-]?[0-9]{{1,9}}-[0-9]{{1,2}}-[0-9]{{1,2}}') THEN NULL "
        f"WHEN NOT regexp_full_match(trim(x, {_SPACES}), '[+]?0*[1-9][0-9]{{0,3}}-[0-9]{{1,2}}-[0-9]{{1,2}}') "
        "THEN error('stedi: a day lies before the year 1 or after 9999') "
        f"ELSE TRY_CAST(ltrim(trim(x, {_SPACES}), '+') AS DATE) END)"
    ),
    (
        "stedi_near(x) AS (CASE WHEN x < DATE '0001-01-01' OR x >= DATE '10000-01-01' "
        "THEN error('stedi: a day lies before the year 1 or after 9999') ELSE x END)"
    ),
    "stedi_rounded(x, unit) AS make_timestamp(CAST(floor(epoch_us(x) / unit + 0.5) AS BIGINT) * unit)",
)


def connection(spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory database that reaches no file and no network; what does not fit in memory goes to ``spill``."""
    import duckdb

    con = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(spill) if spill else ""})
    con.execute("SET preserve_insertion_order = false")
    for macro in _MACROS:
        con.execute(f"CREATE MACRO {macro}")
    con.execute("SET python_enable_replacements = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


@cache
def _own_connection() -> duckdb.DuckDBPyConnection:
    return connection()


def evaluated(value: Typed) -> Any:
    """What an expression comes to that names no column, as Python's value."""
    import duckdb

    try:
        row = _own_connection().execute(f"SELECT {value.sql}").fetchone()
    except duckdb.Error:
        raise invalid("a constant in it cannot be computed") from None
    return row[0] if row else None


def evaluated_moment(value: Typed) -> datetime:
    """A moment, in UTC."""
    moment = evaluated(Typed(f"CAST({value.sql} AS TIMESTAMP)", value.type))
    if not isinstance(moment, datetime):
        raise invalid("FOR TIMESTAMP AS OF NULL")
    return moment.replace(tzinfo=UTC)
