"""Which lines of a block keep it from being read fast: a guess that saves time, and decides nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

FLAT_LINE = r'^\{(?:[^{}\[\]"\\\n]|"(?:[^{}\[\]"\\\n]|\\[/bfnrtu])*")*\},?\r?\n?\z'
"""Regular expression of a line that is one object without brackets inside of it, for RE2."""


def suspect_lines(data: bytes, patterns: Iterable[str]) -> list[tuple[int, int]]:
    """Where in the block lines stand that are unlike the others, as offsets of beginnings and ends.

    Args:
        data: the block.
        patterns: regular expressions of lines that can be read fast; the first that most lines match is used.
    """
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
    offsets = np.concatenate(([0], ends, [len(data)] if not data.endswith(b"\n") else [])).astype(np.int32)
    lines = pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
    )
    for pattern in patterns:
        unlike = ~np.asarray(pc.match_substring_regex(lines, pattern))
        if 2 * np.count_nonzero(unlike) < len(unlike):
            return _spans(unlike, offsets)
    return []


def _spans(unlike: npt.NDArray[np.bool_], offsets: npt.NDArray[np.int32]) -> list[tuple[int, int]]:
    """Beginnings and ends of runs of such lines."""
    changes = np.flatnonzero(np.diff(unlike, prepend=False, append=False))
    return [(start, end) for start, end in pairwise(offsets[changes].tolist())][::2]
