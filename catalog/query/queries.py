"""SELECT, VALUES, set operations and WITH."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.aggregates import AGGREGATES, direction, ordered
from catalog.query.compiler import Compiler, check_arguments, coerced, common_type, describe
from catalog.query.expressions import named
from catalog.query.literals import Typed
from catalog.query.refusal import invalid, unsupported
from catalog.query.relations import compile_from
from catalog.query.scope import Cte, Output, Place, Scope
from catalog.query.types import VARCHAR_MAP

if TYPE_CHECKING:
    from collections.abc import Sequence

_SELECT = frozenset({
    "with_", "distinct", "expressions", "from_", "joins", "where", "group", "having", "windows", "order", "limit",
    "offset",
})  # fmt: skip
_SET = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


@dataclass(frozen=True)
class _Item:
    """A column of a select list: the name it gets, what it is, and where the column comes from."""

    output: Output
    value: Typed


def compile_query(compiler: Compiler, node: exp.Expr, parent: Scope | None = None) -> tuple[str, tuple[Output, ...]]:
    """DuckDB's SQL of a query, whose columns are named c0, c1, … there, and its columns as Athena names them."""
    scope = Scope(parent=parent)
    with_ = _with(compiler, node, scope)
    if isinstance(node, exp.Subquery):
        if node.args.get("alias"):
            raise invalid("a query in parentheses has no name here")
        check_arguments(node, frozenset({"this", "with_", "order", "limit", "offset"}))
        inner, outputs = compile_query(compiler, node.this, scope)
        tail = _output_tail(node, outputs)
        return (f"{with_}SELECT * FROM ({inner}){tail}" if tail or with_ else inner), outputs
    if isinstance(node, exp.Select):
        sql, outputs = _select(compiler, node, scope)
    elif isinstance(node, exp.Values):
        sql, outputs = values(compiler, node, scope)
    elif type(node) in _SET:
        sql, outputs = _set_operation(compiler, node, scope)
    else:
        raise unsupported(describe(node))
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
        check_arguments(cte, frozenset({"this", "alias"}))
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
    tail = _output_tail(node, tuple(Output(None, type_) for type_ in types))
    sql = f"SELECT * FROM (VALUES {', '.join(lines)}) AS {compiler.name('v')}({names}){tail}"
    return sql, tuple(Output(None, type_) for type_ in types)


def _set_operation(compiler: Compiler, node: exp.Expr, scope: Scope) -> tuple[str, tuple[Output, ...]]:
    check_arguments(node, frozenset({"this", "expression", "distinct", "with_", "order", "limit", "offset"}))
    sides = [compile_query(compiler, side, scope) for side in (node.this, node.expression)]
    (_, left), (_, right) = sides
    if len(left) != len(right):
        raise invalid(f"the two sides have {len(left)} and {len(right)} columns")
    types = [common_type((Typed("", one.type), Typed("", other.type))) for one, other in zip(left, right, strict=True)]
    word = _SET[type(node)]  # type: ignore[index]
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
    return f"SELECT * FROM ({f' {word}{every} '.join(parts)}){_output_tail(node, united)}", united


def _select(compiler: Compiler, node: exp.Select, scope: Scope) -> tuple[str, tuple[Output, ...]]:
    check_arguments(node, _SELECT)
    from_ = compile_from(compiler, node, scope)
    where = ""
    if condition := node.args.get("where"):
        where = f" WHERE {compiler.boolean(condition.this, Place(scope, 'WHERE'))}"
    having, order = node.args.get("having"), node.args.get("order")
    group_sql, grouped = _group(compiler, node, scope)
    place = Place(scope, "SELECT", aggregates=True, windows=True, grouped=grouped)
    items = [item for one in node.expressions for item in _items(compiler, one, place)]
    columns = ", ".join(f"{item.value.sql} AS c{index}" for index, item in enumerate(items))
    having_sql = ""
    if having is not None:
        grouped = grouped if grouped is not None else frozenset()
        having_place = Place(scope, "HAVING", aggregates=True, grouped=grouped)
        having_sql = f" HAVING {compiler.boolean(having.this, having_place)}"
    distinct = _distinct(node)
    order_sql = f" ORDER BY {_order(compiler, order, items, place, bool(distinct))}" if order is not None else ""
    sql = f"SELECT {distinct}{columns}{from_}{where}{group_sql}{having_sql}{order_sql}{_rows(node)}"
    return sql, tuple(item.output for item in items)


def _distinct(node: exp.Select) -> str:
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        raise invalid("DISTINCT ON")
    return "DISTINCT " if distinct is not None else ""


def _items(compiler: Compiler, node: exp.Expr, place: Place) -> list[_Item]:
    star = isinstance(node, exp.Star) or (isinstance(node, exp.Column) and isinstance(node.this, exp.Star))
    if star:
        check_arguments(node, frozenset({"this", "table", "db"}))
        relation = tuple(part.name.lower() for part in node.parts[:-1]) if isinstance(node, exp.Column) else ()
        columns = place.scope.star(relation)
        if not columns:
            raise invalid("SELECT * without FROM")
        return [_Item(Output(column.name, column.type), named(column, place)) for column in columns]
    if isinstance(node, exp.Alias):
        return [_Item(*_named(node.alias, compiler.expression(node.this, place)))]
    value = compiler.expression(node, place)
    return [_Item(*_named(node.name if isinstance(node, exp.Column) else None, value))]


def _named(name: str | None, value: Typed) -> tuple[Output, Typed]:
    return Output(name, value.type), value


