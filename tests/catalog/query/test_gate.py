"""No node, and no argument of a node, is compiled that no code declares: true of every kind, by trying each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
from sqlglot import exp

from catalog.query.compiler import Compiler
from catalog.query.engine import LANGUAGE
from catalog.query.gate import check_tree, declared, given
from catalog.query.moment import Moment
from catalog.query.queries import compile_query
from catalog.query.refusal import RefusedQueryError
from tests.catalog.query.cases import ANSWERED
from tests.catalog.query.names import filled, names_in

if TYPE_CHECKING:
    from catalog.profiles.profile import LocalProfile

KINDS = sorted(declared(), key=lambda kind: kind.__name__)
EVERY_KIND = sorted(
    {kind for kind in vars(exp).values() if isinstance(kind, type) and issubclass(kind, exp.Expression)},
    key=lambda kind: kind.__name__,
)


def test_the_compiler_knows_a_language() -> None:
    assert LANGUAGE
    assert {exp.Select, exp.Join, exp.Limit, exp.Group, exp.Cast, exp.Window, exp.DataType} <= declared().keys()
    assert len(EVERY_KIND) > 500


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_argument_that_nobody_declares_is_refused(kind: type[exp.Expr]) -> None:
    possible = {*kind.arg_types, "an_argument_of_the_future"} - declared()[kind]
    for argument in possible:
        for value in (exp.Star(), [exp.Star()], "text", True, 0, exp.Boolean(this=False)):
            node = kind()
            node.set(argument, value)
            with pytest.raises(RefusedQueryError):
                check_tree(exp.Select(expressions=[node]))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_declared_is_an_argument_that_the_parser_makes(kind: type[exp.Expr]) -> None:
    assert declared()[kind] <= kind.arg_types.keys()


def test_a_kind_that_nobody_declares_is_refused() -> None:
    for kind in EVERY_KIND:
        if kind in declared():
            continue
        with pytest.raises(RefusedQueryError):
            check_tree(exp.Select(expressions=[exp.Paren(this=kind())]))


class _Watched(dict[str, Any]):
    """The arguments of a node, which remember the ones that were asked for by name."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        super().__init__(arguments)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


# Read as a whole, by the parser's own properties or for other arguments' sake; none of them changes a meaning here.
_NOT_ASKED = {
    (exp.Count, "big_int"),  # that a count is a bigint
    (exp.Identifier, "quoted"),  # names are compared without case, quoted or not
    (exp.Fetch, "direction"),  # FIRST and NEXT mean the same
    (exp.LimitOptions, "rows"),  # ROW and ROWS mean nothing
    (exp.Div, "typed"),  # that integers are divided to integers
    (exp.TryCast, "safe"),
    (exp.Window, "over"),
    (exp.Bracket, "offset"),
    (exp.Boolean, "this"),
    (exp.Literal, "is_string"),
}


@pytest.mark.parametrize("sql", ANSWERED)
def test_the_compiler_reads_every_argument_that_a_query_has(
    sql: str, small_lake: LocalProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = sqlglot.parse_one(filled(sql, names_in(small_lake)), dialect="athena")
    monkeypatch.setattr("catalog.query.queries.check_tree", lambda _: None)
    nodes = list(query.walk())
    watched = [_Watched(node.args) for node in nodes]
    for node, arguments in zip(nodes, watched, strict=True):
        node.args = arguments
    compile_query(Compiler(Moment(small_lake), datetime.now(UTC)), query)
    unread = {
        (type(node), argument)
        for node, arguments in zip(nodes, watched, strict=True)
        for argument in given(node) - arguments.asked
    }
    assert unread <= _NOT_ASKED
