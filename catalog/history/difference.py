"""What changed in a table between two moments: rows added, removed and changed, told apart by its grain.

Rows are compared whole, as multisets; files that both snapshots read with the same deletes are not read at all, so a
comparison costs in proportion to what was rewritten in between. Rows of people who do not agree now are counted, and
shown only if asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from catalog.history.time_travel import open_table, resolve
from catalog.history.withdrawn import published_now, withdrawn_rows
from catalog.read.parquet_sql import quoted
from catalog.read.row_count import count_rows
from catalog.read.snapshot_reader import SnapshotReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from catalog.history.withdrawn import Published
    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Example:
    """A row that differs.

    Attributes:
        kind: added, removed or changed.
        row: its values by column, as they are at the later moment (a removed row's: at the earlier one).
        was: of a changed row, the earlier values of the columns that changed.
    """

    kind: Kind
    row: dict[str, Any]
    was: dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """How a table differs between two of its snapshots.

    Attributes:
        table: its identifier.
        from_snapshot: the earlier side.
        to_snapshot: the later side.
        grain: the columns that say which rows are the same one.
        from_rows: rows of the earlier side.
        to_rows: rows of the later side; from_rows - removed + added.
        added: rows whose grain the earlier side lacks.
        removed: rows whose grain the later side lacks.
        changed: rows that both sides have, with other values.
        withdrawn: rows of either side whose people do not agree now.
        examples: some of them, personal columns concealed.
    """

    table: str
    from_snapshot: int
    to_snapshot: int
    grain: tuple[str, ...]
    from_rows: int
    to_rows: int
    added: int
    removed: int
    changed: int
    withdrawn: int
    examples: tuple[Example, ...] = ()


def difference(
    profile: Profile,
    spec: TableSpec,
    earlier: str | datetime,
    later: str | datetime,
    *,
    examples: int = 0,
    conceal: Callable[[str, str], str],
    withdrawn: bool = False,
) -> Difference:
    """Compare a table at two moments.

    Args:
        profile: the lake.
        spec: the table.
        earlier: the moment compared from: a tag, a UTC time, a snapshot id or ``main``.
        later: the moment compared to.
        examples: rows of each kind to show.
        conceal: what stands for a personal value in an example, by its column and the value.
        withdrawn: whether examples may be of people who do not agree now.

    Raises:
        UsageError: there is no lake, or a moment is not in the table's history.
    """
    table = open_table(profile, spec)
    before, after = resolve(table, spec, earlier), resolve(table, spec, later)
    with SnapshotReader(profile) as reader:
        columns = _collect(reader, spec, before, after)
        _label(reader, columns, spec.grain)
        added, removed, changed = _counts(reader)
        withheld = _withhold(reader, spec, (before, after), published_now(profile))
        among = "labelled" if withdrawn else f"labelled ANTI JOIN withheld USING ({quoted(spec.grain)})"
        shown = _examples(reader, columns, spec.grain, examples, among)
    return Difference(
        spec.identifier,
        before,
        after,
        spec.grain,
        count_rows(table, before),
        count_rows(table, after),
        added,
        removed,
        changed,
        withheld,
        tuple(_concealed(example, spec, conceal) for example in shown),
    )


def _collect(reader: SnapshotReader, spec: TableSpec, before: int, after: int) -> list[str]:
    """Make the table ``differing``: rows with how many copies of each came (or, negative, went); its columns."""
    # Both sides with the later one's columns: what it has no column for cannot be compared.
    gone, come = reader.unshared(spec, before, after)
    columns = list(reader.columns(come))
    reader.create_temp_table(
        "differing",
        f"""SELECT {quoted(columns)}, sum("copies ")::BIGINT AS "copies " FROM (
          SELECT *, -1 AS "copies " FROM {gone} UNION ALL SELECT *, 1 FROM {come}
        ) GROUP BY {quoted(columns)} HAVING sum("copies ") <> 0""",
    )
    return columns


def _label(reader: SnapshotReader, columns: list[str], grain: tuple[str, ...]) -> None:
    """Make the view ``labelled``: of the rows of one grain, the nth that went and the nth that came are one row."""
    reader.fetch(
        f"""CREATE TEMP VIEW labelled AS SELECT *,
          row_number() OVER (PARTITION BY {quoted(grain)}, "copies " > 0 ORDER BY {quoted(columns)}) AS "nth ",
          sum(greatest("copies ", 0)) OVER (PARTITION BY {quoted(grain)}) AS "come ",
          sum(greatest(-"copies ", 0)) OVER (PARTITION BY {quoted(grain)}) AS "gone "
        FROM differing"""
    )
    reader.fetch(
        f"""CREATE TEMP VIEW grains AS SELECT
          sum(greatest("copies ", 0)) AS come, sum(greatest(-"copies ", 0)) AS gone
        FROM differing GROUP BY {quoted(grain)}"""
    )


def _counts(reader: SnapshotReader) -> tuple[int, int, int]:
    [(added, removed, changed)] = reader.fetch(
        """SELECT coalesce(sum(greatest(come - gone, 0)), 0)::BIGINT,
          coalesce(sum(greatest(gone - come, 0)), 0)::BIGINT,
          coalesce(sum(least(come, gone)), 0)::BIGINT FROM grains"""
    )
    return added, removed, changed


def _withhold(reader: SnapshotReader, spec: TableSpec, snapshots: tuple[int, int], published: Published) -> int:
    """Make the table ``withheld``: the grains of either side's rows whose people do not agree now; how many rows."""
    sides = [rows for each in snapshots if (rows := withdrawn_rows(reader, spec, each, published))]
    columns = quoted(spec.grain)
    nothing = f"SELECT {columns} FROM {reader.relation(spec, None)}"
    parts = " UNION ".join(f"SELECT {columns} FROM ({rows})" for rows in sides)
    reader.create_temp_table("withheld", parts or nothing)
    [(number,)] = reader.fetch("SELECT count(*) FROM withheld")
    return int(number)


_KINDS: dict[Kind, str] = {
    "added": '"copies " > 0 AND "nth " > "gone "',
    "removed": '"copies " < 0 AND "nth " > "come "',
    "changed": '"copies " > 0 AND "nth " <= "gone "',
}
_FORMER = '"copies " < 0 AND "nth " <= "come "'


def _examples(
    reader: SnapshotReader, columns: list[str], grain: tuple[str, ...], count: int, among: str
) -> list[Example]:
    if not count:
        return []

    def rows(condition: str) -> list[dict[str, Any]]:
        order = f'ORDER BY {quoted(grain)}, "nth " LIMIT {count}'
        return list(reader.table(f"(SELECT {quoted(columns)} FROM {among} WHERE {condition} {order})").to_pylist())

    former = rows(_FORMER)
    examples = []
    for kind, condition in _KINDS.items():
        for number, row in enumerate(rows(condition)):
            was = former[number] if kind == "changed" else row
            examples.append(Example(kind, row, {name: value for name, value in was.items() if value != row[name]}))
    return examples


def _concealed(example: Example, spec: TableSpec, conceal: Callable[[str, str], str]) -> Example:
    def hidden(row: dict[str, Any]) -> dict[str, Any]:
        return {
            name: conceal(name, str(value)) if name in spec.personal_columns and value is not None else value
            for name, value in row.items()
        }

    return Example(example.kind, hidden(example.row), hidden(example.was))
