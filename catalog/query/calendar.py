"""The days that a result can hold: of the years 1 to 9999, which is what Python, JSON and spreadsheets know."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from catalog.query.refusal import unsupported

if TYPE_CHECKING:
    import pyarrow as pa

_ENDS = ((date.min, time.min), (date.max, time.max))


def within_calendar(values: pa.Array[Any]) -> pa.Array[Any]:
    """The values.

    Raises:
        RefusedQueryError: a day or moment among them lies in another year.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ends: list[Any] = [date.min, date.max]
    if pa.types.is_timestamp(values.type):
        ends = [datetime.combine(day, clock, UTC if values.type.tz else None) for day, clock in _ENDS]
    elif not pa.types.is_date(values.type):
        return values
    first, last = (pa.scalar(end, values.type) for end in ends)
    outside = pc.or_(pc.less(values, first), pc.greater(values, last))
    if pc.any(outside).as_py():
        raise unsupported("years before 1 or after 9999")
    return values
