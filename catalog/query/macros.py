"""DuckDB as the embedded engine uses it: sealed off, bounded in memory, with Trino's meaning for some functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

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
