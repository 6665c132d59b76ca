"""Counting records without reading them, but for the keys that a file may spell in a way of its own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jobs.reader.boundaries import Found
from jobs.reader.fast import count_lines
from jobs.reader.records import parse
from jobs.reader.spelling import FileVariants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.reader.spelling import Variants


class Counting:
    """Counts a file's records.

    The first record that can be read says whether the file has variants of declared keys: what it does not have, not
    every record has. So an ordinary file is read as far as that, and only counted from there.
    """

    def __init__(self, source: str) -> None:
        self._variants = FileVariants(source)

    @property
    def variants(self) -> Variants:
        """The variants that every record has."""
        return self._variants.variants

    def count(self, block: bytes) -> int | None:
        """How many records are in a block; None where they must be found exactly."""
        lines = count_lines(block)
        if lines is not None and not self._variants.settled:
            self._look(Found(line.rstrip(b" \t\r\n,"), len(line), closed=True) for line in io.BytesIO(block))
        return lines

    def count_exactly(self, records: list[Found]) -> int:
        """How many records were found."""
        if not self._variants.settled:
            self._look(records)
        return len(records)

    def _look(self, records: Iterable[Found]) -> None:
        for record in records:
            if (value := parse(record)) is not None:
                self._variants.look(value)
                if self._variants.settled:
                    return
