"""The split keeps a person together and in place; the content hash knows values, not their order."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import UsageError
from catalog.training.content_hash import ContentHash, content_hash
from catalog.training.split import PARTS, Shares, parse_shares

if TYPE_CHECKING:
    import random

_FIELDS: list[pa.Field[Any]] = [
    pa.field("pseudonym", pa.string()),
    pa.field("timestamp", pa.int64()),
    pa.field("x", pa.float64()),
    pa.field("readingTime", pa.timestamp("us", tz="UTC")),
]
SCHEMA = pa.schema(_FIELDS)


def _table(rows: list[dict[str, Any]], schema: pa.Schema = SCHEMA) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


_rows = st.lists(
    st.fixed_dictionaries(
        {
            "pseudonym": st.text(max_size=3) | st.none(),
            "timestamp": st.integers(-5, 5),
            "x": st.floats(allow_nan=False),
            "readingTime": st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants them bare
        }
    ),
    min_size=1,
    max_size=6,
)


@given(rows=_rows, shuffle=st.randoms())
@settings(deadline=None)
def test_the_hash_does_not_know_the_order(rows: list[dict[str, Any]], shuffle: random.Random) -> None:
    shuffled = shuffle.sample(rows, len(rows))
    assert content_hash(_table(rows)) == content_hash(_table(shuffled))
    piecemeal = ContentHash()
    for batch in _table(shuffled).to_batches(max_chunksize=2):
        piecemeal.update(batch)
    assert piecemeal.hexdigest() == content_hash(_table(rows))


@given(rows=_rows, data=st.data())
@settings(deadline=None)
def test_the_hash_knows_every_value(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(SCHEMA.names))
    other = data.draw(_rows)[0][column]
    changed = [dict(row) for row in rows]
    changed[number][column] = other
    same = repr(sorted(map(repr, rows))) == repr(sorted(map(repr, changed)))
    assert (content_hash(_table(rows)) == content_hash(_table(changed))) is same
    assert content_hash(_table(rows)) != content_hash(_table([*rows, rows[0]]))


def test_the_hash_knows_columns_and_their_types() -> None:
    rows = [{"a": 1, "b": 2}]
    plain = pa.schema([("a", pa.int64()), ("b", pa.int64())])
    renamed = [{"a": 1, "c": 2}]
    assert content_hash(_table(rows, plain)) != content_hash(
        _table(renamed, pa.schema([("a", pa.int64()), ("c", pa.int64())]))
    )
    assert content_hash(_table(rows, plain)) != content_hash(
        _table(rows, pa.schema([("a", pa.int32()), ("b", pa.int64())]))
    )
    mixed = ContentHash()
    mixed.update(_table(rows, plain))
    with pytest.raises(ValueError, match="columns"):
        mixed.update(_table(renamed, pa.schema([("a", pa.int64()), ("c", pa.int64())])))


def test_rows_that_stand_twice_do_not_cancel_out() -> None:
    def twice(number: int) -> pa.Table:
        return _table([{"timestamp": number}] * 2)

    assert content_hash(twice(1)) != content_hash(twice(2))


def test_the_hash_of_a_published_set_never_changes() -> None:
    # Manifests are compared years later: a new recipe would need a new name.
    table = _table([{"pseudonym": "p", "timestamp": 1, "x": 0.1, "readingTime": datetime(2024, 1, 1, tzinfo=UTC)}])
    assert content_hash(table) == "702db54d19759986a81528cdc6e42b29747a94e531d5ab2538ee6081ed3a5f38"


def test_people_are_shared_out_as_asked() -> None:
    people = [f"{number:064x}" for number in range(20_000)]
    parts = Counter(map(Shares(0.6, 0.3, 0.1).part, people))
    assert {part: round(parts[part] / len(people), 2) for part in PARTS} == {
        "train": 0.6,
        "validation": 0.3,
        "test": 0.1,
    }


def test_where_a_person_is_depends_on_nobody_else_and_never_changes() -> None:
    assert [Shares().part(f"{number:064x}") for number in range(12)] == [
        "train",
        "train",
        "test",
        "train",
        "train",
        "train",
        "train",
        "train",
        "train",
        "train",
        "test",
        "train",
    ]
    # More to train on takes people in from the other parts and puts nobody out.
    people = [f"{number:064x}" for number in range(1_000)]
    before, after = Shares(0.5, 0.25, 0.25), Shares(0.8, 0.1, 0.1)
    assert all(after.part(person) == "train" for person in people if before.part(person) == "train")


def test_nobody_is_in_a_part_without_a_share() -> None:
    people = [f"{number:064x}" for number in range(1_000)]
    assert set(map(parse_shares("1/0/0").part, people)) == {"train"}
    assert set(map(parse_shares("50/50/0").part, people)) == {"train", "validation"}


@pytest.mark.parametrize("text", ["80/20", "80/10/10/0", "a/b/c", "0/50/50", "-1/1/1", "nan/1/1", "inf/1/1", ""])
def test_shares_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="80/10/10"):
        parse_shares(text)


def test_shares_in_any_unit() -> None:
    assert str(parse_shares("8/1/1")) == str(parse_shares("0.8/0.1/0.1")) == str(Shares()) == "80/10/10"
