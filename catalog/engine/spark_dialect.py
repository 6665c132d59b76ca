"""DuckDB's SQL, in which suites and increments are written, as Spark SQL that computes the same.

Only what is listed here is translated. Where the engines differ (hashes, regular expressions, NULLs in lists and
tuples, rounding), the translation says so; everything else raises: a fact is computed right, or not at all.
The session must run with ``spark.sql.ansi.enabled``: DuckDB, too, fails where a number overflows or a text is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import ErrorLevel, exp

from catalog.engine.java_regex import always_captures, java_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

LOWER, NFC = "lower_letters", "nfc_normalize"
"""Functions of one text that statements use, and Spark lacks: see ``catalog.engine.spark_statements``."""

_SAME_STRUCTURE = (
    *(exp.Alias, exp.Column, exp.CTE, exp.Distinct, exp.From, exp.Group, exp.Having, exp.Identifier, exp.Limit),
    *(exp.Order, exp.Ordered, exp.Paren, exp.Placeholder, exp.Star, exp.Subquery, exp.Table, exp.TableAlias),
    *(exp.Where, exp.With, exp.Null, exp.Boolean, exp.Literal, exp.DataType, exp.Var, exp.Interval, exp.Filter),
)
_SAME_OPERATORS = (
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeNEQ, exp.NullSafeEQ),
    *(exp.Between, exp.In, exp.Exists, exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.BitwiseAnd, exp.BitwiseRightShift),
    *(exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least, exp.Abs, exp.Replace, exp.MD5, exp.SHA, exp.SHA2),
    *(exp.Count, exp.Sum, exp.Min, exp.Max, exp.BitwiseOrAgg, exp.Lag, exp.Array, exp.ArrayMax, exp.ArrayFilter),
    *(exp.Transform, exp.Lambda, exp.ArrayContains, exp.Translate),
)
_CASTS = {"BIGINT": "BIGINT", "INT": "INT", "VARCHAR": "STRING", "DOUBLE": "DOUBLE", "INT128": "DECIMAL(38, 0)"}
_JOINS = {"", "INNER", "CROSS", "SEMI", "ANTI", "OUTER"}
_CLAUSES = {"expressions", "from_", "joins", "where", "group", "having", "order", "limit", "distinct", "with_"}


def to_spark(statement: str | exp.Expr, functions: Collection[str] = ()) -> str:
    """The statement in Spark SQL.

    Args:
        statement: a query in DuckDB's SQL.
        functions: names of functions of one text that both engines know by these names.

    Raises:
        ValueError: it uses what has no translation that is known to give the same.
    """
    parsed = sqlglot.parse_one(statement, read="duckdb") if isinstance(statement, str) else statement.copy()
    for join in list(parsed.find_all(exp.Join)):
        _drop_repetition(join)
    # From the innermost outwards, so that what a node is made of is Spark's by then.
    for node in reversed(list(parsed.walk())):
        own = isinstance(node, exp.Anonymous) and node.name.lower() in functions
        translated = _call(node.name, *_outside_of_lambdas(node)) if own else _translate(node)
        if node is parsed:
            parsed = translated
        elif translated is not node:
            node.replace(translated)
    return parsed.sql("spark", identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def _translate(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous):
        return _named(node)
    for kind, translate in _OF_KINDS.items():
        if type(node) is kind:
            return translate(node)
    if type(node) in _SAME_STRUCTURE or type(node) in _SAME_OPERATORS:
        return node
    raise _unknown(node)


def _unknown(node: exp.Expr) -> ValueError:
    # By its kind alone: a statement may hold people's names.
    return ValueError(f"no translation to Spark SQL is known to be right for {type(node).__name__} as it is used here")


def _call(name: str, *arguments: exp.Expr | str) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[exp.maybe_parse(each, dialect="spark") for each in arguments])


def _named(node: exp.Anonymous) -> exp.Expr:
    name, arguments = node.name.lower(), node.expressions
    match name, arguments:
        case "hash", _:
            # Spark's hash passes over nulls: without the flags, (null, 'a') and ('a', null) were the same.
            flagged = (part for each in arguments for part in (each, _call("isnull", each.copy())))
            return _call("xxhash64", *flagged)
        case "row", _:
            return _struct(arguments)
        case "list_has_all", [whole, part]:
            return exp.Paren(this=exp.EQ(this=_call("size", _call("array_except", part, whole)), expression=_number(0)))
        case "nfc_normalize", [_]:
            return _call(NFC, *_outside_of_lambdas(node))
        case "regexp_like", [text, pattern]:
            return _call("regexp_like", text, _pattern(pattern))
        case ("now", []) | ("bit_count", [_]):
            return node
    # What this function itself has made of a node is never looked at again.
    raise _unknown(node)


def _struct(values: list[exp.Expr]) -> exp.Expr:
    """Named by places: Spark compares no structs whose fields have different names."""
    named = (part for place, each in enumerate(values) for part in (exp.Literal.string(f"v{place}"), each))
    return _call("named_struct", *named)


def _number(value: int) -> exp.Expr:
    return exp.Literal.number(value)


def _select(node: exp.Expr) -> exp.Expr:
    present = {name for name, value in node.args.items() if value not in (None, False, [])}
    distinct = node.args.get("distinct")
    if present - _CLAUSES or (distinct is not None and distinct.args.get("on")):
        raise _unknown(node)
    return node


def _star(node: exp.Expr) -> exp.Expr:
    if any(node.args.get(name) for name in ("except_", "replace", "rename")):
        raise _unknown(node)
    return node


def _join(node: exp.Expr) -> exp.Expr:
    if (
        str(node.args.get("kind") or "").upper() not in _JOINS
        or node.args.get("method")
        or node.args.get("match_condition")
    ):
        raise _unknown(node)
    return node


def _drop_repetition(join: exp.Join) -> None:
    """Drop ``, range(n)`` where rows are only looked for: it says how DuckDB is to look, not what for."""
    select = join.parent
    found = select.parent.parent if isinstance(select, exp.Select) and isinstance(select.parent, exp.Subquery) else None
    if (
        isinstance(join.this.this, exp.GenerateSeries)
        and isinstance(found, exp.Join)
        and found.kind.upper() in {"SEMI", "ANTI"}
        and int(join.this.this.args["end"].name) > int(join.this.this.args["start"].name)
    ):
        join.pop()


def _union(node: exp.Expr) -> exp.Expr:
    if node.args.get("by_name") or node.args.get("on"):
        raise _unknown(node)
    return node


def _window(node: exp.Expr) -> exp.Expr:
    if node.args.get("spec") or not isinstance(node.this, exp.Lag | exp.Sum):
        raise _unknown(node)
    return node


def _tuple(node: exp.Expr) -> exp.Expr:
    """Of a tuple that is counted; as several arguments Spark would leave out rows in which any is null."""
    if not isinstance(node.parent, exp.Distinct):
        raise _unknown(node)
    return _struct(node.expressions)


def _is(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=exp.paren(node.this), expression=node.expression)


def _cast(node: exp.Expr) -> exp.Expr:
    name = node.args["to"].this.value
    if name == "UBIGINT" and _is_bit_of_a_set(node):
        return exp.cast(node.this, "BIGINT", dialect="spark")
    if name not in _CASTS:
        raise _unknown(node)
    return exp.cast(node.this, _CASTS[name], dialect="spark")


def _is_bit_of_a_set(node: exp.Expr) -> bool:
    """Whether it is only shifted, gathered and counted as 64 bits, of which the highest need be no sign."""
    shift = node.parent
    gathered = shift.parent if isinstance(shift, exp.BitwiseLeftShift) else None
    counted = gathered.parent if isinstance(gathered, exp.BitwiseOrAgg) else None
    return isinstance(counted, exp.Anonymous) and counted.name.lower() == "bit_count"


def _left_shift(node: exp.Expr) -> exp.Expr:
    if not _is_bit_of_a_set(node.this):
        raise _unknown(node)
    return _call("shiftleft", node.this, exp.cast(node.expression, "INT", dialect="spark"))


def _divide(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.expression, exp.Literal) or int(node.expression.name) == 0:
        raise _unknown(node)  # by zero, DuckDB gives null
    return node


def _list(node: exp.Expr) -> exp.Expr:
    """A list of the group's values, nulls among them, which Spark would leave out."""
    select = node.find_ancestor(exp.Select)
    if isinstance(node.parent, exp.Filter | exp.Window) or select is None or select.args.get("group") is None:
        raise _unknown(node)  # of no row DuckDB gives null, and Spark an empty list
    distinct = isinstance(node.this, exp.Distinct)
    [value] = node.this.expressions if distinct else [node.this]
    gathered = _call("collect_set" if distinct else "collect_list", _struct([value]))
    return exp.Dot(this=gathered, expression=exp.to_identifier("v0"))


