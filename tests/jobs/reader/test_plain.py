"""Plainly written readings are read fastest; as all fast reading, only where the exact one says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.reader.fast import read_block
from jobs.reader.fields import declared_schema, derived
from jobs.reader.plain import read_plain
from tests.jobs.reader.file_rows import ARRIVED, CUSTOMER, READING, STEP, exact_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from jobs.reader.spelling import Variants

    Reading = Callable[[bytes, str, Variants, int], list[pa.Array[Any]] | None]

SPACED = json.dumps(json.loads(READING))
OTHER_ORDER = '{"z":0.5,"timestamp":1655564444103,"x":1.0,"user":"a@b.test","y":-1.0}'


def rows_of(read: Reading, data: bytes, source: str, variants: Variants = ()) -> list[dict[str, Any]] | None:
    """What a fast reading makes of a block, checked against the exact reading; None where it leaves it."""
    columns = read(data, source, variants, ARRIVED)
    if columns is None:
        return None
    names = [*declared_schema(source).names, *(name for name, *_ in derived(source))]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*(each.to_pylist() for each in columns), strict=True)]
    exact = exact_rows(data, source, variants)
    assert not any(row["reason"] or row["extraFields"] for row in exact)
    assert [repr(row) for row in rows] == [repr({name: row[name] for name in names}) for row in exact]
    return rows


@pytest.mark.parametrize(
    ("data", "source"),
    [
        *((f"{text}\n{text.replace('0.5', '-0.0')}\n", "accelerometer") for text in (READING, SPACED, OTHER_ORDER)),
        (f"{READING}\r\n{READING}\r\n", "accelerometer"),
        (READING.replace("a@b.test", "A.b'c+D@B.Test") + "\n" + READING.replace("a@", "a.B'c+d@"), "accelerometer"),
        (READING.replace("1.0", "1e2").replace("0.5", "12345678901234567890.125E-5"), "accelerometer"),
        (STEP + "\n" + STEP.replace("218", "-0"), "step_trainer"),
        *((STEP.replace('"s"', f'"{name}"'), "step_trainer") for name in ("NA", "null", "NaN", "0x1F", "#;'", "-1")),
    ],
)
def test_plain_readings_are_read_fastest(data: str, source: str) -> None:
    assert rows_of(read_plain, data.encode(), source)


def test_plain_readings_are_read_by_their_files_own_spelling() -> None:
    data = READING.replace("timestamp", "timeStamp").encode()
    assert rows_of(read_plain, data, "accelerometer", (("timeStamp", "timestamp"),))
    assert read_plain(data, "accelerometer", (), ARRIVED) is None


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (CUSTOMER, "customer"),
        *(
            (READING.replace("1.0", number, 1), "accelerometer")
            for number in ("01", "+1", "1.", ".5", "0x1", "1e", "NaN", "inf", "Infinity", "-", "1e999", "true", "null")
        ),
        *((READING.replace("1655564444103", number), "accelerometer") for number in ("01655564444103", "12", "9e12")),
        (STEP.replace("218", str(2**31)), "step_trainer"),
        (STEP.replace('"s"', '""'), "step_trainer"),
        (STEP.replace('"s"', '"s s"'), "step_trainer"),
        (STEP.replace('"s"', '"s,s"'), "step_trainer"),
        (STEP.replace('"s"', '"s:s"'), "step_trainer"),
        (STEP.replace('"s"', r'"\u0073"'), "step_trainer"),
        (STEP.replace('"s"', '"ü"'), "step_trainer"),
        (STEP.replace('"s"', '"}{"'), "step_trainer"),
        (READING.replace("a@b.test", "a@b"), "accelerometer"),
        (READING.replace("a@b.test", ".a@b.test"), "accelerometer"),
        (READING.replace('"x":1.0', '"x":1.0,"x":1.0'), "accelerometer"),
        (READING.replace('"y"', '"x"'), "accelerometer"),
        (READING.replace("}", ',"w":1}'), "accelerometer"),
        (READING + READING, "accelerometer"),
        (f"{READING}\n\n{READING}", "accelerometer"),
        (f"{READING},\n{READING}", "accelerometer"),
        (f"[{READING}]", "accelerometer"),
        (f"{READING}\n{OTHER_ORDER}\n", "accelerometer"),
        (f"{READING}\n{READING[:-1]}", "accelerometer"),
        (f"{READING}\n{READING[:50]}", "accelerometer"),
        (f"\ufeff{READING}", "accelerometer"),
        (f"{READING}\r{READING}", "accelerometer"),
        (READING.replace(":", ":\t"), "accelerometer"),
        (READING.replace(":", "\0:"), "accelerometer"),
    ],
)
def test_all_else_is_left_to_others(data: str, source: str) -> None:
    assert read_plain(data.encode(), source, (), ARRIVED) is None


_NUMBERS = st.sampled_from(
    ["0.0", "1.0"] * 9
    + ["0", "-0.0", "1.0", "-1", "0.1", "1e3", "5E-324", "1e400", "00", "1.", "0x1", "17e-1", "9007199254740993", " 1"]
) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
_USERS = st.sampled_from(
    ["a@b.test", "A@B.test", "a@b", "a@b.c.d", "o'b@x.de", "'a@b.test", "a b@c.de", "é@b.de", "na"]
)
_TIMES = st.sampled_from(
    ["1655564444103"] * 20 + ["1655564444103.0", "01655564444103", "12", "-0", "99999999999999999999"]
)
_KEYS = st.sampled_from([("user", "timestamp", "x", "y", "z"), ("z", "y", "x", "timestamp", "user")])
_BETWEEN = st.sampled_from(["", " "] * 6 + ["  ", "\t"])
_LINE_ENDS = st.sampled_from(["\n"] * 12 + ["\r\n", ",\n", "", "\n\n", " \n", "}\n", "\r"])


@st.composite
def _readings(draw: st.DrawFn) -> str:
    keys, blank, text = draw(_KEYS), draw(_BETWEEN), ""
    for _ in range(draw(st.integers(1, 4))):
        values = {"user": f'"{draw(_USERS)}"', "timestamp": draw(_TIMES), **{axis: draw(_NUMBERS) for axis in "xyz"}}
        members = (f'"{key}":{blank}{values[key]}' for key in keys)
        text += "{" + f",{blank}".join(members) + "}" + draw(_LINE_ENDS)
    return text


@settings(max_examples=500, deadline=None)
@given(text=_readings())
def test_what_is_read_fast_is_what_the_exact_reading_says(text: str) -> None:
    for read in (read_plain, read_block):
        rows_of(read, text.encode(), "accelerometer")
