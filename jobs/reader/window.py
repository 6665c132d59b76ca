"""A stream seen through a window that moves forward: places are offsets in the stream, and memory is bounded."""

from __future__ import annotations

from typing import BinaryIO

READ_BYTES = 1024 * 1024


class Window:
    """The bytes of a stream from ``start`` on, as far as they were asked for.

    Args:
        stream: read from where it stands.
        length: how many of its bytes there are to read; None for all of them.
        read_bytes: how many are read at a time.
    """

    def __init__(self, stream: BinaryIO, length: int | None = None, read_bytes: int = READ_BYTES) -> None:
        self.start = 0
        self.data = b""
        self.ended = False
        self._stream = stream
        self._left = length
        self._read_bytes = read_bytes

    @property
    def end(self) -> int:
        """Where what was read so far ends."""
        return self.start + len(self.data)

    def reach(self, offset: int) -> bool:
        """Read on until the byte at the offset is in the window; whether there is one."""
        while self.end <= offset and not self.ended:
            wanted = self._read_bytes if self._left is None else min(self._read_bytes, self._left)
            more = self._stream.read(wanted)
            self.ended = not more
            self.data += more
            if self._left is not None:
                self._left -= len(more)
        return offset < self.end

    def cut(self, start: int, end: int) -> bytes:
        """The bytes between two offsets, as far as there are any."""
        self.reach(end - 1)
        return self.data[start - self.start : end - self.start]

    def line_end(self, offset: int, longest: int) -> int:
        """Where the line at the offset ends, its line end included; at most ``longest`` bytes further."""
        looked = offset
        while True:
            found = self.data.find(b"\n", looked - self.start, offset + longest - self.start)
            if found >= 0:
                return self.start + found + 1
            looked = min(self.end, offset + longest)
            if looked == offset + longest or not self.reach(self.end):
                return looked

    def forget(self, before: int) -> None:
        """Drop what is before the offset, once it is worth a copy of the rest: of a block, all but its last line."""
        if before - self.start >= self._read_bytes // 2:
            self.data = self.data[before - self.start :]
            self.start = before
