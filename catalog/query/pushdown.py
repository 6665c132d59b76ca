"""What WHERE says of single tables: their scans skip the files and rows that cannot matter.

Only a help: DuckDB evaluates the whole WHERE again. So a condition may be left out, and must never be too strict.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.compiler import Compiler, coerced
from catalog.query.constants import evaluated
from catalog.query.refusal import RefusedQueryError
from catalog.query.scan import AllOf, AnyOf, Compared, Condition, Constant, Missing, OneOf, Scan
from catalog.query.scope import Column, Place, Scope
from catalog.query.types import DATE, Type, common

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPERATORS: dict[type[exp.Expr], str] = {exp.EQ: "=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_MIRRORED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US = 86_400_000_000


def push(compiler: Compiler, where: exp.Expr, kept: Scope, scope: Scope) -> None:
    """Tell the scans of the kept columns what every row that passes WHERE fulfils."""
    for conjunct in _conjuncts(where):
        found = _condition(compiler, conjunct, kept, scope)
        if found is not None:
            scan, condition = found
            scan.conditions.append(condition)


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    elif isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _condition(  # noqa: PLR0911 - a kind of condition a line
    compiler: Compiler, node: exp.Expr, kept: Scope, scope: Scope
) -> tuple[Scan, Condition] | None:
    node = node.unnest()
    if isinstance(node, exp.And | exp.Or):
        sides = [_condition(compiler, side, kept, scope) for side in (node.left, node.right)]
        if sides[0] is None or sides[1] is None or sides[0][0] is not sides[1][0]:
            return None
        both = AllOf if isinstance(node, exp.And) else AnyOf
        return sides[0][0], both(sides[0][1], sides[1][1])
    if type(node) in _OPERATORS and isinstance(node, exp.Binary):
        operator = _OPERATORS[type(node)]
        return _compared(compiler, node.left, operator, node.right, kept, scope) or _compared(
            compiler, node.right, _MIRRORED[operator], node.left, kept, scope
        )
    if isinstance(node, exp.Between):
        ends = [
            _compared(compiler, node.this, operator, node.args[end], kept, scope)
            for operator, end in ((">=", "low"), ("<=", "high"))
        ]
        if ends[0] is None or ends[1] is None:
            return None
        return ends[0][0], AllOf(ends[0][1], ends[1][1])
    if isinstance(node, exp.In) and not node.args.get("query"):
        return _one_of(compiler, node, kept, scope)
    negated = isinstance(node, exp.Not)
    inner = node.this.unnest() if negated else node
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
        column = _column(inner.this, kept, scope)
        return (column.scan, Missing(_stored(column), not negated)) if column and column.scan else None
    return None


def _compared(
    compiler: Compiler, side: exp.Expr, operator: str, other: exp.Expr, kept: Scope, scope: Scope
) -> tuple[Scan, Condition] | None:
    side = side.unnest()
    of_day = isinstance(side, exp.Date) or (isinstance(side, exp.Cast) and side.to.is_type(exp.DataType.Type.DATE))
    column = _column(side.this if of_day else side, kept, scope)
    if column is None or column.scan is None:
        return None
    type_ = DATE if of_day and column.type.is_moment else column.type
    value = _constant(compiler, other, type_)
    if value is None:
        return None
    if type_ == DATE and column.type.is_moment and not isinstance(value, str | float):
        return column.scan, _day_range(_stored(column), operator, value * _DAY_US)
    return column.scan, Compared(_stored(column), operator, value)


def _day_range(column: str, operator: str, start: int) -> Condition:
    """Moments whose day compares so with the day that starts there."""
    end = start + _DAY_US
    if operator == "=":
        return AllOf(Compared(column, ">=", start), Compared(column, "<", end))
    return {
        "<": Compared(column, "<", start),
        "<=": Compared(column, "<", end),
        ">": Compared(column, ">=", end),
        ">=": Compared(column, ">=", start),
    }[operator]


def _one_of(compiler: Compiler, node: exp.In, kept: Scope, scope: Scope) -> tuple[Scan, Condition] | None:
    column = _column(node.this.unnest(), kept, scope)
    if column is None or column.scan is None:
        return None
    values = [_constant(compiler, option, column.type) for option in node.expressions]
    if any(value is None for value in values):
        return None
    return column.scan, OneOf(_stored(column), tuple(value for value in values if value is not None))


def _column(node: exp.Expr, kept: Scope, scope: Scope) -> Column | None:
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return None
    relation = tuple(part.name.lower() for part in node.parts[:-1])
    try:
        column = scope.find(node.name.lower(), relation)
    except RefusedQueryError:
        return None
    known = column.scan is not None and column.scan.kind is None and column in kept.columns
    return column if known else None


def _stored(column: Column) -> str:
    if column.scan is None:
        raise AssertionError(column)
    return next(one.stored for one in column.scan.columns if one.name == column.name)


def _constant(compiler: Compiler, node: exp.Expr, type_: Type) -> Constant | None:
    """The value of an expression without columns, in the column's type; None where it has none there."""
    if node.find(exp.Column, exp.Query, exp.AggFunc):
        return None
    value = compiler.expression(node, Place(Scope(), "WHERE"))
    if common(value.type, type_) != type_ and not (type_.is_moment and value.type.is_moment):
        return None
    found = evaluated(type(value)(coerced(value, type_), type_))
    if isinstance(found, datetime):
        return (found.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    if isinstance(found, date):
        return (found - _EPOCH.date()).days
    return None if isinstance(found, Decimal) else found
