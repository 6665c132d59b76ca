"""What WHERE says of single tables: their scans skip the files and rows that cannot matter.

Only a help: DuckDB evaluates the whole WHERE again. So a condition may be left out, and must never be too strict.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyiceberg import expressions as ice
from sqlglot import exp

from catalog.query.compiler import Compiler, coerced
from catalog.query.macros import evaluated
from catalog.query.refusal import RefusedQueryError
from catalog.query.scope import Column, Place, Scope
from catalog.query.types import DATE, Type, common

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.query.scan import Scan

    # What makes a predicate: these classes' constructors take what their declarations do not say.
    _Predicate = Callable[..., ice.BooleanExpression]
    _Found = tuple[Scan, ice.BooleanExpression] | None

_EQUAL: _Predicate = ice.EqualTo
_LESS: _Predicate = ice.LessThan
_LESS_EQUAL: _Predicate = ice.LessThanOrEqual
_GREATER: _Predicate = ice.GreaterThan
_GREATER_EQUAL: _Predicate = ice.GreaterThanOrEqual
# What each comparison is, and what it is with its sides exchanged.
_OPERATORS: dict[type[exp.Expr], tuple[_Predicate, _Predicate]] = {
    exp.EQ: (_EQUAL, _EQUAL),
    exp.LT: (_LESS, _GREATER),
    exp.LTE: (_LESS_EQUAL, _GREATER_EQUAL),
    exp.GT: (_GREATER, _LESS),
    exp.GTE: (_GREATER_EQUAL, _LESS_EQUAL),
}


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


def _condition(compiler: Compiler, node: exp.Expr, kept: Scope, scope: Scope) -> _Found:
    node = node.unnest()
    if isinstance(node, exp.And | exp.Or):
        sides = [_condition(compiler, side, kept, scope) for side in (node.left, node.right)]
        return _both(ice.And if isinstance(node, exp.And) else ice.Or, *sides)
    if type(node) in _OPERATORS and isinstance(node, exp.Binary):
        predicate, mirrored = _OPERATORS[type(node)]
        return _compared(compiler, node.left, predicate, node.right, kept, scope) or _compared(
            compiler, node.right, mirrored, node.left, kept, scope
        )
    if isinstance(node, exp.Between):
        low, high = (
            _compared(compiler, node.this, predicate, node.args[end], kept, scope)
            for predicate, end in ((_GREATER_EQUAL, "low"), (_LESS_EQUAL, "high"))
        )
        return _both(ice.And, low, high)
    if isinstance(node, exp.In) and not node.args.get("query"):
        return _one_of(compiler, node, kept, scope)
    negated = isinstance(node, exp.Not)
    inner = node.this.unnest() if negated else node
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
        missing: _Predicate = ice.NotNull if negated else ice.IsNull
        column = _column(inner.this, kept, scope)
        return (column.scan, missing(_stored(column))) if column and column.scan else None
    return None


def _both(connective: _Predicate, left: _Found, right: _Found) -> _Found:
    """Conditions on one scan as one."""
    if left is None or right is None or left[0] is not right[0]:
        return None
    return left[0], connective(left[1], right[1])


def _compared(
    compiler: Compiler, side: exp.Expr, predicate: _Predicate, other: exp.Expr, kept: Scope, scope: Scope
) -> _Found:
    side = side.unnest()
    of_day = isinstance(side, exp.Date) or (isinstance(side, exp.Cast) and side.to.is_type(exp.DataType.Type.DATE))
    column = _column(side.this if of_day else side, kept, scope)
    if column is None or column.scan is None:
        return None
    if of_day and column.type.is_moment:
        day = _constant(compiler, other, DATE)
        compared = _day_compared(_stored(column), predicate, day, column.type) if isinstance(day, date) else None
    else:
        value = _constant(compiler, other, column.type)
        compared = None if value is None else predicate(_stored(column), _literal(value, column.type))
    return None if compared is None else (column.scan, compared)


def _day_compared(column: str, predicate: _Predicate, day: date, type_: Type) -> ice.BooleanExpression | None:
    """Moments whose day compares so with the day."""
    if day == date.max:
        return None
    start, end = (_literal(datetime.combine(each, time.min), type_) for each in (day, day + timedelta(days=1)))
    if predicate is _EQUAL:
        return ice.And(_GREATER_EQUAL(column, start), _LESS(column, end))
    return {
        _LESS: _LESS(column, start),
        _LESS_EQUAL: _LESS(column, end),
        _GREATER: _GREATER_EQUAL(column, end),
        _GREATER_EQUAL: _GREATER_EQUAL(column, start),
    }[predicate]


def _literal(value: Any, type_: Type) -> Any:
    """A value as pyiceberg takes it: moments and days as text."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if type_.name.endswith("zone") else value).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _one_of(compiler: Compiler, node: exp.In, kept: Scope, scope: Scope) -> _Found:
    column = _column(node.this.unnest(), kept, scope)
    if column is None or column.scan is None:
        return None
    values = [_constant(compiler, option, column.type) for option in node.expressions]
    if any(value is None for value in values):
        return None
    is_in: _Predicate = ice.In
    return column.scan, is_in(_stored(column), [_literal(value, column.type) for value in values])


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


def _constant(compiler: Compiler, node: exp.Expr, type_: Type) -> Any:
    """The value of an expression without columns, in the column's type; None where it has none there."""
    if node.find(exp.Column, exp.Query, exp.AggFunc):
        return None
    value = compiler.expression(node, Place(Scope(), "WHERE"))
    if common(value.type, type_) != type_ and not (type_.is_moment and value.type.is_moment):
        return None
    found = evaluated(type(value)(coerced(value, type_), type_))
    return None if isinstance(found, Decimal) else found
