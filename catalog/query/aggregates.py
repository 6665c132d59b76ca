"""Aggregate and window functions. Estimates, and results that depend on the order of rows, are refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.compiler import Compiler, coerced, compiles
from catalog.query.gate import check_arguments, declare, describe
from catalog.query.literals import Typed
from catalog.query.refusal import invalid, unsupported
from catalog.query.types import BIGINT, BOOLEAN, DOUBLE, UNKNOWN, VARCHAR_MAP, Type, decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.query.scope import Place


@dataclass(frozen=True)
class Call:
    """A call of an aggregate or window function: DuckDB's SQL of it without OVER, and the type that it is cast to."""

    function: str
    arguments: str
    type: Type
    filter: str = ""

    def sql(self, over: str = "") -> str:
        """The whole expression."""
        whole = f"CAST({self.function}({self.arguments}){self.filter}{over} AS {self.type.duckdb})"
        return f"stedi_real({whole})" if self.type == DOUBLE else whole


_STATISTICS: dict[type[exp.Expr], str] = {
    exp.Stddev: "stddev_samp",
    exp.StddevSamp: "stddev_samp",
    exp.StddevPop: "stddev_pop",
    exp.Variance: "var_samp",
    exp.VariancePop: "var_pop",
}
_BOOLEAN: dict[type[exp.Expr], str] = {exp.LogicalAnd: "bool_and", exp.LogicalOr: "bool_or"}
_PICKING: dict[type[exp.Expr], str] = {exp.ArgMin: "arg_min_null", exp.ArgMax: "arg_max_null"}
_RANKING: dict[type[exp.Expr], tuple[str, Type]] = {
    exp.RowNumber: ("row_number", BIGINT),
    exp.Rank: ("rank", BIGINT),
    exp.DenseRank: ("dense_rank", BIGINT),
    exp.PercentRank: ("percent_rank", DOUBLE),
    exp.CumeDist: ("cume_dist", DOUBLE),
}
_VALUES: dict[type[exp.Expr], str] = {
    exp.Lag: "lag",
    exp.Lead: "lead",
    exp.FirstValue: "first_value",
    exp.LastValue: "last_value",
    exp.NthValue: "nth_value",
}
AGGREGATES: tuple[type[exp.Expr], ...] = (
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Filter, *_STATISTICS, *_BOOLEAN, *_PICKING
)  # fmt: skip


declare("kind start start_side end end_side", exp.WindowSpec)
declare("this", exp.IgnoreNulls, exp.Ntile)
declare("", *_RANKING)
declare("this offset default", exp.Lag, exp.Lead)
declare("this", exp.FirstValue, exp.LastValue)
declare("this offset", exp.NthValue)


def _aggregate(compiler: Compiler, node: exp.Expr, place: Place) -> Typed:
    if not place.aggregates:
        raise invalid(f"aggregate functions are not allowed in {place.clause}")
    call = _aggregate_call(compiler, node, place)
    return Typed(call.sql(), call.type)


for _kind in AGGREGATES:
    compiles(_kind, " ".join({"this", "expression", "big_int"} & _kind.arg_types.keys()))(_aggregate)


def _aggregate_call(compiler: Compiler, node: exp.Expr, place: Place) -> Call:
    inside = replace(place, aggregates=False, windows=False, grouped=None, clause="an aggregate function")
    if isinstance(node, exp.Filter):
        condition = compiler.boolean(node.expression.this, inside)
        return replace(_aggregate_call(compiler, node.this, place), filter=f" FILTER (WHERE {condition})")
    if not isinstance(node, AGGREGATES):
        raise unsupported(f"{describe(node)} as an aggregate")
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return Call("count", "*", BIGINT)
    if node.this is None:
        raise unsupported(f"{describe(node)} without an argument", "write count(*)")
    argument, distinct = node.this, ""
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1 or isinstance(node, tuple(_PICKING)):
            raise unsupported(f"{describe(node)} of several distinct columns")
        [argument], distinct = argument.expressions, "DISTINCT "
    value = compiler.expression(argument, inside)
    if type(node) in _PICKING:
        key = compiler.expression(node.expression, inside)
        return Call(_PICKING[type(node)], f"{value.sql}, {key.sql}", value.type)
    if node.args.get("expression"):
        raise unsupported(f"{describe(node)} with several arguments")
    return _one_argument(node, value, distinct)


def _one_argument(node: exp.Expr, value: Typed, distinct: str) -> Call:
    kind, argument = type(node), distinct + value.sql
    if kind in {exp.Count, exp.Min, exp.Max}:
        if kind is not exp.Count and value.type == VARCHAR_MAP:
            raise invalid(f"{describe(node)} of a map")
        return Call(kind.__name__.lower(), argument, BIGINT if kind is exp.Count else value.type)
    if kind is exp.CountIf or kind in _BOOLEAN:
        if value.type not in {BOOLEAN, UNKNOWN} or distinct:
            raise invalid(f"{describe(node)} takes a condition")
        condition = coerced(value, BOOLEAN)
        if kind is exp.CountIf:
            # DuckDB's own count_if is NULL over no rows.
            return Call("count", f"CASE WHEN {condition} THEN 1 END", BIGINT)
        return Call(_BOOLEAN[kind], condition, BOOLEAN)
    if not value.type.is_number:
        raise invalid(f"{describe(node)} takes a number, not {value.type}")
    if kind is exp.Sum:
        return Call("sum", argument, _sum_type(value.type))
    if value.type.name == "decimal":
        raise unsupported(f"{describe(node)} of decimals", "CAST them to double")
    return Call(_STATISTICS.get(kind, "avg"), distinct + coerced(value, DOUBLE), DOUBLE)


