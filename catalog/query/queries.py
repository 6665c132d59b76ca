"""SELECT, VALUES, set operations and WITH."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.compiler import Compiler, coerced, common_type
from catalog.query.expressions import named
from catalog.query.gate import check_tree, declare, describe
from catalog.query.grouping import group_by
from catalog.query.literals import Typed
from catalog.query.ordering import Item, order_by, output_tail, row_limits
from catalog.query.refusal import elsewhere, invalid, unsupported
from catalog.query.relations import compile_from
from catalog.query.scope import Cte, Output, Place, Scope
from catalog.query.types import VARCHAR_MAP

if TYPE_CHECKING:
    from collections.abc import Sequence

_SET: dict[type[exp.Expr], str] = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}

declare("with_ distinct expressions from_ joins where group having windows order limit offset", exp.Select)
declare("this expression distinct with_ order limit offset", *_SET)
declare("expressions", exp.With, exp.Tuple)
declare("this", exp.Where, exp.Having)
declare("this alias", exp.CTE, exp.Alias)
declare("expressions alias order limit offset", exp.Values)
declare("", exp.Star)
# Of a whole select list, and of the argument of an aggregate.
declare("expressions", exp.Distinct)


def compile_query(compiler: Compiler, node: exp.Expr, parent: Scope | None = None) -> tuple[str, tuple[Output, ...]]:
    """DuckDB's SQL of a query, whose columns are named c0, c1, … there, and its columns as Athena names them."""
    if parent is None:
        check_tree(node)
    scope = Scope(parent=parent)
    with_ = _with(compiler, node, scope)
    if isinstance(node, exp.Subquery):
        if node.args.get("alias"):
            raise invalid("a query in parentheses cannot have a name here")
        inner, outputs = compile_query(compiler, node.this, scope)
        tail = output_tail(node, outputs)
        return (f"{with_}SELECT * FROM ({inner}){tail}" if tail or with_ else inner), outputs
    if isinstance(node, exp.Select):
        sql, outputs = _select(compiler, node, scope)
    elif isinstance(node, exp.Values):
        sql, outputs = values(compiler, node, scope)
    elif type(node) in _SET:
        sql, outputs = _set_operation(compiler, node, scope)
    else:
        raise unsupported(describe(node), elsewhere(node))
    return with_ + sql, outputs


def subquery(compiler: Compiler, node: exp.Expr, place: Place) -> tuple[str, tuple[Output, ...]]:
    """A query inside an expression; it may name columns of the queries around it."""
    if isinstance(node, exp.Subquery) and not node.args.get("with_"):
        node = node.this
    return compile_query(compiler, node, place.scope)


def _with(compiler: Compiler, node: exp.Expr, scope: Scope) -> str:
    with_ = node.args.get("with_")
    if with_ is None:
        return ""
    if with_.args.get("recursive"):
        raise unsupported("WITH RECURSIVE")
    written = []
    for cte in with_.expressions:
        name = cte.args["alias"].name.lower()
        if name in scope.ctes:
            raise invalid(f"WITH names {name} twice")
        sql, outputs = compile_query(compiler, cte.this, scope)
        outputs = renamed(outputs, cte.args["alias"].columns)
        alias = compiler.name("q")
        written.append(f"{alias} AS ({sql})")
        scope.ctes[name] = Cte(alias, outputs)
    return f"WITH {', '.join(written)} "


def renamed(outputs: tuple[Output, ...], names: Sequence[exp.Identifier]) -> tuple[Output, ...]:
    """The columns under the names that follow an alias, where any do."""
    if not names:
        return outputs
    if len(names) != len(outputs):
        raise invalid(f"{len(names)} column names are given for {len(outputs)} columns")
    return tuple(Output(name.name, output.type) for name, output in zip(names, outputs, strict=True))


