"""Whether it is certain whom a refused customer record concerns: whether its own e-mail address can be read.

An address that merely stands in it may be another's (``updatedBy``). In doubt it is not certain: somebody has to look.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from jobs.identity import is_invisible, strip_invisible
from jobs.reader.fields import UPDATED, fields, is_address
from jobs.reader.people import plain_key
from jobs.reader.spelling import declared_like, is_consent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STRING = r'"(?:[^"\\\n]|\\[^\n])*+"'
_MEMBER = re.compile(rf"[{{,][ \t\r\n]*+({_STRING})[ \t\r\n]*+:[ \t\r\n]*+({_STRING})[ \t\r\n]*+(?=[,}}]|\Z)")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_EMAIL_KEY = re.compile(r"e[ _-]*+mail[ _-]*+[\"'\\]*+\s*+[:=]")
_UNREADABLE = frozenset({"Cs", "Cn", "Co"})
_REPLACEMENT = "\ufffd"


def of_customer(key: str) -> bool:
    """Whether a key says whom a customer record is about, when it was written, or what was agreed to."""
    name = key if any(column.name == key for column in fields("customer")) else declared_like("customer", key)
    return name is not None and (name in {"email", UPDATED} or is_consent(name))


def own_address(record: Mapping[str, Any], repeated: frozenset[str] = frozenset()) -> bool:
    """Whether the record has one e-mail address of its own that can be read; ``repeated`` are keys that occur twice."""
    keys = [key for key in record if plain_key(key) == "email"]
    return len(keys) == 1 and not repeated.intersection(keys) and _is_clean(record[keys[0]])


def own_address_in(data: bytes) -> bool:
    """The same of a text that is no JSON: one object, all on its own level, with one whole ``"email": "address"``."""
    text = data.decode("utf-8", "surrogateescape")
    if not text.startswith("{") or text.count("{") != 1:
        return False  # another record, or a part of this one, may own the address
    if len(_EMAIL_KEY.findall(unicodedata.normalize("NFKC", text).casefold())) != 1:
        return False
    return [_is_clean(value) for value in _emails(text)] == [True]


def _emails(text: str) -> Iterator[Any]:
    """Values of the key ``email`` that are strings, and stand outside of others."""
    for member in _MEMBER.finditer(text):
        try:
            key, value = json.loads(member[1]), json.loads(member[2])
        except ValueError:
            continue
        if plain_key(key) == "email" and _ESCAPED.sub("", text[: member.start()]).count('"') % 2 == 0:
            yield value


def _is_clean(value: Any) -> bool:
    """Whether a value is an address, all of whose characters were read as they were meant."""
    if not isinstance(value, str):
        return False
    address = strip_invisible(value)
    unclear = any(is_invisible(c) or c == _REPLACEMENT or unicodedata.category(c) in _UNREADABLE for c in address)
    return not unclear and is_address(address)
