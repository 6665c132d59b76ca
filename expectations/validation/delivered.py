"""How many objects were delivered, counted without the code that reads them (``objects.py``)."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from expectations.validation.objects import count_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import pyarrow as pa

    from catalog.engine.workers import Workers

_CHUNK = 1024 * 1024
_PIECE = 16 * 1024
_GZIP = b"\x1f\x8b"


def delivered_objects(
    workers: Workers, files: Sequence[tuple[str, str, int]], open_input: Callable[[str], BinaryIO]
) -> pa.Table:
    """Count the objects of files.

    Args:
        workers: who count.
        files: (source, where it is read, size in bytes) of each.
        open_input: opens one; it can be pickled.

    Returns:
        A row per file: source, sourceFileSha256, objects.
    """
    import pyarrow as pa

    reads = sum(size for *_, size in files)
    return pa.Table.from_pylist(workers.map_partitions(files, _Count(open_input), reads=reads, tasks=4 * workers.cores))


@dataclass(frozen=True)
class _Count:
    """Counts the objects of files that it opens."""

    open_input: Callable[[str], BinaryIO]

    def __call__(self, files: Iterable[tuple[str, str, int]]) -> Iterator[dict[str, str | int]]:
        for source, uri, _ in files:
            with self.open_input(uri) as stream:
                sha256 = _sha256(stream)
                yield {"source": source, "sourceFileSha256": sha256, "objects": count_objects(stream)}


def count_objects(stream: BinaryIO) -> int:
    """Objects of one file, broken ones included, in bounded memory; gzip is recognised.

    What of a damaged gzip file cannot be read counts as one, with the object in which it breaks off.
    """
    magic = stream.read(len(_GZIP))
    stream.seek(0)
    if magic != _GZIP:
        return count_text(iter(lambda: stream.read(_CHUNK), b""))[0]
    unpacked = _Unpacked(stream)
    total, broken_off = count_text(unpacked)
    return total + (unpacked.garbage or (unpacked.incomplete and not broken_off))


class _Unpacked:
    """The contents of gzip members; after them, whether the last is incomplete, or something else follows."""

    def __init__(self, stream: BinaryIO) -> None:
        self.incomplete = True
        self.garbage = False
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        while rest or (rest := self._stream.read(_CHUNK)):
            rest = rest.lstrip(b"\0") if not self.incomplete else rest
            rest += self._stream.read(1) if len(rest) == 1 else b""
            if rest and not self.incomplete and not rest.startswith(_GZIP):
                self.garbage = True
                return
            if rest:
                self.incomplete = True
                rest = yield from self._member(rest)
                if self.incomplete:
                    return

    def _member(self, packed: bytes) -> Generator[bytes, None, bytes]:
        """One member's contents; what follows it."""
        unpack = zlib.decompressobj(wbits=31)
        while packed or (packed := self._stream.read(_CHUNK)):
            # By small pieces: where one is damaged, it is taken byte by byte up to that.
            piece, packed = packed[:_PIECE], packed[_PIECE:]
            before = unpack.copy()
            try:
                yield unpack.decompress(piece)
            except zlib.error:
                yield from _undamaged(before, piece)
                return b""
            if unpack.eof:
                self.incomplete = False
                return unpack.unused_data + packed
        return b""


def _undamaged(unpack: Any, piece: bytes) -> Iterator[bytes]:
    for place in range(len(piece)):
        try:
            yield unpack.decompress(piece[place : place + 1])
        except zlib.error:
            return


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while window := stream.read(_CHUNK):
        digest.update(window)
    stream.seek(0)
    return digest.hexdigest()
