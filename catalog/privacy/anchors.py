"""Where any of many byte strings begins: one pass over the data, however many they are.

Measured on 2 cores of an EPYC, on 44 MB of JSON: 530 MB/s for the patterns of one person, 200 MB/s for those of 1,000
people (125,000); ``re`` reads 8 MB/s and stops being usable, pyahocorasick 47 to 107 MB/s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDTH = 8
"""Bytes of an anchor: it is compared as one number."""
_STEP = 1 << 18
_ODD = np.uint64(0x9E3779B97F4A7C15)


class Anchors:
    """Byte strings of eight bytes, to be found at any place.

    Args:
        anchors: the strings; equal ones count once.
    """

    def __init__(self, anchors: Iterable[bytes]) -> None:
        self._sorted = np.unique(np.frombuffer(b"".join(anchors), "<u8"))
        # Of 2^bits entries one in 32 is set, so that few places are looked at twice.
        bits = max(16, int(self._sorted.size).bit_length() + 5)
        self._shift = np.uint64(64 - bits)
        self._maybe = np.zeros(1 << bits, bool)
        self._maybe[self._hash(self._sorted)] = True

    def find(self, data: bytes) -> Iterator[int]:
        """Where an anchor begins, in no order."""
        for start in range(0, len(data) - WIDTH + 1, _STEP):
            for offset in range(start, min(start + WIDTH, len(data) - WIDTH + 1)):
                count = min(_STEP, len(data) - offset) // WIDTH
                words = np.frombuffer(data, "<u8", count, offset)
                places = np.flatnonzero(self._maybe[self._hash(words)])
                if places.size:
                    found = words[places]
                    nearest = np.searchsorted(self._sorted, found)
                    nearest[nearest == self._sorted.size] = 0
                    yield from (offset + WIDTH * places[self._sorted[nearest] == found]).tolist()

    def _hash(self, words: np.ndarray) -> np.ndarray:
        return (words * _ODD) >> self._shift
