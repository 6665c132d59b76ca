"""Names, constants, conditions and choices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query import literals
from catalog.query.compiler import Compiler, coerced, common_type, compiles
from catalog.query.literals import Typed
from catalog.query.refusal import ELSEWHERE, invalid, unsupported
from catalog.query.types import BOOLEAN, NESTED, UNKNOWN, VARCHAR, VARCHAR_MAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.query.compiler import Handler
    from catalog.query.scope import Column, Place

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}


@compiles(exp.Column, "this table db")
def _column(compiler: Compiler, node: exp.Column, place: Place) -> Typed:
    if isinstance(node.this, exp.Star):
        raise invalid("* is allowed only in a select list and in count(*)")
    relation = tuple(part.name.lower() for part in node.parts[:-1])
    if not relation and place.aliases:
        aliased = [(sql, type_) for name, sql, type_ in place.aliases if name == node.name.lower()]
        if len(set(aliased)) > 1:
            raise invalid(f"column {node.name} is ambiguous")
        if aliased:
            return Typed(*aliased[0])
    return named(place.scope.find(node.name.lower(), relation), replace(place, grouped=None))


def named(column: Column, place: Place) -> Typed:
    """A column that is read; its scan learns so."""
    if place.grouped is not None and column.sql not in place.grouped:
        raise invalid(f"column {column.name} must be an aggregate or appear in GROUP BY")
    if column.type == NESTED:
        raise unsupported(f"column {column.name}", f"name other columns; {ELSEWHERE}")
    if column.scan is not None:
        stored = next(one.stored for one in column.scan.columns if one.name == column.name)
        column.scan.used[stored] = None
    return Typed(column.sql, column.type)


@compiles(exp.Literal, "this is_string")
def _literal(_: Compiler, node: exp.Literal, __: Place) -> Typed:
    return literals.text(node.this) if node.is_string else literals.number(node.this)


@compiles(exp.Null, "")
def _null(*_: object) -> Typed:
    return Typed("NULL", UNKNOWN)


@compiles(exp.Boolean, "this")
def _boolean(_: Compiler, node: exp.Boolean, __: Place) -> Typed:
    return Typed("TRUE" if node.this else "FALSE", BOOLEAN)


@compiles(exp.Paren, "this")
def _paren(compiler: Compiler, node: exp.Paren, place: Place) -> Typed:
    return compiler.expression(node.this, place)


def _connected(word: str) -> Handler:
    def handler(compiler: Compiler, node: exp.Connector, place: Place) -> Typed:
        sides = [compiler.boolean(side, place) for side in (node.left, node.right)]
        return Typed(f"({sides[0]} {word} {sides[1]})", BOOLEAN)

    return handler


compiles(exp.And, "this expression")(_connected("AND"))
compiles(exp.Or, "this expression")(_connected("OR"))


@compiles(exp.Not, "this")
def _not(compiler: Compiler, node: exp.Not, place: Place) -> Typed:
    return Typed(f"(NOT {compiler.boolean(node.this, place)})", BOOLEAN)


def _comparison(compiler: Compiler, node: exp.Binary, place: Place) -> Typed:
    if isinstance(node.expression, exp.Any | exp.All):
        raise unsupported("comparison with ANY, SOME or ALL", "write it with IN, EXISTS, min or max")
    (left, right), type_ = compiler.together((node.left, node.right), place)
    if type_ == VARCHAR_MAP:
        raise unsupported("comparison of maps")
    return Typed(f"({left} {_COMPARISONS[type(node)]} {right})", BOOLEAN)


for _kind in _COMPARISONS:
    compiles(_kind, "this expression")(_comparison)


@compiles(exp.Between, "this low high")
def _between(compiler: Compiler, node: exp.Between, place: Place) -> Typed:
    (value, low, high), _ = compiler.together((node.this, node.args["low"], node.args["high"]), place)
    return Typed(f"({value} BETWEEN {low} AND {high})", BOOLEAN)


@compiles(exp.Is, "this expression")
def _is(compiler: Compiler, node: exp.Is, place: Place) -> Typed:
    if not isinstance(node.expression, exp.Null):
        raise invalid("IS is followed by NULL, NOT NULL or DISTINCT FROM")
    return Typed(f"({compiler.expression(node.this, place).sql} IS NULL)", BOOLEAN)


@compiles(exp.In, "this expressions query")
def _in(compiler: Compiler, node: exp.In, place: Place) -> Typed:
    if query := node.args.get("query"):
        from catalog.query.queries import subquery

        if isinstance(node.this, exp.Tuple):
            raise unsupported("IN with rows", "write it with EXISTS")
        inner, outputs = subquery(compiler, query, place)
        if len(outputs) != 1:
            raise invalid(f"IN needs a query with one column, not {len(outputs)}")
        value = compiler.expression(node.this, place)
        column = Typed("c0", outputs[0].type)
        type_ = common_type((value, column))
        return Typed(f"({coerced(value, type_)} IN (SELECT {coerced(column, type_)} FROM ({inner})))", BOOLEAN)
    (value_sql, *options), _ = compiler.together((node.this, *node.expressions), place)
    return Typed(f"({value_sql} IN ({', '.join(options)}))", BOOLEAN)


@compiles(exp.Exists, "this")
def _exists(compiler: Compiler, node: exp.Exists, place: Place) -> Typed:
    from catalog.query.queries import subquery

    return Typed(f"EXISTS ({subquery(compiler, node.this, place)[0]})", BOOLEAN)


@compiles(exp.Subquery, "this with_")
def _scalar(compiler: Compiler, node: exp.Subquery, place: Place) -> Typed:
    from catalog.query.queries import subquery

    inner, outputs = subquery(compiler, node, place)
    if len(outputs) != 1:
        raise invalid(f"a query in an expression must have one column, not {len(outputs)}")
    return Typed(f"({inner})", outputs[0].type)


def _choice(
    compiler: Compiler, conditions: Sequence[str], values: Sequence[exp.Expr], default: exp.Expr | None, place: Place
) -> Typed:
    results, type_ = compiler.together([*values, default or exp.Null()], place)
    whens = " ".join(f"WHEN {when} THEN {then}" for when, then in zip(conditions, results, strict=False))
    return Typed(f"(CASE {whens} ELSE {results[-1]} END)", type_)


@compiles(exp.Case, "this ifs default")
def _case(compiler: Compiler, node: exp.Case, place: Place) -> Typed:
    ifs: list[exp.If] = node.args["ifs"]
    if node.this is None:
        conditions = [compiler.boolean(one.this, place) for one in ifs]
    else:
        (value, *options), _ = compiler.together([node.this, *(one.this for one in ifs)], place)
        conditions = [f"{value} = {option}" for option in options]
    return _choice(compiler, conditions, [one.args["true"] for one in ifs], node.args.get("default"), place)


@compiles(exp.If, "this true false")
def _if(compiler: Compiler, node: exp.If, place: Place) -> Typed:
    condition = compiler.boolean(node.this, place)
    return _choice(compiler, [condition], [node.args["true"]], node.args.get("false"), place)


@compiles(exp.Coalesce, "this expressions")
def _coalesce(compiler: Compiler, node: exp.Coalesce, place: Place) -> Typed:
    values, type_ = compiler.together((node.this, *node.expressions), place)
    if len(values) == 1:
        raise invalid("coalesce needs at least two values")
    return Typed(f"coalesce({', '.join(values)})", type_)


@compiles(exp.Nullif, "this expression")
def _nullif(compiler: Compiler, node: exp.Nullif, place: Place) -> Typed:
    first = compiler.expression(node.this, place)
    (left, right), _ = compiler.together((node.this, node.expression), place)
    return Typed(f"(CASE WHEN {left} = {right} THEN NULL ELSE {first.sql} END)", first.type)


def _extreme(function: str) -> Handler:
    def handler(compiler: Compiler, node: exp.Func, place: Place) -> Typed:
        values, type_ = compiler.together((node.this, *node.expressions), place)
        missing = " OR ".join(f"{value} IS NULL" for value in values)
        return Typed(f"(CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(values)}) END)", type_)

    return handler


compiles(exp.Greatest, "this expressions")(_extreme("greatest"))
compiles(exp.Least, "this expressions")(_extreme("least"))


@compiles(exp.Bracket, "this expressions safe offset")
def _entry(compiler: Compiler, node: exp.Bracket, place: Place) -> Typed:
    """``map['key']``, which fails where there is no such key, and ``element_at``, which is then NULL."""
    map_ = compiler.expression(node.this, place)
    if map_.type != VARCHAR_MAP or len(node.expressions) != 1:
        raise unsupported("arrays and rows")
    key = compiler.expression(node.expressions[0], place)
    if key.type != VARCHAR:
        raise invalid(f"the keys of this map are varchar, not {key.type}")
    found = f"map_extract({map_.sql}, {key.sql})[1]"
    if node.args.get("safe"):
        return Typed(found, VARCHAR)
    absent = "error('stedi: there is no such key in the map; element_at gives NULL instead')"
    return Typed(
        f"(CASE WHEN {map_.sql} IS NULL OR map_contains({map_.sql}, {key.sql}) THEN {found} ELSE {absent} END)", VARCHAR
    )
