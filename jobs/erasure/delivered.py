"""Delivered files without the records of people who were erased; other people's records stay, byte by byte."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import unquote

from catalog.drop.listing import open_delivered, shown
from catalog.privacy.anchors import WIDTH, Anchors
from jobs.reader.boundaries import Boundaries
from jobs.reader.contents import Contents
from jobs.reader.fast import count_lines
from jobs.reader.fields import DAY_MS, LATEST_MS, batch_schema
from jobs.reader.people import Mentions
from jobs.reader.records import parse, row
from jobs.reader.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.drop.delivery import DeliveredFile
    from jobs.reader.boundaries import Found
    from jobs.reader.erased import Erased

_BLOCK_BYTES = 1024 * 1024
_AMBIGUOUS = re.compile(rb"[\\%\x80-\xff]")
_FEW = 50
"""Of so many values each is looked for by itself in a record."""
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
        was: SHA-256 of its bytes as it was delivered, in hexadecimal.
    """

    source: str
    name: str
    location: str
    new_location: str
    data: bytes
    records: int
    was: str

    @property
    def sha256(self) -> str:
        """Of its bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Mentioned:
    """Who is looked for in delivered files.

    Attributes:
        erased: tells whose a record is.
        pattern: finds their values in a text.
        values: the same, and serial numbers of devices that others have, too, in lower case: where none of them is,
            nobody need look closer.
    """

    erased: Erased
    pattern: re.Pattern[str]
    values: tuple[bytes, ...]

    def may_be_in(self, data: bytes) -> bool:
        """Whether bytes may name one of them; anything that can be written in more than one way may."""
        if _is_ambiguous(data):
            return True
        if len(self.values) <= _FEW:
            lower = data.lower()
            return any(value in lower for value in self.values)
        return bool(self.places(data))

    def places(self, data: bytes) -> list[int]:
        """Where bytes may name one of them, ascending: their values, and what can be written in more than one way."""
        lower = data.lower()
        found = (start for start in self._anchors.find(lower) if lower.startswith(self._by_anchor(lower, start), start))
        short = (each.start() for value in self._short for each in re.finditer(re.escape(value), lower))
        doubtful = _AMBIGUOUS.finditer(data) if _is_ambiguous(data) else ()
        return sorted({*found, *short, *(each.start() for each in doubtful)})

    @cached_property
    def _long(self) -> dict[bytes, tuple[bytes, ...]]:
        values: dict[bytes, tuple[bytes, ...]] = {}
        for value in self.values:
            if len(value) >= WIDTH:
                values[value[:WIDTH]] = (*values.get(value[:WIDTH], ()), value)
        return values

    @cached_property
    def _short(self) -> tuple[bytes, ...]:
        return tuple(value for value in self.values if len(value) < WIDTH)

    @cached_property
    def _anchors(self) -> Anchors:
        return Anchors(self._long)

    def _by_anchor(self, lower: bytes, start: int) -> tuple[bytes, ...]:
        return self._long[lower[start : start + WIDTH]]

    def are_in(self, text: str) -> bool:
        """Whether a text names one of them."""
        return self.pattern.search(text) is not None or self.erased.mentions(text)


def rewritten_file(file: DeliveredFile, wanted: Mentioned) -> RewrittenFile | None:
    """A delivered file without the records of erased people; None where it has none, and is named after nobody.

    Of somebody else's record the fields go that no table names and that name an erased person.

    Args:
        file: the file.
        wanted: who is looked for.

    Raises:
        OSError: it cannot be read.
    """
    with open_delivered(file.uri) as stream:
        delivered = stream.read()
    data, compressed, damaged = _contents(delivered)
    name = wanted.erased.file_name(file.name)
    if damaged and (wanted.are_in(_text(delivered)) or wanted.are_in(_text(data))):
        kept, records = b"", 1  # what of it is whose, nobody can tell
    else:
        parts = list(_kept(data, file.source, wanted))
        kept, records = b"".join(part for part, _ in parts), sum(gone for _, gone in parts)
    if not records and name == file.name:
        return None
    whole = delivered if not records else gzip.compress(kept, mtime=0) if compressed and kept.strip() else kept
    location = _location(file)
    return RewrittenFile(
        file.source,
        name,
        location,
        location.removesuffix(file.name) + name,
        whole if kept.strip() else b"",
        records,
        hashlib.sha256(delivered).hexdigest(),
    )


def _is_ambiguous(data: bytes) -> bool:
    """Whether ``_AMBIGUOUS`` finds anything; most blocks have nothing, and this need not look at each byte for it."""
    return not data.isascii() or b"\\" in data or b"%" in data


def plain_bytes(delivered: bytes) -> bytes:
    """A file's bytes, and those that it holds compressed."""
    data, compressed, _ = _contents(delivered)
    return delivered + data if compressed else delivered


