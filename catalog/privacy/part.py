"""A part of a file, decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.privacy.neighbours import Layout

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Part:
    """A part of a file.

    Attributes:
        kind: what it is, for people.
        data: its bytes, decoded.
        layout: how values stand in them.
        last: whether other parts hold the same, so that it only matters where nothing was found in them.
    """

    kind: str
    data: bytes
    layout: Layout = Layout.TEXT
    last: bool = False


def fields(kind: str, values: Iterable[bytes | str], layout: Layout = Layout.TEXT) -> Part:
    """A part of many fields, with a zero byte between two."""
    return Part(kind, b"\0".join(each.encode() if isinstance(each, str) else each for each in values), layout)
