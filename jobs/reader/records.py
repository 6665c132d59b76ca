"""What one record says: its declared fields, typed, or why it is refused."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from jobs.reader.boundaries import MAX_RECORD_BYTES
from jobs.reader.contents import looks_like
from jobs.reader.fields import DAY_MS, UPDATED, derived, fields
from jobs.reader.people import Mentions
from jobs.reader.recognised import of_customer, own_address, own_address_in
from jobs.reader.spelling import misspelt
from jobs.reader.values import Refusal, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.reader.boundaries import Found
    from jobs.reader.spelling import Variants

_DEEPEST = 100
# What Python makes an int of without being asked (sys.set_int_max_str_digits).
_MOST_DIGITS = 4300
_UNFINISHED = re.compile(r"[-+.\w]*[ \t\r\n,\[\]]*")


class _Repeated(dict[str, Any]):
    """An object in which some keys occurred more than once."""

    keys_repeated: frozenset[str] = frozenset()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) == len(pairs):
        return parsed
    repeated = _Repeated(parsed)
    repeated.keys_repeated = frozenset(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return repeated


def _long_int(digits: str) -> float:
    return int(digits) if len(digits) <= _MOST_DIGITS else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


_DECODER = json.JSONDecoder(object_pairs_hook=_object)
_DECODER_OF_LONG_NUMBERS = json.JSONDecoder(object_pairs_hook=_object, parse_int=_long_int)


def parse(found: Found) -> dict[str, Any] | None:
    """The object that was found; None where it does not parse."""
    if not found.closed:
        return None
    text = found.data.decode("utf-8", "surrogateescape")
    try:
        return _decode(text)
    except (ValueError, RecursionError):
        return None


def _decode(text: str) -> dict[str, Any]:
    try:
        value: dict[str, Any] = _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number of more digits than Python takes for an int
        value = _DECODER_OF_LONG_NUMBERS.decode(text)
    return value


def row(found: Found, source: str, variants: Variants, arrived_ms: int) -> tuple[Any, ...]:
    """The record as a row of ``batch_schema(source)``, without its number."""
    value = parse(found)
    try:
        if value is None:
            raise _unreadable(found)
        values, extra = _accepted(found, value, source, variants, arrived_ms)
    except Refusal as refusal:
        return refused(found, source, refusal, arrived_ms, value)
    made = [normalise(values[place]) for _, place, normalise in derived(source)]
    verdict = [None] * (5 if source == "customer" else 6)
    return (*values, *made, extra, *verdict)


def refused(
    found: Found,
    source: str,
    refusal: Refusal,
    arrived_ms: int,
    value: dict[str, Any] | None = None,
    *,
    certain: bool = True,
) -> tuple[Any, ...]:
    """A refused record as a row of ``batch_schema(source)``, without its number.

    Args:
        found: the record.
        source: whose.
        refusal: why.
        arrived_ms: when it arrived, epoch ms UTC.
        value: what it says, where it could be read.
        certain: its bytes are those that were sent.
    """
    nothing: list[Any] = [None] * len(fields(source))
    made = [None] * (len(derived(source)) + 1)
    verdict = (refusal.reason, refusal.detail, _raw_text(found.data))
    mentions = _mentions(found, value, arrived_ms)
    # A withdrawal may have come into the wrong folder.
    if source != "customer" and not mentions.of_customer:
        return (*nothing, *made, *verdict, None, None, None)
    recognised = certain and _is_recognised(found, value)
    if source != "customer":
        return (*nothing, *made, *verdict, mentions.people, mentions.updated, recognised)
    nothing[[column.name for column in fields(source)].index(UPDATED)] = mentions.updated
    return (*nothing, *made, *verdict, mentions.people, recognised)


def _is_recognised(found: Found, value: dict[str, Any] | None) -> bool:
    """Whether it is certain whom the record concerns."""
    if value is None:
        return found.size == len(found.data) and own_address_in(found.data)
    return own_address(value, value.keys_repeated if isinstance(value, _Repeated) else frozenset())


def _mentions(found: Found, value: dict[str, Any] | None, arrived_ms: int) -> Mentions:
    if isinstance(found.witness, Mentions):
        return found.witness
    mentions = Mentions(arrived_ms + DAY_MS)
    mentions.look(found.data)
    mentions.look_into(value, of_customer)
    return mentions


def _accepted(
    found: Found, value: dict[str, Any], source: str, variants: Variants, arrived_ms: int
) -> tuple[list[Any], str | None]:
    """The declared fields' values, typed, in order; and the other fields as the text of one JSON object."""
    _refuse_bad_text(found.data, value)
    for key, name in variants:
        if key in value and name not in value:
            value = {name if other == key else other: item for other, item in value.items()}
    if words := misspelt(value, source):
        raise Refusal("misspelt_key", words)
    declared = fields(source)
    values = [typed(column, value.get(column.name), arrived_ms) for column in declared]
    names = {column.name for column in declared}
    extra = {name: item for name, item in value.items() if name not in names}
    return values, json.dumps(extra, ensure_ascii=False, separators=(",", ":")) if extra else None