def _explode(node: exp.Expr) -> exp.Expr:
    select = node.parent.parent if isinstance(node.parent, exp.Alias) else node.parent
    if not isinstance(select, exp.Select) or sum(1 for each in select.expressions if each.find(exp.Explode)) > 1:
        raise _unknown(node)
    return node


def _sorted(node: exp.Expr) -> exp.Expr:
    if node.args.get("asc") is None or node.args["asc"].this is not False:
        raise _unknown(node)
    return _call("sort_array", node.this, exp.false())


def _element(node: exp.Expr) -> exp.Expr:
    [place] = node.expressions
    if not isinstance(place, exp.Literal) or int(place.name) < 0:
        raise _unknown(node)
    return _call("get", node.this, place)  # null beyond the end, as in DuckDB


def _split(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.expression, exp.Literal) or not node.expression.name.isspace():
        raise _unknown(node)
    return _call("split", node.this, node.expression)


def _epoch_ms(node: exp.Expr) -> exp.Expr:
    """Of a timestamp; DuckDB rounds, half a millisecond away from zero."""
    if node.args.get("scale") != exp.UnixToTime.MILLIS:
        raise _unknown(node)
    exact = exp.Div(this=_call("unix_micros", node.this), expression=exp.cast(_number(1000), "DECIMAL(4, 0)"))
    return exp.cast(_call("round", exact), "BIGINT", dialect="spark")