def _sum_type(type_: Type) -> Type:
    if type_.is_integer:
        return BIGINT
    return decimal(38, type_.scale) if type_.name == "decimal" else DOUBLE


@compiles(exp.Window, "this partition_by order spec over alias first")
def _window(compiler: Compiler, node: exp.Window, place: Place) -> Typed:
    if not place.windows:
        raise invalid(f"window functions are not allowed in {place.clause}")
    inside = replace(place, windows=False, clause="a window")
    call = _window_call(compiler, node.this, inside)
    return Typed(call.sql(f" OVER ({_frame(compiler, _definition(node), inside)})"), call.type)


def _definition(node: exp.Window) -> exp.Window:
    """The window itself, where the call names one of the WINDOW clause."""
    named = node.args.get("alias")
    if named is None:
        return node
    if node.args.get("partition_by") or node.args.get("order") or node.args.get("spec"):
        raise unsupported("a window that changes a named one")
    select = node.find_ancestor(exp.Select)
    windows: list[exp.Window] = (select.args.get("windows") or []) if select else []
    found = [window for window in windows if window.this.name.lower() == named.name.lower()]
    if len(found) != 1:
        raise invalid(f"WINDOW defines {len(found)} windows named {named.name}")
    return found[0]


def _window_call(compiler: Compiler, node: exp.Expr, place: Place) -> Call:
    nulls = ""
    if isinstance(node, exp.IgnoreNulls):
        node, nulls = node.this, " IGNORE NULLS"
    if type(node) in _RANKING:
        function, type_ = _RANKING[type(node)]
        return Call(function, "", type_)
    if isinstance(node, exp.Ntile):
        return Call("ntile", str(_count(node.this, node)), BIGINT)
    if type(node) in _VALUES:
        value = compiler.expression(node.this, place)
        arguments = [value.sql]
        if offset := node.args.get("offset"):
            arguments.append(str(_count(offset, node)))
        if default := node.args.get("default"):
            arguments = [*(arguments if len(arguments) > 1 else [value.sql, "1"])]
            arguments.append(coerced(compiler.expression(default, place), value.type))
        return Call(_VALUES[type(node)], ", ".join(arguments) + nulls, value.type)
    if nulls or isinstance(node, tuple(_PICKING)) or isinstance(getattr(node, "this", None), exp.Distinct):
        raise unsupported(f"{describe(node)} over a window in that form")
    if place.grouped is None:
        return _aggregate_call(compiler, node, place)
    # In a grouped query the argument is itself an aggregate or a grouping expression.
    check_arguments(node, frozenset({"this", "big_int"}))
    if isinstance(node, exp.Filter) or not isinstance(node, AGGREGATES):
        raise unsupported(f"{describe(node)} over a window in that form")
    if isinstance(node.this, exp.Star):
        return Call("count", "*", BIGINT)
    return _one_argument(node, compiler.expression(node.this, place), "")


def _count(node: exp.Expr, of: exp.Expr) -> int:
    if not isinstance(node, exp.Literal) or not node.is_int or int(node.this) < 1:
        raise unsupported(f"{describe(of)} with a number that is not written out, or is less than 1")
    return int(node.this)


def _frame(compiler: Compiler, window: exp.Window, place: Place) -> str:
    parts = []
    if partition := window.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(compiler.expression(one, place).sql for one in partition))
    if order := window.args.get("order"):
        parts.append("ORDER BY " + ", ".join(ordered(compiler, order.expressions, place)))
    if spec := window.args.get("spec"):
        parts.append(_bounds(spec))
    return " ".join(parts)


def _bounds(spec: exp.WindowSpec) -> str:
    kind = str(spec.args.get("kind") or "").upper()
    ends = [_bound(kind, spec.args.get(end), spec.args.get(f"{end}_side")) for end in ("start", "end")]
    if spec.args.get("end") is None:
        return f"{kind} {ends[0]}"
    return f"{kind} BETWEEN {ends[0]} AND {ends[1]}"


def _bound(kind: str, bound: object, side: object) -> str:
    if bound in {None, "CURRENT ROW"}:
        return "CURRENT ROW"
    direction = str(side).upper()
    if bound == "UNBOUNDED" and direction in {"PRECEDING", "FOLLOWING"} and kind in {"ROWS", "RANGE"}:
        return f"UNBOUNDED {direction}"
    if kind == "ROWS" and isinstance(bound, exp.Literal) and bound.is_int:
        return f"{int(bound.this)} {direction}"
    raise unsupported(f"{kind} frames except by whole rows, UNBOUNDED and CURRENT ROW")


def ordered(compiler: Compiler, terms: Sequence[exp.Expr], place: Place) -> list[str]:
    """Terms of ORDER BY: nulls come last unless the query says otherwise."""
    written = []
    for term in terms:
        value = compiler.expression(term.this, place)
        if value.type == VARCHAR_MAP:
            raise invalid("maps cannot be ordered")
        written.append(f"{value.sql} {direction(term)}")
    return written


def direction(term: exp.Expr) -> str:
    """The end of a term of ORDER BY."""
    nulls = "FIRST" if term.args.get("nulls_first") else "LAST"
    return f"{'DESC' if term.args.get('desc') else 'ASC'} NULLS {nulls}"
