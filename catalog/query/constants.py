"""Values of expressions that name no column, as Python's."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from catalog.query.literals import Typed
from catalog.query.refusal import invalid

if TYPE_CHECKING:
    import duckdb


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    from catalog.query.macros import connection

    return connection()


def evaluated(value: Typed) -> Any:
    """What the expression comes to."""
    import duckdb

    try:
        row = _connection().execute(f"SELECT {value.sql}").fetchone()
    except duckdb.Error:
        raise invalid("a constant in it cannot be computed") from None
    return row[0] if row else None


def evaluated_moment(value: Typed) -> datetime:
    """A moment, in UTC."""
    moment = evaluated(Typed(f"CAST({value.sql} AS TIMESTAMP)", value.type))
    if not isinstance(moment, datetime):
        raise invalid("FOR TIMESTAMP AS OF NULL")
    return moment.replace(tzinfo=UTC)
