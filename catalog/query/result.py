"""The answer to a query, whichever engine gave it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result: the name and the type that Athena gives it."""

    name: str
    type: str


@dataclass(frozen=True)
class TableRead:
    """A table that a query read: its identifier, and the snapshot; None for a metadata table, or where it had none."""

    table: str
    snapshot_id: int | None


@dataclass(frozen=True)
class Result:
    """The answer, to be read once.

    Attributes:
        columns: as Athena names and types them.
        batches: the rows; columns are in order, their names may repeat.
        read: what was read, in the query's order, where the engine tells.
        notes: what a person should know about the answer.
    """

    columns: tuple[ResultColumn, ...]
    batches: pa.RecordBatchReader
    read: tuple[TableRead, ...] = ()
    notes: tuple[str, ...] = ()


def printed(value: Any, type_: str) -> Any:
    """A value of a result as JSON holds it: moments, days and decimals are text, as Athena prints them."""
    if isinstance(value, datetime):
        digits = int(type_.partition("(")[2].partition(")")[0] or 3)
        written = value.replace(tzinfo=None).isoformat(" ", "microseconds")
        zone = " UTC" if type_.endswith("with time zone") else ""
        return written[: 20 + digits if digits else 19] + zone
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return dict(value)
    return value.isoformat() if isinstance(value, date) else value


def moment(epoch_ms: int) -> str:
    """A moment as people read it, UTC."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
