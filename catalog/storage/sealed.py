"""Metadata files, and records, that carry their own SHA-256: other readers of Iceberg pass over it.

Of the formats, only Avro's blocks may have a checksum, and none covers a whole file: a flipped bit in a manifest can
leave one that reads well, with another sequence number or bound, and so other rows. What is added is a first entry of
the map that begins an Avro file, or a first member of the object that a ``metadata.json`` or a record is.
"""

from __future__ import annotations

import hashlib
from io import BytesIO
from types import SimpleNamespace
from typing import Any

from catalog.errors import DamagedFileError
from catalog.storage.checksums import NOT_NAMED, checksum_in

_HEX = 64
_JSON_BEFORE, _JSON_AFTER = b'{"stedi-sha256":"', b'",'
# A block of one entry, before those of the map: the number 1, the length of the key, the key, the length of the value.
_AVRO_BEFORE = b"Obj\x01" + b"\x02" + b"\x18stedi.sha256" + b"\x80\x01"
_AVRO_MAGIC = b"Obj\x01"


def is_metadata(location: str) -> bool:
    """Whether it is metadata of a table."""
    return location.endswith((".avro", ".metadata.json"))


def seal(data: bytes, location: str) -> bytes:
    """The same file with the SHA-256 of its name and contents; what is neither Avro nor JSON stays as it is."""
    digest = _digest(data, location)
    if data.startswith(_AVRO_MAGIC):
        return _AVRO_BEFORE + digest + data.removeprefix(_AVRO_MAGIC)
    if data.startswith(b"{") and not data[1:].lstrip().startswith(b"}"):
        return _JSON_BEFORE + digest + _JSON_AFTER + data[1:]
    return data


def unseal(data: bytes, location: str) -> bytes:
    """The file as it was written, without its SHA-256.

    Raises:
        DamagedFileError: it is another one, or, where there is none, it cannot be read.
    """
    for before, after, magic in ((_AVRO_BEFORE, b"", _AVRO_MAGIC), (_JSON_BEFORE, _JSON_AFTER, b"{")):
        if data.startswith(before):
            start, end = len(before), len(before) + _HEX
            original = magic + data[end + len(after) :]
            if _digest(original, location) != data[start:end] or data[end:][: len(after)] != after:
                raise DamagedFileError.of(location, "is damaged: its SHA-256 is not the one that it carries")
            return original
    if is_metadata(location):
        _parse(data, location)
    return data


def _digest(data: bytes, location: str) -> bytes:
    """With the name, or another whole file in its place would pass; folders change where a lake moves."""
    name = location.rpartition("/")[2].encode()
    return hashlib.sha256(name + b"\0" + data).hexdigest().encode()


def is_sealed(data: bytes) -> bool:
    """Whether it carries its SHA-256."""
    return data.startswith((_AVRO_BEFORE, _JSON_BEFORE))


def check_contents(data: bytes, location: str) -> None:
    """See that what was read of a file is what was written, where the file or its name says that.

    Raises:
        DamagedFileError: it is not.
    """
    if is_sealed(data):
        unseal(data, location)
    elif (wanted := checksum_in(location)) is not None and hashlib.sha256(data).hexdigest() != wanted:
        raise DamagedFileError.of(location, NOT_NAMED)


def _parse(data: bytes, location: str) -> None:
    """Read a file without a checksum to its end: who reads it after that does not say which one it was."""
    from pyiceberg.avro.file import AvroFile
    from pyiceberg.table.metadata import TableMetadataUtil

    source: Any = SimpleNamespace(open=lambda: BytesIO(data))
    try:
        if location.endswith(".avro"):
            with AvroFile[Any](source) as file:
                for _ in file:
                    pass
        elif not location.endswith(".gz.metadata.json"):
            TableMetadataUtil.parse_raw(data.decode())
    except Exception as error:  # whatever it is, pyiceberg cannot read it
        raise DamagedFileError.of(location, "is damaged: it cannot be read") from error
