"""Parts of a file, each read the fast way where that is safe and exactly where it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from jobs.reader.window import READ_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jobs.reader.boundaries import Boundaries, Found

T = TypeVar("T")
# Below this, halving a block further costs more than reading it exactly.
_SMALL = 4096


@dataclass(frozen=True)
class Part(Generic[T]):
    """Consecutive records of a file.

    Attributes:
        end: where they and what separates them end, in bytes from where the reading began.
        certain: a line begins there, and what follows can be read without what is before.
        fast: what the fast reading made of them; None where the exact one was needed.
        records: what the exact reading found.
    """

    end: int
    certain: bool
    fast: T | None = None
    records: list[Found] = field(default_factory=list)


def parts(
    records: Boundaries,
    fast: Callable[[bytes], T | None],
    block_bytes: int = READ_BYTES,
    suspect: Callable[[bytes], list[tuple[int, int]]] | None = None,
) -> Iterator[Part[T]]:
    """Everything that is left, in order.

    Args:
        records: on the file.
        fast: reads a block; None for what it cannot read with certainty.
        block_bytes: how large blocks are.
        suspect: guesses which lines of a block ``fast`` cannot read: where they begin and end.
    """
    while records.more():
        block = records.block(block_bytes)
        if block is None:
            yield from _exactly(records, records.position + block_bytes)
        elif (result := fast(block)) is not None:
            yield _read_fast(records, block, result)
        elif spans := suspect(block) if suspect else []:
            yield from _around(records, block, fast, spans)
        else:
            yield from _by_halves(records, block, fast)


def _around(
    records: Boundaries, block: bytes, fast: Callable[[bytes], T | None], suspects: list[tuple[int, int]]
) -> Iterator[Part[T]]:
    """Read fast what is between suspect lines, if that is worth it, and these exactly."""
    start = records.position
    if len(suspects) * _SMALL > 2 * len(block):
        yield from _exactly(records, start + len(block))
        return
    for suspect, end in [*suspects, (len(block), len(block))]:
        # A broken record may go on into what follows its line, or beyond.
        if records.more() and (read := records.position - start) < suspect:
            if lines := records.block(suspect - read):
                yield from _by_halves(records, lines, fast)
            else:
                yield from _exactly(records, start + suspect)
        if records.more() and records.position - start < end:
            yield from _exactly(records, start + end)


def _read_fast(records: Boundaries, block: bytes, result: T) -> Part[T]:
    records.skip(len(block))
    return Part(records.position, certain=block.endswith(b"\n"), fast=result)


def _by_halves(records: Boundaries, block: bytes, fast: Callable[[bytes], T | None]) -> Iterator[Part[T]]:
    """Read fast what can be; halve the rest between lines, so that one bad record costs a few lines."""
    if (result := fast(block)) is not None:
        yield _read_fast(records, block, result)
        return
    start, half = records.position, block.find(b"\n", len(block) // 2) + 1
    if len(block) <= _SMALL or not 0 < half < len(block):
        yield from _exactly(records, start + len(block))
        return
    yield from _by_halves(records, block[:half], fast)
    # The last record of the first half may go on in the second, or beyond.
    if records.more() and (read := records.position - start) < len(block):
        if rest := records.block(len(block) - read):
            yield from _by_halves(records, rest, fast)
        else:
            yield from _exactly(records, start + len(block))


def _exactly(records: Boundaries, end: int) -> Iterator[Part[T]]:
    """Every record that begins before ``end``."""
    found = []
    while records.more() and records.position < end:
        found.append(records.next())
    records.more()
    yield Part(records.position, certain=records.certain, records=found)
