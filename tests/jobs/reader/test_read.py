"""Every accepted way of writing a record, every refusal, and the law: objects delivered = accepted + refused."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.reader import inventory, read_records
from jobs.reader.boundaries import MAX_RECORD_BYTES, Boundaries
from jobs.reader.fast import count_lines, read_block
from jobs.reader.fields import declared_schema, derived
from jobs.reader.parts import parts
from jobs.reader.window import Window
from tests.jobs.reader.file_rows import ARRIVED, CUSTOMER, READING, STEP, file_rows, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    "layout",
    [
        READING + "\n" + READING + "\n" + READING,
        READING * 3,
        f"{READING},\n{READING},\n{READING},\n",
        f"{READING},\r\n{READING}\r\n\r\n{READING}",
        f"[{READING},{READING},{READING}]",
        f"[\n{READING},\n  {READING},\n{READING}\n]",
        json.dumps([json.loads(READING)] * 3, indent=2),
        json.dumps([json.loads(READING)] * 3, indent=0),
        "\ufeff" + json.dumps(json.loads(READING), indent=4) * 3,
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_layouts(layout: str, compressed: bool) -> None:
    data = gzip.compress(layout.encode()) if compressed else layout.encode()
    rows = file_rows(data)
    assert [row["reason"] for row in rows] == [None] * 3
    assert {(row["user"], row["timestamp"], row["x"], row["y"], row["z"]) for row in rows} == {
        ("a@b.test", 1655564444103, 1.0, -1.0, 0.5)
    }


@pytest.mark.parametrize("written", ["1655564444103.0", '"1655564444103"', '"1655564444103.0"', "1.655564444103e12"])
def test_integers_may_be_written_as_floats_or_strings_where_exactly_integral(written: str) -> None:
    [row] = file_rows(READING.replace("1655564444103", written).encode())
    assert row["reason"] is None
    assert row["timestamp"] == 1655564444103


@pytest.mark.parametrize(("written", "read"), [("1", 1.0), ('"1"', 1.0), ('"-1.5e0"', -1.5), ("5e-1", 0.5)])
def test_doubles(written: str, read: float) -> None:
    [row] = file_rows(READING.replace("1.0", written, 1).encode())
    assert row["reason"] is None
    assert row["x"] == read


def test_unknown_fields_are_kept() -> None:
    [row] = file_rows(READING.replace("}", ',"firmware":{"v":[1,{"x":2}]},"né":"ü"}').encode())
    assert row["reason"] is None
    assert json.loads(row["extraFields"]) == {"firmware": {"v": [1, {"x": 2}]}, "né": "ü"}


def test_absent_and_null_consents_are_the_same() -> None:
    with_null = CUSTOMER.replace("}", ',"shareWithResearchAsOfDate":null}')
    rows = file_rows((CUSTOMER + "\n" + with_null).encode(), "customer")
    assert [row["reason"] for row in rows] == [None, None]
    assert [row["shareWithResearchAsOfDate"] for row in rows] == [None, None]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (READING[:40], "truncated_object"),
        ('{"user":"a@b', "truncated_object"),
        (READING.replace("-1.0", "minus"), "malformed_json"),
        (READING.replace("1.0", "true", 1), "wrong_type"),
        (READING.replace("1.0", '"0,5"', 1), "wrong_type"),
        (READING.replace("1655564444103", "1655564444103.5"), "wrong_type"),
        (READING.replace("1655564444103", "null"), "missing_field"),
        (READING.replace('"z":0.5', '"zz":0.5'), "missing_field"),
        (READING.replace("a@b.test", "a_b.test"), "email_shape"),
        (READING.replace("1655564444103", "1655564444"), "time_out_of_range"),
        (READING.replace("1655564444103", "1655564444103000"), "time_out_of_range"),
        (READING.replace("1655564444103", "253370764800000"), "time_out_of_range"),
        (READING.replace("-1.0", "NaN"), "not_finite"),
        (READING.replace("-1.0", "-Infinity"), "not_finite"),
        (READING.replace("-1.0", "1e400"), "not_finite"),
        (READING.replace("a@", "a\0@"), "nul_character"),
        (READING.replace("a@", "a\\u0000@"), "nul_character"),
        (READING.replace("a@", "a\udcff@"), "invalid_utf8"),
        (READING.replace("a@", "a\\ud800@"), "invalid_utf8"),
        (READING.replace('"x":1.0', '"x":1.0,"x":1.0'), "duplicate_key"),
        (READING.replace("}", ',"pad":"' + "p" * MAX_RECORD_BYTES + '"}'), "oversized"),
        ("4711", "not_an_object"),
        ("null", "not_an_object"),
        ("}", "not_an_object"),
    ],
)
def test_a_broken_record_is_refused_and_costs_only_itself(broken: str, reason: str) -> None:
    data = f"{READING}\n{broken}\n{READING}\n"
    assert reasons(data) == [None, reason, None]
    [row] = [row for row in file_rows(data.encode("utf-8", "surrogateescape")) if row["reason"]]
    assert row["rawText"]
    assert "a@b" not in row["detail"]
    assert all(row[name] is None for name in ("user", "timestamp", "x", "y", "z"))


def test_raw_text_shows_undecodable_bytes() -> None:
    [row] = file_rows(READING.encode().replace(b"a@", b"\xff\x00@"))
    assert row["rawText"] == READING.replace("a@", "\\xff\\x00@")


def test_a_truncated_object_among_joined_ones_costs_what_may_be_inside_of_it() -> None:
    assert reasons(f"{READING}{READING[:30]}{READING}{READING}\n{READING}") == [None, "malformed_json", None]


def test_a_distance_that_does_not_fit_is_refused() -> None:
    assert reasons(STEP.replace("218", str(2**31)), "step_trainer") == ["wrong_type"]


def test_an_empty_file_has_no_records() -> None:
    assert file_rows(b"") == []
    assert inventory(io.BytesIO(b""), "customer", 1).splits == ()


_SNIPPETS = st.sampled_from(
    [
        READING,
        READING.replace("1.0", "2"),
        READING[:33],
        READING.replace("}", ',"e":{"a":[{"x":1},{"b":"}{"}]}}'),
        READING.replace("a@", "ü@"),
        READING.replace("1655564444103", "12"),
        READING.replace("-1.0", "NaN"),
        json.dumps(json.loads(READING), indent=1),
        '{"user":"unterminated',
        "{}",
        "{",
        "}",
        '"',
        "\\",
        "7",
        "\0",
        "\udcfe",
        "[",
        "]",
        ",",
        " ",
        "\n",
        "\n",
        "\r\n",
        '"x":',
    ]
)


@settings(max_examples=300, deadline=None)
@given(snippets=st.lists(_SNIPPETS, max_size=25), split_bytes=st.integers(1, 400), read_bytes=st.integers(8, 300))
def test_any_bytes_any_cut_the_same_records(snippets: list[str], split_bytes: int, read_bytes: int) -> None:
    data = "".join(snippets).encode("utf-8", "surrogateescape")
    whole = file_rows(data)
    assert file_rows(data, split_bytes=split_bytes) == whole

    texts = list(_texts(data, read_bytes))
    assert texts == list(_texts(data, 1 << 20))
    # Nothing but separators stands outside of the records.
    kept = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    assert _significant("".join(texts)) == _significant(kept.decode("utf-8", "surrogateescape"))


def _texts(data: bytes, read_bytes: int) -> Iterator[str]:
    def in_doubt(_data: bytes) -> int | None:
        return None

    for part in parts(Boundaries(Window(io.BytesIO(data), None, read_bytes)), in_doubt, read_bytes):
        yield from (record.data.decode("utf-8", "surrogateescape") for record in part.records)


def _significant(text: str) -> str:
    return "".join(character for character in text if character not in " \t\r\n,[]")


@settings(max_examples=300, deadline=None)
@given(snippets=st.lists(_SNIPPETS, min_size=1, max_size=12))
def test_the_fast_reading_says_what_the_exact_one_says(snippets: list[str]) -> None:
    data = "\n".join(snippets).encode("utf-8", "surrogateescape")
    exact = file_rows(data)
    fast = read_block(data, "accelerometer", (), ARRIVED)
    if fast is not None:
        names = [*declared_schema("accelerometer").names, *(name for name, *_ in derived("accelerometer"))]
        columns = dict(zip(names, (column.to_pylist() for column in fast), strict=True))
        assert columns == {name: [row[name] for row in exact] for name in names}
        assert not any(row["reason"] or row["extraFields"] for row in exact)
    count = count_lines(data)
    assert count in (None, len(exact))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(READING.encode() * 20_000, id="one line of joined objects"),
        pytest.param(b'{"user":"' + b"u" * (8 << 20) + b'"}', id="one huge record"),
        pytest.param((READING + "\n").encode() * 100_000, id="lines"),
    ],
)
def test_memory_does_not_grow_with_the_file(data: bytes) -> None:
    tracemalloc.start()
    try:
        found = inventory(io.BytesIO(data), "accelerometer", 1 << 20)
        read = sum(
            batch.num_rows
            for split in found.splits
            for batch in read_records(io.BytesIO(data), "accelerometer", split, arrived_ms=ARRIVED)
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == found.records
    # The input itself (twice at the most: BytesIO shares it) is not traced as allocated after start, but for slices.
    assert peak < 40 << 20