def _contents(delivered: bytes) -> tuple[bytes, bool, bool]:
    """What a file holds, whether that is compressed, and whether some of it could not be read."""
    with Contents(cast("io.RawIOBase", io.BytesIO(delivered))) as contents:
        return contents.stream.read(), contents.compressed, contents.damage is not None


def _kept(data: bytes, source: str, wanted: Mentioned) -> Iterator[tuple[bytes, int]]:
    """What of a file's contents stays, in order, each with how many records went just before it."""
    boundaries = Boundaries(Window(cast("BinaryIO", io.BytesIO(data))), lambda: Mentions(_LATEST))
    done = 0
    while boundaries.more():
        for start, found in _looked_at(boundaries, wanted):
            stays = _what_stays(found, source, wanted)
            if stays is not None:
                yield data[done:start], 0
                yield stays, 1
                done = boundaries.position
    yield data[done:], 0


def _looked_at(boundaries: Boundaries, wanted: Mentioned) -> Iterator[tuple[int, Found]]:
    """The records of about a block that may be somebody's who is wanted, each with where it begins."""
    block = boundaries.block(_BLOCK_BYTES)
    if block is not None and count_lines(block) is not None:
        begin = boundaries.position
        for place in wanted.places(block):
            if begin + place >= boundaries.position:  # else the record before has two of their values
                boundaries.skip(begin + block.rfind(b"\n", 0, place) + 1 - boundaries.position)
                yield boundaries.position, boundaries.next()
        boundaries.skip(begin + len(block) - boundaries.position)
        return
    end = boundaries.position + _BLOCK_BYTES
    while boundaries.more() and boundaries.position < end:
        start, found = boundaries.position, boundaries.next()
        if found.witness is not None or wanted.may_be_in(found.data):
            yield start, found


def _what_stays(found: Found, source: str, wanted: Mentioned) -> bytes | None:
    """What is left of a record of an erased person, or one that names them; None where all of it stays."""
    erased = wanted.erased
    if isinstance(found.witness, Mentions) and any(map(erased.is_person, (found.witness.people or "").split())):
        return b""
    names = (field.name for field in batch_schema(source) if field.name != "recordNumber")
    values = dict(zip(names, row(found, source, (), _LATEST), strict=True))
    if values["reason"] is not None:
        gone = wanted.are_in(_text(found.data))
    elif source == "step_trainer":
        gone = erased.is_device(values["device"], values["sensorReadingTime"])
    else:
        gone = erased.is_person(values["person"])
    return b"" if gone else _without_members(found, values["extraFields"], erased)


def _without_members(found: Found, extra: str | None, erased: Erased) -> bytes | None:
    """Somebody else's record without the fields that name an erased person; None where none does."""
    if extra is None or (kept := erased.without_members(extra)) == extra:
        return None
    gone = json.loads(extra).keys() - (json.loads(kept) if kept else {}).keys()
    record = {key: value for key, value in (parse(found) or {}).items() if key not in gone}
    return json.dumps(record, ensure_ascii=False).encode()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _location(file: DeliveredFile) -> str:
    """Where storage has a delivered file."""
    if file.uri.startswith("s3://"):
        return unquote(shown(file.uri))
    return f"file://{file.uri}"
