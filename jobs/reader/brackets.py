"""Which brackets belong together. Brackets in strings are none; a backslash hides the character behind it.

No JSON string goes over a line end, so every line begins outside of strings: a quotation mark too many spoils one line.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.reader.window import Window

_HIDDEN = rb"\\(?:[^\n]|(?=\n))"
_IN_STRING = rb'(?:[^"\\\n]|\\[^\n])*+'
_STRING = rb'"' + _IN_STRING + rb'(?:"|\\?(?=\n))'
_PLAIN = rb'[^"\\{}\[\]]*+'
# Anchored where it is used: a search would try again from each byte of a text without brackets.
_NEXT_BRACKET = re.compile(_PLAIN + rb"(?:(?:" + _HIDDEN + rb"|" + _STRING + rb")" + _PLAIN + rb")*+([{}\[\]])")
_NO_BRACKET = re.compile(_PLAIN + rb"(?:(?:" + _HIDDEN + rb"|" + _STRING + rb")" + _PLAIN + rb")*+")
_REST_OF_STRING = re.compile(_IN_STRING)
_FEW = 1000
_BRACE = ord("{")
_OPENERS = frozenset(b"{[")
_CLOSER = {ord("{"): ord("}"), ord("["): ord("]")}


class Brackets:
    """The pairs of brackets of a stream, found in one pass, no further than needed."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._scanned = 0
        self._in_string = False
        # Offsets of what is open, times two, and one more for a brace: deep nesting takes eight bytes a level.
        self._open = array("q")
        self._ends: dict[int, int] = {}
        self._spoilt = -1
        self._kept = _FEW

    def end_of(self, opening: int, limit: int) -> int | None:
        """Where the pair that opens there ends.

        None where it is not closed before ``limit`` or the end, or where what is inside of it is not nested well.
        """
        while opening not in self._ends and opening > self._spoilt and self._scanned < limit:
            if not self._scan(opening, limit):
                break
        end = self._ends.get(opening)
        return end if end is not None and end <= limit else None

    def move_to(self, offset: int, since: int) -> None:
        """Go on from there; of what is before, only the pair that opens at ``since`` is still asked for."""
        if self._scanned < offset:
            self._scanned, self._in_string = offset, False
            del self._open[:]
            self._ends.clear()
        elif len(self._ends) > self._kept:
            self._ends = {opening: end for opening, end in self._ends.items() if opening >= offset}
            if self._open and self._open[0] >> 1 < since:
                self._open = array("q", (opened for opened in self._open if opened >> 1 >= since))
            self._kept = 2 * len(self._ends) + _FEW

    def _scan(self, opening: int, limit: int) -> bool:
        """Look at what follows, as far as is asked for or what is read ends; whether there was anything."""
        window = self._window
        if not window.reach(self._scanned):
            return False
        if self._in_string:
            return self._leave_string()
        data, start, ends = window.data, window.start, self._ends
        before = scanned = self._scanned
        while match := _NEXT_BRACKET.match(data, scanned - start):
            scanned = start + match.end()
            self._pair(match[1][0], scanned - 1)
            if opening in ends or opening <= self._spoilt or scanned >= limit:
                break
        self._scanned = scanned
        return scanned > before or self._scan_tail()

    def _scan_tail(self) -> bool:
        """Pass over the end of what is read, which holds no bracket, and perhaps the beginning of a string."""
        window = self._window
        match = _NO_BRACKET.match(window.data, self._scanned - window.start)
        self._scanned = window.start + (match.end() if match else 0)
        if self._scanned < window.end and window.data[self._scanned - window.start] == ord('"'):
            self._scanned += 1
            self._in_string = True
            return self._leave_string()
        return window.reach(window.end)

    def _leave_string(self) -> bool:
        """Pass over the rest of a string; whether more can be read behind what was."""
        window = self._window
        match = _REST_OF_STRING.match(window.data, self._scanned - window.start)
        self._scanned = window.start + (match.end() if match else 0)
        following = window.data[self._scanned - window.start : self._scanned - window.start + 2]
        if following[:1] in {b'"', b"\n"}:
            self._scanned += following[:1] == b'"'
            self._in_string = False
            return True
        if following == b"\\\n":
            self._scanned += 1
            self._in_string = False
            return True
        return window.reach(window.end)

    def _pair(self, bracket: int, offset: int) -> None:
        if bracket in _OPENERS:
            self._open.append(offset << 1 | (bracket == _BRACE))
        elif self._open:
            opened = self._open.pop()
            if opened & 1 != (bracket == _CLOSER[_BRACE]):
                del self._open[:]
                self._spoilt = offset
            elif opened & 1:
                self._ends[opened >> 1] = offset + 1


def is_closed(line: bytes) -> bool:
    """Whether a line is one object or some, each closed in it, with nothing but separators behind the last."""
    line = line.rstrip(b" \t\r\n,")
    awaited: list[int] = []
    position = 0
    while match := _NEXT_BRACKET.match(line, position):
        bracket, position = match[1][0], match.end()
        if bracket in _OPENERS:
            awaited.append(_CLOSER[bracket])
        elif not awaited or awaited.pop() != bracket:
            return False
    return not awaited and position == len(line) > 0
