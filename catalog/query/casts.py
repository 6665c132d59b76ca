"""CAST and TRY_CAST: between types whose values both engines turn into each other alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query import literals
from catalog.query.compiler import Compiler, compiles
from catalog.query.gate import declare
from catalog.query.literals import Typed
from catalog.query.refusal import invalid, unsupported
from catalog.query.types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, UNKNOWN, VARCHAR, Type, decimal, timestamp

if TYPE_CHECKING:
    from catalog.query.scope import Place

_SIMPLE = {
    exp.DataType.Type.BOOLEAN: BOOLEAN,
    exp.DataType.Type.INT: INTEGER,
    exp.DataType.Type.BIGINT: BIGINT,
    exp.DataType.Type.DOUBLE: DOUBLE,
    exp.DataType.Type.DATE: DATE,
}
_MAX_DIGITS = 38
_MICROSECONDS = 6

declare("this expressions", exp.DataType)
declare("this", exp.DataTypeParam)


@dataclass(frozen=True)
class _Trying:
    """DuckDB's function to cast with, and what stands for a value that cannot be."""

    function: str
    failing: str


_STRICT = _Trying("CAST", "error('stedi: a value cannot be cast; TRY_CAST gives NULL for those')")
_LENIENT = _Trying("TRY_CAST", "NULL")


def _type(written: exp.DataType) -> tuple[Type, int | None]:
    """The type, and the length of a varchar."""
    numbers = [int(one.name) for one in written.expressions]
    kind = written.this
    if kind in _SIMPLE and not numbers:
        return _SIMPLE[kind], None
    if kind == exp.DataType.Type.VARCHAR and len(numbers) <= 1:
        return VARCHAR, numbers[0] if numbers else None
    if kind == exp.DataType.Type.DECIMAL:
        precision, scale = (*numbers, 0)[:2] if numbers else (_MAX_DIGITS, 0)
        if not 1 <= precision <= _MAX_DIGITS or scale > precision:
            raise invalid("a decimal has 1 to 38 digits, and at most as many after the point")
        return decimal(precision, scale), None
    if kind in {exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ}:
        precision = numbers[0] if numbers else 3
        if precision > _MICROSECONDS:
            raise unsupported("timestamps with more than six digits after the second", "CAST to timestamp(6)")
        return timestamp(precision, zone=kind == exp.DataType.Type.TIMESTAMPTZ), None
    raise unsupported(f"the type {written.sql(dialect='athena').lower()}")


@compiles(exp.Cast, "this to")
def _cast(compiler: Compiler, node: exp.Cast, place: Place) -> Typed:
    return _casted(compiler, node, place, _STRICT)


@compiles(exp.TryCast, "this to safe")
def _try_cast(compiler: Compiler, node: exp.TryCast, place: Place) -> Typed:
    return _casted(compiler, node, place, _LENIENT)


@compiles(exp.Date, "this")
def _date(compiler: Compiler, node: exp.Date, place: Place) -> Typed:
    value = compiler.expression(node.this, place)
    return Typed(_converted(value, DATE, None, _STRICT), DATE)


def _casted(compiler: Compiler, node: exp.Cast, place: Place, how: _Trying) -> Typed:
    """A cast; ``DATE '…'`` and ``TIMESTAMP '…'`` are casts of their text to the type that it has."""
    to, length = _type(node.to)
    if isinstance(node.this, exp.Literal) and node.this.is_string and to.is_moment:
        value = literals.moment(node.this.name, to)
        if value is None and how is _STRICT:
            raise invalid("not a timestamp; write a TIMESTAMP as YYYY-MM-DD HH:MM:SS")
        return value or Typed(f"CAST(NULL AS {to.duckdb})", to)
    if isinstance(node.this, exp.Literal) and node.this.is_string and to == DATE:
        value = literals.date(node.this.name)
        if value is None and how is _STRICT:
            raise invalid("not a date; write a DATE as YYYY-MM-DD")
        return value or Typed("CAST(NULL AS DATE)", DATE)
    value = compiler.expression(node.this, place)
    return Typed(_converted(value, to, length, how), to)


def _converted(value: Typed, to: Type, length: int | None, how: _Trying) -> str:
    if value.type == UNKNOWN:
        return f"CAST(NULL AS {to.duckdb})"
    if to == VARCHAR:
        return _shortened(value, length, how)
    if value.type == VARCHAR and to in _READ:
        read = _READ[to].format(value.sql)
        return f"(CASE WHEN {value.sql} IS NULL THEN NULL ELSE coalesce({read}, {how.failing}) END)"
    cast = f"{how.function}({value.sql} AS {to.duckdb})"
    if value.type.is_number and to.is_number:
        return _number(value, to, how)
    from_boolean = value.type == BOOLEAN and (to.is_integer or to == DOUBLE)
    of_day = (value.type == DATE and to.is_moment) or (value.type.is_moment and to == DATE)
    if from_boolean or of_day or value.type == to:
        return cast
    if value.type.is_moment and to.is_moment:
        return literals.rounded(value.sql, value.type.precision, to)
    raise unsupported(f"CAST of {value.type} to {to}")


# Each gives NULL for a text that Trino cannot cast either, and fails for one that only Trino can.
_READ = {
    BOOLEAN: "stedi_read_boolean({0})",
    INTEGER: "TRY_CAST(stedi_read_bigint({0}) AS INTEGER)",
    BIGINT: "stedi_read_bigint({0})",
    DOUBLE: "stedi_read_double({0})",
    DATE: "stedi_read_date({0})",
}


def _number(value: Typed, to: Type, how: _Trying) -> str:
    """Halves are rounded away from zero; DuckDB rounds doubles to the even neighbour."""
    if value.type == DOUBLE and to.is_integer:
        return f"{how.function}(round({value.sql}) AS {to.duckdb})"
    if value.type == DOUBLE and to.name == "decimal":
        raise unsupported("CAST of double to decimal", "use round")
    return f"{how.function}({value.sql} AS {to.duckdb})"


def _shortened(value: Typed, length: int | None, how: _Trying) -> str:
    """A varchar of at most that length: text is cut, anything else must fit."""
    text = _as_text(value)
    if length is None:
        return text
    if value.type == VARCHAR:
        return f"substring({text}, 1, {length})"
    if value.type == BOOLEAN and length < len("false"):
        raise unsupported("CAST of boolean to a shorter varchar", "CAST it to varchar")
    return f"(CASE WHEN length({text}) > {length} THEN {how.failing} ELSE {text} END)"


def _as_text(value: Typed) -> str:
    if value.type == DOUBLE:
        raise unsupported("CAST of double to varchar")
    if value.type.is_moment:
        raise unsupported(f"CAST of {value.type} to varchar", "use date_format")
    if value.type not in {VARCHAR, DATE, BOOLEAN, INTEGER, BIGINT} and value.type.name != "decimal":
        raise unsupported(f"CAST of {value.type} to varchar")
    text = f"CAST({value.sql} AS VARCHAR)"
    if value.type.name == "decimal" and value.type.precision == value.type.scale:
        # DuckDB leaves the zero before the point out where the type has no place for it.
        return f"regexp_replace({text}, '^(-?)[.]', '\\10.')"
    return text
