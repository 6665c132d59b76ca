"""Constants: as SQL text for DuckDB, and from what a user typed for a parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from catalog.query.refusal import invalid, unsupported
from catalog.query.types import BIGINT, DATE, DOUBLE, INTEGER, VARCHAR, Type, decimal, timestamp

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[ T](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.(?P<fraction>\d{1,6}))?)?))?\s*(?P<zone>\S+)?"
)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_UTC = {"utc", "z", "+00:00", "gmt", "etc/utc"}
_MAX_INTEGER, _MAX_BIGINT = 2**31 - 1, 2**63 - 1


@dataclass(frozen=True)
class Typed:
    """DuckDB's SQL of an expression, and the type that it has on Athena."""

    sql: str
    type: Type


def quoted(text: str) -> str:
    """A string as a SQL literal."""
    if "\0" in text:
        raise invalid("a string holds a NUL character")
    return "'" + text.replace("'", "''") + "'"


def text(value: str) -> Typed:
    """A string constant."""
    return Typed(quoted(value), VARCHAR)


def number(written: str) -> Typed:
    """A number as Trino types it: by its size, its digits, and whether it has an exponent."""
    if not _NUMBER.fullmatch(written):
        raise unsupported("a sum written without spaces behind an exponent", "put spaces around + and -")
    if "e" in written.lower():
        return Typed(f"CAST({quoted(written)} AS DOUBLE)", DOUBLE)
    if "." in written:
        digits = Decimal(written).as_tuple()
        scale = -int(digits.exponent)
        type_ = decimal(max(len(str(abs(int(Decimal(written).scaleb(scale))))), scale, 1), scale)
        return Typed(f"CAST({quoted(written)} AS {type_.duckdb})", type_)
    if int(written) > _MAX_BIGINT:
        raise invalid(f"the number {written} is too large")
    type_ = INTEGER if int(written) <= _MAX_INTEGER else BIGINT
    return Typed(f"CAST({int(written)} AS {type_.duckdb})", type_)


def date(written: str) -> Typed:
    """A constant of ``DATE '…'``."""
    if not _DATE.fullmatch(written.strip()):
        raise invalid("a DATE is written as YYYY-MM-DD")
    try:
        datetime.strptime(written.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise invalid("a DATE is no day of the calendar") from None
    return Typed(f"CAST({quoted(written.strip())} AS DATE)", DATE)


def moment(written: str) -> Typed:
    """A constant of ``TIMESTAMP '…'``; it has a zone where one is written, which must be UTC."""
    match = _MOMENT.fullmatch(written.strip())
    if not match:
        raise invalid("a TIMESTAMP is written as YYYY-MM-DD HH:MM:SS, with UTC after it where a zone is meant")
    if match["zone"] and match["zone"].lower() not in _UTC:
        raise unsupported("a TIMESTAMP in a zone other than UTC", "write it in UTC")
    value = instant(written)
    type_ = timestamp(len(match["fraction"] or ""), zone=bool(match["zone"]))
    return Typed(f"CAST({quoted(value.strftime('%Y-%m-%d %H:%M:%S.%f'))} AS TIMESTAMP)", type_)


def instant(written: str) -> datetime:
    """A moment as a person writes it: a date, with a time, with UTC or an offset; without one it is UTC.

    Raises:
        RefusedQueryError: it is none.
    """
    match = _MOMENT.fullmatch(written.strip())
    wrong = invalid("a moment is written as YYYY-MM-DD HH:MM:SS, with UTC or an offset such as +02:00")
    if match is None:
        raise wrong
    try:
        zone = match["zone"] or "UTC"
        offset = "+00:00" if zone.lower() in _UTC else zone
        return datetime.fromisoformat(f"{match['date']}T{match['time'] or '00:00'}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
