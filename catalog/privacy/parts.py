"""What a file holds, part by part, each decoded: by what the file is, never by its name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Literal

from catalog.privacy.iceberg_parts import avro_parts, metadata_parts
from catalog.privacy.neighbours import Layout
from catalog.privacy.parquet_parts import parquet_parts
from catalog.privacy.part import Part
from catalog.privacy.sqlite_parts import LOGS, sqlite_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 4096
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"wOFF", b"wOF2")
"""Pictures and fonts: compressed as well, but what they hold is no text."""
_NESTED = 4
"""Archives within archives, at most."""


def parts(data: bytes, numbers: frozenset[int] = frozenset(), depth: int = 0) -> Iterator[Part]:
    """Every part of a file; the last ones only matter where nothing was found in those before.

    Args:
        data: the file.
        numbers: numbers to look for in columns of numbers.
        depth: how many archives it is within.

    Raises:
        Exception: whatever a decoder raises: the file cannot be read.
    """
    packed = next((unpack for magic, unpack in _PACKED.items() if data.startswith(magic)), None)
    if packed is not None:
        if depth == _NESTED:
            raise ValueError("archives are nested too deeply")
        for inner, about in packed(data):
            for part in parts(inner, numbers, depth + 1):
                yield Part(f"{part.kind} in an archive", part.data, part.layout, last=part.last)
            yield Part("archive", about, last=True)
    elif data.startswith(b"PAR1"):
        yield from parquet_parts(data, numbers)
    elif data.startswith(b"Obj\x01"):
        yield from avro_parts(data)
    elif data.startswith(b"SQLite format 3\0"):
        yield from sqlite_parts(data)
    elif data.startswith(LOGS):
        yield Part("SQLite log", data, Layout.PAGES)
    elif data.startswith(_UNREADABLE):
        raise ValueError("no decoder for files of this kind")
    elif _is_text(data):
        yield from metadata_parts(data)
        yield Part(_text_kind(data), data, last=True)
    else:
        if not data.startswith(_IMAGES) and _is_packed(data):
            raise ValueError("it looks compressed or encrypted, and by what is not known")
        yield Part("bytes", data, Layout.PAGES)


def _zip(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            yield archive.read(entry), b"\0".join((entry.filename.encode(), entry.comment, entry.extra))
        yield b"", archive.comment


def _stream(unpack: Callable[[bytes], bytes]) -> Callable[[bytes], Iterator[tuple[bytes, bytes]]]:
    def unpacked(data: bytes) -> Iterator[tuple[bytes, bytes]]:
        # The packed bytes, too: a header of gzip holds the file's name.
        yield unpack(data), data

    return unpacked


def _by_arrow(codec: Literal["zstd", "lz4"]) -> Callable[[bytes], bytes]:
    def unpacked(data: bytes) -> bytes:
        import pyarrow as pa

        with pa.input_stream(pa.py_buffer(data), compression=codec) as stream:
            return bytes(stream.read())

    return unpacked


_PACKED: dict[bytes, Callable[[bytes], Iterator[tuple[bytes, bytes]]]] = {
    b"\x1f\x8b": _stream(gzip.decompress),
    b"BZh": _stream(bz2.decompress),
    b"\xfd7zXZ\0": _stream(lzma.decompress),
    b"\x28\xb5\x2f\xfd": _stream(_by_arrow("zstd")),
    b"\x04\x22\x4d\x18": _stream(_by_arrow("lz4")),
    b"PK\x03\x04": _zip,
    b"PK\x05\x06": _zip,
}
_UNREADABLE = (b"PARE", b"ORC", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"%PDF", b"LZ4Block")
"""Encrypted Parquet, ORC, 7z, RAR, PDF, spills of Spark: compressed or encrypted, so that their bytes show nothing."""


def _is_text(data: bytes) -> bool:
    """Whether it is text, in whatever encoding and with whatever errors; in all else fields may touch each other."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return not _CONTROLS.search(data)
    return b"\0" not in data


def _is_packed(data: bytes) -> bool:
    """Whether nothing repeats in it, as in what is compressed or encrypted: whatever it holds, it does not show it."""
    sample = data[:_SAMPLE]
    return len(sample) == _SAMPLE and len(zlib.compress(sample, 1)) > 0.99 * _SAMPLE


def _text_kind(data: bytes) -> str:
    head = data[:256].lstrip().lower()
    return "HTML" if head.startswith((b"<!doctype html", b"<html")) else "JSON" if head[:1] in b"{[" else "text"
