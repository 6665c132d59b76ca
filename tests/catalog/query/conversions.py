"""Values of each type, and the types that each is cast to: every pair, with CAST and TRY_CAST."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = (
    *(
        "12",
        " 12",
        "12 ",
        "\t12\n",
        "\xa012",
        "+12",
        "-12",
        "--12",
        "- 12",
        "",
        " ",
        "1_000",
        "0x1F",
        "1e3",
        "1.0",
        "1.",
    ),
    *("١٢", "2147483648", "9223372036854775808", "-9223372036854775808", "00012", "1,000", "1d", "0b1", "\x1f12\x0b"),
    *(
        ".5",
        "-.5",
        "1e-400",
        "1e400",
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
        "1.5D",
        "1l",
        "0x1p3",
        "1e",
        ".",
        "-0",
    ),
    *("true", "TrUe", "t", "F", " true", "yes", "tru", "00", "ﬀ"),
)
_TIMES = (
    *("2024-01-05", " 2024-01-05 ", "\u30002024-1-5", "2024-1-5", "982-01-05", "9-1-1", "12024-01-05", "+2024-01-05"),
    *("-0001-01-05", "0000-01-01", "2024-02-30", "2023-02-29", "2024-13-01", "2024-01", "20240105", "2024-01-05Z"),
    *("2024-001-05", "\xa02024-01-05", "99999999-01-01", "1582-10-10", "x"),
    *("2024-01-05 10:11:12", "2024-01-05 10:11:12.5", "2024-01-05 10:11:12.9996", "2024-01-05 10:11", "2024-01-05 10"),
    *("2024-1-5 1:2:3", "2024-01-05T10:11:12", " 2024-01-05 10:11:12 ", "2024-01-05 10:11:12 UTC", "2024-01-05 10:11:12Z"),
    *("2024-01-05 10:11:12 +02:00", "2024-01-05 10:11:12 Europe/Berlin", "2024-01-05 UTC", "982-01-05 10:11:12"),
    *("0982-01-05 10:11:12", "2024-01-05 24:00:00", "2024-01-05 10:60:00", "2024-01-05  10:11:12", "2024-01-05 10:11:12 utc"),
    *("2024-01-05 10:11:12 Etc/UTC", "2024-01-05 10:11:12.1234567", "9999-12-31 23:59:59.9999"),
)  # fmt: skip
_TARGETS = (
    *("boolean", "integer", "bigint", "double", "decimal(10,2)", "decimal(3,3)", "varchar", "varchar(3)", "date"),
    *("timestamp", "timestamp(0)", "timestamp(6)", "timestamp with time zone", "timestamp(0) with time zone"),
)
_TEXT_TARGETS = (
    "boolean",
    "integer",
    "bigint",
    "double",
    "date",
    "timestamp",
    "timestamp(0)",
    "timestamp with time zone",
)
_SOURCES = (
    *("TRUE", "FALSE", "CAST(NULL AS boolean)", "0", "1", "-7", "2147483647", "-2147483648", "9223372036854775807", "123456"),
    *("0.5", "-.05", "0.999", "1.50", "-1.55", "99.995", "12345678901234567890.5", "CAST(0 AS decimal(2,2))", "0.49999"),
    *("0e0", "1e0", "0.5e0", "-0.5e0", "1.5e0", "2.5e0", "1e10", "3e9", "9.3e18", "1e300", "1e0 / 0", "0.49999999999999994e0"),
    *("DATE '2024-02-29'", "DATE '0987-01-02'", "DATE '9999-12-31'", "CAST(NULL AS date)"),
    *("TIMESTAMP '2024-02-29 23:59:59.999999'", "TIMESTAMP '1969-12-31 23:59:59.5'", "TIMESTAMP '0987-01-02 00:00:00'"),
    *("TIMESTAMP '2024-02-29 12:00:00.4 UTC'", "TIMESTAMP '1969-12-31 23:59:59.9996 UTC'", "NULL", "'abc'", "''"),
)  # fmt: skip


def casts() -> Iterator[str]:
    """A query for each value, target type, and function."""
    for how in ("CAST", "TRY_CAST"):
        for target in _TARGETS:
            for source in _SOURCES:
                yield f"SELECT {how}(v AS {target}) FROM (VALUES {source}) AS t(v)"
        for target in _TEXT_TARGETS:
            for text in _NUMBERS + _TIMES:
                written = "'" + text.replace("'", "''") + "'"
                yield f"SELECT {how}(v AS {target}) FROM (VALUES {written}) AS t(v)"
                if target.startswith(("date", "timestamp")):
                    yield f"SELECT {how}({written} AS {target})"
