"""A stream cut into pieces of whole records, in bounded memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO

from jobs.reader.records import MAX_RECORD_BYTES

_READ_BYTES = 512 * 1024
_LINE_START = b"\n{"
_SOFT_CUT = re.compile(rb"\}(?=[ \t\r\n,]*\{)")
_ANY_CUT = re.compile(rb"\n(?=\{)|\}(?=[ \t\r\n,]*\{)")
# How far back from the end of what is read the last possible cut is looked for.
_LOOK_BACK = 64 * 1024


@dataclass(frozen=True)
class Piece:
    """Consecutive bytes of a file.

    Attributes:
        data: the bytes; of an oversized record its first ones.
        final: they end where a record ends for certain; else perhaps inside a string that looks like a record's end.
        oversized: bytes of the one record that this is, too large to hold; 0 for an ordinary piece.
    """

    data: bytes
    final: bool
    oversized: int = 0

    @property
    def size(self) -> int:
        """How many bytes of the file it stands for."""
        return self.oversized or len(self.data)


class Pieces:
    """Cuts a stream at the last line of each read that begins with ``{``, or, without one, between ``}`` and ``{``."""

    def __init__(self, stream: BinaryIO, length: int | None = None, read_bytes: int = _READ_BYTES) -> None:
        self._stream = stream
        self._left = length
        self._read_bytes = read_bytes
        self._carry = b""

    def next(self) -> Piece | None:
        """The next piece, or None at the end."""
        data = self._carry
        while more := self._read():
            data += more
            if cut := data.rfind(_LINE_START) + 1:
                return self._cut(data, cut, final=True)
            if cut := _last_soft_cut(data):
                return self._cut(data, cut, final=False)
            if len(data) > MAX_RECORD_BYTES + self._read_bytes:
                self._carry = b""
                return self.skip_oversized(data)
        self._carry = b""
        return Piece(data, final=True) if data else None

    def push_back(self, data: bytes) -> None:
        """Give back the end of the last piece: the record that it ends with is not complete."""
        self._carry = data + self._carry

    def skip_oversized(self, data: bytes) -> Piece:
        """Pass over a record that begins with ``data``, up to where the next one may begin."""
        size, window = len(data), self._carry
        self._carry = b""
        while True:
            if match := _ANY_CUT.search(window):
                self._carry = window[match.end() :]
                return Piece(data[:MAX_RECORD_BYTES], final=True, oversized=size + match.end())
            # The last byte stays in the window: a cut may lie across two reads.
            size += max(0, len(window) - 1)
            more = self._read()
            if not more:
                return Piece(data[:MAX_RECORD_BYTES], final=True, oversized=size + len(window[-1:]))
            window = window[-1:] + more

    def _cut(self, data: bytes, cut: int, *, final: bool) -> Piece:
        self._carry = data[cut:]
        return Piece(data[:cut], final=final)

    def _read(self) -> bytes:
        wanted = self._read_bytes if self._left is None else min(self._read_bytes, self._left)
        data = self._stream.read(wanted)
        if self._left is not None:
            self._left -= len(data)
        return data


def _last_soft_cut(data: bytes) -> int:
    """End of the last ``}`` that a ``{`` follows; 0 where there is none near the end."""
    last = 0
    for match in _SOFT_CUT.finditer(data, max(0, len(data) - _LOOK_BACK)):
        last = match.end()
    return last
