"""The names of all functions that the embedded engine answers; each is compared with Trino in a test."""

from __future__ import annotations

SCALAR = {
    *("abs", "ceil", "ceiling", "exp", "floor", "ln", "log10", "log2", "mod", "pi", "pow", "power", "round"),
    *("sign", "sqrt", "coalesce", "greatest", "if", "least", "nullif", "element_at", "date", "date_add", "date_diff"),
    *("date_format", "date_trunc", "day", "day_of_month", "day_of_week", "day_of_year", "dow", "doy", "from_unixtime"),
    *("hour", "minute", "month", "now", "quarter", "second", "to_unixtime", "week", "week_of_year", "year"),
    *("concat", "length", "lower", "lpad", "ltrim", "position", "regexp_like", "replace", "rpad", "rtrim"),
    *("split_part", "starts_with", "strpos", "substr", "substring", "trim", "upper"),
}
AGGREGATE = {
    *("avg", "bool_and", "bool_or", "count", "count_if", "max", "max_by", "min", "min_by", "stddev", "stddev_pop"),
    *("stddev_samp", "sum", "var_pop", "var_samp", "variance"),
}
WINDOW = {
    *("cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank"),
    *("rank", "row_number"),
}
FUNCTION_NAMES = SCALAR | AGGREGATE | WINDOW
