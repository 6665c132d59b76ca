"""Standard output whose reader may close early: ``stedi … | head -1`` is not an error."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO


class _Pipe:
    """A stream that goes nowhere once nobody reads it.

    A verb goes on to its own end, and exits as if somebody had read all of it: half a run would be worse than one whose
    last lines nobody wanted, and a refusal stays one.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.reader_left = False

    def write(self, text: str) -> int:
        with self._or_nowhere():
            self._stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            if self.reader_left:
                return
            self.write(line)

    def flush(self) -> None:
        with self._or_nowhere():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextmanager
    def _or_nowhere(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            self.reader_left = True
            write_nowhere(self._stream)


def write_nowhere(stream: TextIO) -> None:
    """Let a stream go nowhere: what is still buffered would fail again when Python ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """Within the block, writing to standard output raises nothing if its pipe closes early."""
    before = sys.stdout
    pipe: Any = _Pipe(before)
    sys.stdout = pipe
    try:
        yield
    finally:
        pipe.flush()
        sys.stdout = before


def reader_left() -> bool:
    """Whether the reader of standard output has closed it, so that printing can stop."""
    return bool(getattr(sys.stdout, "reader_left", False))
