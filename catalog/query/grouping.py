"""GROUP BY: what rows are grouped by, and whether they are at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.aggregates import AGGREGATES
from catalog.query.gate import declare
from catalog.query.refusal import invalid, unsupported
from catalog.query.scope import Place, Scope
from catalog.query.types import VARCHAR_MAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.query.compiler import Compiler
declare("expressions", exp.Group, exp.Rollup, exp.Cube, exp.GroupingSets)


def group_by(compiler: Compiler, node: exp.Select, scope: Scope) -> tuple[str, frozenset[str] | None]:
    """DuckDB's GROUP BY, and the SQL of its expressions; None where rows are not grouped."""
    group = node.args.get("group")
    if group is None:
        return "", frozenset() if aggregates(node) else None
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


def aggregates(node: exp.Select) -> bool:
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
