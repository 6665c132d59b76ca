"""Strings. Where DuckDB and Trino differ for an argument, it must be written out, or is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.arithmetic import bigint
from catalog.query.compiler import Compiler, coerced, compiles
from catalog.query.gate import describe
from catalog.query.literals import SPACES, Typed, quoted
from catalog.query.refusal import invalid, unsupported
from catalog.query.types import BIGINT, BOOLEAN, UNKNOWN, VARCHAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.query.compiler import Handler
    from catalog.query.scope import Place

_PLAIN_PATTERN = re.compile(
    r"\^?(?:[\w @,:;/<>=!&%#~'\"-]|\\[.\-@+*?()\[\]^$|{}]|[.*+?|()]|\[\^?(?:[\w.@ -]|\\[tnrf])+\])*\$?", re.ASCII
)


def _string(compiler: Compiler, node: exp.Expr, place: Place) -> str:
    value = compiler.expression(node, place)
    if value.type not in {VARCHAR, UNKNOWN}:
        raise invalid(f"expected a string, not {value.type}; CAST it to varchar")
    return coerced(value, VARCHAR)


def _written(node: exp.Expr | None, what: str) -> str:
    if not isinstance(node, exp.Literal) or not node.name:
        raise unsupported(f"{what} that is not written out, or is empty")
    return str(node.name)


def _whole(node: exp.Expr | None, what: str, *, least: int) -> int:
    if not isinstance(node, exp.Literal) or not node.is_int or int(node.this) < least:
        raise unsupported(f"{what} except a number that is written out, {least} at least")
    return int(node.this)


def _of_string(template: str, result: object = VARCHAR) -> Handler:
    def handler(compiler: Compiler, node: exp.Func, place: Place) -> Typed:
        sql = template.format(_string(compiler, node.this, place))
        return bigint(sql) if result is BIGINT else Typed(sql, VARCHAR)

    return handler


compiles(exp.Lower, "this")(_of_string("lower({})"))
compiles(exp.Upper, "this")(_of_string("stedi_upper({})"))
compiles(exp.Length, "this")(_of_string("length({})", BIGINT))


@compiles(exp.DPipe, "this expression")
def _joined(compiler: Compiler, node: exp.DPipe, place: Place) -> Typed:
    return _together(compiler, (node.left, node.right), place)


@compiles(exp.Concat, "expressions")
def _concat(compiler: Compiler, node: exp.Concat, place: Place) -> Typed:
    if len(node.expressions) == 1:
        raise invalid("concat needs at least two values")
    return _together(compiler, node.expressions, place)


def _together(compiler: Compiler, parts: Sequence[exp.Expr], place: Place) -> Typed:
    if any(isinstance(part.unnest(), exp.Null) for part in parts):
        raise unsupported("concatenation with NULL", "CAST it to varchar")
    return Typed(f"({' || '.join(_string(compiler, part, place) for part in parts)})", VARCHAR)


@compiles(exp.Substring, "this start length")
def _substring(compiler: Compiler, node: exp.Substring, place: Place) -> Typed:
    if isinstance(node.this.unnest(), exp.Null):
        raise unsupported("substr of NULL, which could be of several types", "CAST it")
    arguments = [_string(compiler, node.this, place), str(_whole(node.args.get("start"), "substr from", least=1))]
    if length := node.args.get("length"):
        arguments.append(str(_whole(length, "substr of a length", least=0)))
    return Typed(f"substring({', '.join(arguments)})", VARCHAR)


@compiles(exp.Trim, "this position")
def _trim(compiler: Compiler, node: exp.Trim, place: Place) -> Typed:
    function = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.args.get("position") or "", "trim")
    return Typed(f"{function}({_string(compiler, node.this, place)}, {quoted(SPACES)})", VARCHAR)


@compiles(exp.Replace, "this expression replacement")
def _replace(compiler: Compiler, node: exp.Replace, place: Place) -> Typed:
    old = quoted(_written(node.expression, "replace of a text"))
    replacement = node.args.get("replacement")
    new = _string(compiler, replacement, place) if replacement else "''"
    return Typed(f"replace({_string(compiler, node.this, place)}, {old}, {new})", VARCHAR)


@compiles(exp.StrPosition, "this substr")
def _position(compiler: Compiler, node: exp.StrPosition, place: Place) -> Typed:
    sought = quoted(_written(node.args["substr"], "strpos of a text"))
    return bigint(f"strpos({_string(compiler, node.this, place)}, {sought})")


@compiles(exp.StartsWith, "this expression")
def _starts_with(compiler: Compiler, node: exp.StartsWith, place: Place) -> Typed:
    text, start = (_string(compiler, one, place) for one in (node.this, node.expression))
    return Typed(f"starts_with({text}, {start})", BOOLEAN)


@compiles(exp.SplitPart, "this delimiter part_index")
def _split_part(compiler: Compiler, node: exp.SplitPart, place: Place) -> Typed:
    delimiter = quoted(_written(node.args["delimiter"], "split_part with a delimiter"))
    index = _whole(node.args["part_index"], "split_part", least=1)
    return Typed(f"string_split({_string(compiler, node.this, place)}, {delimiter})[{index}]", VARCHAR)


@compiles(exp.Pad, "this expression fill_pattern is_left")
def _pad(compiler: Compiler, node: exp.Pad, place: Place) -> Typed:
    function = "lpad" if node.args.get("is_left") else "rpad"
    size = _whole(node.expression, f"{function} to a length", least=0)
    fill = quoted(_written(node.args.get("fill_pattern"), f"{function} with a text"))
    return Typed(f"{function}({_string(compiler, node.this, place)}, {size}, {fill})", VARCHAR)


@compiles(exp.Like, "this expression negate")
def _like(compiler: Compiler, node: exp.Like, place: Place) -> Typed:
    text, pattern = (_string(compiler, one, place) for one in (node.this, node.expression))
    return Typed(f"({text} {_like_word(node)} {pattern})", BOOLEAN)


def _like_word(like: exp.Like) -> str:
    return "NOT LIKE" if like.args.get("negate") else "LIKE"


@compiles(exp.Escape, "this expression")
def _escaped_like(compiler: Compiler, node: exp.Escape, place: Place) -> Typed:
    like, escape = node.this, _written(node.expression, "ESCAPE")
    if not isinstance(like, exp.Like) or len(escape) != 1:
        raise invalid("ESCAPE must be a single character after LIKE")
    pattern = _written(like.expression, "LIKE … ESCAPE with a pattern")
    marks = re.escape(escape)
    if re.search(f"(?:^|[^{marks}])(?:{marks}{marks})*{marks}(?:[^%_{marks}]|$)", pattern):
        raise invalid("the escape character must precede %, _ or itself")
    return Typed(
        f"({_string(compiler, like.this, place)} {_like_word(like)} {quoted(pattern)} ESCAPE {quoted(escape)})", BOOLEAN
    )


@compiles(exp.RegexpLike, "this expression")
def _regexp_like(compiler: Compiler, node: exp.RegexpLike, place: Place) -> Typed:
    """Patterns that the two regular expression libraries read alike; ``$`` also matches before a last line break."""
    pattern = _written(node.expression, "regexp_like with a pattern")
    if not _PLAIN_PATTERN.fullmatch(pattern) or ("$" in pattern[:-1] and "\\$" not in pattern):
        raise unsupported(f"{describe(node)} with that pattern", "write it with LIKE, or plainer")
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        if "|" in pattern:
            raise unsupported(f"{describe(node)} with both | and $", "write it with LIKE, or plainer")
        pattern = pattern[:-1] + "\\n?$"
    return Typed(f"regexp_matches({_string(compiler, node.this, place)}, {quoted(pattern)})", BOOLEAN)
