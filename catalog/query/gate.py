"""The gate before the compiler: every kind of node, and every argument of it, was declared by the code that reads it.

What the parser makes of a text that no code here declares is refused by name, wherever in the tree it stands. So an
argument that nobody looks at cannot change what a query means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query.refusal import clause_words, clauses_elsewhere, elsewhere, unsupported, words_for

if TYPE_CHECKING:
    from collections.abc import Mapping

_DECLARED: dict[type[exp.Expr], frozenset[str]] = {}


def declare(arguments: str, *kinds: type[exp.Expr]) -> None:
    """Say that code reads these arguments of nodes of these kinds, and that others have no place in a query."""
    for kind in kinds:
        _DECLARED[kind] = frozenset(arguments.split())


def declared() -> Mapping[type[exp.Expr], frozenset[str]]:
    """The arguments of each kind of node that is known."""
    return _DECLARED


def given(node: exp.Expr) -> set[str]:
    """The arguments that a node has; what is None, False or an empty list is absent to the parser, too."""
    return {key for key, value in node.args.items() if value is not None and value is not False and value != []}


def check_arguments(node: exp.Expr, allowed: frozenset[str]) -> None:
    """Refuse a node with arguments that nobody would look at.

    Raises:
        RefusedQueryError: it has one.
    """
    unknown = given(node) - allowed
    if unknown:
        words = ", ".join(map(clause_words, sorted(unknown)))
        raise unsupported(f"{describe(node)} with {words}", clauses_elsewhere(unknown))


def check_tree(query: exp.Expr) -> None:
    """Refuse a query with a node, or an argument of one, that no code declares.

    Raises:
        RefusedQueryError: it has one.
    """
    for node in query.walk():
        allowed = _DECLARED.get(type(node))
        if allowed is None:
            raise unsupported(describe(node), elsewhere(node))
        check_arguments(node, allowed)


def describe(node: exp.Expr) -> str:
    """What the user wrote, by name; never a constant, which could be personal."""
    if isinstance(node, exp.Column):
        return f"column {node.name}"
    if isinstance(node, exp.Anonymous):
        return f"the function {str(node.this).lower()}"
    return words_for(node)
