"""Objects in a text, counted over its bytes as arrays: a window at a time, by masks, without the code that reads them.

An object begins at ``{`` outside of any other and ends at its ``}``, at most 1 MiB on, all brackets between in pairs.
Any other text is broken, and counts once: up to a line that begins with ``{``, where what is before does not end in
``:`` ``,`` ``[`` or ``{``, and the line is whole in itself or does not end in one of those either; or, of an object
that is closed after all, up to there; or to the end. A number, string or literal outside of objects counts, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST = 1 << 20
_WINDOW = 6 * _LARGEST
# An object may end this far on, and the line after it as far again.
_AHEAD = 2 * _LARGEST + 4
_MARK = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_BETWEEN = re.compile(rb"([ \t\r\n,\[\]]|\xef\xbb\xbf)*")
_GOES_ON = tuple(bytes([code]) for code in b":,[{")
_VALUE = re.compile(
    rb'("([^"\\\n]|\\[^\n])*+"|-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|-?Infinity|NaN|null|true|false)'
    rb"(?=[ \t\r\n,{\]\[]|\xef\xbb\xbf|\Z)"
)
_LINE_END, _QUOTE, _BACKSLASH, _COMMA, _OPEN, _CLOSE, _OPEN_LIST = b'\n"\\,{}['
_NEITHER_QUOTE_NOR_END = bytes(code for code in range(256) if code not in (_QUOTE, _LINE_END))
_BRACKETS = np.frombuffer(b"{}[]", np.uint8)
_Codes = npt.NDArray[np.uint8]


def count_text(chunks: Iterable[bytes]) -> tuple[int, bool]:
    """How many objects are in a text, broken ones included; and whether it ends inside of one."""
    counter = _Counter()
    data = b""
    for chunk in chunks:
        data += chunk
        if len(data) >= _WINDOW:
            data = data[counter.take(data, last=False) :]
    if data:
        counter.take(data, last=True)
    return counter.total, counter.broken


def flat_lines(text: bytes) -> int:
    """How many lines there are, where each is ``{…}`` or ``{…},`` without brackets or backslashes inside; else 0."""
    codes = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(codes == _LINE_END)
    count = len(ends)
    if not count or ends[-1] != len(codes) - 1 or any(mark in text for mark in (b"[", b"]", b"\\")):
        return 0
    starts = np.append(0, ends[:-1] + 1)
    behind = ends - (codes[ends - 1] == _COMMA) - 1
    # As many braces as lines, and one at either end of each: then there are no others.
    for brace, places in ((_OPEN, starts), (_CLOSE, behind)):
        if np.count_nonzero(codes == brace) != count or np.any(codes[places] != brace):
            return 0
    # Without all else, a line with an even number of quotation marks is as long as an odd one with its end.
    quotes = np.frombuffer(text.translate(None, _NEITHER_QUOTE_NOR_END), np.uint8)
    lengths = np.diff(np.flatnonzero(quotes == _LINE_END), prepend=-1)
    return count if np.all(lengths % 2) else 0


class _Counter:
    """Counts, and keeps what a broken object that goes on in the next window needs."""

    def __init__(self) -> None:
        self.total = 0
        self.broken = False
        self._open: list[int] | None = None
        self._within = False
        self._last = b""
        self._may_start = False

    def take(self, data: bytes, *, last: bool) -> int:
        """Count what begins in the window; how many of its bytes that takes."""
        if not self.broken:
            lines = data if last else data[: data.rfind(b"\n") + 1]
            if lines and (count := flat_lines(lines)):
                self.total += count
                return len(lines)
        if not self.broken:
            self._open, self._within = None, False
        window = _Masks(data, self._open or [], within=self._within)
        position, start = 0, -len(self._open or [0])
        if self.broken:
            position = self._end_broken(data, window, position, start, last=last)
        while not self.broken:
            between = _BETWEEN.match(data, position)
            position = between.end() if between else position
            if position == len(data) or (not last and position > len(data) - _AHEAD):
                return position
            self.total += 1
            if end := self._end(data, window, position):
                position = end
            else:
                self.broken, self._last = True, b""
                position = self._end_broken(data, window, position, position, last=last)
        return position

    @staticmethod
    def _end(data: bytes, window: _Masks, start: int) -> int | None:
        limit = start + _LARGEST
        if data[start] == _OPEN:
            end = window.ends.get(start)
            return end if end and end <= limit else None
        value = _VALUE.match(data, start, limit)
        # What fills all that is looked at may go on.
        return value.end() if value and (value.end() < limit or limit >= len(data)) else None

    def _end_broken(self, data: bytes, window: _Masks, position: int, start: int, *, last: bool) -> int:
        """Where the broken object ends, or the window; it is not ``broken`` any more where it ends."""
        closed = window.ends.get(start)
        while True:
            if self._may_start:
                following = data.find(b"\n", position, position + _LARGEST) + 1
                if not following and not last and len(data) - position <= _LARGEST:
                    return self._leave(data, window, position, start)
                whole = following or (last and len(data) - position <= _LARGEST)
                if whole and _is_start(data[position : following or len(data)], window, position):
                    self.broken = self._may_start = False
                    return position
            line_end = data.find(b"\n", position) + 1
            end = line_end or len(data)
            if closed and closed <= end:
                self.broken = self._may_start = False
                return closed
            if text := data[position:end].rstrip(_SPACE):
                self._last = text[-1:]
            self._may_start = bool(line_end) and self._last not in _GOES_ON
            if not line_end:
                return self._leave(data, window, end, start)
            position = end

    def _leave(self, data: bytes, window: _Masks, end: int, start: int) -> int:
        if not end:
            return end
        if end == len(data):
            end -= (len(data) - len(data.rstrip(b"\\"))) % 2
        self._open = window.open_at(end, start)
        self._within = window.within(end)
        return end


def _is_start(line: bytes, window: _Masks, offset: int) -> bool:
    text = line.rstrip(_SPACE)
    if not text.removeprefix(_MARK).startswith(b"{"):
        return False
    if not text.endswith(_GOES_ON):
        return True
    # It ends in a comma, or goes on: then all of its brackets must be paired, and the last is one.
    return window.is_whole(offset, offset + len(line.rstrip(_SPACE + b",")))


class _Masks:
    """The brackets of a window that are in no string, and where those of a pair end."""

    def __init__(self, data: bytes, before: list[int], *, within: bool) -> None:
        codes = np.frombuffer(data, np.uint8)
        hidden = _hidden(codes)
        quotes = (codes == _QUOTE) & ~hidden
        toggles = quotes.copy()
        ends = np.flatnonzero(codes == _LINE_END)
        starts = np.append(0, ends[ends < len(codes) - 1] + 1)
        odd = np.logical_xor.reduceat(quotes, starts)
        odd[0] ^= within
        # A string that is open where its line ends is closed there.
        toggles[ends] |= odd[: len(ends)]
        self._inside = np.logical_xor.accumulate(np.append(within, toggles))[1:]
        brackets = np.flatnonzero(np.isin(codes, _BRACKETS) & ~self._inside & ~hidden)
        self._places = brackets
        self._kinds = codes[brackets]
        self._before = before
        self.ends: dict[int, int] = {}
        self._pair(zip(brackets.tolist(), self._kinds.tolist(), strict=True), self.ends)

    def _pair(self, brackets: Iterable[tuple[int, int]], ends: dict[int, int]) -> list[tuple[int, int]]:
        """Note where each pair ends; what stays open."""
        waiting = [(place - len(self._before), kind) for place, kind in enumerate(self._before)]
        for place, kind in brackets:
            if kind in {_OPEN_LIST, _OPEN}:
                waiting.append((place, kind))
            elif waiting:
                opening, opened = waiting.pop()
                if kind == opened + _CLOSE - _OPEN:  # as far as ] is from [
                    ends[opening] = place + 1
                else:
                    waiting.clear()
        return waiting

    def open_at(self, end: int, start: int) -> list[int] | None:
        """What is open at an offset, from the bracket at ``start`` on; None where that is not open any more."""
        count = int(np.searchsorted(self._places, end))
        known = zip(self._places[:count].tolist(), self._kinds[:count].tolist(), strict=True)
        waiting = self._pair(known, {})
        kinds = [kind for place, kind in waiting if place >= start]
        return kinds if kinds and any(place == start for place, _ in waiting) else None

    def within(self, end: int) -> bool:
        """Whether an offset is inside of a string."""
        return bool(end and self._inside[end - 1])

    def is_whole(self, start: int, end: int) -> bool:
        """Whether the brackets of a text are paired in it, and the last ends it."""
        first, behind = np.searchsorted(self._places, [start, end]).tolist()
        if first == behind or int(self._places[behind - 1]) != end - 1:
            return False
        position = int(self._places[first])
        while position < end:
            stop = self.ends.get(position)
            if stop is None or stop > end:
                return False
            place = int(np.searchsorted(self._places, stop))
            position = int(self._places[place]) if place < behind else end
        return True


def _hidden(codes: _Codes) -> npt.NDArray[np.bool_]:
    """Which characters a backslash hides: that behind each odd one of a run of them, but no line end."""
    hidden = np.zeros(len(codes), bool)
    slashes = np.flatnonzero(codes == _BACKSLASH)
    if len(slashes):
        first = np.append(True, np.diff(slashes) > 1)
        run = np.maximum.accumulate(np.where(first, slashes, 0))
        behind = slashes[(slashes - run) % 2 == 0] + 1
        hidden[behind[behind < len(codes)]] = True
        hidden[codes == _LINE_END] = False
    return hidden
