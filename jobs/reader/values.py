"""What a declared field's value must be like, and what it looks like where it is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobs.identity import is_invisible, strip_invisible
from jobs.reader.fields import DAY_MS, EARLIEST_MS, LATEST_MS, UPDATED, is_address, is_email, is_identity, is_time

if TYPE_CHECKING:
    from catalog.schema.table_spec import Column

_INTEGRAL_TEXT = re.compile(r"-?[0-9]{1,19}(?:\.0+)?")
_NUMBER_TEXT = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,4})?")
_ISO_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]*(?:Z|[-+][0-9:]+)?)?")
_BITS = {"int": 32, "long": 64}
# Texts of digits, which some programs send as numbers.
_DIGITS = frozenset({"phone", "serialNumber"})
_EXACT_FLOAT = 1 << 53
_UNITS = (("seconds", 1000), ("microseconds", 1 / 1000), ("nanoseconds", 1 / 1_000_000))


class Refusal(Exception):  # noqa: N818 - a verdict on data, caught where records are read; not an error of the program
    """Why a record is not accepted: a reason code, and the field and rule in words, without the value."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def typed(column: Column, value: Any, arrived_ms: int) -> Any:
    """A field's value in its column's type.

    Args:
        column: the field's.
        value: as JSON has it.
        arrived_ms: when the record arrived, epoch ms UTC.

    Raises:
        Refusal: it breaks a rule.
    """
    if value is None:
        if column.required:
            raise Refusal("missing_field", f"{column.name} is absent or null")
        return None
    if column.type == "string":
        return _text(column, value)
    if column.type == "double":
        return _double(column, value)
    return _integer(column, value, arrived_ms)


def _text(column: Column, value: Any) -> str:
    if column.name in _DIGITS and (digits := _digits(value)):
        value = digits
    if not isinstance(value, str):
        raise Refusal("wrong_type", f"{column.name} is not a string")
    if is_identity(column) and all(map(is_invisible, value)):
        raise Refusal("missing_field", f"{column.name} is empty")
    if is_email(column):
        _check_address(column, strip_invisible(value))
    return value


def _digits(value: Any) -> str | None:
    """A whole number as its digits."""
    if isinstance(value, float) and value.is_integer() and value < _EXACT_FLOAT:
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**30 else None


def _check_address(column: Column, address: str) -> None:
    if any(is_invisible(letter) for letter in address if letter != " "):
        raise Refusal("invisible_character", f"{column.name} holds an invisible character or control character")
    if not is_address(address):
        raise Refusal("email_shape", f"{column.name} does not look like an e-mail address")


def _double(column: Column, value: Any) -> float:
    if isinstance(value, bool) or not (isinstance(value, int | float) or _is_number(value)):
        raise Refusal("wrong_type", f"{column.name} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if number - number != 0:
        raise Refusal("not_finite", f"{column.name} is too large for a number")
    # -0 and 0 are one value.
    return number + 0.0


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and _NUMBER_TEXT.fullmatch(value) is not None


def _integer(column: Column, value: Any, arrived_ms: int) -> int:
    """Integers are also accepted as floats or strings where they are exactly integral."""
    if isinstance(value, str) and _INTEGRAL_TEXT.fullmatch(value):
        value = int(value.split(".")[0])
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        looks = ": it looks like an ISO time" if isinstance(value, str) and _ISO_TIME.fullmatch(value) else ""
        raise Refusal("wrong_type", f"{column.name} is not an integer{looks if is_time(column) else ''}")
    if is_time(column):
        _check_time(column, value, arrived_ms)
    if not -(1 << _BITS[column.type] - 1) <= value < 1 << _BITS[column.type] - 1:
        raise Refusal("wrong_type", f"{column.name} does not fit into {_BITS[column.type]} bits")
    return value


def _check_time(column: Column, value: int, arrived_ms: int) -> None:
    if not EARLIEST_MS <= value < LATEST_MS:
        looks = [unit for unit, factor in _UNITS if EARLIEST_MS / factor <= value < LATEST_MS / factor]
        detail = f": it looks like {looks[0]}" if looks else ""
        raise Refusal("time_out_of_range", f"{column.name} is not epoch ms between 2010-01-01 and 2100-01-01{detail}")
    if column.name == UPDATED and value > arrived_ms + DAY_MS:
        raise Refusal("in_the_future", f"{column.name} is more than a day after the record arrived")