def _like(node: exp.Expr) -> exp.Expr:
    """DuckDB's patterns have no escape character, in Spark's it is the backslash."""
    if not isinstance(node.expression, exp.Literal) or isinstance(node.parent, exp.Escape):
        raise _unknown(node)
    escaped = exp.Literal.string(node.expression.name.replace("\\", "\\\\"))
    return exp.paren(exp.Like(this=node.this, expression=escaped))


def _pattern(node: exp.Expr) -> exp.Expr:
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise _unknown(node)
    return exp.Literal.string(java_pattern(node.name))


def _regexp_like(node: exp.Expr) -> exp.Expr:
    if node.args.get("flag"):
        raise _unknown(node)
    return _call("regexp_like", node.this, _pattern(node.expression))


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    replacement, modifiers = node.args.get("replacement"), node.args.get("modifiers")
    everywhere = isinstance(modifiers, exp.Literal) and modifiers.name == "g"
    if not everywhere or not isinstance(replacement, exp.Literal) or set(replacement.name) & set("\\$"):
        raise _unknown(node)
    return _call("regexp_replace", node.this, _pattern(node.expression), replacement)


def _regexp_extract_all(node: exp.Expr) -> exp.Expr:
    group, pattern = node.args.get("group"), _pattern(node.expression)
    if group is None or group.name != "1" or not always_captures(node.expression.name):
        raise _unknown(node)
    return _call("regexp_extract_all", node.this, pattern, group)


def _lower(node: exp.Expr) -> exp.Expr:
    """Letter by letter, as DuckDB does; Java's depends on the letters around one, and on the machine's language."""
    return _call(LOWER, *_outside_of_lambdas(node))


def _outside_of_lambdas(node: exp.Expr) -> list[exp.Expr]:
    if node.find_ancestor(exp.Lambda):
        raise _unknown(node)
    return node.expressions if isinstance(node, exp.Anonymous) else [node.this]


def _any_value(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.IgnoreNulls) and not isinstance(node.this, exp.AnyValue):
        raise _unknown(node)
    return node


def _max_by(node: exp.Expr) -> exp.Expr:
    """DuckDB passes over rows in which either is null."""
    known = exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.null()))
    return _call("max_by", node.this, exp.If(this=known, true=node.expression, false=exp.null()))


_OF_KINDS: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Select: _select,
    exp.Star: _star,
    exp.Join: _join,
    exp.Union: _union,
    exp.Window: _window,
    exp.Tuple: _tuple,
    exp.Is: _is,
    exp.Cast: _cast,
    exp.BitwiseLeftShift: _left_shift,
    exp.IntDiv: _divide,
    exp.ArrayAgg: _list,
    exp.Explode: _explode,
    exp.ArraySort: _sorted,
    exp.Bracket: _element,
    exp.Split: _split,
    exp.UnixToTime: _epoch_ms,
    exp.Like: _like,
    exp.RegexpLike: _regexp_like,
    exp.RegexpReplace: _regexp_replace,
    exp.RegexpExtractAll: _regexp_extract_all,
    exp.Lower: _lower,
    exp.AnyValue: _any_value,
    exp.IgnoreNulls: _any_value,
    exp.ArgMax: _max_by,
}
