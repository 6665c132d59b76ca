"""What is in a delivered file: its bytes, or those that its gzip members hold, as far as they can be read."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_GZIP_MAGIC = b"\x1f\x8b"
_READ_BYTES = 256 * 1024
_MOST_AT_ONCE = 1024 * 1024
# Whoever reads asks for more at a time: what does not fit into the buffer is not copied through it.
_BUFFER_BYTES = 64 * 1024
_KEPT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Damage:
    """Why a file could not be read to its end.

    Attributes:
        reason: code of the reason.
        detail: in words.
        early: the contents end early: a record that they end in is a part of what could not be read.
        rest: what was left unread, at most 1 MiB, where it is worth keeping.
        spoils: any byte before it may be another than was sent.
    """

    reason: str
    detail: str
    early: bool = True
    rest: bytes = b""
    spoils: bool = False


_TRUNCATED = Damage("truncated_gzip", "the gzip file ends early: what could be read of it is landed")
CORRUPT = Damage(
    "corrupt_gzip", "the gzip file is damaged, any of its bytes may be: nothing of it is landed", spoils=True
)
# Deliveries compress to a tenth or a thirtieth of their size; what fills memory, to a thousandth.
_MOST_TIMES, _ALWAYS_READ = 200, 8 * 1024 * 1024
_OVERLONG = Damage(
    "overlong_gzip",
    f"the gzip file holds more than {_MOST_TIMES} times its size, as made to exhaust memory: nothing of it is landed",
    spoils=True,
)
_LENGTH_BYTES = 4


class Gunzip(io.RawIOBase):
    """What gzip members hold, one after the other. Damage ends it, and is kept rather than raised."""

    def __init__(self, stream: BinaryIO) -> None:
        self.damage: Damage | None = None
        self._stream = stream
        self._unread = b""
        self._ended = False
        self._member: Any = zlib.decompressobj(wbits=31)
        self._size = 0
        self._given = self._made = 0
        self._last = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """As io asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next; 0 at the end."""
        while not self._ready and not self._ended:
            self._ready = memoryview(self._decompress())
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _decompress(self) -> bytes:
        if self._member.eof:
            return self._next_member()
        if not self._unread:
            self._unread = self._stream.read(_READ_BYTES)
            if not self._unread:
                return self._end(CORRUPT if self._read_past_its_end() else _TRUNCATED)
            self._given += len(self._unread)
            self._last = (self._last + self._unread)[-_LENGTH_BYTES:]
        if self._made > max(_ALWAYS_READ, _MOST_TIMES * (self._given - len(self._unread))):
            return self._end(_OVERLONG)
        given, before = self._unread, self._member.copy()
        try:
            data: bytes = self._member.decompress(given, _MOST_AT_ONCE)
        except zlib.error:
            self._end(CORRUPT)
            return _decompress_prefix(before, given)
        self._unread = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        self._size += len(data)
        self._made += len(data)
        return data

    def _read_past_its_end(self) -> bool:
        """Whether a member that seems cut short is whole, but for a changed byte that hides where it ends.

        Then the file ends in the member's length, which is about as much as was read. The last bytes of a member that
        is cut short are as good as random: hardly ever that.
        """
        length = int.from_bytes(self._last, "little")
        distance = (length - self._size) % (1 << 32)
        near = self._size // 8 + 4096
        return len(self._last) == _LENGTH_BYTES and (distance <= near or (1 << 32) - distance <= near)

    def _next_member(self) -> bytes:
        # Tapes and some programs fill up with zeros.
        while not (rest := self._unread.lstrip(b"\0")) and (more := self._stream.read(_READ_BYTES)):
            self._unread = more
        rest = rest + self._stream.read(_READ_BYTES) if 0 < len(rest) < len(_GZIP_MAGIC) else rest
        if not rest:
            return self._end(None)
        if rest.startswith(_GZIP_MAGIC):
            self._unread, self._member, self._size = rest, zlib.decompressobj(wbits=31), 0
            self._last = rest[-_LENGTH_BYTES:]
            return b""
        while len(rest) < _KEPT_BYTES and (more := self._stream.read(_READ_BYTES)):
            rest += more
        return self._end(Damage("not_gzip", "something that is not gzip follows the compressed records", False, rest))

    def _end(self, damage: Damage | None) -> bytes:
        self.damage, self._ended = damage, True
        # Whoever takes the file's SHA-256 wants all of its bytes.
        while self._stream.read(_READ_BYTES):
            pass
        return b""


def _decompress_prefix(member: Any, given: bytes) -> bytes:
    """What can be had of damaged bytes: of as many of them as do not raise."""
    good, bad = 0, len(given)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            member.copy().decompress(given[:middle], _MOST_AT_ONCE)
            good = middle
        except zlib.error:
            bad = middle
    return cast("bytes", member.decompress(given[:good], _MOST_AT_ONCE))


class Contents:
    """A delivered stream's contents, and what of them could not be read. The stream is its opener's to close."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._delivered = io.BufferedReader(stream, _BUFFER_BYTES)
        self._gunzip = None
        self.stream: io.BufferedReader[Any] = self._delivered
        if self._delivered.peek(2)[:2] == _GZIP_MAGIC:
            self._gunzip = Gunzip(cast("BinaryIO", self._delivered))
            self.stream = io.BufferedReader(cast("io.RawIOBase", self._gunzip), _BUFFER_BYTES)

    @property
    def compressed(self) -> bool:
        """Whether it is gzip."""
        return self._gunzip is not None

    @property
    def damage(self) -> Damage | None:
        """What went wrong, once all was read that can be."""
        return self._gunzip.damage if self._gunzip else None

    def __enter__(self) -> Contents:
        return self

    def __exit__(self, *_: object) -> None:
        self._delivered.detach()


def looks_like(first: bytes) -> str | None:
    """What kind of file begins with these bytes, in words, where it is one that is no JSON text."""
    for is_it, kind in _KINDS:
        if is_it(first):
            return kind
    return None


def _utf16(first: bytes) -> bool:
    sample = first[:1000].removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    return first.startswith((b"\xff\xfe", b"\xfe\xff")) or 5 * sample.count(b"\0") > 2 * len(sample) > 0


def _begins(*magics: bytes) -> Callable[[bytes], bool]:
    return lambda first: first.startswith(magics)


_KINDS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (_begins(b"BZh"), "bzip2"),
    (_begins(b"PK\x03\x04", b"PK\x05\x06"), "a zip archive"),
    (_begins(b"\xfd7zXZ\0"), "xz"),
    (_begins(b"\x28\xb5\x2f\xfd"), "zstd"),
    (_begins(b"PAR1"), "Parquet"),
    (_begins(_GZIP_MAGIC), "gzip"),
    (_utf16, "UTF-16"),
    (_begins(b"<"), "XML or HTML"),
)
