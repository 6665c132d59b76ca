"""Constants: as SQL text for DuckDB, and from what a user typed for a parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from datetime import date as calendar_day
from decimal import Decimal

from catalog.query.refusal import invalid, unsupported
from catalog.query.types import BIGINT, DATE, DOUBLE, INTEGER, VARCHAR, Type, decimal

_DATE = re.compile(r"([+-]?[0-9]{1,9})-([0-9]{1,2})-([0-9]{1,2})")
_MOMENT = re.compile(
    r"(?P<year>[+-]?[0-9]{4,9})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?: (?:(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:\.(?P<fraction>[0-9]+))?)?)?"
    r"\s*(?P<zone>.+)?)?"
)
# A moment as people type it for a parameter, or for FOR TIMESTAMP AS OF.
_INSTANT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[ T](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))?\s*(?P<zone>\S+)?"
)
# What Java's Character.isWhitespace holds for white space: Trino trims it, and leaves it out around dates and moments.
SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \u1680\u2028\u2029\u205f\u3000" + "".join(
    chr(code)
    for code in range(0x2000, 0x200B)
    if code != 0x2007  # noqa: PLR2004 - a space that does not break
)
_MICROSECONDS = 6
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_UTC = {"UTC", "Z", "GMT", "Etc/UTC", "+00:00", "-00:00"}
_INSTANT_UTC = {"UTC", "Z", "GMT", "ETC/UTC"}
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


def number(written: str, sign: str = "") -> Typed:
    """A number as Trino types it: by its size and sign, its digits, and whether it has an exponent."""
    if not _NUMBER.fullmatch(written):
        raise unsupported("a sum written without spaces behind an exponent", "put spaces around + and -")
    if "e" in written.lower():
        return Typed(f"CAST({quoted(sign + written)} AS DOUBLE)", DOUBLE)
    if "." in written:
        digits = Decimal(written).as_tuple()
        scale = -int(digits.exponent)
        type_ = decimal(max(len(str(abs(int(Decimal(written).scaleb(scale))))), scale, 1), scale)
        return Typed(f"CAST({quoted(sign + written)} AS {type_.duckdb})", type_)
    value = int(sign + written)
    if not -_MAX_BIGINT - 1 <= value <= _MAX_BIGINT:
        raise invalid(f"the number {written} is too large")
    type_ = INTEGER if -_MAX_INTEGER - 1 <= value <= _MAX_INTEGER else BIGINT
    return Typed(f"CAST({quoted(str(value))} AS {type_.duckdb})", type_)


def date(written: str) -> Typed | None:
    """The day that a text names, as CAST and ``DATE '…'`` read it; None where it names none.

    Raises:
        RefusedQueryError: it is a day that this engine cannot hold.
    """
    match = _DATE.fullmatch(written.strip(SPACES))
    if match is None:
        return None
    value = _day(*map(int, match.groups()))
    return Typed(f"CAST({quoted(value.isoformat())} AS DATE)", DATE) if value else None


def moment(written: str, type_: Type) -> Typed | None:
    """The moment of that type that a text names, as CAST and ``TIMESTAMP '…'`` read it; None where it names none.

    Raises:
        RefusedQueryError: it is one that this engine cannot hold, or in another zone than UTC.
    """
    match = _MOMENT.fullmatch(written.strip(SPACES))
    if match is None:
        return None
    zone, fraction = match["zone"], match["fraction"] or ""
    if zone and zone not in _UTC:
        raise unsupported("a TIMESTAMP in a zone other than UTC", "write it in UTC")
    if zone and not type_.name.endswith("zone"):
        raise unsupported("a text with a zone as a timestamp without one", "leave the zone out")
    if len(fraction) > _MICROSECONDS:
        raise unsupported("a TIMESTAMP with more than six digits after the second", "write six")
    day = _day(*(int(match[part]) for part in ("year", "month", "day")))
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    if day is None or hour > 23 or max(minute, second) > 59:  # noqa: PLR2004 - the last of a day, of an hour
        return None
    micros = int(fraction.ljust(_MICROSECONDS, "0"))
    value = datetime(day.year, day.month, day.day, hour, minute, second, micros, tzinfo=UTC)
    sql = f"CAST({quoted(value.replace(tzinfo=None).isoformat(' ', 'microseconds'))} AS TIMESTAMP)"
    return Typed(rounded(sql, len(fraction), type_), type_)


def rounded(sql: str, digits: int, type_: Type) -> str:
    """SQL of a moment with that many digits after the second, in the precision of the type."""
    if type_.precision >= digits:
        return sql
    return f"stedi_rounded({sql}, {10 ** (_MICROSECONDS - type_.precision)})"


def _day(year: int, month: int, day: int) -> calendar_day | None:
    if not MINYEAR <= year <= MAXYEAR:
        raise unsupported("years before 1 or after 9999")
    try:
        return calendar_day(year, month, day)
    except ValueError:
        return None


def instant(written: str) -> datetime:
    """A moment as a person writes it: a date, with a time, with UTC or an offset; without one it is UTC.

    Raises:
        RefusedQueryError: it is none.
    """
    match = _INSTANT.fullmatch(written.strip())
    wrong = invalid("write a timestamp as YYYY-MM-DD HH:MM:SS, with UTC or an offset such as +02:00")
    if match is None:
        raise wrong
    try:
        zone = match["zone"] or "UTC"
        offset = "+00:00" if zone.upper() in _INSTANT_UTC else zone
        return datetime.fromisoformat(f"{match['date']}T{match['time'] or '00:00'}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
