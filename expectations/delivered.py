"""How many objects were delivered, counted without the code that reads them.

An object begins at ``{`` outside of any other and ends at its ``}``. A line that begins with ``{`` begins one, whatever
stands before it. What cannot be read ends where the next evidently begins: at such a line, or at ``{"<field>":`` with a
declared field. A run of other text between objects counts as one.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from catalog.specs import table
from catalog.specs.landing import PROVENANCE
from catalog.spread import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import SparkSession

_WINDOW = 4 * 1024 * 1024
_BETWEEN = " \t\r\n,[]"
_BOM = b"\xef\xbb\xbf"
_DECODER = json.JSONDecoder()


def delivered_objects(
    spark: SparkSession, files: Sequence[tuple[str, str, int]], open_input: Callable[[str], BinaryIO]
) -> pa.Table:
    """Count the objects of files.

    Args:
        spark: the session, whose executors count where there is much.
        files: (source, where it is read, size in bytes) of each.
        open_input: opens one.

    Returns:
        A row per file: source, sourceFileSha256, objects.
    """
    import pyarrow as pa

    def count(files: Iterable[tuple[str, str, int]]) -> Iterator[dict[str, str | int]]:
        for source, uri, _ in files:
            with open_input(uri) as stream:
                sha256 = _sha256(stream)
                yield {"source": source, "sourceFileSha256": sha256, "objects": count_objects(stream, source)}

    total = sum(size for *_, size in files)
    counted = spread(spark, files, count, reads=total, tasks=4 * spark.sparkContext.defaultParallelism)
    return pa.Table.from_pylist(counted)


def count_objects(stream: BinaryIO, source: str) -> int:
    """Objects of one file, broken ones included, in bounded memory; gzip is recognised."""
    magic = stream.read(2)
    stream.seek(0)
    contents = cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if magic == b"\x1f\x8b" else stream
    start = _object_start(source)
    total, rest = 0, contents.read(len(_BOM)).removeprefix(_BOM)
    while window := contents.read(_WINDOW):
        data = rest + window
        cut = data.rfind(b"\n{") + 1
        if cut:
            total += _in_lines(data[:cut], start)
            rest = data[cut:]
        else:
            text = _decoded(data)
            counted, used = _in_text(text, start, last=False)
            total += counted
            rest = text[used:].encode("utf-8", "surrogateescape")
    return total + (_in_lines(rest, start) if rest else 0)


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while window := stream.read(_WINDOW):
        digest.update(window)
    stream.seek(0)
    return digest.hexdigest()


def _object_start(source: str) -> re.Pattern[str]:
    declared = [column for column in table(f"landing.{source}_landing").columns if column not in PROVENANCE]
    names = "|".join(re.escape(column.name) for column in declared)
    return re.compile(rf'\{{\s*"(?:{names})"\s*:')


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _in_lines(data: bytes, start: re.Pattern[str]) -> int:
    """Objects of a text that ends with one, region by region: from one line that begins with ``{`` to the next."""
    # Braces are counted as an array's elements, some ten times as fast as in bytes.
    codes = np.frombuffer(data, np.uint8)
    lines = int(np.count_nonzero(codes == ord("\n"))) + (not data.endswith(b"\n"))
    if lines == np.count_nonzero(codes == ord("{")) == np.count_nonzero(codes == ord("}")) and data.startswith(b"{"):
        joints = data.count(b"}\n{")
        joints += data.count(b"},\n{") if joints < lines - 1 else 0
        if lines == joints + 1 and data.rstrip(b"\n").endswith((b"}", b"},")):
            return lines
    return sum(_in_region(region, start) for region in re.split(rb"\n(?=\{)", data))


def _in_region(region: bytes, start: re.Pattern[str]) -> int:
    flat = region.startswith(b"{") and region.count(b"{") == 1 == region.count(b"}")
    if flat and region.rstrip(b" \t\r\n,").endswith(b"}"):
        return 1
    return _in_text(_decoded(region), start, last=True)[0]


def _in_text(text: str, start: re.Pattern[str], *, last: bool) -> tuple[int, int]:
    """Objects of a text without such lines, and how many characters they take.

    Where it is not the ``last`` text of the file, an object that does not end in it is left for the next.
    """
    position = counted = 0
    while True:
        while position < len(text) and text[position] in _BETWEEN:
            position += 1
        if position == len(text):
            return counted, position
        end = _end_of_object(text, position, start, last=last)
        if end is None:
            return counted, position
        counted += 1
        position = end


def _end_of_object(text: str, position: int, start: re.Pattern[str], *, last: bool) -> int | None:
    """Where the object at the position ends; None where it may go on in the next text."""
    if text[position] != "{":
        following = text.find("{", position)
    else:
        try:
            return _DECODER.raw_decode(text, position)[1]
        except (ValueError, RecursionError):
            # An object that is not broken ends within a window: until then a start inside of it may be its own.
            if not last and len(text) - position < _WINDOW:
                return None
            match = start.search(text, position + 1)
            following = match.start() if match else -1
    if following >= 0:
        return following
    return len(text) if last else None
