r"""The fastest reading: blocks of readings that are all written in one plain way, as devices write them.

Each is a line of its own with the declared keys, in one order, and nothing else; texts are printable ASCII without
blanks and without what has a meaning in JSON or CSV. One regular expression, which takes one pass over a block, says
whether that is so. Then a reader of CSV takes the values apart, in a third of the time that a reader of JSON needs.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from jobs.reader.columns import ADDRESS, finished, numbers_hold
from jobs.reader.fields import REPEATED, declared_schema, fields, is_email, is_identity

if TYPE_CHECKING:
    from catalog.schema.table_spec import Column
    from jobs.reader.spelling import Variants

_KEY = re.compile(rb'"([0-9A-Za-z_-]+)" ?:')
_INTEGER = "-?(?:0|[1-9][0-9]*)"
# All sources' long integers are instants; those of other centuries are refused.
_NUMBERS = {"long": "[1-4][0-9]{12}", "int": _INTEGER, "double": rf"{_INTEGER}(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"}
# Neither quotation marks, backslashes, brackets and braces, nor commas, colons and blanks.
_TEXT = r"[!#-+\--9;-Z^-z|~]+"
_FIRST_LINES = 5
_COMMAS = bytes.maketrans(b":", b",")
_NOT_OF_VALUES = b'{}" '


def read_plain(data: bytes, source: str, variants: Variants, arrived_ms: int) -> list[pa.Array[Any]] | None:
    """As ``fast.read_block``, of plainly written readings; None of all else."""
    keys = _keys(data, 0)
    pattern = _pattern(source, variants, keys)
    if pattern is None or not _matches(data, pattern):
        return None
    values = data.translate(_COMMAS, _NOT_OF_VALUES)
    try:
        rows = arrow_csv.read_csv(
            io.BytesIO(values),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=len(values) + 1, column_names=_alternating(keys)
            ),
            parse_options=arrow_csv.ParseOptions(quote_char=False),
            convert_options=_conversion(source, variants),
        )
    except pa.ArrowInvalid:
        return None  # a number that is too large
    columns = [pa.concat_arrays(column.chunks) for column in rows.columns]
    declared = zip(fields(source), columns, strict=True)
    if not all(numbers_hold(column, values, arrived_ms) for column, values in declared):
        return None
    return finished(columns, source)


def plain_pattern(data: bytes, source: str, variants: Variants) -> str | None:
    """What plain lines of a block are like, by the first of its first lines that may be one; None where none is."""
    start = 0
    for _ in range(_FIRST_LINES):
        if pattern := _pattern(source, variants, _keys(data, start)):
            return pattern
        start = data.find(b"\n", start) + 1
    return None


def _keys(data: bytes, start: int) -> tuple[str, ...]:
    """The keys of the line that begins there."""
    return tuple(key.decode("ascii") for key in _KEY.findall(data, start, data.find(b"\n", start) + 1 or len(data)))


def _matches(data: bytes, pattern: str) -> bool:
    return bool(pc.match_substring_regex(pa.array([data], pa.binary()), pattern)[0].as_py())


def _alternating(keys: tuple[str, ...]) -> list[str]:
    """Names of a line's columns: a key's, which is not read, and its value's."""
    return [name for key in keys for name in (f"key of {key}", key)]


@lru_cache(maxsize=1000)
def _pattern(source: str, variants: Variants, keys: tuple[str, ...]) -> str | None:
    """What a block must be like whose records have these keys in this order; None where they are not the source's."""
    columns = dict(zip(_spelt(source, variants), fields(source), strict=True))
    if len(keys) != len(columns) or set(keys) != set(columns):
        return None
    values = [_value(columns[key]) for key in keys]
    if not all(values):
        return None
    members = ", ?".join(f'"{re.escape(key)}" ?: ?{value}' for key, value in zip(keys, values, strict=True))
    return rf"^(?:\{{{members}\}}(?:\r?\n|\z))+\z"


def _value(column: Column) -> str:
    """What a plain value of the field is like; empty where others are usual."""
    if not column.required:
        return ""
    if column.type == "string":
        text = ADDRESS if is_email(column) else _TEXT if is_identity(column) else ""
        return text and f'"{text}"'
    return _NUMBERS[column.type]


def _spelt(source: str, variants: Variants) -> list[str]:
    """The declared fields under the file's own names."""
    spelt = {name: key for key, name in variants}
    return [spelt.get(column.name, column.name) for column in fields(source)]


@lru_cache(maxsize=100)
def _conversion(source: str, variants: Variants) -> arrow_csv.ConvertOptions:
    """How values are read, in the order of the declared fields."""
    names = _spelt(source, variants)
    types = [
        REPEATED if is_identity(column) else field.type
        for column, field in zip(fields(source), declared_schema(source), strict=True)
    ]
    # No text stands for null: a device may be called NA.
    return arrow_csv.ConvertOptions(
        column_types=dict(zip(names, types, strict=True)), include_columns=names, null_values=[]
    )
