"""The fields that each source declares, and what a value of one must be like. They come from the landing specs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from catalog.arrow_types import ARROW_TYPES
from catalog.specs import table
from catalog.specs.landing import DERIVED, PROVENANCE

if TYPE_CHECKING:
    from catalog.spec import Column

# Milliseconds outside of these years are seconds, microseconds or a clock that was never set.
EARLIEST_MS = int(datetime(2010, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_MS = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)

# Something@something.something without blanks; written so that RE2 and Python's re read it alike.
EMAIL_SHAPE = r"[^@ \t\r\n\f\v]+@[^@ \t\r\n\f\v]+\.[^@ \t\r\n\f\v]+"
_EMAIL_FIELDS = frozenset({"email", "user"})


@cache
def fields(source: str) -> tuple[Column, ...]:
    """The columns that the source itself sends, in the landing table's order."""
    columns = table(f"landing.{source}_landing").columns
    return tuple(column for column in columns if column not in PROVENANCE and column not in DERIVED)


def is_time(column: Column) -> bool:
    """Whether the field is an instant in epoch ms: the sources have no other 64-bit integers."""
    return column.type == "long"


def is_email(column: Column) -> bool:
    """Whether the field is an e-mail address."""
    return column.name in _EMAIL_FIELDS


@cache
def declared_schema(source: str) -> pa.Schema:
    """Arrow schema of the source's fields."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in fields(source)])


@cache
def batch_schema(source: str) -> pa.Schema:
    """Arrow schema of what the reader gives: fields, extraFields, recordNumber, and the verdict on the record."""
    verdict = [(name, pa.string()) for name in ("reason", "detail", "rawText")]
    added = [("extraFields", pa.string()), ("recordNumber", pa.int64()), *verdict]
    return pa.schema([*declared_schema(source), *(pa.field(name, type_) for name, type_ in added)])


@cache
def record_start(source: str) -> re.Pattern[str]:
    """Where a new object of the source evidently begins, inside one that does not parse."""
    names = "|".join(re.escape(column.name) for column in fields(source))
    return re.compile(r'\{[ \t\r\n]*"(?:' + names + r')"[ \t\r\n]*:')
