"""A text table: columns side by side if they fit, otherwise each row printed vertically."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BETWEEN = "   "
_MARGIN = "  "


def lines_of(
    names: Sequence[str], columns: Sequence[Sequence[str]], numeric: Sequence[bool], width: int | None
) -> Iterator[str]:
    """The lines of a table.

    Args:
        names: names of the columns.
        columns: the printed cells of each column.
        numeric: which columns to align right.
        width: of the terminal; None if there is none: lines are then as long as needed.
    """
    shown = [_printable(column) for column in columns]
    titles = _printable(names)
    sizes = [max((_width(title), *_widths(cells))) for title, cells in zip(titles, shown, strict=True)]
    if width is not None and len(_MARGIN) + sum(sizes) + len(_BETWEEN) * (len(sizes) - 1) > width:
        yield from _records(titles, shown, width)
        return
    yield _MARGIN + _BETWEEN.join(map(_padded, titles, sizes, numeric)).rstrip()
    yield _MARGIN + "─" * (sum(sizes) + len(_BETWEEN) * (len(sizes) - 1))
    padded = [_all_padded(cells, size, right) for cells, size, right in zip(shown, sizes, numeric, strict=True)]
    for row in zip(*padded, strict=True):
        yield _MARGIN + _BETWEEN.join(row).rstrip()


def _records(titles: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    size = max(map(_width, titles))
    names = _all_padded(titles, size, right=False)
    for number, row in enumerate(zip(*columns, strict=True), 1):
        yield f"─[ row {number:,} ]".ljust(min(width, size + 20), "─")
        for name, cell in zip(names, row, strict=True):
            yield f"{name} │ {cell}"


def _printable(cells: Sequence[str]) -> Sequence[str]:
    r"""The cells, with what would move the cursor or break a line written as an escape such as ``\n``."""
    if "".join(cells).isprintable():
        return cells
    return ["".join(char if char.isprintable() else _escaped(char) for char in cell) for cell in cells]


def _escaped(char: str) -> str:
    return repr(char)[1:-1]


def _widths(cells: Sequence[str]) -> Iterator[int]:
    return map(len if "".join(cells).isascii() else _width, cells)


def _width(cell: str) -> int:
    """Width on a terminal: two columns for wide characters, none for combining marks."""
    if cell.isascii():
        return len(cell)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in cell
    )


def _all_padded(cells: Sequence[str], size: int, right: bool) -> list[str]:
    if "".join(cells).isascii():
        return [cell.rjust(size) if right else cell.ljust(size) for cell in cells]
    return [_padded(cell, size, right) for cell in cells]


def _padded(cell: str, size: int, right: bool) -> str:
    space = " " * (size - _width(cell))
    return space + cell if right else cell + space