def values(compiler: Compiler, node: exp.Values, scope: Scope) -> tuple[str, tuple[Output, ...]]:
    """Rows that the query itself lists."""
    place = Place(Scope(parent=scope.parent, ctes=scope.ctes), "VALUES")
    rows = [
        [compiler.expression(one, place) for one in (row.expressions if isinstance(row, exp.Tuple) else [row])]
        for row in node.expressions
    ]
    if len({len(row) for row in rows}) != 1:
        raise invalid("the rows of VALUES differ in length")
    types = [common_type(column) for column in zip(*rows, strict=True)]
    lines = ["(" + ", ".join(map(coerced, row, types)) + ")" for row in rows]
    names = ", ".join(f"c{index}" for index in range(len(types)))
    tail = output_tail(node, tuple(Output(None, type_) for type_ in types))
    sql = f"SELECT * FROM (VALUES {', '.join(lines)}) AS {compiler.name('v')}({names}){tail}"
    return sql, tuple(Output(None, type_) for type_ in types)


def _set_operation(compiler: Compiler, node: exp.Expr, scope: Scope) -> tuple[str, tuple[Output, ...]]:
    sides = [compile_query(compiler, side, scope) for side in (node.this, node.expression)]
    (_, left), (_, right) = sides
    if len(left) != len(right):
        raise invalid(f"the two sides have {len(left)} and {len(right)} columns")
    types = [common_type((Typed("", one.type), Typed("", other.type))) for one, other in zip(left, right, strict=True)]
    word = _SET[type(node)]
    if word != "UNION" and VARCHAR_MAP in types:
        raise unsupported("comparison of maps")
    parts = []
    for sql, outputs in sides:
        columns = ", ".join(
            f"{coerced(Typed(f'c{index}', output.type), type_)} AS c{index}"
            for index, (output, type_) in enumerate(zip(outputs, types, strict=True))
        )
        parts.append(f"(SELECT {columns} FROM ({sql}))")
    united = tuple(Output(output.name, type_) for output, type_ in zip(left, types, strict=True))
    every = "" if node.args.get("distinct") else " ALL"
    return f"SELECT * FROM ({f' {word}{every} '.join(parts)}){output_tail(node, united)}", united


def _select(compiler: Compiler, node: exp.Select, scope: Scope) -> tuple[str, tuple[Output, ...]]:
    from_ = compile_from(compiler, node, scope)
    where = ""
    if condition := node.args.get("where"):
        where = f" WHERE {compiler.boolean(condition.this, Place(scope, 'WHERE'))}"
    having, order = node.args.get("having"), node.args.get("order")
    group_sql, grouped = group_by(compiler, node, scope)
    place = Place(scope, "SELECT", aggregates=True, windows=True, grouped=grouped)
    items = [item for one in node.expressions for item in _items(compiler, one, place)]
    columns = ", ".join(f"{item.value.sql} AS c{index}" for index, item in enumerate(items))
    having_sql = ""
    if having is not None:
        grouped = grouped if grouped is not None else frozenset()
        having_place = Place(scope, "HAVING", aggregates=True, grouped=grouped)
        having_sql = f" HAVING {compiler.boolean(having.this, having_place)}"
    distinct = _distinct(node)
    order_sql = f" ORDER BY {order_by(compiler, order, items, place, bool(distinct))}" if order is not None else ""
    sql = f"SELECT {distinct}{columns}{from_}{where}{group_sql}{having_sql}{order_sql}{row_limits(node)}"
    return sql, tuple(item.output for item in items)


def _distinct(node: exp.Select) -> str:
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        raise invalid("DISTINCT ON")
    return "DISTINCT " if distinct is not None else ""


def _items(compiler: Compiler, node: exp.Expr, place: Place) -> list[Item]:
    star = isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))
    if star:
        relation = tuple(part.name.lower() for part in node.parts[:-1]) if isinstance(node, exp.Column) else ()
        columns = place.scope.star(relation)
        if not columns:
            raise invalid("SELECT * without FROM")
        return [Item(Output(column.name or None, column.type), named(column, place)) for column in columns]
    if isinstance(node, exp.Alias):
        return [Item(*_named(node.alias, compiler.expression(node.this, place)))]
    value = compiler.expression(node, place)
    inner = node.unnest()
    return [Item(*_named(inner.name if isinstance(inner, exp.Column) else None, value))]


def _named(name: str | None, value: Typed) -> tuple[Output, Typed]:
    return Output(name, value.type), value
