"""What both fast readings do with whole columns: the rules that values must keep, and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from jobs.reader.fields import DAY_MS, EARLIEST_MS, LATEST_MS, UPDATED, derived, fields, is_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.schema.table_spec import Column

    _Array = pa.Array[Any]

# Printable ASCII without blanks: there RE2, re and the rules for invisible characters have nothing to differ about.
# Braces, which only an object has in a block that is read fast, are none of it.
_ENDS_LOCAL = r"[!#-&*+/0-9=?A-Z^-z|~-]"
ADDRESS = rf"{_ENDS_LOCAL}(?:[!#-'*+./0-9=?A-Z^-z|~-]*{_ENDS_LOCAL})?@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+"
"""Regular expression of e-mail addresses that are certainly some, for RE2."""
_VISIBLE = r"^[!-~]+$"
_NORMAL = r"^[!-@\[-~]+$"


def numbers_hold(column: Column, values: _Array, arrived_ms: int) -> bool:
    """Whether a field is there where it must be, and, if it is a number, keeps its rules."""
    if column.required and values.null_count:
        return False
    if is_time(column):
        earliest, latest = (pc.min_max(values)[place].as_py() for place in ("min", "max"))
        end = min(LATEST_MS, arrived_ms + DAY_MS + 1) if column.name == UPDATED else LATEST_MS
        return earliest is None or (earliest >= EARLIEST_MS and latest < end)
    return column.type != "double" or bool(pc.all(pc.is_finite(values)).as_py())


def finished(columns: list[_Array], source: str) -> list[_Array] | None:
    """The declared fields as they are kept, and what is derived of them; None where a derived one would be blank.

    Args:
        columns: the fields, those that say who or which device it was as dictionaries.
        source: customer, accelerometer or step_trainer.
    """
    typed = [
        _positive_zero(values) if column.type == "double" else values
        for column, values in zip(fields(source), columns, strict=True)
    ]
    made = [
        _normalised(cast("pa.DictionaryArray[Any, Any]", columns[place]), normalise)
        for _, place, normalise in derived(source)
    ]
    return [*typed, *made] if all(values.null_count == 0 for values in made) else None


def _positive_zero(values: _Array) -> _Array:
    """-0 and 0 are one value."""
    return pc.add(values, 0.0)


def _normalised(values: pa.DictionaryArray[Any, Any], normalise: Callable[[str], str]) -> _Array:
    """Each value normalised, null for what is blank then; every distinct value is looked at once."""
    distinct = values.dictionary
    if pc.all(pc.match_substring_regex(distinct, _NORMAL)).as_py():
        return values
    if pc.all(pc.match_substring_regex(distinct, _VISIBLE)).as_py():
        normal = pc.ascii_lower(distinct)
    else:
        normal = pa.array([normalise(str(value)) or None for value in distinct.to_pylist()], pa.string())
    # Different spellings have become one: no value may stand twice in a dictionary.
    encoded = normal.dictionary_encode()
    indices = encoded.indices.take(values.indices)
    return cast("_Array", pa.DictionaryArray.from_arrays(indices, encoded.dictionary, safe=False))
