"""The lineage as a picture: a column per zone, arrows from each table to the tables that depend on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.plural import counted
from catalog.schema.table_spec import Zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from expectations.reporting.view import TableView

# In the picture's own unit, which is about a pixel.
_WIDTH, _HEIGHT = 112, 56
_COLUMN, _ROW, _TOP = 148, 74, 26


@dataclass(frozen=True)
class Node:
    """A table in the picture: position and text of its box."""

    table: TableView
    x: int
    y: int
    width: int = _WIDTH
    height: int = _HEIGHT

    @property
    def lines(self) -> tuple[str, ...]:
        """Verdict and name, without the zone that the column says, word by word; then the rows."""
        mark = {"good": "✓ ", "bad": "✗ "}.get(self.table.state, "")
        words = self.table.name.removesuffix(f"_{self.table.zone}").split("_")
        rows = "" if self.table.rows is None else counted(self.table.rows, "row")
        return (mark + words[0], *words[1:], rows)


@dataclass(frozen=True)
class Picture:
    """Boxes, arrows and headings, and how large they are together.

    Attributes:
        width: of the picture.
        height: of the picture.
        headings: the zones: x of the middle, and the name.
        nodes: the tables.
        arrows: SVG path data, one for each dependency.
        words: the same in sentences.
    """

    width: int
    height: int
    headings: tuple[tuple[int, str], ...]
    nodes: tuple[Node, ...]
    arrows: tuple[str, ...]
    words: tuple[str, ...]


def picture(tables: Sequence[TableView], lineage: Mapping[str, Sequence[str]]) -> Picture:
    """Draw tables and what each is made from."""
    columns = [zone for zone in Zone if any(table.zone == zone for table in tables)]
    nodes = {}
    for column, zone in enumerate(columns):
        members = [table for table in tables if table.zone == zone]
        for row, table in enumerate(members):
            nodes[table.identifier] = Node(table, column * _COLUMN + 1, _TOP + row * _ROW)
    pairs = [
        (nodes[source], nodes[made])
        for made, sources in lineage.items()
        for source in sources
        if source in nodes and made in nodes
    ]
    tallest = max((node.y + node.height for node in nodes.values()), default=_TOP)
    return Picture(
        width=max(len(columns) - 1, 0) * _COLUMN + _WIDTH + 2,
        height=tallest + 2,
        headings=tuple((column * _COLUMN + 1 + _WIDTH // 2, str(zone)) for column, zone in enumerate(columns)),
        nodes=tuple(nodes.values()),
        arrows=tuple(_arrow(source, made) for source, made in pairs),
        words=tuple(f"{made} is made from {_listed(sources)}." for made, sources in lineage.items()),
    )


def _arrow(source: Node, made: Node) -> str:
    """Down within a zone; from side to side, in a curve, between zones."""
    if source.x == made.x:
        middle = source.x + _WIDTH // 2
        return f"M{middle} {source.y + _HEIGHT}L{middle} {made.y - 2}"
    forward = made.x > source.x
    start, end = (source.x + _WIDTH, made.x - 2) if forward else (source.x, made.x + _WIDTH + 2)
    bend = (start + end) // 2
    # Arrows that go back enter lower, so that they do not cover those that go forward.
    shift = _HEIGHT // 2 if forward else _HEIGHT * 3 // 4
    return f"M{start} {source.y + shift}C{bend} {source.y + shift} {bend} {made.y + shift} {end} {made.y + shift}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
