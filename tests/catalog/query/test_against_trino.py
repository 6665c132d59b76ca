"""The embedded engine against a real Trino: `make test-trino`, which ends with a table of what came of it.

No query may be answered differently, or answered at all where Trino refuses it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from catalog.query.grammar import NAMES
from tests.catalog.query.cases import ANSWERED, REFUSED_BY_BOTH, REFUSED_HERE
from tests.catalog.query.comparing import FAULTS, Outcome, compare
from tests.catalog.query.conversions import casts
from tests.catalog.query.generated import QueryMaker
from tests.catalog.query.names import filled, names_in
from tests.catalog.query.pinned import PINNED, REFUSED_HERE_TEXTS, REFUSED_TEXTS
from tests.catalog.query.trino_server import trino_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from catalog.profiles.profile import LocalProfile

pytestmark = pytest.mark.trino

_RANDOM = 1_500
# Words of the parser's own, which Trino takes for names; each is tried wherever a name can stand.
_WORDS = sorted(
    NAMES | {"ISNULL", "NOTNULL", "RLIKE", "ILIKE", "DIV", "QUALIFY", "SEMI", "ANTI", "ASOF", "FINAL", "AUTO"}
)
_PLACES = (
    "SELECT 1 {w}", "SELECT a {w} FROM (VALUES 1) AS t(a)", "SELECT 1 AS {w}", "SELECT {w} FROM (VALUES 1) AS t({w})",
    "SELECT {w}.a FROM (VALUES 1) AS {w}(a)", "SELECT * FROM (VALUES 1) {w}",
    "WITH {w} AS (SELECT 1 AS a) SELECT * FROM {w}",
    "SELECT {w} + 1, t.{w}, count({w}) FROM (VALUES 1) AS t({w}) GROUP BY {w}", "SELECT 1 {w} 2", "SELECT {w} 1",
    "SELECT sum(a) OVER {w} FROM (VALUES 1) AS t(a) WINDOW {w} AS (ORDER BY a)",
    "SELECT a FROM (VALUES 1) AS t(a) {w} a",
    "SELECT * FROM (VALUES 1) {w} JOIN (VALUES 1) AS u(b) ON true",
)  # fmt: skip


@pytest.fixture(scope="module")
def trino(small_lake: LocalProfile) -> Iterator[int]:
    with trino_server(small_lake, say=print) as port:
        yield port


@pytest.fixture(scope="module")
def names(small_lake: LocalProfile) -> dict[str, str]:
    return names_in(small_lake)


def _outcome(group: str, sql: str, lake: LocalProfile, port: int, names: dict[str, str], expected: Outcome) -> None:
    outcome, said = compare(group, filled(sql, names), lake, port)
    assert outcome == expected, said


@pytest.mark.parametrize("sql", [*ANSWERED, *(sql for sql, _, _ in PINNED)])
def test_both_engines_give_the_same_answer(
    sql: str, small_lake: LocalProfile, trino: int, names: dict[str, str]
) -> None:
    _outcome("answered", sql, small_lake, trino, names, Outcome.SAME)


@pytest.mark.parametrize("sql", [*REFUSED_BY_BOTH, *REFUSED_TEXTS])
def test_both_engines_refuse(sql: str, small_lake: LocalProfile, trino: int, names: dict[str, str]) -> None:
    _outcome("refused", sql, small_lake, trino, names, Outcome.BOTH_REFUSE)


@pytest.mark.parametrize("sql", [*REFUSED_HERE, *REFUSED_HERE_TEXTS])
def test_what_only_trino_answers_is_refused_here(
    sql: str, small_lake: LocalProfile, trino: int, names: dict[str, str]
) -> None:
    _outcome("Trino's own", sql, small_lake, trino, names, Outcome.WE_REFUSE)


def _faults(group: str, queries: Iterable[str], lake: LocalProfile, port: int) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda sql: compare(group, sql, lake, port), queries)
        return [f"{outcome}: {said}" for outcome, said in found if outcome in FAULTS]


def test_casts_of_every_type_to_every_type(small_lake: LocalProfile, trino: int) -> None:
    faults = _faults("casts", casts(), small_lake, trino)
    assert not faults, "\n".join(faults)


def test_words_of_the_parser_are_names_only_where_they_are_trinos(small_lake: LocalProfile, trino: int) -> None:
    queries = (place.format(w=word) for word in _WORDS for place in _PLACES)
    faults = _faults("words", queries, small_lake, trino)
    assert not faults, "\n".join(faults)


def test_random_queries(small_lake: LocalProfile, trino: int) -> None:
    faults = _faults("random", (QueryMaker(seed).query() for seed in range(_RANDOM)), small_lake, trino)
    assert not faults, "\n".join(faults)
