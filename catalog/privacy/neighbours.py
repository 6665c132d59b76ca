"""What stands beside a value that was found: whether it is the value itself, or part of somebody else's."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_REACH = 64
"""Bytes beside a value that may belong to somebody else's."""
_JOINTS = rb"[.\-_+]"
_WORD_BEFORE = re.compile(rb"(?:[0-9a-z\x80-\xff]+" + _JOINTS + rb")+$")
_WORD_AFTER = re.compile(rb"(?:" + _JOINTS + rb"[0-9a-z\x80-\xff]+)+")
_JOINT = re.compile(_JOINTS)


class Layout(StrEnum):
    """How values stand in data."""

    TEXT = "text"
    """Among other characters: letters and digits beside them make another word."""
    BOUNDS = "bounds"
    """Field after field, with a zero byte between two; a field may be cut off."""
    PAGES = "pages"
    """Beside whatever comes next, without anything between: what is beside them means nothing."""


def is_part_of_word(lowered: bytes, start: int, end: int, encoding: str) -> bool:
    """Whether a letter or digit stands immediately before or after, as in ``joann@x.org`` and ``ann@x.organic``."""
    before = lowered[max(0, start - 4) : start].decode(encoding, "replace")[-1:]
    after = lowered[end : end + 4].decode(encoding, "replace")[:1]
    return before.isalnum() or after.isalnum()


def longer_words(lowered: bytes, start: int, end: int) -> Iterator[str]:
    """The words that what was found could be a part of, such as ``mary.ann@x.org`` and ``ann@x.org.uk``."""
    reach = max(0, start - _REACH)
    before = _WORD_BEFORE.search(lowered, reach, start)
    after = _WORD_AFTER.match(lowered, end, end + _REACH)
    starts = [start, *(_starts(lowered, before.start(), start) if before else ())]
    ends = [end, *(_ends(lowered, end, after.end()) if after else ())]
    for first in starts:
        for last in ends:
            if (first, last) != (start, end):
                yield lowered[first:last].decode(errors="replace")


def _starts(lowered: bytes, first: int, start: int) -> list[int]:
    return [first, *(joint.end() for joint in _JOINT.finditer(lowered, first, start) if joint.end() < start)]


def _ends(lowered: bytes, end: int, last: int) -> list[int]:
    return [last, *(joint.start() for joint in _JOINT.finditer(lowered, end, last) if joint.start() > end)]
