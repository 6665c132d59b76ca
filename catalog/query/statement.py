"""From a text to one query: parsed as Athena's SQL, read-only, with its parameters bound as constants."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from catalog.query.refusal import invalid, unsupported
from catalog.query.show import parse_show, with_databases_prefixed, without_end
from catalog.query.syntax import syntax_error
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlglot import exp
    from sqlglot.tokenizer_core import Token

_ONLY_QUERIES = (
    "only queries are answered: a statement begins with SELECT, WITH, VALUES, TABLE, SHOW or DESCRIBE. "
    "Nothing can be changed"
)


def parse_query(sql: str, parameters: Sequence[str] = ()) -> exp.Query | exp.Values:
    """The one query of a text.

    Args:
        sql: the text.
        parameters: for each ``?``, in order, a constant as Athena takes it: SQL of a literal.

    Raises:
        RefusedQueryError: it cannot be parsed, is more than one statement, or is anything but a query.
    """
    import logging

    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    sql = _bound(sql, parameters)
    try:
        parsed = sqlglot.parse(sql, dialect="athena")
    except SqlglotError as error:
        raise invalid(syntax_error(error, _tokens(sql))) from None
    except RecursionError:
        raise unsupported("a query that is nested so deeply", "") from None
    # Comments behind the last semicolon are a statement to the parser.
    statements = [statement for statement in parsed if statement and not isinstance(statement, exp.Semicolon)]
    if not statements:
        raise invalid("there is no query in it")
    if len(statements) > 1:
        raise invalid(f"there are {len(statements)} queries; run one query at a time")
    [query] = statements
    if not isinstance(query, exp.Query | exp.Values):
        raise invalid(_ONLY_QUERIES)
    return query


def check_reads_only(sql: str) -> str:
    """The text without the semicolon at its end and what follows it; only a query is taken.

    Raises:
        RefusedQueryError: it begins with anything but a query, or there are several statements.
    """
    if parse_show(sql) is not None:
        return without_end(sql)
    from sqlglot.tokenizer_core import TokenType

    tokens = _tokens(sql)
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        sql = sql[: tokens[-1].start]
        tokens = tokens[:-1]
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise invalid("run one query at a time")
    words = (token.text.lower() for token in tokens)
    if next((word for word in words if word != "("), "") not in {"select", "with", "values", "table"}:
        raise invalid(_ONLY_QUERIES)
    return sql


def with_versions_bound(sql: str, parameters: Sequence[str]) -> tuple[str, list[str]]:
    """The text with constants where ``?`` stands behind AS OF, and the parameters of the others, in order.

    Athena and Trino take no parameters there.

    Raises:
        RefusedQueryError: their number differs, or one is no constant.
    """
    places = _places(sql, parameters)
    rest = []
    for token, constant, of_version in reversed(places):
        if of_version:
            sql = f"{sql[: token.start]} {written_constant(constant)} {sql[token.end + 1 :]}"
        else:
            rest.append(written_constant(constant))
    return sql, rest[::-1]


def names_versions(sql: str) -> bool:
    """Whether AS OF stands anywhere in a text."""
    words = [token.text.lower() for token in _tokens(sql)]
    return ("as", "of") in pairwise(words)


def with_prefix(sql: str, prefix: str) -> str:
    """The text with each ``zone.table`` of the lake under the name that its database has in the catalog."""
    from sqlglot.tokenizer_core import TokenType

    if prefix and parse_show(sql) is not None:
        return with_databases_prefixed(sql, {spec.zone for spec in TABLES.values()}, prefix)
    tokens = _tokens(sql) if prefix else []
    for zone, dot, name in reversed(list(zip(tokens, tokens[1:], tokens[2:], strict=False))):
        identifier = f"{zone.text}.{name.text.partition('$')[0]}".lower()
        if dot.token_type is TokenType.DOT and identifier in TABLES:
            sql = f'{sql[: zone.start]}"{prefix}{zone.text.lower()}"{sql[zone.end + 1 :]}'
    return sql


def _bound(sql: str, parameters: Sequence[str]) -> str:
    """The text with each ``?`` replaced by its constant, written anew from what it was parsed as."""
    for token, constant, _ in reversed(_places(sql, parameters)):
        sql = f"{sql[: token.start]} {written_constant(constant)} {sql[token.end + 1 :]}"
    return sql


def _places(sql: str, parameters: Sequence[str]) -> list[tuple[Token, str, bool]]:
    """Each ``?``, its constant, and whether it stands behind AS OF."""
    from sqlglot.tokenizer_core import TokenType

    tokens = _tokens(sql)
    places = [index for index, token in enumerate(tokens) if token.token_type is TokenType.PLACEHOLDER]
    if len(places) != len(parameters):
        raise invalid(f"the query has {len(places)} parameters (?), and {len(parameters)} values are given")
    return [
        (tokens[index], constant, [token.text.lower() for token in tokens[max(0, index - 2) : index]] == ["as", "of"])
        for index, constant in zip(places, parameters, strict=True)
    ]


def _tokens(sql: str) -> list[Token]:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        return sqlglot.tokenize(sql, dialect="athena")
    except SqlglotError as error:
        raise invalid(syntax_error(error, ())) from None


def written_constant(constant: str) -> str:
    """A constant as SQL text, from what it was parsed as: nothing else of what a user typed gets into a query."""
    from sqlglot import exp

    parsed = parse_constant(constant)
    if isinstance(parsed, exp.Cast):
        word = "DATE" if parsed.to.is_type(exp.DataType.Type.DATE) else "TIMESTAMP"
        return f"{word} {parsed.this.sql(dialect='athena', comments=False)}"
    return parsed.sql(dialect="athena", comments=False)


def parse_constant(constant: str) -> exp.Expr:
    """A literal of Athena's SQL: a number, a quoted string, TRUE, NULL, ``DATE '…'`` or ``TIMESTAMP '…'``.

    Raises:
        RefusedQueryError: it is anything else.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = sqlglot.parse_one(constant, dialect="athena", into=exp.Expr)
    except (SqlglotError, RecursionError):
        parsed = None
    inner = parsed.this if isinstance(parsed, exp.Neg | exp.Cast) else parsed
    typed = isinstance(parsed, exp.Cast) and not constant.strip().lower().startswith(("date", "timestamp"))
    if parsed is None or typed or not isinstance(inner, exp.Literal | exp.Boolean | exp.Null):
        raise invalid("a parameter must be a constant: a number, 'text', TRUE, NULL, DATE '…' or TIMESTAMP '…'")
    return parsed
