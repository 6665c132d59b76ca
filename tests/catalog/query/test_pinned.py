"""What a Trino answered once, without one: each example of a wrong answer, and the texts that both refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from catalog.query.grammar import RESERVED
from catalog.query.recognizer import Reading
from catalog.query.refusal import RefusedQueryError
from tests.catalog.query.comparing import TABLE, Answer, Outcome, ours, table
from tests.catalog.query.generated import QueryMaker
from tests.catalog.query.names import filled, names_in
from tests.catalog.query.pinned import PINNED, REFUSED_HERE_TEXTS, REFUSED_TEXTS

if TYPE_CHECKING:
    from catalog.profiles.profile import LocalProfile


@pytest.mark.parametrize(("sql", "types", "rows"), PINNED)
def test_an_answer_is_trinos(sql: str, types: list[str], rows: list[tuple[Any, ...]], small_lake: LocalProfile) -> None:
    answer = ours(small_lake, sql)
    assert isinstance(answer, Answer), answer
    assert [type_ for _, type_ in answer.columns] == types
    assert answer.rows == rows


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT * FROM (VALUES (1, 2)) AS t", ["_col0", "_col1"]),
        ("SELECT (a), ((b)), (a + b) FROM (VALUES (1, 2)) AS t(a, b)", ["a", "b", "_col2"]),
    ],
)
def test_columns_are_named_as_trino_names_them(sql: str, names: list[str], small_lake: LocalProfile) -> None:
    answer = ours(small_lake, sql)
    assert isinstance(answer, Answer), answer
    assert [name for name, _ in answer.columns] == names


@pytest.mark.parametrize("sql", [*REFUSED_TEXTS, *REFUSED_HERE_TEXTS])
def test_a_text_that_trino_refuses_or_reads_otherwise_is_refused(sql: str, small_lake: LocalProfile) -> None:
    assert isinstance(ours(small_lake, filled(sql, names_in(small_lake))), str)


@pytest.mark.parametrize("seed", range(0, 150, 3))
def test_a_random_query_is_answered_or_refused(seed: int, small_lake: LocalProfile) -> None:
    assert ours(small_lake, QueryMaker(seed).query())


def test_some_random_queries_are_answered(small_lake: LocalProfile) -> None:
    answers = [ours(small_lake, QueryMaker(seed).query()) for seed in range(20)]
    assert sum(isinstance(answer, Answer) for answer in answers) > len(answers) / 3


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_reserved_word_is_no_name_without_quotes(word: str) -> None:
    with pytest.raises(RefusedQueryError):
        Reading(f"SELECT 1 AS {word}").check()
    Reading(f'SELECT 1 AS "{word}"').check()


@pytest.mark.parametrize("depth", [1, 20])
def test_queries_nest(depth: int) -> None:
    Reading("SELECT " + "(" * depth + "1" + ")" * depth).check()
    Reading("SELECT " + "(SELECT " * depth + "1" + ")" * depth).check()


def test_a_query_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(RefusedQueryError, match="nested"):
        Reading("SELECT " + "(" * 5000 + "1" + ")" * 5000).check()


def test_a_refusal_tells_the_place_and_no_value() -> None:
    with pytest.raises(RefusedQueryError, match=r"a string at line 2, column 8") as caught:
        Reading("SELECT 1\nFROM t 'ada@example.test'").check()
    assert "ada" not in str(caught.value)


def test_the_table_shows_every_group_and_the_sum() -> None:
    TABLE.clear()
    TABLE["casts"].update([Outcome.SAME, Outcome.SAME, Outcome.WE_REFUSE])
    TABLE["random"].update([Outcome.SAME, Outcome.DIFFER])
    lines = [line.split() for line in table()]
    TABLE.clear()
    assert lines[1:] == [
        ["casts", "2", "0", "1", "0", "0"],
        ["random", "1", "0", "0", "1", "0"],
        ["all", "3", "0", "1", "1", "0"],
    ]
