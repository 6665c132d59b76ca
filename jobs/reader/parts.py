"""Pieces of a file, each read the fast way where that is safe and exactly where it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from jobs.reader.records import MAX_RECORD_BYTES, Record, split_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobs.reader.pieces import Piece, Pieces

T = TypeVar("T")
# Below this, halving a piece further costs more than reading it exactly.
_SMALL = 4096


@dataclass(frozen=True)
class Part(Generic[T]):
    """Consecutive records of a file.

    Attributes:
        size: in bytes.
        certain: it ends where a line begins a new record.
        fast: what the fast reading made of it; None where the exact one was needed.
        records: what the exact reading found.
        oversized: the record too large to hold that this part is, if it is one.
    """

    size: int
    certain: bool
    fast: T | None = None
    records: list[Record] = field(default_factory=list)
    oversized: Piece | None = None


def parts(pieces: Pieces, source: str, fast: Callable[[bytes], T | None]) -> Iterator[Part[T]]:
    """Everything in the pieces, in order. ``fast`` gives None for what it cannot read with certainty."""
    while piece := pieces.next():
        if piece.oversized:
            yield Part(piece.oversized, certain=False, oversized=piece)
        elif piece.final:
            yield from _by_halves(piece.data, source, fast)
        elif (result := fast(piece.data)) is not None:
            yield Part(piece.size, certain=False, fast=result)
        else:
            yield from _unsettled(pieces, piece, source)


def _by_halves(data: bytes, source: str, fast: Callable[[bytes], T | None]) -> Iterator[Part[T]]:
    """Read fast what can be; halve the rest at lines that begin a record, so that one bad record costs a few lines."""
    if (result := fast(data)) is not None:
        yield Part(len(data), certain=True, fast=result)
        return
    half = data.find(b"\n{", len(data) // 2) + 1
    if len(data) > _SMALL and half:
        yield from _by_halves(data[:half], source, fast)
        yield from _by_halves(data[half:], source, fast)
        return
    records, _ = _exact(data, source, final=True, resolve=True)
    yield Part(len(data), certain=True, records=records)


def _unsettled(pieces: Pieces, piece: Piece, source: str) -> Iterator[Part[T]]:
    """A piece whose last record may go on: what is complete is read, the rest is given back."""
    too_long = piece.size > MAX_RECORD_BYTES
    records, used = _exact(piece.data, source, final=False, resolve=too_long)
    rest = piece.data[used:]
    if records or used:
        yield Part(used, certain=False, records=records)
    if rest and not records and too_long:
        skipped = pieces.skip_oversized(rest)
        yield Part(skipped.oversized, certain=False, oversized=skipped)
    elif rest:
        pieces.push_back(rest)


def _exact(data: bytes, source: str, *, final: bool, resolve: bool) -> tuple[list[Record], int]:
    """The records of a piece, and how many of its bytes they and what separates them take."""
    text = data.decode("utf-8", "surrogateescape")
    records: list[Record] = []
    used = 0
    for item in split_records(text, source, final=final, resolve=resolve):
        if isinstance(item, Record):
            records.append(item)
        else:
            used = len(text[:item].encode("utf-8", "surrogateescape"))
    return records, used
