"""From Athena's SQL to DuckDB's: expressions whose meaning is known to agree, typed as Trino types them.

Every kind of node that is compiled is registered with what it may hold; `gate` refuses all others by name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from catalog.query.gate import declare, describe
from catalog.query.refusal import elsewhere, invalid, unsupported
from catalog.query.types import BOOLEAN, UNKNOWN, Type, common

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from catalog.query.literals import Typed
    from catalog.query.moment import Moment
    from catalog.query.scan import Scan
    from catalog.query.scope import Place

    Handler = Callable[["Compiler", Any, Place], Typed]

_HANDLERS: dict[type[exp.Expr], Handler] = {}


def compiles(kind: type[exp.Expr], arguments: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of node, and the arguments that it minds; a node with others is refused."""

    def register(handler: Handler) -> Handler:
        declare(arguments, kind)
        _HANDLERS[kind] = handler
        return handler

    return register


class Compiler:
    """Compiles one query.

    Attributes:
        tables: what it can read.
        now: what CURRENT_TIMESTAMP is throughout the query.
        scans: the table references met so far.
    """

    def __init__(self, tables: Moment, now: datetime) -> None:
        self.tables = tables
        self.now = now
        self.scans: list[Scan] = []
        self._names = 0

    def name(self, prefix: str) -> str:
        """A name for DuckDB that nothing else in the query has."""
        self._names += 1
        return f"{prefix}{self._names}"

    def expression(self, node: exp.Expr, place: Place) -> Typed:
        """Compile an expression.

        Raises:
            RefusedQueryError: it means something else in DuckDB, or nothing on Athena.
        """
        if place.grouped is not None:
            whole = self._if_grouped(node, place)
            if whole is not None:
                return whole
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise unsupported(describe(node), elsewhere(node))
        return handler(self, node, place)

    def _if_grouped(self, node: exp.Expr, place: Place) -> Typed | None:
        """The expression where it is one of those that rows are grouped by."""
        if isinstance(node, exp.Literal | exp.Null | exp.Boolean) or node.find(exp.AggFunc, exp.Query, exp.Window):
            return None
        whole = self.expression(node, replace(place, grouped=None, aggregates=False, windows=False))
        if whole.sql in (place.grouped or ()):
            return whole
        if isinstance(node, exp.Column):
            raise invalid(f"{describe(node)} must be an aggregate or appear in GROUP BY")
        return None

    def boolean(self, node: exp.Expr, place: Place) -> str:
        """SQL of a condition."""
        compiled = self.expression(node, place)
        if compiled.type not in {BOOLEAN, UNKNOWN}:
            raise invalid(f"{place.clause} needs a boolean, not {compiled.type}")
        return coerced(compiled, BOOLEAN)

    def together(self, nodes: Sequence[exp.Expr], place: Place) -> tuple[list[str], Type]:
        """Compile expressions that must have one type: SQL of each in that type."""
        compiled = [self.expression(node, place) for node in nodes]
        type_ = common_type(compiled)
        return [coerced(one, type_) for one in compiled], type_


def common_type(compiled: Sequence[Typed]) -> Type:
    """The type that all of them meet in.

    Raises:
        RefusedQueryError: there is none.
    """
    type_ = UNKNOWN
    for one in compiled:
        met = common(type_, one.type)
        if met is None:
            raise invalid(f"{type_} and {one.type} cannot be compared or combined; CAST one of them")
        type_ = met
    return type_


def coerced(compiled: Typed, type_: Type) -> str:
    """SQL of the value in that type, which holds all values of its own."""
    if compiled.type == type_ or (compiled.type.duckdb == type_.duckdb and compiled.type != UNKNOWN):
        return compiled.sql
    return f"CAST({compiled.sql} AS {type_.duckdb})"
