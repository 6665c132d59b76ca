"""A table's metadata at another place: every path in it is rewritten; snapshots, tags, times and rows stay as they are.

As Iceberg's ``rewrite_table_path``: metadata.json, manifest lists, manifests, and position delete files, whose rows and
bounds name data files. Data files name none. The log of earlier metadata files is not taken along.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog.backup.manifest import digest
from catalog.errors import DamagedLakeError
from catalog.storage.avro import AvroRecord, rewrite_avro
from catalog.storage.checksums import ON_THIS_MACHINE, checksum_in, named_by
from catalog.storage.files import canonical
from catalog.storage.sealed import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

_FORMAT = 2
# Iceberg's ids of fields in manifest lists and manifests.
_MANIFEST_PATH, _MANIFEST_LENGTH = 500, 501
_STATUS, _DATA_FILE = 0, 2
_FILE_PATH, _FILE_SIZE, _CONTENT, _REFERENCED = 100, 104, 134, 143
_COLUMN_SIZES, _LOWER, _UPPER, _SPLIT_OFFSETS = 108, 125, 128, 132
_DELETED = 2
_POSITION_DELETES = 1
_PATH_OF_DELETE = 2147483546
"""The id of the column ``file_path`` in position delete files."""


def name_within(location: str, *roots: str) -> str:
    """The path of a file relative to a table's location.

    Raises:
        DamagedLakeError: it lies elsewhere.
    """
    at = canonical(location)
    for root in sorted(roots, key=len, reverse=True):  # one may lie within the other
        if at.startswith(f"{root}/"):
            return at.removeprefix(f"{root}/")
    raise DamagedLakeError(f"{location} belongs to the table in {roots[0]} and lies outside of it: it cannot be moved")


@dataclass
class Relocation:
    """One table on its way.

    Attributes:
        new: its location from now on.
        read: gives the bytes of a file of the table, by its path relative to the table's location.
        write: takes what a file holds from now on.
        written: sizes of files that were rewritten, by such paths; of a delete file by its earlier one, too, as the
            checksum in its name is another one then.
        updated_ms: when the table was last changed, epoch ms UTC.
    """

    new: str
    read: Callable[[str], bytes]
    write: Callable[[str, bytes], None]
    written: dict[str, int] = field(default_factory=dict)
    updated_ms: int = 0
    _old: str = ""
    _renamed: dict[str, str] = field(default_factory=dict)

    def move(self, metadata_name: str) -> str:
        """Rewrite all that the table's metadata names, itself last; where it is then.

        Raises:
            DamagedLakeError: a path leads out of the table, or the table is of a format that this cannot rewrite.
        """
        metadata = json.loads(self._read(metadata_name))
        if metadata.get("format-version") != _FORMAT:
            raise DamagedLakeError(f"{metadata_name}: tables of format version {_FORMAT} can be moved, and no others")
        self._old, self.updated_ms = canonical(metadata["location"]), metadata["last-updated-ms"]
        for snapshot in metadata.get("snapshots", []):
            snapshot["manifest-list"] = self._moved_list(snapshot["manifest-list"])
        for file in (*metadata.get("statistics", []), *metadata.get("partition-statistics", [])):
            file["statistics-path"] = self._moved(file["statistics-path"])
        properties = metadata.get("properties", {})
        for key in [key for key in properties if key.startswith("write.") and key.endswith("path")]:
            properties[key] = self._moved(properties[key])
        metadata |= {"location": self.new, "metadata-log": []}
        self._write_metadata(metadata_name, json.dumps(metadata).encode())
        return f"{self.new}/{metadata_name}"

    def _moved(self, location: str) -> str:
        return f"{self.new}/{name_within(location, self._old, self.new)}"

    def _read(self, name: str) -> bytes:
        """A metadata file, without the checksum that it carries."""
        return unseal(self.read(name), name)

    def _write_metadata(self, name: str, data: bytes) -> None:
        """As pyiceberg would write it there: with a checksum, where the store keeps none."""
        self._write(name, seal(data, name) if self.new.startswith(ON_THIS_MACHINE) else data)

    def _write(self, name: str, data: bytes) -> None:
        self.write(name, data)
        self.written[name] = len(data)

    def _moved_list(self, location: str) -> str:
        name = name_within(location, self._old, self.new)
        if name not in self.written:
            self._write_metadata(name, rewrite_avro(self._read(name), self._change_manifest))
        return self._moved(location)

    def _change_manifest(self, manifest: AvroRecord) -> None:
        name = name_within(manifest.get(_MANIFEST_PATH), self._old, self.new)
        if name not in self.written:
            self._write_metadata(name, rewrite_avro(self._read(name), self._change_entry))
        manifest.set(_MANIFEST_PATH, self._moved(manifest.get(_MANIFEST_PATH)))
        manifest.set(_MANIFEST_LENGTH, self.written[name])

    def _change_entry(self, entry: AvroRecord) -> None:
        file = entry.inner(_DATA_FILE)
        location = self._moved(file.get(_FILE_PATH))
        if file.get(_CONTENT) == _POSITION_DELETES:
            name = self._change_delete_file(file, gone=entry.get(_STATUS) == _DELETED)
            location = f"{self.new}/{name}"
        file.set(_FILE_PATH, location)

    def _change_delete_file(self, file: AvroRecord, *, gone: bool) -> str:
        """Rewrite a delete file and what its entry says of it; its name from now on."""
        name = name_within(file.get(_FILE_PATH), self._old, self.new)
        for field_id in (_LOWER, _UPPER):
            file.set(field_id, self._moved_bounds(file.get(field_id)))
        if referenced := file.get(_REFERENCED):
            file.set(_REFERENCED, self._moved(referenced))
        if gone:
            return name  # the file may be deleted
        if name not in self.written:
            data = move_positions(self.read(name), self._moved)
            new = self._renamed[name] = named_by(name, digest(data)) if checksum_in(name) else name
            self._write(new, data)
            self.written[name] = len(data)
        file.set(_FILE_SIZE, self.written[name])
        for field_id in (_COLUMN_SIZES, _SPLIT_OFFSETS):  # of the file as it was
            file.set(field_id, None)
        return self._renamed[name]

    def _moved_bounds(self, bounds: dict[int, bytes] | None) -> dict[int, bytes] | None:
        """A bound that is cut off within the table's location goes: without one, readers look into the file."""
        if bounds is None or _PATH_OF_DELETE not in bounds:
            return bounds
        others = {key: bound for key, bound in bounds.items() if key != _PATH_OF_DELETE}
        try:
            return others | {_PATH_OF_DELETE: self._moved(bounds[_PATH_OF_DELETE].decode()).encode()}
        except (DamagedLakeError, UnicodeDecodeError):
            return others


def move_positions(data: bytes, moved: Callable[[str], str]) -> bytes:
    """A position delete file whose rows name data files by their new locations, in the same order.

    Raises:
        DamagedLakeError: it is no Parquet file, or holds whole rows, of which Iceberg's format version 2 allows it.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        rows = file.read()
    except (pa.ArrowInvalid, OSError) as error:
        raise DamagedLakeError("a position delete file is damaged, or no Parquet file: it cannot be moved") from error
    index = rows.schema.get_field_index("file_path")
    paths: Any = rows.column(index).combine_chunks().dictionary_encode()
    names = pa.array([moved(path) for path in paths.dictionary.to_pylist()], rows.schema.field(index).type)
    rows = rows.set_column(index, rows.schema.field(index), names.take(paths.indices))
    sink = pa.BufferOutputStream()
    compression = file.metadata.row_group(0).column(index).compression if file.metadata.num_row_groups else "zstd"
    parquet.write_table(rows, sink, compression=_codec(compression), store_schema=False, write_page_checksum=True)
    buffer: pa.Buffer = sink.getvalue()
    return buffer.to_pybytes()


def _codec(name: str) -> Any:
    return "none" if name == "UNCOMPRESSED" else name.lower()
