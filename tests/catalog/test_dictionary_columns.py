"""Texts that come as dictionaries are written from these; in the files they are texts like any others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from catalog.commit.arrow_files import ArrowFiles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FIELDS: list[pa.Field[Any]] = [
    pa.field("person", pa.string(), nullable=False, metadata={"PARQUET:field_id": "3"}),
    pa.field("note", pa.string(), metadata={"PARQUET:field_id": "4"}),
    pa.field("number", pa.int64(), metadata={"PARQUET:field_id": "7"}),
]
SCHEMA = pa.schema(FIELDS)
# The same value at other places of each batch's dictionary; one that no row has, and nulls.
BATCHES: list[tuple[list[str], list[str | None]]] = [
    (["b", "a", "b"], ["n", None, "m"]),
    (["a", "a", "c"], [None, None, None]),
    (["c", "b", "a"], ["m", "n", "n"]),
]


def _batch(people: Sequence[str], notes: Sequence[str | None], *, dictionaries: bool) -> pa.RecordBatch:
    columns: list[Any] = [pa.array(people, pa.string()), pa.array(notes, pa.string())]
    if dictionaries:
        columns = [column.dictionary_encode() for column in columns]
        words = pa.concat_arrays([columns[0].dictionary, pa.array(["nobody"])])
        columns[0] = pa.DictionaryArray.from_arrays(columns[0].indices, words)
    return pa.RecordBatch.from_arrays([*columns, pa.array(range(len(people)))], SCHEMA.names)


def _written(folder: Path, *, dictionaries: bool) -> tuple[pa.Table, Any]:
    folder.mkdir()
    files = ArrowFiles(f"file://{folder}/", SCHEMA, {})
    [written] = files.write(_batch(*values, dictionaries=dictionaries) for values in BATCHES)
    path = written.location.removeprefix("file://")
    return parquet.read_table(path), parquet.read_metadata(path)


def test_dictionaries_make_the_same_file(tmp_path: Path) -> None:
    plain, of_plain = _written(tmp_path / "plain", dictionaries=False)
    coded, of_coded = _written(tmp_path / "coded", dictionaries=True)
    assert (
        coded.to_pylist()
        == plain.to_pylist()
        == [
            {"person": person, "note": note, "number": number}
            for people, notes in BATCHES
            for number, (person, note) in enumerate(zip(people, notes, strict=True))
        ]
    )
    assert coded.schema.equals(plain.schema, check_metadata=True)
    assert of_coded.schema.equals(of_plain.schema)
    for place in range(len(SCHEMA)):
        column, same = of_coded.row_group(0).column(place), of_plain.row_group(0).column(place)
        assert column.statistics == same.statistics
        assert column.encodings == same.encodings


def test_a_text_that_repeats_is_stored_once_whatever_dictionaries_the_batches_have(tmp_path: Path) -> None:
    long = [f"{letter * 100}" for letter in "abc"]
    files = ArrowFiles(f"file://{tmp_path}/", SCHEMA, {})
    batches = [_batch(long[place:] * 1000, [None] * len(long[place:]) * 1000, dictionaries=True) for place in range(3)]
    [written] = files.write(iter(batches))
    column = parquet.read_metadata(written.location.removeprefix("file://")).row_group(0).column(0)
    assert column.num_values == 6000
    assert column.total_uncompressed_size < 10_000
