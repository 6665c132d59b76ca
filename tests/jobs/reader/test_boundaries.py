"""Where records begin and end: examples of the rule, and its laws: any layout, any cut, two ways of counting."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.validation import objects
from jobs.reader import boundaries, brackets
from jobs.reader.boundaries import Boundaries
from jobs.reader.window import Window
from jobs.simulator.malformation import Malformer, Reason
from jobs.simulator.record_shape import record_shape
from tests.jobs.reader.file_rows import CUSTOMER, READING, STEP, encoded, file_rows, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator

R = READING
CUT = R[:47]
OK = None
BROKEN = "malformed_json"


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        # An object ends at its matching brace, whatever the lines.
        (f"{R}{R}\n{R}", [OK, OK, OK]),
        (R.replace("}", ',"device":\n{"os":"a"}}'), [OK]),
        (R.replace("}", ',\n"device":\n{\n"os":"a"\n}\n}'), [OK]),
        (R.replace("}", ',"note":"}{","list":[{"x":1},\n{"y":"]"}]}') + R, [OK, OK]),
        # A broken one does, too: nothing inside of it is a record.
        (f'{{"op":"delete","before":{R},}}', [BROKEN]),
        (f'{{"op":"delete","before":{R},}}{R}', [BROKEN, OK]),
        (f'{{"op":"delete","before":\n{R},}}\n{R}', [BROKEN, OK]),
        (f'{{"op":"delete","before"\n{R}\n}}\n{R}', [BROKEN, OK]),
        (f'{{"rows":[{R}\n{R}\n{R}]}}\n{R}', [BROKEN, OK]),
        # Where it is not closed, it ends at a line that is certain to begin another record.
        (f"{CUT}\n{R}\n{R}", ["truncated_object", OK, OK]),
        (f"{R[:-1]}\n{R}", ["truncated_object", OK]),
        (f"{CUT}\n{CUT}\n{R}", ["truncated_object", "truncated_object", OK]),
        (R.replace('test"', "test") + f"\n{R}", [BROKEN, OK]),
        (R.replace('test"', "test") + f",\n{R},\n{R}", [BROKEN]),
        (f"{CUT}{R}{R}\n{R}", [BROKEN, OK]),
        # A text that expects a value may go on in the next line.
        (f'{{"op":"delete","before":\n{R}\n', ["truncated_object"]),
        (f'{{"op":"batch","rows":[\n{R},\n{R},\n', ["truncated_object"]),
        (f'{{"op":"batch","rows":[{R},\n{R},\n{R}', ["truncated_object"]),
        # What does not begin at the beginning of a line, too.
        (f"{CUT}\n {R}", [BROKEN]),
        # A doubtful record is not accepted, though it is complete.
        (f"{CUT}\n{R[:-1]}\n}}\n{R}", ["truncated_object", BROKEN, OK]),
        # Brackets that are not nested well say nothing about where the object ends.
        (f'{{"rows":[{R}}},{R},{R}]}}\n{R}', [BROKEN, OK]),
        (f'{{"rows":[{R[:-1]},{R},{R}]}}\n{R}', [BROKEN, OK]),
        # Other text is the rest of something broken, but for numbers, strings and literals.
        (f'"before":{R}}}\n{R}', ["not_an_object", OK]),
        (f"{R}}}{R}\n{R}", [OK, "not_an_object", OK]),
        (f'[{R},null,{R},7.5,"s",{R}]', [OK, "not_an_object", OK, "not_an_object", "not_an_object", OK]),
        # What stands between records is none.
        (f"\ufeff{R}\n\ufeff{R}\r\n\ufeff[{R},\n]", [OK, OK, OK]),
    ],
)
def test_the_rule(text: str, verdicts: list[str | None]) -> None:
    assert reasons(text) == verdicts


def test_blank_lines_are_no_record_however_many() -> None:
    assert reasons(f"  {R}{chr(10) * 2_000_000}  {R}") == [OK, OK]


def test_a_large_object_is_one_refused_record_with_all_that_is_inside() -> None:
    rows = ",\n".join([R] * 20_000)
    for text in (f'{{"rows":[\n{rows}\n]}}', f'{{"rows":[\n{rows}\n],}}', f'{{"rows":[\n{rows},\n'):
        assert reasons(text) == ["oversized"]
    assert reasons(f'{{"rows":[\n{rows}\n]}}{R}\n{R}') == ["oversized", OK, OK]


@pytest.mark.parametrize("deep", [50, 90_000])
def test_deep_nesting_raises_nothing(deep: int) -> None:
    nested = R.replace("}", f',"e":{"[" * deep}{"]" * deep}}}')
    assert reasons(f"{nested}\n{R}") == [OK if deep == 50 else BROKEN, OK]


def layouts(values: list[str]) -> Iterator[tuple[str, bytes]]:
    """Files that hold the values: valid JSON, or objects that are broken but for their brackets."""
    yield "lines", "\n".join(values).encode()
    yield "CRLF", "".join(f"{value}\r\n" for value in values).encode()
    yield "joined", "".join(values).encode()
    yield "array", f"[{', '.join(values)}]".encode()
    yield "commas", "".join(f"{value},\n" for value in values).encode()
    for indent in (0, 2):
        yield f"indent {indent}", "\n".join(spread_out(value, indent) for value in values).encode()
    yield "gzip", gzip.compress("\n".join(values).encode())


def spread_out(value: str, indent: int) -> str:
    """A line end behind each bracket, comma and colon, without parsing what may be broken. No string holds any."""
    for sign in "{[,:":
        value = value.replace(sign, f"{sign}\n{' ' * indent}")
    return value.replace("}", f"\n{' ' * indent}}}").replace("]", f"\n{' ' * indent}]")


_INNER = st.sampled_from([CUSTOMER.replace(" ", ""), "7", "[{},{}]", '{"a":{"b":[{}]}}', '"s"'])
_BREAKS = st.sampled_from(
    [
        lambda text: text,
        lambda text: text.replace("}", ",}"),
        lambda text: text.replace("1655564376361", "nan"),
        lambda text: text.replace(",", "", 1),
        lambda text: text.replace('"email":', '"email"'),
        lambda text: text.replace('"phone"', "phone"),
        lambda text: text.replace('"1"', "null"),
    ]
)


@st.composite
def _values(draw: st.DrawFn) -> str:
    inner = draw(_INNER)
    text = draw(st.sampled_from([CUSTOMER.replace(" ", ""), f'{{"op":"delete","before":{inner}}}']))
    extra = draw(st.sampled_from(["", f',"device":{inner}']))
    broken: str = draw(_BREAKS)(text[:-1] + extra + "}")
    return broken


@settings(max_examples=100, deadline=None)
@given(values=st.lists(_values(), min_size=1, max_size=4))
def test_a_value_has_the_same_verdict_however_it_is_laid_out(values: list[str]) -> None:
    expected = [reason for value in values for reason in reasons(value, "customer")]
    assert len(expected) == len(values)
    for name, data in layouts(values):
        assert reasons(data, "customer") == expected, name


@pytest.mark.parametrize(("source", "good"), [("customer", CUSTOMER), ("accelerometer", R), ("step_trainer", STEP)])
def test_every_malformation_costs_itself_in_lines(source: str, good: str) -> None:
    malformer = Malformer(record_shape(source))
    made = [malformer.malformed(good) for _ in range(40)]
    small = [(reason, text) for reason, text in made if reason is not Reason.OVERSIZED]
    lines = [line for _, text in small for line in (good, text)]
    found = reasons("\n".join(lines), source)
    assert found == [verdict for reason, _ in small for verdict in (None, reason.value)]


_SNIPPETS = st.sampled_from(
    [
        R,
        R,
        CUT,
        R[:16],
        R[:18],
        *'{}[]"\\,: \n7x',
        "\n",
        "\n",
        "\r\n",
        '\\"',
        "null",
        '"s"',
        "1.5e3",
        "\ufeff",
        "\0",
        "\udcfe",
        f"{R}\n",
        f"{R},\n",
        f"\n\ufeff{R}",
        '{"a":[{"b":1},',
        '{"op":"d","before":',
        '{"op":"d","before"',
        '{"a":"}{"}',
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    snippets=st.lists(_SNIPPETS, max_size=25), sizes=st.tuples(*[st.integers(4, 200)] * 3), largest=st.integers(20, 60)
)
def test_two_ways_of_counting_agree_on_any_bytes(
    snippets: list[str], sizes: tuple[int, int, int], largest: int
) -> None:
    data = encoded("".join(snippets))
    with pytest.MonkeyPatch.context() as patch:
        if sizes[2] % 2:
            # Objects as large as that are oversized: so windows end inside of all of them.
            patch.setattr(boundaries, "MAX_RECORD_BYTES", largest)
            for name, size in (("_LARGEST", largest), ("_AHEAD", 2 * largest + 4), ("_WINDOW", 6 * largest)):
                patch.setattr(objects, name, size)
        counted = objects.count_text(data[start : start + sizes[0]] for start in range(0, len(data), sizes[0]))
        assert counted == _read(data, 1 << 20) == _read(data, sizes[1])


def _read(data: bytes, read_bytes: int) -> tuple[int, bool]:
    records = Boundaries(Window(io.BytesIO(data), None, read_bytes))
    found = []
    while records.more():
        found.append(records.next())
    return len(found), bool(found) and found[-1].open_at_end


class _Counted:
    """Stands for a pattern, and counts how often it is asked and how much it looks at."""

    def __init__(self, pattern: Any) -> None:
        self.work = 0
        self._pattern = pattern

    def match(self, text: bytes, position: int = 0) -> Any:
        match = self._pattern.match(text, position)
        self.work += 1 + (match.end() if match else len(text)) - position
        return match


@pytest.mark.parametrize(
    "text",
    [
        R.replace("1.0", "nan", 1),
        '{"user":1,',
        f"{CUT}\n",
        f"{CUT}\n{R}\n",
        "{",
        "{\n",
        '"',
        "[{",
        f"}}{R}",
        "1 ",
        f'{{"op":"d","before":\n{R}\n',
    ],
)
def test_the_work_grows_as_the_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(times: int) -> int:
        counted = {name: _Counted(getattr(brackets, name)) for name in ("_NEXT_BRACKET", "_NO_BRACKET")}
        with monkeypatch.context() as patch:
            for name, pattern in counted.items():
                patch.setattr(brackets, name, pattern)
            _read((text * times).encode(), 1 << 16)
        return sum(pattern.work for pattern in counted.values())

    times = 100_000 // len(text)
    # Each byte is looked at about three times: as text, as a line that may begin a record, and where a read ends.
    assert work(times) <= 8 * times * len(text) + 10_000
    assert work(2 * times) <= 2.2 * work(times) + 10_000


def test_splits_are_where_a_line_begins_another_record() -> None:
    data = encoded(f'{{"op":"d","before":\n{R}\n,}}\n{R}\n{CUT}\n{R}{R}\n{R}\n' * 3)
    assert file_rows(data, split_bytes=1) == file_rows(data)
    assert json.loads(R)["user"] not in {row["user"] for row in file_rows(data) if row["reason"]}
