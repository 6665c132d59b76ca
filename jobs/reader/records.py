"""Where a record begins and ends, and what one record says: the exact reading, one record at a time.

A record begins at ``{`` outside of any object and ends at its matching ``}``. A line that begins with ``{`` always
begins a record, so a broken line costs only itself, and files can be split there. A record that does not parse ends
where the next one evidently begins: at such a line, at ``{"<declared field>":``, or at the end of the file.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.reader.fields import EARLIEST_MS, EMAIL_SHAPE, LATEST_MS, fields, is_email, is_time, record_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.spec import Column

MAX_RECORD_BYTES = 1024 * 1024
_SEPARATORS = re.compile(r"[ \t\r\n,\[\]]*")
_INTEGRAL_TEXT = re.compile(r"-?[0-9]{1,19}(?:\.0+)?")
_UNFINISHED = re.compile(r"[-+.\w]*[ \t\r\n,\[\]]*")
_EMAIL = re.compile(EMAIL_SHAPE)
_BITS = {"int": 32, "long": 64}


class _Repeated(dict[str, Any]):
    """An object in which a key occurred more than once."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    return parsed if len(parsed) == len(pairs) else _Repeated(parsed)


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


@dataclass(frozen=True)
class Record:
    """One delivered record: its text, and its value where it parses as an object."""

    text: str
    value: dict[str, Any] | None


class Refusal(Exception):  # noqa: N818 - a verdict on data, caught where records are read; not an error of the program
    """Why a record is not accepted: a reason code, and the field and rule in words, without the value."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def split_records(text: str, source: str, *, final: bool, resolve: bool = True) -> Iterator[Record | int]:
    """The records of a text, in order; last, how many characters of the text they used.

    Args:
        text: begins at a record's start or between records; undecodable bytes are surrogate escapes.
        source: whose declared fields tell where a record begins.
        final: nothing follows that belongs to the text's last record.
        resolve: where the text is not final, whether a record that does not parse may be ended inside the text.
    """
    position = limit = 0
    while (position := _end_of_separators(text, position)) < len(text):
        if position >= limit:
            line = text.find("\n{", position)
            limit = len(text) if line < 0 else line + 1
        value, end = _parse(text, position, limit)
        if value is None:
            unsettled = not final and limit == len(text)
            end = _end_of_broken(text, position, limit, source)
            if unsettled and (end == limit or not resolve):
                break
        yield Record(text[position:end].rstrip(" \t\r\n"), value)
        position = end
    yield position


def _end_of_separators(text: str, position: int) -> int:
    match = _SEPARATORS.match(text, position)
    return match.end() if match else position


def _parse(text: str, position: int, limit: int) -> tuple[dict[str, Any] | None, int]:
    if text[position] != "{":
        return None, limit
    try:
        value, end = _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        return None, limit
    return (value, end) if end <= limit else (None, limit)


def _end_of_broken(text: str, position: int, limit: int, source: str) -> int:
    if text[position] != "{":
        opening = text.find("{", position, limit)
        return limit if opening < 0 else opening
    following = record_start(source).search(text, position + 1, limit)
    return following.start() if following else limit


def accepted_values(record: Record, source: str) -> tuple[list[Any], str | None]:
    """The declared fields' values, typed, in order; and the other fields as the text of one JSON object.

    Raises:
        Refusal: the record breaks a rule.
    """
    if (size := len(record.text.encode("utf-8", "surrogateescape"))) > MAX_RECORD_BYTES:
        raise oversized(size)
    if record.value is None:
        raise _unreadable(record.text)
    _refuse_bad_text(record)
    value = record.value
    declared = fields(source)
    values = [_typed(column, value.get(column.name)) for column in declared]
    names = {column.name for column in declared}
    extra = {name: item for name, item in value.items() if name not in names}
    return values, json.dumps(extra, ensure_ascii=False, separators=(",", ":")) if extra else None


def oversized(size: int) -> Refusal:
    """The refusal of a record of that many bytes."""
    return Refusal("oversized", f"record of {size} bytes; at most {MAX_RECORD_BYTES} are accepted")


def raw_text(text: str) -> str:
    r"""The text as delivered, at most MAX_RECORD_BYTES of it; undecodable bytes and NUL as ``\xNN``."""
    kept = text.encode("utf-8", "surrogateescape")[:MAX_RECORD_BYTES]
    return kept.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _unreadable(text: str) -> Refusal:
    if "\0" in text:
        return Refusal("nul_character", "the record holds a NUL character")
    if _undecodable(text):
        return Refusal("invalid_utf8", "the record holds bytes that are not UTF-8")
    if not text.startswith("{"):
        return Refusal("not_an_object", "text between records that is not a JSON object")
    return _not_parsable(text)


def _not_parsable(text: str) -> Refusal:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        # An unfinished number or literal at the end is a part of a truncated object, too.
        unfinished = _UNFINISHED.fullmatch(text, error.pos)
        ends_early = unfinished or error.msg.startswith("Unterminated string")
        if not ends_early:
            return Refusal("malformed_json", "the object is not valid JSON")
    except RecursionError:
        return Refusal("malformed_json", "the object is nested too deeply")
    return Refusal("truncated_object", "the object ends before its closing brace")


def _undecodable(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False


def _refuse_bad_text(record: Record) -> None:
    """Refuse what makes a record unsafe to keep as text, wherever in it: the declared fields or the others."""
    if _undecodable(record.text):
        raise Refusal("invalid_utf8", "the record holds bytes that are not UTF-8")
    for item in _nested(record.value):
        if isinstance(item, _Repeated):
            raise Refusal("duplicate_key", "a key occurs more than once in the object")
        if isinstance(item, str) and "\0" in item:
            raise Refusal("nul_character", "the record holds a NUL character")
        if isinstance(item, str) and _undecodable(item):
            raise Refusal("invalid_utf8", "the record holds half of a surrogate pair")
        if isinstance(item, float) and not math.isfinite(item):
            raise Refusal("not_finite", "the record holds NaN or an infinite number")


def _nested(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _nested(item)
    elif isinstance(value, list):
        for item in value:
            yield from _nested(item)


def _typed(column: Column, value: Any) -> Any:
    if value is None:
        if column.required:
            raise Refusal("missing_field", f"{column.name} is absent or null")
        return None
    if column.type == "string":
        return _text(column, value)
    if column.type == "double":
        return _double(column, value)
    return _integer(column, value)


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise Refusal("wrong_type", f"{column.name} is not a string")
    if is_email(column) and not _EMAIL.fullmatch(value):
        raise Refusal("email_shape", f"{column.name} does not look like an e-mail address")
    return value


def _double(column: Column, value: Any) -> float:
    if isinstance(value, str) and _INTEGRAL_TEXT.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal("wrong_type", f"{column.name} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise Refusal("not_finite", f"{column.name} is too large for a number") from None


def _integer(column: Column, value: Any) -> int:
    """Integers are also accepted as floats or strings where they are exactly integral."""
    if isinstance(value, str) and _INTEGRAL_TEXT.fullmatch(value):
        value = int(value.split(".")[0])
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal("wrong_type", f"{column.name} is not an integer")
    if is_time(column) and not EARLIEST_MS <= value < LATEST_MS:
        raise Refusal("time_out_of_range", f"{column.name} is not epoch ms between 2010-01-01 and 2100-01-01")
    if not -(1 << _BITS[column.type] - 1) <= value < 1 << _BITS[column.type] - 1:
        raise Refusal("wrong_type", f"{column.name} does not fit into {_BITS[column.type]} bits")
    return value
