"""What a query needs of a table: which columns, and which rows at most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pyiceberg.expressions import BooleanExpression

    from catalog.query.types import Type


@dataclass(frozen=True)
class Version:
    """What FOR … AS OF asks for: exactly one is set.

    Attributes:
        moment: the table as it was published then.
        snapshot_id: that snapshot.
        ref: the snapshot that this tag or branch names.
    """

    moment: datetime | None = None
    snapshot_id: int | None = None
    ref: str | None = None


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: the name that Athena shows, in lower case, the type, and the name in the table."""

    name: str
    type: Type
    stored: str


@dataclass(eq=False)
class Scan:
    """One reference to a table in a query.

    Attributes:
        alias: its name in DuckDB.
        table: ``zone.table``.
        kind: of a metadata table, such as ``snapshots``; None for the table itself.
        snapshot_id: what is read; None where the table has no snapshot yet, or for a metadata table.
        columns: all its columns.
        used: names in the table of the columns that the query needs.
        conditions: every row that matters fulfils all of these; columns are named as in the table.
        rows: all its rows, by name in the table, where they were told with the reference; None: they are to be read.
    """

    alias: str
    table: str
    kind: str | None
    snapshot_id: int | None
    columns: tuple[TableColumn, ...]
    used: dict[str, None] = field(default_factory=dict)
    conditions: list[BooleanExpression] = field(default_factory=list)
    rows: Sequence[Mapping[str, Any]] | None = None
