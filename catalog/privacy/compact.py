"""Thrift's compact protocol, without a schema: what Parquet files say of themselves, every field of it.

Neither Arrow nor DuckDB shows the headers of pages and the indexes of columns, which hold values, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRUE, _FALSE = 1, 2
_ALL_BITS = 15
"""Of half a byte."""


class CompactReader:
    """Reads structs as dictionaries by field id, whatever they are.

    Attributes:
        position: of the next byte.
    """

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self.position = position
        # By type: bytes (truth values in lists), numbers, double, byte string, list or set, map, struct.
        self._readers: dict[int, Callable[[], Any]] = {
            **dict.fromkeys((1, 2, 3), self._byte),
            **dict.fromkeys((4, 5, 6), self._number),
            7: lambda: self._take(8),
            8: lambda: self._take(self._varint()),
            **dict.fromkeys((9, 10), self._list),
            11: self._map,
            12: self.struct,
        }

    def struct(self) -> dict[int, Any]:
        """The next struct.

        Raises:
            IndexError: the data end within it.
            KeyError: these are no such data.
        """
        fields: dict[int, Any] = {}
        last = 0
        while head := self._byte():
            last = last + (head >> 4) if head >> 4 else self._number()
            kind = head & _ALL_BITS
            fields[last] = kind == _TRUE if kind <= _FALSE else self._readers[kind]()
        return fields

    def _list(self) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < _ALL_BITS else self._varint()
        return [self._readers[head & _ALL_BITS]() for _ in range(count)]

    def _map(self) -> list[tuple[Any, Any]]:
        count = self._varint()
        kinds = self._byte() if count else 0
        return [(self._readers[kinds >> 4](), self._readers[kinds & _ALL_BITS]()) for _ in range(count)]

    def _byte(self) -> int:
        self.position += 1
        return self._data[self.position - 1]

    def _take(self, count: int) -> bytes:
        taken = self._data[self.position : self.position + count]
        if len(taken) != count:
            raise IndexError("the data end within a value")
        self.position += count
        return taken

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:  # noqa: PLR2004 - the bit that says that more follows
                return value
            shift += 7

    def _number(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)


def binaries(value: Any) -> Iterator[bytes]:
    """Every byte string within a value that was read."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from binaries(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from binaries(each)
