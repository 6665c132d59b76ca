"""How the embedded engine says no: in SQL's words, with what to do instead, and whether Athena answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.query.functions import FUNCTION_NAMES, TRINO_FUNCTIONS
from catalog.suggest import did_you_mean

if TYPE_CHECKING:
    from sqlglot import exp

ELSEWHERE = "Athena answers it"
# Kinds of node by the parser's name of their class: all of these Athena has.
_KINDS = {
    "Array": "arrays",
    "AtTimeZone": "AT TIME ZONE",
    "Bracket": "[ ] of arrays and rows",
    "Collate": "COLLATE",
    "Dot": "fields of rows",
    "GroupConcat": "the function listagg",
    "Interval": "INTERVAL alone",
    "JSONExtract": "JSON",
    "JSONExtractScalar": "JSON",
    "Lambda": "lambda expressions",
    "Lateral": "LATERAL",
    "Map": "maps",
    "MatchRecognize": "MATCH_RECOGNIZE",
    "Select": "SELECT",
    "Struct": "rows",
    "Table": "a table",
    "TableSample": "TABLESAMPLE",
    "Tuple": "rows in parentheses",
    "Unnest": "UNNEST",
    "Window": "a window",
}
_CLAUSES = {"laterals": "LATERAL", "sample": "TABLESAMPLE", "match": "MATCH_RECOGNIZE"}
"""Arguments of nodes that Athena answers, by the parser's name of them."""


class RefusedQueryError(UsageError):
    """The query cannot be answered here with Athena's meaning, or Athena itself would refuse it (exit 2)."""


def unsupported(what: str, instead: str = ELSEWHERE) -> RefusedQueryError:
    """What this engine does not answer, because it is not known to mean the same as on Athena.

    Args:
        what: in SQL's words.
        instead: what to do; Athena is named only where it does answer. Empty: nothing is known.
    """
    return RefusedQueryError(f"the embedded engine does not answer {what}" + (f"; {instead}" if instead else ""))


def invalid(why: str) -> RefusedQueryError:
    """What Athena would refuse as well."""
    return RefusedQueryError(f"not a valid query: {why}")


def no_function(name: str) -> RefusedQueryError:
    """What is said of a function that is not answered: Athena is named where it has one of that name."""
    if name in TRINO_FUNCTIONS:
        return unsupported(f"the function {name}")
    return invalid(f"there is no function {name}{did_you_mean(name, FUNCTION_NAMES | TRINO_FUNCTIONS)}")


def words_for(node: exp.Expr) -> str:
    """A kind of node as people know it; the parser's own name of it is nobody's word."""
    from sqlglot import exp

    name = type(node).__name__
    if name in _KINDS:
        return _KINDS[name]
    if isinstance(node, exp.Func):
        names = {each.lower() for each in type(node).sql_names()} & (FUNCTION_NAMES | TRINO_FUNCTIONS)
        if names:
            return f"the function {min(names)}"
    return "an expression of that kind"


def elsewhere(node: exp.Expr) -> str:
    """Where a node is answered that is not answered here; empty where that is not known."""
    return ELSEWHERE if words_for(node) != "an expression of that kind" else ""


def clause_words(argument: str) -> str:
    """An argument of a node as people know it."""
    return _CLAUSES.get(argument, argument.replace("_", "").upper())


def clauses_elsewhere(arguments: set[str]) -> str:
    """Where a node with these arguments is answered; empty where that is not known."""
    return ELSEWHERE if arguments <= _CLAUSES.keys() else ""
