"""What a name can mean at a place of a query: relations, their columns, and what each is in DuckDB's SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.query.refusal import invalid, unsupported
from catalog.suggest import did_you_mean

if TYPE_CHECKING:
    from catalog.query.scan import Scan
    from catalog.query.types import Type


@dataclass(frozen=True)
class Column:
    """A column that can be named.

    Attributes:
        name: its name, in lower case for tables and as written for what a query names.
        sql: what it is in DuckDB's SQL; names of users never get there.
        type: its type.
        relation: the names that may stand before it, such as ``("trusted", "customer_trusted")`` or an alias.
        scan: the table reference that it comes from, where it comes from one directly.
    """

    name: str
    sql: str
    type: Type
    relation: tuple[str, ...] = ()
    scan: Scan | None = None


@dataclass
class Scope:
    """The columns of a FROM clause, and those of the queries around it."""

    columns: list[Column] = field(default_factory=list)
    parent: Scope | None = None
    ctes: dict[str, Cte] = field(default_factory=dict)
    merged: bool = False

    def find(self, name: str, relation: tuple[str, ...]) -> Column:
        """The column of that name.

        Raises:
            RefusedQueryError: there is none, or several.
        """
        scope: Scope | None = self
        while scope is not None:
            found = [column for column in scope.columns if _matches(column, name, relation)]
            if len(found) > 1:
                raise invalid(f"column {_dotted(name, relation)} is ambiguous")
            if found:
                return found[0]
            if relation:
                # A field of a row: row.field, or relation.row.field.
                field = f"{relation[-1]}.{name}"
                if fields := [column for column in scope.columns if _matches(column, field, relation[:-1])]:
                    return fields[0]
            scope = scope.parent
        raise invalid(f"column {_dotted(name, relation)} cannot be resolved{self._meant(name, relation)}")

    def _meant(self, name: str, relation: tuple[str, ...]) -> str:
        """Columns of that relation, or else relations, that are nearly spelt like it."""
        scope: Scope | None = self
        seen: list[Column] = []
        while scope is not None:
            seen += scope.columns
            scope = scope.parent
        among = [column.name for column in seen if not relation or _ends_with(column.relation, relation)]
        if among or not relation:
            return did_you_mean(name, filter(None, among))
        return did_you_mean(".".join(relation), {".".join(column.relation) for column in seen if column.relation})

    def star(self, relation: tuple[str, ...]) -> list[Column]:
        """The columns that ``*``, or ``relation.*``, stands for."""
        if not relation:
            return [column for column in self.columns if "." not in column.name or column.scan is None]
        if self.merged:
            raise unsupported("relation.* beside JOIN … USING")
        if found := [column for column in self.columns if _ends_with(column.relation, relation)]:
            return [column for column in found if "." not in column.name or column.scan is None]
        raise invalid(f"there is no relation {'.'.join(relation)} here")

    def cte(self, name: str) -> Cte | None:
        """The innermost WITH query of that name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.ctes:
                return scope.ctes[name]
            scope = scope.parent
        return None


@dataclass(frozen=True)
class Output:
    """A column of a query's result: its name, None where it has none, and its type."""

    name: str | None
    type: Type


@dataclass(frozen=True)
class Cte:
    """A WITH query: its name in DuckDB, and its columns."""

    alias: str
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Place:
    """Where an expression stands, and what is allowed there.

    Attributes:
        scope: the names.
        clause: for messages.
        aggregates: whether aggregate functions may stand here.
        windows: whether window functions may.
        grouped: DuckDB's SQL of the grouping expressions, where only those and aggregates may be named.
        aliases: expressions that a select list gives a name to, for ORDER BY.
    """

    scope: Scope
    clause: str
    aggregates: bool = False
    windows: bool = False
    grouped: frozenset[str] | None = None
    aliases: tuple[tuple[str, str, Type], ...] = ()


def _matches(column: Column, name: str, relation: tuple[str, ...]) -> bool:
    return column.name.lower() == name and (not relation or _ends_with(column.relation, relation))


def _ends_with(whole: tuple[str, ...], end: tuple[str, ...]) -> bool:
    return bool(whole) and whole[-len(end) :] == end


def _dotted(name: str, relation: tuple[str, ...]) -> str:
    return ".".join((*relation, name))
