"""Dates and moments; every moment with a zone is in UTC here, as it is in Athena's sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.query import literals
from catalog.query.compiler import Compiler, coerced, compiles
from catalog.query.gate import declare, describe
from catalog.query.literals import Typed
from catalog.query.refusal import invalid, unsupported
from catalog.query.types import BIGINT, DATE, DOUBLE, VARCHAR, timestamp

if TYPE_CHECKING:
    from catalog.query.compiler import Handler
    from catalog.query.scope import Place

_DAY_UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_TIME_UNITS = ("MILLISECOND", "SECOND", "MINUTE", "HOUR")
_SHIFT = {
    "MILLISECOND": "to_milliseconds({})",
    "SECOND": "to_seconds({})",
    "MINUTE": "to_minutes({})",
    "HOUR": "to_hours({})",
    "DAY": "to_days(CAST({} AS INTEGER))",
    "WEEK": "to_weeks(CAST({} AS INTEGER))",
    "MONTH": "to_months(CAST({} AS INTEGER))",
    "QUARTER": "to_months(CAST(3 * {} AS INTEGER))",
    "YEAR": "to_years(CAST({} AS INTEGER))",
}
_FORMAT_MARKS = ("%Y", "%m", "%d", "%H", "%M", "%S")

declare("this unit", exp.Interval)
declare("this", exp.Var)


def _time(compiler: Compiler, node: exp.Expr, place: Place, unit: str) -> Typed:
    """A date or a moment, which must have what the unit counts."""
    value = compiler.expression(node, place)
    if not (value.type.is_moment or value.type == DATE):
        raise invalid(f"{value.type} is not a date or timestamp; CAST it, or use from_unixtime for epochs")
    if unit not in (*_DAY_UNITS, *_TIME_UNITS, "DAYOFWEEK", "DAYOFYEAR"):
        raise unsupported(f"the unit {unit.lower()}")
    if value.type == DATE and unit in _TIME_UNITS:
        raise invalid(f"a date has no {unit.lower()}")
    return value


def _unit(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    if not isinstance(unit, exp.Var | exp.Literal):
        raise unsupported(f"{describe(node)} with a unit that is not written out")
    return unit.name.upper()


def shifted(value: Typed, interval: exp.Interval, sign: int) -> Typed:
    """A date or a moment, plus or minus ``INTERVAL 'n' UNIT``."""
    unit = interval.args.get("unit")
    written = interval.this.name if isinstance(interval.this, exp.Literal) else ""
    if not isinstance(unit, exp.Var) or unit.name.upper() not in _SHIFT or not written.lstrip("-").isdecimal():
        raise unsupported("INTERVAL except with a whole number and one unit, such as INTERVAL '2' DAY")
    if unit.name.upper() in {"WEEK", "QUARTER", "MILLISECOND"}:
        raise invalid(f"INTERVAL has no unit {unit.name.lower()}")
    return _moved(value, unit.name.upper(), str(sign * int(written)))


def _moved(value: Typed, unit: str, amount: str) -> Typed:
    if not (value.type.is_moment or value.type == DATE) or (value.type == DATE and unit in _TIME_UNITS):
        raise invalid(f"{unit.lower()}s cannot be added to {value.type}")
    moved = f"stedi_near({value.sql} + {_SHIFT[unit].format(amount)})"
    type_ = value.type
    if unit in {*_TIME_UNITS, "DAY"} and type_.is_moment:
        type_ = timestamp(max(3, type_.precision), zone=type_.name.endswith("zone"))
    return Typed(f"CAST({moved} AS {type_.duckdb})", type_)


@compiles(exp.DateAdd, "this expression unit")
def _date_add(compiler: Compiler, node: exp.DateAdd, place: Place) -> Typed:
    unit = _unit(node)
    value = _time(compiler, node.this, place, unit)
    amount = compiler.expression(node.expression, place)
    if not amount.type.is_integer:
        raise invalid("date_add takes a whole number")
    moved = _moved(value, unit, coerced(amount, BIGINT))
    return Typed(moved.sql, value.type)


@compiles(exp.DateDiff, "this expression unit")
def _date_diff(compiler: Compiler, node: exp.DateDiff, place: Place) -> Typed:
    """Whole units from the second argument to the third; Trino looks at milliseconds."""
    unit = _unit(node)
    ends = [_time(compiler, end, place, unit) for end in (node.expression, node.this)]
    if {ends[0].type == DATE, ends[1].type == DATE} == {True, False}:
        raise unsupported("date_diff of a date and a moment", "CAST one of them")
    start, end = (f"date_trunc('millisecond', CAST({one.sql} AS TIMESTAMP))" for one in ends)
    return Typed(f"date_sub('{unit.lower()}', {start}, {end})", BIGINT)


@compiles(exp.DateTrunc, "this unit")
@compiles(exp.TimestampTrunc, "this unit")
def _date_trunc(compiler: Compiler, node: exp.TimestampTrunc | exp.DateTrunc, place: Place) -> Typed:
    unit = _unit(node)
    value = _time(compiler, node.this, place, unit)
    return Typed(f"CAST(date_trunc('{unit.lower()}', {value.sql}) AS {value.type.duckdb})", value.type)


def _part(unit: str, part: str) -> Handler:
    def handler(compiler: Compiler, node: exp.Func, place: Place) -> Typed:
        value = _time(compiler, node.this, place, unit)
        return Typed(f"CAST(date_part('{part}', {value.sql}) AS BIGINT)", BIGINT)

    return handler


for _kind, _one_unit, _name in (
    (exp.Year, "YEAR", "year"),
    (exp.Quarter, "QUARTER", "quarter"),
    (exp.Month, "MONTH", "month"),
    (exp.Week, "WEEK", "week"),
    (exp.WeekOfYear, "WEEK", "week"),
    (exp.Day, "DAY", "day"),
    (exp.DayOfMonth, "DAY", "day"),
    (exp.DayOfWeekIso, "DAYOFWEEK", "isodow"),
    (exp.DayOfYear, "DAYOFYEAR", "doy"),
    (exp.Hour, "HOUR", "hour"),
    (exp.Minute, "MINUTE", "minute"),
    (exp.Second, "SECOND", "second"),
):
    compiles(_kind, "this")(_part(_one_unit, _name))


@compiles(exp.Extract, "this expression")
def _extract(compiler: Compiler, node: exp.Extract, place: Place) -> Typed:
    unit = node.this.name.upper()
    if unit not in {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"}:
        raise unsupported(f"EXTRACT of {unit.lower()}")
    value = _time(compiler, node.expression, place, unit)
    return Typed(f"CAST(date_part('{unit.lower()}', {value.sql}) AS BIGINT)", BIGINT)


@compiles(exp.UnixToTime, "this")
def _from_unixtime(compiler: Compiler, node: exp.UnixToTime, place: Place) -> Typed:
    """Seconds since 1970 as a moment, rounded to milliseconds."""
    seconds = compiler.expression(node.this, place)
    if not seconds.type.is_number:
        raise invalid("from_unixtime takes seconds since 1970")
    micros = f"CAST(floor({coerced(seconds, DOUBLE)} * 1000 + 0.5) AS BIGINT) * 1000"
    return Typed(f"stedi_near(make_timestamp({micros}))", timestamp(3, zone=True))


@compiles(exp.TimeToUnix, "this")
def _to_unixtime(compiler: Compiler, node: exp.TimeToUnix, place: Place) -> Typed:
    value = compiler.expression(node.this, place)
    if not value.type.is_moment:
        raise invalid("to_unixtime takes a timestamp")
    return Typed(f"(epoch_us({value.sql}) / CAST(1000000 AS DOUBLE))", DOUBLE)


@compiles(exp.AtTimeZone, "this zone")
def _at_time_zone(compiler: Compiler, node: exp.AtTimeZone, place: Place) -> Typed:
    zone = node.args["zone"]
    value = compiler.expression(node.this, place)
    if not (isinstance(zone, exp.Literal) and zone.name == "UTC" and value.type.is_moment):
        raise unsupported("AT TIME ZONE except of a timestamp with 'UTC'")
    return Typed(value.sql, timestamp(value.type.precision, zone=True))


@compiles(exp.CurrentTimestamp, "")
def _now(compiler: Compiler, _: exp.CurrentTimestamp, __: Place) -> Typed:
    return _constant(literals.moment(compiler.now.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], timestamp(3, zone=True)))


@compiles(exp.CurrentDate, "")
def _today(compiler: Compiler, _: exp.CurrentDate, __: Place) -> Typed:
    return _constant(literals.date(compiler.now.strftime("%Y-%m-%d")))


def _constant(value: Typed | None) -> Typed:
    assert value is not None  # noqa: S101 - a clock's time is one
    return value


@compiles(exp.TimeToStr, "this format")
def _date_format(compiler: Compiler, node: exp.TimeToStr, place: Place) -> Typed:
    value = compiler.expression(node.this, place)
    pattern = node.args["format"]
    if not isinstance(pattern, exp.Literal) or not (value.type.is_moment or value.type == DATE):
        raise unsupported("date_format except of a date or timestamp with a format that is written out")
    rest = pattern.name
    for mark in _FORMAT_MARKS:
        rest = rest.replace(mark, "")
    if "%" in rest:
        raise unsupported("date_format with marks other than %Y %m %d %H %i %s")
    return Typed(f"strftime({value.sql}, {literals.quoted(pattern.name)})", VARCHAR)
