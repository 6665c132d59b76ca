"""Delivered files without the records of people who were erased; other people's records stay, byte by byte."""

from __future__ import annotations

import gzip
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import unquote

from catalog.drop.listing import open_delivered
from jobs.reader.boundaries import Boundaries
from jobs.reader.contents import Contents
from jobs.reader.fast import count_lines
from jobs.reader.fields import DAY_MS, LATEST_MS, batch_schema
from jobs.reader.people import Mentions
from jobs.reader.records import parse, row
from jobs.reader.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.drop.delivery import DeliveredFile
    from jobs.reader.boundaries import Found
    from jobs.reader.erased import Erased

_BLOCK_BYTES = 1024 * 1024
_AMBIGUOUS = (b"\\", b"%")
_LATEST = LATEST_MS - 2 * DAY_MS


@dataclass(frozen=True)
class RewrittenFile:
    """A delivered file as it is to be.

    Attributes:
        source: whose.
        name: its path in the drop folder, which names nobody.
        location: where it was, as storage has it.
        new_location: where it is to be.
        data: its bytes; empty: nothing is left, and the file goes.
        records: how many records of it went.
    """

    source: str
    name: str
    location: str
    new_location: str
    data: bytes
    records: int

    @property
    def sha256(self) -> str:
        """Of its bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def rewritten_file(file: DeliveredFile, erased: Erased, hits: Callable[[bytes], bool]) -> RewrittenFile | None:
    """A delivered file without the records of erased people; None where it has none, and is named after nobody.

    Of somebody else's record the fields go that no table names and that name an erased person.

    Args:
        file: the file.
        erased: tells whose a record is.
        hits: whether bytes in lower case may name one of them in plain.

    Raises:
        OSError: it cannot be read.
    """
    with open_delivered(file.uri) as stream:
        delivered = stream.read()
    with Contents(cast("io.RawIOBase", io.BytesIO(delivered))) as contents:
        compressed = contents.compressed
        data = contents.stream.read()
        damaged = contents.damage is not None
    name = erased.file_name(file.name)
    if damaged and (hits(delivered.lower()) or hits(data.lower())):
        kept, records = b"", 1  # what of it is whose, nobody can tell
    else:
        parts = list(_kept(data, file.source, erased, hits))
        kept, records = b"".join(part for part, _ in parts), sum(gone for _, gone in parts)
    if not records and name == file.name:
        return None
    whole = delivered if not records else gzip.compress(kept, mtime=0) if compressed and kept.strip() else kept
    location = _location(file)
    return RewrittenFile(
        file.source, name, location, location.removesuffix(file.name) + name, whole if kept.strip() else b"", records
    )


def _kept(data: bytes, source: str, erased: Erased, hits: Callable[[bytes], bool]) -> Iterator[tuple[bytes, int]]:
    """What of a file's contents stays, in order, each with how many records went just before it."""
    boundaries = Boundaries(Window(cast("BinaryIO", io.BytesIO(data))), lambda: Mentions(_LATEST))
    done = 0
    while boundaries.more():
        block = boundaries.block(_BLOCK_BYTES)
        if block is not None and not _may_name(block, hits) and count_lines(block) is not None:
            boundaries.skip(len(block))
            continue
        end = boundaries.position + _BLOCK_BYTES
        while boundaries.more() and boundaries.position < end:
            start = boundaries.position
            found = boundaries.next()
            doubtful = found.witness is not None or _may_name(found.data, hits)
            stays = _what_stays(found, source, erased, hits) if doubtful else None
            if stays is not None:
                yield data[done:start], 0
                yield stays, 1
                done = boundaries.position
    yield data[done:], 0


def _may_name(data: bytes, hits: Callable[[bytes], bool]) -> bool:
    return not data.isascii() or any(mark in data for mark in _AMBIGUOUS) or hits(data.lower())


def _what_stays(found: Found, source: str, erased: Erased, hits: Callable[[bytes], bool]) -> bytes | None:
    """What is left of a record of an erased person, or one that names them; None where all of it stays."""
    import json

    values = dict(
        zip(
            (f.name for f in batch_schema(source) if f.name != "recordNumber"),
            row(found, source, (), _LATEST),
            strict=True,
        )
    )
    if isinstance(found.witness, Mentions) and any(map(erased.is_person, (found.witness.people or "").split())):
        return b""
    if values["reason"] is not None:
        text = found.data.decode("utf-8", "backslashreplace")
        return b"" if hits(found.data.lower()) or erased.mentions(text) else None
    if "person" in values and erased.is_person(values["person"]):
        return b""
    if source == "step_trainer" and erased.is_device(values["device"], values["sensorReadingTime"]):
        return b""
    extra = values["extraFields"]
    if extra is None or (kept := erased.without_members(extra)) == extra:
        return None
    gone = json.loads(extra).keys() - (json.loads(kept) if kept else {}).keys()
    record = {key: value for key, value in (parse(found) or {}).items() if key not in gone}
    return json.dumps(record, ensure_ascii=False).encode()


def _location(file: DeliveredFile) -> str:
    """Where storage has a delivered file."""
    if file.uri.startswith("s3://"):
        return unquote(file.uri.partition("?")[0])
    return f"file://{file.uri}"
