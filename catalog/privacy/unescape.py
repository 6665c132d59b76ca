"""What stands behind escapes: of JSON, addresses (percent), HTML and quarantined text, also one within another."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH = 4
_ESCAPE = re.compile(
    rb"((?:\\u[0-9a-fA-F]{4})+)|((?:\\x[0-9a-fA-F]{2})+)|((?:%[0-9a-fA-F]{2})+)|(&#?[0-9a-zA-Z]{1,31};)"
    rb'|\\(["\\/bfnrt])'
)
_SIGNS = (b"\\", b"%", b"&")


def views(data: bytes) -> Iterator[bytes]:
    """The data, and what they are without escapes, layer by layer."""
    yield data
    for _ in range(_DEPTH):
        if not any(sign in data for sign in _SIGNS):
            return
        plain = _ESCAPE.sub(_plain, data)
        if plain == data:
            return
        data = plain
        yield data


def _plain(found: re.Match[bytes]) -> bytes:
    unicode, octets, percent, entity, sign = found.groups()
    if unicode:
        return str(json.loads(b'"' + unicode + b'"')).encode("utf-8", "surrogatepass")
    if octets or percent:
        return bytes.fromhex((octets or percent).translate(None, b"\\x%").decode())
    if entity:
        return html.unescape(entity.decode()).encode("utf-8", "surrogatepass")
    return sign if sign in b'"\\/' else b"\n"
