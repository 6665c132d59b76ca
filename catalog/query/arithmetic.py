"""Numbers: results typed, rounded and failing as Trino's do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query import literals
from catalog.query.compiler import Compiler, coerced, compiles
from catalog.query.gate import describe
from catalog.query.literals import Typed
from catalog.query.refusal import invalid, unsupported
from catalog.query.times import shifted
from catalog.query.types import BIGINT, DOUBLE, UNKNOWN, Type, common, decimal

if TYPE_CHECKING:
    from catalog.query.compiler import Handler
    from catalog.query.scope import Place

_BY_ZERO = "error('stedi: division by zero')"


def _operands(compiler: Compiler, node: exp.Binary, place: Place) -> tuple[Typed, Typed, Type]:
    left, right = compiler.expression(node.left, place), compiler.expression(node.right, place)
    type_ = common(left.type, right.type)
    if type_ is None or not type_.is_number:
        raise invalid(f"{left.type} and {right.type} cannot be used in arithmetic")
    if UNKNOWN in {left.type, right.type}:
        if isinstance(node, exp.Mul | exp.Div) or type_.name == "decimal":
            raise unsupported("sums and products with NULL, which could be of several types", "CAST it")
        left, right = (Typed(coerced(one, type_), type_) if one.type == UNKNOWN else one for one in (left, right))
    return left, right, type_


@compiles(exp.Add, "this expression")
def _add(compiler: Compiler, node: exp.Add, place: Place) -> Typed:
    for time, interval in ((node.left, node.right), (node.right, node.left)):
        if isinstance(interval, exp.Interval):
            return shifted(compiler.expression(time, place), interval, 1)
    return _sum(compiler, node, place, "+")


@compiles(exp.Sub, "this expression")
def _sub(compiler: Compiler, node: exp.Sub, place: Place) -> Typed:
    if isinstance(node.right, exp.Interval):
        return shifted(compiler.expression(node.left, place), node.right, -1)
    return _sum(compiler, node, place, "-")


def _sum(compiler: Compiler, node: exp.Binary, place: Place, operator: str) -> Typed:
    left, right, type_ = _operands(compiler, node, place)
    if type_ == DOUBLE:
        return real(f"({coerced(left, type_)} {operator} {coerced(right, type_)})")
    if type_.name == "decimal":
        type_ = decimal(type_.precision + 1, type_.scale)
    return Typed(f"CAST(({coerced(left, type_)} {operator} {coerced(right, type_)}) AS {type_.duckdb})", type_)


@compiles(exp.Mul, "this expression")
def _mul(compiler: Compiler, node: exp.Mul, place: Place) -> Typed:
    left, right, type_ = _operands(compiler, node, place)
    if type_ == DOUBLE:
        return real(f"({coerced(left, type_)} * {coerced(right, type_)})")
    if type_.is_integer:
        return Typed(f"CAST(({coerced(left, type_)} * {coerced(right, type_)}) AS {type_.duckdb})", type_)
    one, other = left.type.as_decimal, right.type.as_decimal
    type_ = decimal(one.precision + other.precision, one.scale + other.scale)
    if type_.scale > type_.precision:
        raise unsupported("a product of decimals with so many digits", "CAST them to double")
    product = f"stedi_unscaled({coerced(left, one)}) * stedi_unscaled({coerced(right, other)})"
    return Typed(_scaled(product, type_), type_)


@compiles(exp.Div, "this expression typed safe")
def _div(compiler: Compiler, node: exp.Div, place: Place) -> Typed:
    left, right, type_ = _operands(compiler, node, place)
    if type_ == DOUBLE:
        return real(f"({coerced(left, type_)} / {coerced(right, type_)})")
    if type_.is_integer:
        return _guarded(coerced(left, type_), right, "//", type_, node.right)
    one, other = left.type.as_decimal, right.type.as_decimal
    scale = max(one.scale, other.scale)
    type_ = decimal(one.precision + other.scale + max(0, other.scale - one.scale), scale)
    divisor = f"stedi_unscaled({coerced(right, other)})"
    dividend = f"(stedi_unscaled({coerced(left, one)}) * {10 ** (scale - one.scale + other.scale)}::HUGEINT)"
    quotient = _scaled(f"stedi_divided({dividend}, {divisor})", type_)
    return Typed(f"(CASE WHEN {divisor} = 0 THEN {_BY_ZERO} ELSE {quotient} END)", type_)


def _scaled(unscaled: str, type_: Type) -> str:
    """A decimal from its digits without the point."""
    digits = f"stedi_scaled({unscaled}, {type_.scale})" if type_.scale else unscaled
    return f"CAST({digits} AS {type_.duckdb})"


@compiles(exp.Mod, "this expression")
def _mod(compiler: Compiler, node: exp.Mod, place: Place) -> Typed:
    left, right, type_ = _operands(compiler, node, place)
    if type_.name == "decimal":
        raise unsupported("the remainder of decimals", "CAST them to bigint or double")
    if type_ == DOUBLE:
        return real(f"({coerced(left, type_)} % {coerced(right, type_)})")
    return _guarded(coerced(left, type_), right, "%", type_, node.right)


def real(sql: str) -> Typed:
    """A double, which must be a number: the engines disagree on how NaN compares."""
    return Typed(f"stedi_real({sql})", DOUBLE)


def _guarded(left: str, divisor: Typed, operator: str, type_: Type, node: exp.Expr) -> Typed:
    """DuckDB gives NULL where Trino fails."""
    right = coerced(divisor, type_)
    whole = f"CAST(({left} {operator} {right}) AS {type_.duckdb})"
    if isinstance(node.unnest(), exp.Literal) and int(node.unnest().name):
        return Typed(whole, type_)
    return Typed(f"(CASE WHEN {right} = 0 THEN {_BY_ZERO} ELSE {whole} END)", type_)


@compiles(exp.Neg, "this")
def _neg(compiler: Compiler, node: exp.Neg, place: Place) -> Typed:
    if isinstance(node.this, exp.Literal) and not node.this.is_string:
        # The sign belongs to the constant: -2147483648 is an integer, 2147483648 is none.
        return literals.number(node.this.name, "-")
    value = compiler.expression(node.this, place)
    if not value.type.is_number:
        raise invalid(f"{value.type} has no negative")
    # DuckDB widens what has no negative of its own type.
    return Typed(f"CAST((- {value.sql}) AS {value.type.duckdb})", value.type)


def _same_type(function: str, *, decimals: bool) -> Handler:
    def handler(compiler: Compiler, node: exp.Func, place: Place) -> Typed:
        value = compiler.expression(node.this, place)
        if not value.type.is_number or (value.type.name == "decimal" and not decimals):
            raise unsupported(f"{describe(node)} of {value.type}", "CAST it to double")
        return Typed(f"CAST({function}({value.sql}) AS {value.type.duckdb})", value.type)

    return handler


compiles(exp.Abs, "this")(_same_type("abs", decimals=True))
compiles(exp.Ceil, "this")(_same_type("ceil", decimals=False))
compiles(exp.Floor, "this")(_same_type("floor", decimals=False))
compiles(exp.Sign, "this")(_same_type("sign", decimals=False))


def _of_double(function: str) -> Handler:
    def handler(compiler: Compiler, node: exp.Func, place: Place) -> Typed:
        arguments = [compiler.expression(one, place) for one in (node.this, node.args.get("expression")) if one]
        if not all(one.type.is_number for one in arguments):
            raise invalid(f"{describe(node)} takes numbers")
        return real(f"{function}({', '.join(coerced(one, DOUBLE) for one in arguments)})")

    return handler


compiles(exp.Exp, "this")(_of_double("exp"))
compiles(exp.Pow, "this expression")(_of_double("pow"))
compiles(exp.Sqrt, "this")(_of_double("stedi_sqrt"))
compiles(exp.Ln, "this")(_of_double("stedi_ln"))


@compiles(exp.Log, "this expression")
def _log(compiler: Compiler, node: exp.Log, place: Place) -> Typed:
    value = compiler.expression(node.expression, place)
    base = node.this.name if isinstance(node.this, exp.Literal) else ""
    if base not in {"2", "10"} or not value.type.is_number:
        raise unsupported("log", "write it as log2, log10 or ln of a number")
    return real(f"stedi_log{base}({coerced(value, DOUBLE)})")


@compiles(exp.Round, "this decimals")
def _round(compiler: Compiler, node: exp.Round, place: Place) -> Typed:
    value = compiler.expression(node.this, place)
    digits = node.args.get("decimals")
    written = digits.this if isinstance(digits, exp.Neg) else digits
    if written is not None and not (isinstance(written, exp.Literal) and written.is_int):
        raise unsupported("round to a number of digits that is not written out")
    if value.type.is_integer:
        if isinstance(digits, exp.Neg):
            raise unsupported("round of whole numbers to tens")
        return value
    places = (-1 if isinstance(digits, exp.Neg) else 1) * int(written.this) if written is not None else 0
    if value.type == DOUBLE:
        return Typed(f"stedi_round({value.sql}, CAST('1e{places}' AS DOUBLE))", DOUBLE)
    if value.type.name != "decimal":
        raise invalid(f"{value.type} cannot be rounded")
    if digits is None:
        type_ = decimal(min(38, value.type.precision - value.type.scale + min(value.type.scale, 1)), 0)
    else:
        type_ = decimal(value.type.precision + 1, value.type.scale)
    rounded = f"round({value.sql}, {places})" if places < value.type.scale else value.sql
    return Typed(f"CAST({rounded} AS {type_.duckdb})", type_)


@compiles(exp.Pi, "")
def _pi(*_: object) -> Typed:
    return Typed("pi()", DOUBLE)


def bigint(sql: str) -> Typed:
    """A count or a position."""
    return Typed(f"CAST({sql} AS BIGINT)", BIGINT)