def _group(compiler: Compiler, node: exp.Select, scope: Scope) -> tuple[str, frozenset[str] | None]:
    group = node.args.get("group")
    if group is None:
        return "", frozenset() if _aggregates(node) else None
    check_arguments(group, frozenset({"expressions"}))
    place = Place(scope, "GROUP BY")
    terms: list[str] = []
    keys: set[str] = set()
    for term in group.expressions:
        if isinstance(term, exp.Rollup | exp.Cube):
            _columns_only(term.expressions)
            inner = [_key(compiler, node, one, place) for one in term.expressions]
            terms.append(f"{type(term).__name__.upper()} ({', '.join(inner)})")
        elif isinstance(term, exp.GroupingSets):
            _columns_only([one for each in term.expressions for one in _members(each)])
            sets = [[_key(compiler, node, one, place) for one in _members(each)] for each in term.expressions]
            inner = [key for each in sets for key in each]
            terms.append(f"GROUPING SETS ({', '.join('(' + ', '.join(each) + ')' for each in sets)})")
        else:
            inner = [_key(compiler, node, term, place)]
            terms += inner
        keys |= set(inner)
    return f" GROUP BY {', '.join(terms)}", frozenset(keys)


def _columns_only(terms: Sequence[exp.Expr]) -> None:
    if not all(isinstance(term, exp.Column) for term in terms):
        raise invalid("ROLLUP, CUBE and GROUPING SETS take columns")


def _members(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    return [node.this if isinstance(node, exp.Paren) else node]


def _key(compiler: Compiler, node: exp.Select, term: exp.Expr, place: Place) -> str:
    """A grouping expression; a number stands for a column of the select list."""
    if isinstance(term, exp.Literal):
        if not term.is_int or not 1 <= int(term.this) <= len(node.expressions):
            raise invalid("GROUP BY with a number that is no position in the select list")
        term = node.expressions[int(term.this) - 1].unalias()
        if isinstance(term, exp.Star) or any(isinstance(one.unalias(), exp.Star) for one in node.expressions):
            raise unsupported("GROUP BY with a position beside *")
    value = compiler.expression(term, place)
    if value.type == VARCHAR_MAP:
        raise unsupported("grouping by maps")
    return value.sql


def _aggregates(node: exp.Select) -> bool:
    """Whether the select list or HAVING makes one group of all rows."""
    if node.args.get("having") is not None:
        return True
    places = [*node.expressions, *([node.args["order"]] if node.args.get("order") else [])]
    return any(_holds_aggregate(place) for place in places)


def _holds_aggregate(node: exp.Expr) -> bool:
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        inside = [node.this.this, *(node.args.get("partition_by") or []), node.args.get("order")]
        return any(_holds_aggregate(one) for one in inside if isinstance(one, exp.Expr))
    return isinstance(node, AGGREGATES) or any(_holds_aggregate(child) for child in node.iter_expressions())


def _order(compiler: Compiler, order: exp.Order, items: Sequence[_Item], place: Place, distinct: bool) -> str:
    aliases = tuple((item.output.name.lower(), item.value.sql, item.value.type) for item in items if item.output.name)
    place = replace(place, clause="ORDER BY", aliases=aliases)
    written = []
    for term in order.expressions:
        check_arguments(term, frozenset({"this", "desc", "nulls_first"}))
        if isinstance(term.this, exp.Literal):
            written.append(f"{_position(term.this, len(items))} {direction(term)}")
            continue
        value = compiler.expression(term.this, _without_grouping(term.this, place))
        positions = [index for index, item in enumerate(items, 1) if item.value.sql == value.sql]
        if distinct and not positions:
            raise invalid("with DISTINCT, ORDER BY names columns of the select list")
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
        raise invalid("ORDER BY with a number that is no position in the select list")
    return int(literal.this)


def _output_tail(node: exp.Expr, outputs: tuple[Output, ...]) -> str:
    """ORDER BY, OFFSET and LIMIT behind a set operation or a query in parentheses: they name its columns only."""
    order = node.args.get("order")
    if order is None:
        return _rows(node)
    written = []
    for term in order.expressions:
        check_arguments(term, frozenset({"this", "desc", "nulls_first"}))
        written.append(f"{_output_position(term.this, outputs)} {direction(term)}")
    return f" ORDER BY {', '.join(written)}{_rows(node)}"


def _output_position(node: exp.Expr, outputs: tuple[Output, ...]) -> int:
    if isinstance(node, exp.Literal):
        return _position(node, len(outputs))
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        found = [index for index, one in enumerate(outputs, 1) if (one.name or "").lower() == node.name.lower()]
        if len(found) == 1:
            return found[0]
    raise unsupported("ORDER BY behind a set operation except by column names and positions")


def _rows(node: exp.Expr) -> str:
    limit, offset = node.args.get("limit"), node.args.get("offset")
    sql = ""
    if limit is not None and not isinstance(limit.expression, exp.Var):
        count = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression
        options = limit.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            raise unsupported("FETCH … WITH TIES")
        sql += f" LIMIT {_row_count(count)}"
    if offset is not None:
        sql += f" OFFSET {_row_count(offset.expression)}"
    return sql


def _row_count(node: exp.Expr | None) -> int:
    if node is None:
        return 1
    if not isinstance(node, exp.Literal) or not node.is_int:
        raise invalid("LIMIT, OFFSET and FETCH take a whole number")
    return int(node.this)
