"""The embedded engine against a real Trino, row by row: `make test-trino`."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import UsageError
from catalog.profile import LocalProfile, local_profile
from catalog.query.engine import query_local
from catalog.query.result import printed
from catalog.query.statement import check_reads_only
from catalog.query.trino import ask
from catalog.query.trino_server import trino_server
from catalog.status import load_catalog
from tests.catalog.query.cases import ANSWERED, REFUSED_BY_BOTH, REFUSED_HERE
from tests.catalog.query.names import filled, names_in
from tests.stedi import stedi_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.query.result import Result

pytestmark = [pytest.mark.trino, pytest.mark.spark]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LocalProfile:
    """A lake with two publications of every table, the second of fewer people, and a tag on the first."""
    folder = tmp_path_factory.mktemp("trino")
    for seed, name in ((1, "first"), (2, "second")):
        stedi_json("simulate", "--customers", 60, "--seed", seed, "--to", folder / name)
        stedi_json("run", "--landing", folder / name, "--lake", folder / "lake")
    profile = local_profile(folder / "lake")
    table = load_catalog(profile).load_table("trusted.customer_trusted")
    table.manage_snapshots().create_tag(table.metadata.snapshot_log[0].snapshot_id, "first_tag").commit()
    return profile


@pytest.fixture(scope="module")
def trino(lake: LocalProfile) -> Iterator[int]:
    with trino_server(lake, say=print) as port:
        yield port


@pytest.fixture(scope="module")
def names(lake: LocalProfile) -> dict[str, str]:
    return names_in(lake)


def _rows(result: Result) -> list[tuple[Any, ...]]:
    types = [column.type for column in result.columns]
    return [
        tuple(printed(value, type_) for value, type_ in zip(row.values(), types, strict=True))
        for batch in result.batches
        for row in batch.rename_columns([f"c{index}" for index in range(len(types))]).to_pylist()
    ]


def _columns(result: Result) -> list[tuple[str, str]]:
    """Names and types; the greatest length of a varchar is Trino's own business."""
    return [(column.name, re.sub(r"^varchar\(\d+\)$", "varchar", column.type)) for column in result.columns]


def _comparable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(json.dumps(value, sort_keys=True) if isinstance(value, dict) else value for value in row)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("sql", ANSWERED)
def test_both_engines_give_the_same_answer(sql: str, lake: LocalProfile, trino: int, names: dict[str, str]) -> None:
    text = filled(sql, names)
    exact = ask(trino, text)
    expected = list(map(_comparable, _rows(exact)))
    with query_local(lake, text) as result:
        found = list(map(_comparable, _rows(result)))
        assert _columns(result) == _columns(exact)
    if "ORDER BY" not in text.rpartition(")")[2]:
        expected.sort(key=str)
        found.sort(key=str)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert all(map(_same, one, other)), (one, other)


def _asked(port: int, text: str) -> None:
    check_reads_only(text)
    _rows(ask(port, text))


@pytest.mark.parametrize("sql", REFUSED_BY_BOTH)
def test_both_engines_refuse(sql: str, lake: LocalProfile, trino: int, names: dict[str, str]) -> None:
    text = filled(sql, names)
    with pytest.raises(UsageError):
        _asked(trino, text)
    with pytest.raises(UsageError), query_local(lake, text) as result:
        _rows(result)


@pytest.mark.parametrize("sql", REFUSED_HERE)
def test_what_only_trino_answers_is_refused_here(
    sql: str, lake: LocalProfile, trino: int, names: dict[str, str]
) -> None:
    text = filled(sql, names)
    _rows(ask(trino, text))
    with pytest.raises(UsageError, match=r"does not answer|not a number"), query_local(lake, text) as result:
        _rows(result)
