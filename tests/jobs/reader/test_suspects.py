"""Lines that keep a block from being read fast are found at once; what they make of the file stays the same."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.reader import parts as reading
from jobs.reader.boundaries import Boundaries
from jobs.reader.fast import count_lines
from jobs.reader.plain import plain_pattern, read_plain
from jobs.reader.suspects import FLAT_LINE, suspect_lines
from jobs.reader.window import Window
from tests.jobs.reader.file_rows import ARRIVED, READING, STEP, exact_rows, file_rows

BROKEN = [
    READING[:40],
    READING.replace("-1.0", "minus"),
    READING.replace("}", "}}"),
    READING * 2,
    '{"user":"unterminated',
    "{",
    "}",
    "7",
    "",
    " ",
    READING.replace("1655564444103", "12"),
    READING.replace("}", ',"e":{"a":1}}'),
    READING.replace("0.5", "0.5 "),
    READING.replace("0.5", "1e999"),
    READING.replace("a@", "\udcff@"),
]


@pytest.mark.parametrize("broken", [text for text in BROKEN[:8] if "minus" not in text])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", ",\n"])
def test_the_broken_line_is_found(broken: str, line_end: str) -> None:
    good = READING + line_end
    data = (good * 3 + broken + line_end + good).encode()
    place = len(good) * 3
    assert suspect_lines(data, [FLAT_LINE]) == [(place, place + len(broken + line_end))]
    assert suspect_lines((good * 4).encode(), [FLAT_LINE]) == []


def test_plain_lines_tell_values_that_are_not() -> None:
    first = READING.replace("1655564444103", "12")
    data = f"{first}\n{READING}\n{READING}".encode()
    assert suspect_lines(data, [FLAT_LINE]) == []
    pattern = plain_pattern(data.replace(b'"timestamp":12,', b""), "accelerometer", ())
    assert pattern == plain_pattern(data, "accelerometer", ())
    assert pattern is not None
    assert suspect_lines(data, [pattern, FLAT_LINE]) == [(0, len(first) + 1)]
    assert plain_pattern(STEP.encode(), "accelerometer", ()) is None


def test_only_suspect_lines_are_read_exactly() -> None:
    lines = [READING] * 9_000
    for place in (0, 17, 4_000, 8_999):
        lines[place] = READING[:40]
    data = "\n".join(lines).encode()

    def suspect(block: bytes) -> list[tuple[int, int]]:
        return suspect_lines(block, [FLAT_LINE])

    def read(block: bytes) -> int | None:
        columns = read_plain(block, "accelerometer", (), ARRIVED)
        return None if columns is None else len(columns[0])

    for fast in (count_lines, read):
        found = list(reading.parts(Boundaries(Window(io.BytesIO(data))), fast, suspect=suspect))
        assert sum(part.fast or 0 for part in found) == 8_996
        assert [record.data for part in found for record in part.records] == [READING[:40].encode()] * 4


@settings(max_examples=300, deadline=None)
@given(lines=st.lists(st.sampled_from([READING] * 30 + BROKEN), min_size=3, max_size=40))
def test_suspects_decide_nothing(lines: list[str]) -> None:
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    with pytest.MonkeyPatch.context() as patch:
        # As in large blocks, whose lines are few beside their suspects.
        patch.setattr(reading, "_SMALL", 0)
        rows = file_rows(data)
    assert [{name: row[name] for name in row if name != "recordNumber"} for row in rows] == exact_rows(data)
