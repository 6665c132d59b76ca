"""CAST and TRY_CAST: between types whose values both engines turn into each other alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query import literals
from catalog.query.compiler import Compiler, compiles
from catalog.query.gate import declare
from catalog.query.literals import Typed
from catalog.query.refusal import unsupported
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
_WRITTEN = {
    "boolean": "true|false|TRUE|FALSE",
    "integer": "[+-]?[0-9]+",
    "bigint": "[+-]?[0-9]+",
    "double": "[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?",
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
}

declare("this expressions", exp.DataType)
declare("this", exp.DataTypeParam)


@dataclass(frozen=True)
class _Trying:
    """DuckDB's function to cast with, and what stands for a value that cannot be."""

    function: str
    failing: str


_STRICT = _Trying("CAST", "error('stedi: a value cannot be cast; TRY_CAST gives NULL for those')")


def _type(written: exp.DataType) -> tuple[Type, int | None]:
    """The type, and the length of a varchar."""
    numbers = [int(one.name) for one in written.expressions]
    kind = written.this
    if kind in _SIMPLE:
        return _SIMPLE[kind], None
    if kind == exp.DataType.Type.VARCHAR:
        return VARCHAR, numbers[0] if numbers else None
    if kind == exp.DataType.Type.DECIMAL:
        precision, scale = (*numbers, 0)[:2] if numbers else (38, 0)
        return decimal(precision, scale), None
    if kind in {exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ}:
        precision = numbers[0] if numbers else 3
        return timestamp(precision, zone=kind == exp.DataType.Type.TIMESTAMPTZ), None
    raise unsupported(f"the type {written.sql(dialect='athena').lower()}")


@compiles(exp.Cast, "this to")
def _cast(compiler: Compiler, node: exp.Cast, place: Place) -> Typed:
    to, length = _type(node.to)
    if isinstance(node.this, exp.Literal) and node.this.is_string:
        if to.is_moment:
            return literals.moment(node.this.name)
        if to == DATE:
            return literals.date(node.this.name)
    value = compiler.expression(node.this, place)
    return Typed(_converted(value, to, length), to)


@compiles(exp.TryCast, "this to safe")
def _try_cast(compiler: Compiler, node: exp.TryCast, place: Place) -> Typed:
    to, length = _type(node.to)
    value = compiler.expression(node.this, place)
    return Typed(_converted(value, to, length, _Trying("TRY_CAST", "NULL")), to)


@compiles(exp.Date, "this")
def _date(compiler: Compiler, node: exp.Date, place: Place) -> Typed:
    value = compiler.expression(node.this, place)
    return Typed(_converted(value, DATE, None), DATE)


def _converted(value: Typed, to: Type, length: int | None, how: _Trying = _STRICT) -> str:
    if value.type == UNKNOWN:
        return f"CAST(NULL AS {to.duckdb})"
    if to == VARCHAR:
        return _shortened(value, length, how)
    cast = f"{how.function}({value.sql} AS {to.duckdb})"
    if value.type == VARCHAR and to.name in _WRITTEN:
        fits = f"regexp_full_match({value.sql}, {literals.quoted(_WRITTEN[to.name])})"
        return f"(CASE WHEN {value.sql} IS NULL OR {fits} THEN {cast} ELSE {how.failing} END)"
    if value.type.is_number and to.is_number:
        return _number(value, to, how)
    from_boolean = value.type == BOOLEAN and (to.is_integer or to == DOUBLE)
    of_day = (value.type == DATE and to.is_moment) or (value.type.is_moment and to == DATE)
    if from_boolean or of_day or value.type == to:
        return cast
    if value.type.is_moment and to.is_moment:
        unit = 10 ** (6 - to.precision)
        return value.sql if to.precision >= value.type.precision else f"stedi_rounded({value.sql}, {unit})"
    raise unsupported(f"CAST of {value.type} to {to}")


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
    return f"(CASE WHEN length({text}) > {length} THEN {how.failing} ELSE {text} END)"


def _as_text(value: Typed) -> str:
    if value.type == DOUBLE:
        raise unsupported("CAST of double to varchar")
    if value.type.is_moment:
        raise unsupported(f"CAST of {value.type} to varchar", "use date_format")
    return f"CAST({value.sql} AS VARCHAR)"
