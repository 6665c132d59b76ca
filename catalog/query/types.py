"""Athena's types as the embedded engine knows them, what they are in DuckDB, and which type two of them meet in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_MAX_PRECISION = 38
_INTEGER_DIGITS = {"integer": 10, "bigint": 19}


@dataclass(frozen=True)
class Type:
    """A type of Trino's.

    Attributes:
        name: without parameters, such as ``varchar`` or ``timestamp with time zone``.
        precision: digits of a decimal, or digits after the second of a timestamp.
        scale: digits after the point of a decimal.
    """

    name: str
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.name.startswith("timestamp"):
            return self.name.replace("timestamp", f"timestamp({self.precision})", 1)
        return self.name

    @property
    def duckdb(self) -> str:
        """The type's name in DuckDB. Times with a zone are all UTC here, so DuckDB holds them without one."""
        if self.name == "decimal":
            return f"DECIMAL({self.precision},{self.scale})"
        return _ENGINES[self.name][0]

    @property
    def arrow(self) -> pa.DataType:
        """The type as DuckDB gives it to Arrow, and takes it."""
        import pyarrow as pa

        if self.name == "decimal":
            return pa.decimal128(self.precision, self.scale)
        if self.name == str(VARCHAR_MAP):
            return pa.map_(pa.string(), pa.string())
        plain: pa.DataType = pa.timestamp("us") if self.is_moment else getattr(pa, _ENGINES[self.name][1])()
        return plain

    @property
    def is_number(self) -> bool:
        """Whether it can be calculated with."""
        return self.name in {"integer", "bigint", "double", "decimal"}

    @property
    def is_integer(self) -> bool:
        """Whether it is integer or bigint."""
        return self.name in _INTEGER_DIGITS

    @property
    def is_moment(self) -> bool:
        """Whether it is a timestamp, with or without a zone."""
        return self.name.startswith("timestamp")

    @property
    def as_decimal(self) -> Type:
        """The decimal that holds every value of this integer or decimal type."""
        return decimal(_INTEGER_DIGITS[self.name], 0) if self.is_integer else self


# Their names in DuckDB and in Arrow.
_ENGINES = {
    "boolean": ("BOOLEAN", "bool_"),
    "integer": ("INTEGER", "int32"),
    "bigint": ("BIGINT", "int64"),
    "double": ("DOUBLE", "float64"),
    "varchar": ("VARCHAR", "string"),
    "date": ("DATE", "date32"),
    "timestamp": ("TIMESTAMP", "timestamp"),
    "timestamp with time zone": ("TIMESTAMP", "timestamp"),
    "map(varchar,varchar)": ("MAP(VARCHAR, VARCHAR)", "map_"),
    "unknown": ("INTEGER", "int32"),
    "nested": ("INTEGER", "int32"),
}

BOOLEAN = Type("boolean")
INTEGER = Type("integer")
BIGINT = Type("bigint")
DOUBLE = Type("double")
VARCHAR = Type("varchar")
DATE = Type("date")
UNKNOWN = Type("unknown")
VARCHAR_MAP = Type("map(varchar,varchar)")
NESTED = Type("nested")
"""Rows, arrays and other maps: known, so that they can be refused by the column's name."""


def decimal(precision: int, scale: int) -> Type:
    """A decimal type; precision is capped as Trino caps it."""
    return Type("decimal", min(_MAX_PRECISION, precision), scale)


def timestamp(precision: int, *, zone: bool = False) -> Type:
    """A timestamp type."""
    return Type("timestamp with time zone" if zone else "timestamp", precision)


def common(left: Type, right: Type) -> Type | None:
    """The type that Trino compares, unites and chooses between the two in; None where it does not."""
    if left == right:
        return left
    if UNKNOWN in {left, right}:
        return right if left == UNKNOWN else left
    if left.is_number and right.is_number:
        return _common_number(left, right)
    return _common_time(left, right)


def _common_number(left: Type, right: Type) -> Type:
    if DOUBLE in {left, right}:
        return DOUBLE
    if left.is_integer and right.is_integer:
        return BIGINT
    one, other = left.as_decimal, right.as_decimal
    scale = max(one.scale, other.scale)
    return decimal(max(one.precision - one.scale, other.precision - other.scale) + scale, scale)


def _common_time(left: Type, right: Type) -> Type | None:
    times = [type_ for type_ in (left, right) if type_.is_moment or type_ == DATE]
    if len(times) < len((left, right)):
        return None
    return timestamp(max(type_.precision for type_ in times), zone=any(type_.name.endswith("zone") for type_ in times))
