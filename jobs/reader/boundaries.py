"""Where a record begins and ends: the one rule that all reading keeps, and by which files are split.

1. An object is ``{`` up to its matching ``}``, whatever the lines, where that is at most 1 MiB on and the brackets in
   between are nested well. What follows it is another record, in the same line or not.
2. Any other object is *broken*: one refused record, whatever is inside of it. It ends at the first of
   - its matching ``}`` after all, more than 1 MiB on;
   - a *certain* line: one that begins with ``{`` behind a text that expects no value (it does not end in ``:`` ``,``
     ``[`` or ``{``: that of a record cut short rarely does), and that closes all its brackets itself. So a line that
     is cut short costs only itself, and a value inside of a broken object is not taken for a record;
   - the end of the file.
   A line like that which does not close its brackets, and expects no value itself, is another broken record: it ends
   the one before, but is *doubtful*: never accepted, even if lines behind it complete it.
3. A number, string or literal outside of any object is a record, and refused. Any other text there is the rest of
   something broken, and ends as 2 does.

Blanks, line ends, commas, square brackets and byte order marks between records are none. Where it is ambiguous, the
rule refuses rather than accepts (tests/jobs/reader/test_boundaries.py has a table of examples).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jobs.reader.brackets import Brackets, is_closed

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.reader.window import Window

MAX_RECORD_BYTES = 1024 * 1024
BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_EXPECTS_A_VALUE = frozenset(b":,[{")
_SEPARATORS = re.compile(rb"(?:[ \t\r\n,\[\]]|\xef\xbb\xbf)*+")
_OBJECT_LINE = re.compile(rb"\n(?=(?:\xef\xbb\xbf)?\{)")
_SCALAR = re.compile(
    rb"(?:null|true|false|NaN|-?Infinity|-?[0-9]++(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?"
    rb'|"(?:[^"\\\n]|\\[^\n])*+")(?=[ \t\r\n,\[\]{]|\xef\xbb\xbf|\Z)'
)


class Witness(Protocol):
    """Looks at all of a record that is too large to hold."""

    def look(self, data: bytes) -> None:
        """Look at the next bytes of it."""


@dataclass
class Found:
    """One record as delivered.

    Attributes:
        data: its bytes; of one larger than MAX_RECORD_BYTES the first ones.
        size: how many bytes it has.
        closed: it is an object that ends at its matching brace.
        open_at_end: it is cut off by the end of the file.
        witness: what looked at all of a larger one.
    """

    data: bytes
    size: int
    closed: bool = False
    open_at_end: bool = False
    witness: Witness | None = None


class Boundaries:
    """The records of a stream, one after the other.

    Args:
        window: on the stream, at a record's beginning.
        make_witness: of what is to look at records that are too large to hold.
    """

    def __init__(self, window: Window, make_witness: Callable[[], Witness] | None = None) -> None:
        self.window = window
        self.position = window.start
        self._brackets = Brackets(window)
        self._doubtful = False
        self._make_witness = make_witness

    @property
    def certain(self) -> bool:
        """Whether the position is where a line begins, and a record may begin that depends on nothing before."""
        before = self.position - self.window.start
        return not self._doubtful and before > 0 and self.window.data[before - 1] == ord("\n")

    def more(self) -> bool:
        """Pass over what separates records; whether one begins there."""
        window = self.window
        while True:
            window.reach(self.position + len(BOM))
            match = _SEPARATORS.match(window.data, self.position - window.start)
            after = window.start + (match.end() if match else 0)
            self._move_to(after)
            # The last bytes of what is read may be the beginning of a byte order mark.
            if window.ended or after <= window.end - len(BOM):
                return after < window.end

    def skip(self, size: int) -> None:
        """Go on behind that many bytes of whole records."""
        self._move_to(self.position + size)

    def block(self, size: int) -> bytes | None:
        """Whole lines of that many bytes or fewer, if a record begins here that depends on nothing before."""
        if self._doubtful:
            return None
        window, end = self.window, self.position + size
        if window.reach(end):
            end = window.start + window.data.rfind(b"\n", self.position - window.start, end - window.start) + 1
        return window.cut(self.position, end) if end > self.position else None

    def next(self) -> Found:
        """The record that begins here."""
        start, doubtful = self.position, self._doubtful
        self._doubtful = False
        self.window.reach(start)
        if self.window.data[start - self.window.start] == ord("{"):
            end = self._brackets.end_of(start, start + MAX_RECORD_BYTES)
        else:
            end = self._end_of_scalar(start)
        if end is None:
            return self._broken(start)
        data = self.window.cut(start, end)
        self._move_to(end)
        return Found(data, len(data), closed=data.startswith(b"{") and not doubtful)

    def _end_of_scalar(self, start: int) -> int | None:
        window = self.window
        more = window.reach(start + MAX_RECORD_BYTES)
        match = _SCALAR.match(window.data, start - window.start, start - window.start + MAX_RECORD_BYTES)
        end = window.start + match.end() if match else None
        return None if more and end == start + MAX_RECORD_BYTES else end

    def _broken(self, start: int) -> Found:
        """A record that ends where the next certainly begins."""
        text = _Text(self._make_witness)
        while True:
            line_end = self._next_object_line(self.position)
            closing = self._brackets.end_of(start, line_end)
            end = line_end if closing is None else closing
            line = self.window.cut(self.position, end)
            text.add(line)
            self._move_to(end, start)
            at_end = not self.window.reach(end)
            if closing is not None or at_end:
                return text.found(open_at_end=closing is None)
            if line.endswith(b"\n") and text.last not in _EXPECTS_A_VALUE and self._begins_record(end):
                return text.found(open_at_end=False)

    def _next_object_line(self, offset: int) -> int:
        """Where the next line begins that begins with a brace; at most 1 MiB on."""
        window, limit, looked = self.window, offset + MAX_RECORD_BYTES, offset
        while True:
            match = _OBJECT_LINE.search(window.data, looked - window.start)
            if match and window.start + match.end() <= limit:
                return window.start + match.end()
            looked = max(offset, window.end - len(BOM) - 1)
            if looked >= limit or not window.reach(window.end):
                return min(window.end, limit)

    def _begins_record(self, offset: int) -> bool:
        """Whether the line there certainly begins another record."""
        end = self.window.line_end(offset, MAX_RECORD_BYTES)
        line = self.window.cut(offset, end).removeprefix(BOM)
        whole = line.endswith(b"\n") or not self.window.reach(end)
        if not whole or not line.startswith(b"{"):
            return False
        if is_closed(line):
            return True
        self._doubtful = line.rstrip(_BLANKS)[-1] not in _EXPECTS_A_VALUE
        return self._doubtful

    def _move_to(self, offset: int, since: int | None = None) -> None:
        self.position = offset
        self._brackets.move_to(offset, offset if since is None else since)
        self.window.forget(offset - 1)


class _Text:
    """The text of a broken record: its first MiB, and how long it is without the blanks that end it."""

    def __init__(self, make_witness: Callable[[], Witness] | None) -> None:
        self.last = 0
        self._first = bytearray()
        self._read = self._size = 0
        self._make_witness = make_witness
        self._witness: Witness | None = None

    def add(self, data: bytes) -> None:
        if stripped := data.rstrip(_BLANKS):
            self.last = stripped[-1]
            self._size = self._read + len(stripped)
        self._read += len(data)
        if self._size > MAX_RECORD_BYTES and self._make_witness:
            if self._witness is None:
                self._witness = self._make_witness()
                self._witness.look(bytes(self._first))
            self._witness.look(data)
        if len(self._first) < MAX_RECORD_BYTES:
            self._first += data[: MAX_RECORD_BYTES - len(self._first)]

    def found(self, *, open_at_end: bool) -> Found:
        return Found(bytes(self._first[: self._size]), self._size, open_at_end=open_at_end, witness=self._witness)
