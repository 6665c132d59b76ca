"""A value is found in a Parquet file whatever the column's type and encoding, and whoever wrote the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.privacy.needles import Needles
from catalog.privacy.parts import parts

if TYPE_CHECKING:
    from pathlib import Path

EMAIL, PHONE = "ann.smith@example.org", 8015551212
NEEDLES = Needles({"email": [EMAIL], "phone": [str(PHONE)]})
COLUMNS: dict[str, Any] = {
    "view": pa.array([EMAIL], pa.string_view()),
    "large": pa.array([EMAIL], pa.large_string()),
    "dictionary": pa.array([EMAIL]).dictionary_encode(),
    "fixed": pa.array([EMAIL.encode()], pa.binary(len(EMAIL))),
    "extension": pa.ExtensionArray.from_storage(pa.json_(), pa.array([f'"{EMAIL}"'])),
    "list": pa.array([[EMAIL]]),
    "fixed list": pa.array([["-", EMAIL]], pa.list_(pa.string(), 2)),
    "deep": pa.array([[{"a": {"b": ["-", EMAIL]}}]]),
    "map": pa.array([[("k", EMAIL)]], pa.map_(pa.string(), pa.string())),
    "key of a map": pa.array([[(EMAIL, "v")]], pa.map_(pa.string(), pa.string())),
    "dotted.name": pa.array([EMAIL]),
    "number": pa.array([PHONE]),
    "number in a list": pa.array([[PHONE]]),
}


def _found(data: bytes) -> set[str]:
    held = parts(data, frozenset(NEEDLES.numbers))
    return {part.kind for part in held if NEEDLES.search(part.data, part.layout)}


def _written(table: pa.Table, **settings: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **settings)
    return bytes(sink.getvalue())


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_any_type_is_searched(name: str) -> None:
    table = pa.table({"other": ["-"], name: COLUMNS[name]})
    assert _found(_written(table, write_statistics=False)) == {f"rows, column {name}"}


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_pages_of_any_encoding_are_read(encoding: str, version: str) -> None:
    table = pa.table({"a": ["-"] * 5000 + [EMAIL, "~"], "b": [EMAIL] * 5002})
    settings = {"column_encoding": {"a": encoding}, "use_dictionary": ["b"], "data_page_version": version}
    found = _found(_written(table, row_group_size=1000, write_statistics=False, **settings))
    assert found == {"rows, column a", "rows, column b"}


def test_what_duckdb_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    rows = f"SELECT '{EMAIL}' || range AS a, '{EMAIL}' AS b, range FROM range(50000)"
    duckdb.execute(f"COPY ({rows}) TO '{path}'")
    assert _found(path.read_bytes()) >= {"rows, column b"}
    assert "rows, column a" not in _found(path.read_bytes())


def test_statistics_and_indexes_are_read_of_every_column() -> None:
    table = pa.table({name: [EMAIL] for name in "abc"} | {"n": [1]})
    for name in "abc":
        only = {"write_statistics": [name], "write_page_index": True}
        assert _found(_written(table, **only)) == {
            *(f"rows, column {each}" for each in "abc"),
            "statistics",
            "page bound",
        }
    assert "key-value metadata" in _found(_written(pa.table({EMAIL: [1]})))
