"""CSV that distinguishes NULL from an empty text, and that spreadsheets do not evaluate as formulas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_QUOTED = re.compile(r'[",\r\n]')
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that spreadsheets compute, or that hides such a beginning (OWASP, CSV injection)."""


def csv_cells(values: Sequence[str | None], *, guarded: bool) -> Iterator[str]:
    """The cells of a column: NULL is empty, an empty text is ``""``.

    Args:
        values: as they are printed.
        guarded: put ``'`` before those that a spreadsheet would take for a formula.
    """
    return ("" if value is None else csv_cell(value, guarded=guarded) for value in values)


def csv_cell(value: str, *, guarded: bool) -> str:
    """A text as a cell."""
    if guarded and value.startswith(_FORMULA):
        value = "'" + value
    if value and not _QUOTED.search(value):
        return value
    return '"' + value.replace('"', '""') + '"'
