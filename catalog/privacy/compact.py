"""Thrift's compact protocol, without a schema: what Parquet files say of themselves, every field of it.

Neither Arrow nor DuckDB shows the headers of pages and the indexes of columns, which hold values, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_NUMBERS = (4, 5, 6)


class CompactReader:
    """Reads structs as dictionaries by field id, whatever they are.

    Attributes:
        position: of the next byte.
    """

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self.position = position

    def struct(self) -> dict[int, Any]:
        """The next struct.

        Raises:
            IndexError: the data end within it.
            ValueError: these are no such data.
        """
        fields: dict[int, Any] = {}
        last = 0
        while head := self._byte():
            last = last + (head >> 4) if head >> 4 else self._number()
            kind = head & 15
            fields[last] = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind)
        return fields

    def _value(self, kind: int) -> Any:
        if kind in _NUMBERS:
            return self._number()
        if kind == _BINARY:
            return self._take(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind in {_LIST, _SET}:
            head = self._byte()
            count = head >> 4 if head >> 4 != 15 else self._varint()  # noqa: PLR2004 - all bits of a half byte
            return [self._value(head & 15) for _ in range(count)]
        if kind == _MAP:
            count = self._varint()
            kinds = self._byte() if count else 0
            return [(self._value(kinds >> 4), self._value(kinds & 15)) for _ in range(count)]
        if kind in {_TRUE, _FALSE, _BYTE}:
            return self._byte()
        if kind == _DOUBLE:
            return self._take(8)
        raise ValueError(f"thrift has no type {kind}")

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
