"""Thrift's compact protocol, without a schema: what Parquet files say of themselves, every field of it.

Neither Arrow nor DuckDB shows the headers of pages and the indexes of columns, which hold values, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            kind = head & _ALL_BITS
            fields[last] = kind == _TRUE if kind <= _FALSE else self._value(kind)
        return fields

    def _value(self, kind: int) -> Any:
        match kind:
            case 1 | 2 | 3:  # a truth value within a list, or a byte
                return self._byte()
            case 4 | 5 | 6:
                return self._number()
            case 7:  # a double
                return self._take(8)
            case 8:
                return self._take(self._varint())
            case 9 | 10:
                return self._list()
            case 11:
                return self._map()
            case 12:
                return self.struct()
        raise ValueError(f"Thrift has no type {kind}")

    def _list(self) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < _ALL_BITS else self._varint()
        return [self._value(head & _ALL_BITS) for _ in range(count)]

    def _map(self) -> list[tuple[Any, Any]]:
        count = self._varint()
        kinds = self._byte() if count else 0
        return [(self._value(kinds >> 4), self._value(kinds & _ALL_BITS)) for _ in range(count)]

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
