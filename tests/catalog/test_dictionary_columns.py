"""Texts that come as dictionaries are written from these; in the files they are texts like any others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from catalog.commit.arrow_files import ArrowFiles
from catalog.schema.table_spec import MaintenancePolicy

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


def test_a_file_has_words_of_its_own_rows_alone(tmp_path: Path) -> None:
    """One dictionary of many people, whose rows go to several files: a file that is kept may name nobody else."""
    people = [f"person{number:05}@x.test" for number in range(40_000)]
    batch = _batch(people, [None, *people[1:]], dictionaries=True)
    policy = MaintenancePolicy(least_file_bytes=32_768)
    files = ArrowFiles(f"file://{tmp_path}/", SCHEMA, {}, policy=policy)
    read = []
    for written in files.write(iter([batch])):
        table = parquet.read_table(written.location.removeprefix("file://"))
        read += table.to_pylist()
        column = parquet.read_metadata(written.location.removeprefix("file://")).row_group(0).column(0)
        assert column.total_uncompressed_size < 50 * column.num_values
        assert written.size < 2 * policy.least_file_bytes
    assert read == [
        {"person": person, "note": person if number else None, "number": number} for number, person in enumerate(people)
    ]
    assert len(list(tmp_path.iterdir())) > 4


def test_a_larger_table_has_larger_files_and_about_as_many(tmp_path: Path) -> None:
    policy = MaintenancePolicy(least_file_bytes=1_000)

    def sizes(name: str, known: int) -> list[int]:
        files = ArrowFiles(f"file://{tmp_path / name}/", SCHEMA, {}, policy=policy, table_bytes=known)
        batches = (
            _batch([f"{first + n:x}" * 3 for n in range(2_000)], [None] * 2_000, dictionaries=False)
            for first in range(0, 400_000, 2_000)
        )
        return [written.size for written in files.write(batches)]

    unknown, known = sizes("unknown", 0), sizes("known", 3_200_000)
    assert len(unknown) > len(known)
    assert max(unknown) < sum(unknown) / 10
    assert max(known) < 150_000
    assert min(known[:-1]) > 80_000
