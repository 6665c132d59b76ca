"""ORDER BY, OFFSET, LIMIT and FETCH."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.aggregates import direction, ordered
from catalog.query.gate import declare
from catalog.query.refusal import invalid, unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.query.compiler import Compiler
    from catalog.query.literals import Typed
    from catalog.query.scope import Output, Place

declare("expressions", exp.Order)
declare("this desc nulls_first", exp.Ordered)
declare("expression", exp.Limit, exp.Offset)
declare("count direction limit_options", exp.Fetch)
declare("rows percent with_ties", exp.LimitOptions)


@dataclass(frozen=True)
class Item:
    """A column of a select list: the name it gets, what it is, and where the column comes from."""

    output: Output
    value: Typed


def order_by(compiler: Compiler, order: exp.Order, items: Sequence[Item], place: Place, distinct: bool) -> str:
    """DuckDB's terms of ORDER BY behind a select list; aliases come before columns."""
    aliases = tuple((item.output.name.lower(), item.value.sql, item.value.type) for item in items if item.output.name)
    place = replace(place, clause="ORDER BY", aliases=aliases)
    written = []
    for term in order.expressions:
        if isinstance(term.this, exp.Literal):
            written.append(f"{_position(term.this, len(items))} {direction(term)}")
            continue
        value = compiler.expression(term.this, _without_grouping(term.this, place))
        positions = [index for index, item in enumerate(items, 1) if item.value.sql == value.sql]
        if distinct and not positions:
            raise invalid("with DISTINCT, ORDER BY must use columns of the select list")
        written += [f"{positions[0]} {direction(term)}"] if positions else ordered(compiler, [term], place)
    return ", ".join(written)


def _without_grouping(node: exp.Expr, place: Place) -> Place:
    """A bare alias of the select list stands for what was checked there."""
    if isinstance(node, exp.Column) and not node.args.get("table"):
        named = [name for name, _, _ in place.aliases]
        if node.name.lower() in named:
            return replace(place, grouped=None)
    return place


def _position(literal: exp.Literal, columns: int) -> int:
    if not literal.is_int or not 1 <= int(literal.this) <= columns:
        raise invalid("ORDER BY has a number that is not a position in the select list")
    return int(literal.this)


def output_tail(node: exp.Expr, outputs: tuple[Output, ...]) -> str:
    """ORDER BY, OFFSET and LIMIT behind a set operation or a query in parentheses: they name its columns only."""
    order = node.args.get("order")
    if order is None:
        return row_limits(node)
    terms = [f"{_output_position(term.this, outputs)} {direction(term)}" for term in order.expressions]
    return f" ORDER BY {', '.join(terms)}{row_limits(node)}"


def _output_position(node: exp.Expr, outputs: tuple[Output, ...]) -> int:
    if isinstance(node, exp.Literal):
        return _position(node, len(outputs))
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        found = [index for index, one in enumerate(outputs, 1) if (one.name or "").lower() == node.name.lower()]
        if len(found) == 1:
            return found[0]
    raise unsupported("ORDER BY behind a set operation except by column names and positions")


def row_limits(node: exp.Expr) -> str:
    """OFFSET and LIMIT, or FETCH."""
    limit, offset = node.args.get("limit"), node.args.get("offset")
    sql = ""
    if limit is not None and not _is_all(limit):
        count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
        options = limit.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            raise unsupported("FETCH … WITH TIES")
        sql += f" LIMIT {_row_count(count)}"
    if offset is not None:
        sql += f" OFFSET {_row_count(offset.expression)}"
    return sql


def _is_all(limit: exp.Expr) -> bool:
    return isinstance(limit.expression, exp.Var) and limit.expression.name.upper() == "ALL"


def _row_count(node: exp.Expr | None) -> int:
    if node is None:
        return 1
    if not isinstance(node, exp.Literal) or not node.is_int:
        raise invalid("LIMIT, OFFSET and FETCH take a whole number")
    return int(node.this)
