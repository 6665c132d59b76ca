"""FROM and JOIN: tables at their versions, queries in parentheses, VALUES."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.compiler import Compiler, coerced, common_type
from catalog.query.gate import check_arguments, declare, describe
from catalog.query.literals import Typed
from catalog.query.pushdown import push
from catalog.query.refusal import elsewhere, invalid, unsupported
from catalog.query.scan import Version
from catalog.query.scope import Column, Output, Place, Scope
from catalog.query.types import DATE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_JOINS = {
    ("", ""): "INNER",
    ("", "INNER"): "INNER",
    ("LEFT", ""): "LEFT",
    ("LEFT", "OUTER"): "LEFT",
    ("RIGHT", ""): "RIGHT",
    ("RIGHT", "OUTER"): "RIGHT",
    ("FULL", ""): "FULL",
    ("FULL", "OUTER"): "FULL",
}

declare("this", exp.From)
declare("this kind side on using", exp.Join)
declare("this db catalog alias version", exp.Table)
declare("this columns", exp.TableAlias)
declare("this quoted", exp.Identifier)
declare("this kind expression", exp.Version)
declare("this alias with_ order limit offset", exp.Subquery)


def compile_from(compiler: Compiler, node: exp.Select, scope: Scope) -> str:
    """The FROM clause; its columns are put into the scope, and its tables learn what WHERE asks of them."""
    from_ = node.args.get("from_")
    if from_ is None:
        return ""
    outside = Scope(parent=scope.parent, ctes=scope.ctes)
    sql, scope.columns = _relation(compiler, from_.this, outside)
    scans = [(scope.columns, True)]
    group_start, comma = 0, False
    for join in node.args.get("joins") or []:
        right_sql, right = _relation(compiler, join.this, outside)
        kind = _kind(join)
        if kind == ",":
            group_start, comma = len(scope.columns), True
        if comma and kind in {"RIGHT", "FULL"}:
            raise unsupported(f"{kind} JOIN beside a comma", "write the comma as CROSS JOIN")
        if kind in {"RIGHT", "FULL"}:
            scans = [(columns, False) for columns, _ in scans]
        scans.append((right, kind in {",", "CROSS", "INNER", "RIGHT"}))
        sql += _joined(compiler, join, kind, right_sql, right, scope, group_start)
    if where := node.args.get("where"):
        kept = [column for columns, whole in scans if whole for column in columns]
        push(compiler, where.this, Scope(kept, ctes=scope.ctes), scope)
    return f" FROM {sql}"


def _kind(join: exp.Join) -> str:
    if join.kind == "CROSS":
        return "CROSS"
    if not (join.kind or join.side or join.args.get("on") or join.args.get("using")):
        return ","
    kind = _JOINS.get((join.side, join.kind))
    if kind is None:
        raise invalid(f"there is no {join.side} {join.kind} JOIN".strip())
    if not (join.args.get("on") or join.args.get("using")):
        raise invalid("a JOIN needs ON or USING; without a condition it is a CROSS JOIN")
    return kind


def _joined(
    compiler: Compiler, join: exp.Join, kind: str, right_sql: str, right: list[Column], scope: Scope, start: int
) -> str:
    if kind in {",", "CROSS"}:
        scope.columns = scope.columns + right
        return f" CROSS JOIN {right_sql}"
    if using := join.args.get("using"):
        return f" {kind} JOIN {right_sql} ON {_using(using, kind, right, scope)}"
    visible = Scope(scope.columns[start:] + right, scope.parent, scope.ctes)
    condition = compiler.boolean(join.args["on"], Place(visible, "ON"))
    scope.columns = scope.columns + right
    return f" {kind} JOIN {right_sql} ON {condition}"


def _using(names: Iterable[exp.Expr], kind: str, right: list[Column], scope: Scope) -> str:
    """JOIN … USING: its columns come first and lose the names of both relations."""
    merged, conditions = [], []
    scope.merged = True
    for name in names:
        sides = [Scope(columns).find(name.name.lower(), ()) for columns in (scope.columns, right)]
        for side in sides:
            if side.scan is not None:
                side.scan.used[next(one.stored for one in side.scan.columns if one.name == side.name)] = None
        typed = [Typed(side.sql, side.type) for side in sides]
        type_ = common_type(typed)
        left_sql, right_sql = (coerced(one, type_) for one in typed)
        conditions.append(f"{left_sql} = {right_sql}")
        merged.append(Column(name.name.lower(), f"coalesce({left_sql}, {right_sql})", type_))
        scope.columns = [column for column in scope.columns if column is not sides[0]]
        right = [column for column in right if column is not sides[1]]
    scope.columns = merged + scope.columns + right
    return " AND ".join(conditions)


def _relation(compiler: Compiler, node: exp.Expr, scope: Scope) -> tuple[str, list[Column]]:
    if isinstance(node, exp.Table):
        return _table(compiler, node, scope)
    from catalog.query.queries import compile_query, renamed, values

    if isinstance(node, exp.Subquery):
        check_arguments(node, frozenset({"this", "alias"}))
        if isinstance(node.this, exp.Table):
            raise unsupported("joins in parentheses", "write them one after another")
        sql, outputs = compile_query(compiler, node.this, Scope(parent=scope.parent, ctes=scope.ctes))
    elif isinstance(node, exp.Values):
        check_arguments(node, frozenset({"expressions", "alias"}))
        sql, outputs = values(compiler, node, scope)
    else:
        raise unsupported(f"{describe(node)} in FROM", elsewhere(node))
    alias = node.args.get("alias")
    outputs = renamed(outputs, alias.columns if alias else [])
    name = compiler.name("r")
    return f"({sql}) AS {name}", _columns(name, outputs, (alias.name.lower(),) if alias and alias.name else ())


def _columns(name: str, outputs: tuple[Output, ...], relation: tuple[str, ...]) -> list[Column]:
    return [
        Column(output.name or "", f"{name}.c{index}", output.type, relation) for index, output in enumerate(outputs)
    ]


def _table(compiler: Compiler, node: exp.Table, scope: Scope) -> tuple[str, list[Column]]:
    from catalog.query.queries import renamed

    if not isinstance(node.this, exp.Identifier):
        raise unsupported("table functions")
    names = tuple(part.name.lower() for part in node.parts)
    alias = node.args.get("alias")
    relation = (alias.name.lower(),) if alias and alias.name else names
    new_names = alias.columns if alias else []
    cte = scope.cte(names[0]) if len(names) == 1 else None
    if cte is not None:
        if node.args.get("version"):
            raise invalid(f"{names[0]} is a WITH query and has no versions")
        name = compiler.name("r")
        return f"{cte.alias} AS {name}", _columns(name, renamed(cte.outputs, new_names), relation)
    name = compiler.name("s")
    scan = compiler.tables.scan(name, names, version_of(compiler, node.args.get("version")))
    compiler.scans.append(scan)
    columns = [
        Column(column.name, f"{name}.c{index}", column.type, relation, scan)
        for index, column in enumerate(scan.columns)
    ]
    if new_names:
        raise unsupported("column names behind a table's alias", "name them in the select list")
    return name, columns


def version_of(compiler: Compiler, node: exp.Version | None) -> Version | None:
    """What FOR … AS OF asks for; None where there is none."""
    if node is None:
        return None
    if node.args.get("kind") != "AS OF":
        raise invalid("FOR TIMESTAMP and FOR VERSION must be followed by AS OF")
    asked = node.expression
    if node.name == "VERSION":
        if isinstance(asked, exp.Literal):
            return Version(ref=asked.name) if asked.is_string else Version(snapshot_id=int(asked.name))
        raise invalid("FOR VERSION AS OF takes a snapshot id, or the name of a tag or branch in quotes")
    from catalog.query.macros import evaluated_moment

    value = compiler.expression(asked, Place(Scope(), "FOR TIMESTAMP AS OF"))
    if value.type.is_moment or value.type == DATE:
        return Version(moment=_past(compiler, evaluated_moment(value)))
    raise invalid("FOR TIMESTAMP AS OF takes a timestamp, such as TIMESTAMP '2026-01-01 10:00:00 UTC'")


def _past(compiler: Compiler, moment: datetime) -> datetime:
    if moment >= compiler.now:
        raise invalid("FOR TIMESTAMP AS OF takes a timestamp in the past; leave it out to read the current table")
    return moment
