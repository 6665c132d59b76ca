"""Break good records in every way in which delivered data is known to be broken."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobs.simulator.record_shape import Record, RecordShape

_T = TypeVar("_T")

OVERSIZED_BYTES = 1 << 20
"""A record of more bytes than this is oversized."""
_MOST_OVERSIZED = 2
_LAST_YEAR = 253_370_764_800_000  # 9999-01-01T00:00:00Z, epoch ms
_NOT_ADDRESSES = ("nobody", "nobody@", "@example.test", "no body@example.test")
_NUL = "\0"
_NOT_UTF8 = "\udcff\udcfe"  # written as the bytes FF FE, which occur in no UTF-8 text


class Reason(StrEnum):
    """Why an object is not accepted."""

    TRUNCATED_OBJECT = "truncated_object"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    EMAIL_SHAPE = "email_shape"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    NOT_FINITE = "not_finite"
    NUL_CHARACTER = "nul_character"
    INVALID_UTF8 = "invalid_utf8"
    DUPLICATE_KEY = "duplicate_key"
    OVERSIZED = "oversized"


class Malformer:
    """Breaks good records of one source, cycling through the kinds of malformation and their variants.

    Args:
        shape: of the source's records.
    """

    def __init__(self, shape: RecordShape) -> None:
        self.made: Counter[Reason] = Counter()
        self._shape = shape
        self._kinds = [kind for kind in _KINDS if shape.emails or kind[0] is not Reason.EMAIL_SHAPE]
        self._turn = 0

    def malformed(self, good: str) -> tuple[Reason, str]:
        """Break a copy of a record; returns the reason and the text."""
        round_, place = divmod(self._turn, len(self._kinds))
        self._turn += 1
        reason, make = self._kinds[place]
        if reason is Reason.OVERSIZED and self.made[reason] == _MOST_OVERSIZED:
            return self.malformed(good)
        self.made[reason] += 1
        return reason, make(self._shape, json.loads(good), round_)


def _pick(choices: Sequence[_T], turn: int) -> _T:
    return choices[turn % len(choices)]


def _truncated(shape: RecordShape, record: Record, turn: int) -> str:
    text = shape.dumps(record)
    # Anywhere in its last two thirds, before the closing brace; but not where JSON expects a value, which the next line
    # may be: that would be refused with it.
    third = len(text) // 3
    return text[: third + turn * 37 % (len(text) - third)].rstrip(" ,:{")


def _wrong_type(shape: RecordShape, record: Record, turn: int) -> str:
    changes: tuple[Record, ...] = (
        {_pick(shape.numbers, turn): "soon"},
        {_pick(shape.times, turn): record[_pick(shape.times, turn)] + 0.5},
        {_pick(shape.strings, turn): ["seven"]},
        {_pick(shape.numbers, turn): True},
        {_pick(shape.times, turn): {"ms": 1}},
    )
    return shape.dumps(record | _pick(changes, turn))


def _missing(shape: RecordShape, record: Record, turn: int) -> str:
    dropped = _pick(shape.required, turn)
    return shape.dumps({key: value for key, value in record.items() if key != dropped})


def _email(shape: RecordShape, record: Record, turn: int) -> str:
    return shape.dumps(record | dict.fromkeys(shape.emails, _pick(_NOT_ADDRESSES, turn)))


def _time(convert: Callable[[int], int]) -> Callable[[RecordShape, Record, int], str]:
    def make(shape: RecordShape, record: Record, turn: int) -> str:
        key = _pick(shape.times, turn)
        return shape.dumps(record | {key: convert(record[key])})

    return make


def _number(value: float) -> Callable[[RecordShape, Record, int], str]:
    def make(shape: RecordShape, record: Record, turn: int) -> str:
        return shape.dumps(record | {_pick(shape.numbers, turn): value if turn % 2 == 0 else -value})

    return make


def _nul(shape: RecordShape, record: Record, turn: int) -> str:
    text = _inserted(shape, record, turn, _NUL)
    return text if turn % 2 == 0 else text.replace(_NUL, "\\u0000")


def _invalid_utf8(shape: RecordShape, record: Record, turn: int) -> str:
    return _inserted(shape, record, turn, _NOT_UTF8)


def _inserted(shape: RecordShape, record: Record, turn: int, text: str) -> str:
    """The record with a text, unescaped, in the middle of a string."""
    key = _pick(shape.strings, turn)
    mark = "<>"
    return shape.dumps(record | {key: record[key][:3] + mark + record[key][3:]}).replace(mark, text, 1)


def _duplicate_key(shape: RecordShape, record: Record, turn: int) -> str:
    key = _pick(shape.required, turn)
    comma = shape.separators[0]
    return f"{shape.dumps({key: record[key]})[:-1]}{comma}{shape.dumps(record)[1:]}"


def _oversized(shape: RecordShape, record: Record, turn: int) -> str:
    return shape.dumps(record | {"padding": "x" * (OVERSIZED_BYTES + turn)})


_KINDS: tuple[tuple[Reason, Callable[[RecordShape, Record, int], str]], ...] = (
    (Reason.TRUNCATED_OBJECT, _truncated),
    (Reason.WRONG_TYPE, _wrong_type),
    (Reason.MISSING_FIELD, _missing),
    (Reason.EMAIL_SHAPE, _email),
    (Reason.TIME_OUT_OF_RANGE, _time(lambda ms: ms // 1_000)),
    (Reason.TIME_OUT_OF_RANGE, _time(lambda ms: ms * 1_000)),
    (Reason.TIME_OUT_OF_RANGE, _time(lambda ms: _LAST_YEAR + ms % 86_400_000)),
    (Reason.NOT_FINITE, _number(float("nan"))),
    (Reason.NOT_FINITE, _number(float("inf"))),
    (Reason.NUL_CHARACTER, _nul),
    (Reason.INVALID_UTF8, _invalid_utf8),
    (Reason.DUPLICATE_KEY, _duplicate_key),
    (Reason.OVERSIZED, _oversized),
)
