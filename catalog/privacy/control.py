"""The negative control: a planted value that a scan must find in every kind of file, or it proves nothing.

The files are made and searched anew before each scan, by the code and with the patterns of the scan itself.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from catalog.errors import TerminalError
from catalog.machine.workplace import workplace
from catalog.privacy.finding import Place, PlaceKind
from catalog.privacy.needles import CONTROL, Form, Needles
from catalog.privacy.scan import scan
from catalog.storage.files import LocalStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def require_control(needles: Needles) -> int:
    """Plant the control, and find it; in how many files.

    Raises:
        TerminalError: it was not found in some of them: the scan proves nothing.
    """
    with tempfile.TemporaryDirectory(prefix="control_", dir=workplace()) as temporary:
        planted = [(f"planted_{number}", *each) for number, each in enumerate(_planted(needles.control))]
        for name, _, _, data in planted:
            Path(temporary, name).write_bytes(data)
        Path(temporary, needles.control).touch()
        found = scan(LocalStorage(), [Place(temporary, PlaceKind.TEMPORARY)], needles).findings
    told = {(each.location.rpartition("/")[2], each.kind, value) for each in found for value in each.values}
    wanted = [*((name, kind, form) for name, kind, form, _ in planted), ("***.org", "file name", Form.PLAIN)]
    missed = {f"{kind} ({form})" for name, kind, form in wanted if (name, kind, f"{CONTROL} {form}") not in told}
    if missed:
        raise TerminalError(
            "the proof is refused: the scan did not find the value that it planted itself in: "
            f"{', '.join(sorted(missed))}; this is an error of the program"
        )
    return len(wanted)


def _planted(value: str) -> Iterable[tuple[str, Form, bytes]]:
    """What is planted: the kind and form that must be found, and a file."""
    text = json.dumps({"user": value}).encode()
    yield "text", Form.PLAIN, value.upper().encode()
    yield "text", Form.BASE64, b"token=" + base64.b64encode(b"user " + value.encode())
    yield "text", Form.HASH, hashlib.sha256(value.encode()).hexdigest().upper().encode()
    yield "text", Form.PLAIN, quote(value, safe="").replace(".", "%2E").encode()
    yield "bytes", Form.UTF16, b"\xff\xfe" + value.encode("utf-16-le")
    yield "JSON", Form.PLAIN, text.replace(b"@", b"\\u0040")
    yield "HTML", Form.PLAIN, f"<!DOCTYPE html><p>{value.replace('@', '&#64;')}</p>".encode()
    yield "bytes", Form.PLAIN, b"\xff\0" + value.encode() + b"x"
    for pack in (gzip.compress, bz2.compress, lzma.compress, _by_arrow("zstd"), _by_arrow("lz4"), _zip):
        yield "JSON in an archive", Form.PLAIN, pack(text)
    yield from _parquet(value)
    yield from _iceberg(value)
    yield "SQLite pages", Form.PLAIN, _sqlite(value, freed=True)
    yield "SQLite rows", Form.PLAIN, _sqlite(value, freed=False)


def _by_arrow(codec: Literal["zstd", "lz4"]) -> Callable[[bytes], bytes]:
    def packed(data: bytes) -> bytes:
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(data)
        return bytes(sink.getvalue())

    return packed


def _zip(data: bytes) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner", data)
        return file.getvalue()


def _parquet(value: str) -> Iterable[tuple[str, Form, bytes]]:
    import pyarrow as pa

    rows = pa.table({"user": [value, "-"]})
    nothing = pa.table({"user": ["-"]})
    for settings in ({}, {"use_dictionary": False}):
        yield "rows, column user", Form.PLAIN, _written(rows, compression="zstd", write_statistics=False, **settings)
    deleted: dict[str, list[Any]] = {"file_path": ["-"], "pos": [0], "row": [{"user": value}]}
    yield "deleted rows, column row", Form.PLAIN, _written(pa.table(deleted))
    yield "statistics", Form.PLAIN, _written(rows)
    yield "page bound", Form.PLAIN, _written(rows, write_page_index=True)
    yield "key-value metadata", Form.PLAIN, _written(nothing.replace_schema_metadata({"of": value}))
    plain = _written(nothing)
    yield "bytes between parts", Form.PLAIN, _widened(plain, value.encode())


def _written(table: Any, **settings: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **settings)
    return bytes(sink.getvalue())


def _widened(parquet: bytes, rest: bytes) -> bytes:
    """The same file with some bytes before its footer, which nothing names."""
    footer = len(parquet) - 8 - int.from_bytes(parquet[-8:-4], "little")
    return parquet[:footer] + rest + parquet[footer:]


def _iceberg(value: str) -> Iterable[tuple[str, Form, bytes]]:
    for bound in (value, value[:16], value[:15] + chr(ord(value[15]) + 1)):
        form = Form.PLAIN if bound == value else Form.TRUNCATED
        yield "manifest bound", form, _manifest("-", bound.encode())
    yield "manifest", Form.PLAIN, _manifest(f"data/{value}/1", b"-")
    for kind in ("tag", "branch"):
        yield f"{kind} name", Form.PLAIN, _metadata(refs={value: {"type": kind}})
    yield "snapshot summary", Form.PLAIN, _metadata(snapshots=[{"summary": {"of": value}}])
    yield "table property", Form.PLAIN, _metadata(properties={"of": value})
    yield "table metadata", Form.PLAIN, _metadata(location=f"s3://{value}/")


def _metadata(**parts: Any) -> bytes:
    return json.dumps({"format-version": 2, "table-uuid": "-", **parts}).encode()


def _manifest(path: str, bound: bytes) -> bytes:
    """A manifest of one data file, as pyiceberg writes it."""
    from pyiceberg.io.pyarrow import PyArrowFileIO
    from pyiceberg.manifest import (
        DataFile,
        DataFileContent,
        FileFormat,
        ManifestEntry,
        ManifestEntryStatus,
        write_manifest,
    )
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC
    from pyiceberg.schema import Schema
    from pyiceberg.typedef import Record
    from pyiceberg.types import NestedField, StringType

    file = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=1,
        file_size_in_bytes=1,
        lower_bounds={1: bound},
    )
    entry = ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=1, data_file=file)
    schema = Schema(NestedField(1, "user", StringType()))
    with tempfile.TemporaryDirectory(dir=workplace()) as folder:
        output = PyArrowFileIO().new_output(f"{folder}/manifest")
        with write_manifest(2, UNPARTITIONED_PARTITION_SPEC, schema, output, 1, "deflate") as writer:
            writer.add_entry(entry)
        return Path(folder, "manifest").read_bytes()


def _sqlite(value: str, *, freed: bool) -> bytes:
    """A database of one row; or of none, where a free page still holds the row."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE people (email TEXT, filler TEXT)")
        # Over several pages, so that the row cannot be found but by putting them together.
        connection.execute("INSERT INTO people VALUES (?, ?)", (value if freed else "-" * 4000, f"{value} " * 200))
        connection.commit()
        if freed:
            connection.execute("DROP TABLE people")
            connection.commit()
        return connection.serialize()