def _raw_text(data: bytes) -> str:
    r"""The text as delivered, at most MAX_RECORD_BYTES of it; undecodable bytes and NUL as ``\xNN``."""
    return data[:MAX_RECORD_BYTES].decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _unreadable(found: Found) -> Refusal:
    kind = looks_like(found.data)
    looks = f": it looks like {kind}" if kind else ""
    if found.size > MAX_RECORD_BYTES:
        return Refusal("oversized", f"record of {found.size} bytes; at most {MAX_RECORD_BYTES} are accepted{looks}")
    if b"\0" in found.data:
        return Refusal("nul_character", f"the record holds a NUL character{looks}")
    text = found.data.decode("utf-8", "surrogateescape")
    if _undecodable(text):
        return Refusal("invalid_utf8", f"the record holds bytes that are not UTF-8{looks}")
    if not text.startswith("{"):
        return Refusal("not_an_object", f"text between records that is not a JSON object{looks}")
    return _not_parsable(text)


def _not_parsable(text: str) -> Refusal:
    try:
        _decode(text)
    except json.JSONDecodeError as error:
        # An unfinished number or literal at the end is a part of a truncated object, too.
        unfinished = _UNFINISHED.fullmatch(text, error.pos)
        ends_early = unfinished or error.msg.startswith("Unterminated string")
        if not ends_early:
            return Refusal("malformed_json", "the object is not valid JSON")
    except RecursionError:
        return _too_deep()
    else:
        return Refusal("malformed_json", "the object begins behind one that does not end")
    return Refusal("truncated_object", "the object ends before its closing brace")


def _too_deep() -> Refusal:
    return Refusal("malformed_json", "the object is nested too deeply")


def _undecodable(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False


def _refuse_bad_text(data: bytes, value: dict[str, Any]) -> None:
    """Refuse what makes a record unsafe to keep as text, wherever in it: the declared fields or the others."""
    if _undecodable(data.decode("utf-8", "surrogateescape")):
        raise Refusal("invalid_utf8", "the record holds bytes that are not UTF-8")
    for item in _nested(value):
        if isinstance(item, _Repeated):
            raise Refusal("duplicate_key", "a key occurs more than once in the object")
        if isinstance(item, str) and "\0" in item:
            raise Refusal("nul_character", "the record holds a NUL character")
        if isinstance(item, str) and _undecodable(item):
            raise Refusal("invalid_utf8", "the record holds half of a surrogate pair")
        if isinstance(item, float) and not math.isfinite(item):
            raise Refusal("not_finite", "the record holds NaN, an infinite number or one that is too large")


def _nested(value: Any) -> Iterator[Any]:
    """Every key and value in it, level by level."""
    level = [value]
    for _ in range(_DEEPEST):
        yield from level
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += item.keys()
                below += item.values()
            elif isinstance(item, list):
                below += item
        if not below:
            return
        level = below
    raise _too_deep()
