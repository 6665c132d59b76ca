"""Iceberg's Avro files (manifests and their lists) with values of some records replaced, and nothing else changed."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pyiceberg.avro.file import MAGIC, META_SCHEMA, AvroFile, AvroFileHeader, AvroOutputFile
from pyiceberg.avro.resolver import construct_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyiceberg.typedef import Record
    from pyiceberg.types import StructType


class AvroRecord:
    """A record whose values are found by Iceberg's ids of fields, which no writer may change.

    Attributes:
        record: the record, as pyiceberg decodes it.
        struct: its fields.
    """

    def __init__(self, record: Record, struct: StructType) -> None:
        self.record, self.struct = record, struct
        self._positions = {field.field_id: position for position, field in enumerate(struct.fields)}

    def get(self, field_id: int) -> Any:
        """The value; None where the file has no such field."""
        position = self._positions.get(field_id)
        return None if position is None else self.record[position]

    def set(self, field_id: int, value: object) -> None:
        """Replace the value, where the file has such a field."""
        if (position := self._positions.get(field_id)) is not None:
            self.record[position] = value

    def inner(self, field_id: int) -> AvroRecord:
        """The record that is the value of a field."""
        position = self._positions[field_id]
        inner: Any = self.struct.fields[position].field_type
        return AvroRecord(self.record[position], inner)


class _AsBefore(AvroOutputFile[Any]):
    """Writes the header that the file had: pyiceberg would write the schema anew, in its own words."""

    def _write_header(self) -> None:
        header = AvroFileHeader(MAGIC, self.metadata, self.sync_bytes)
        construct_writer(META_SCHEMA).write(self.encoder, header)


def rewrite_avro(data: bytes, change: Callable[[AvroRecord], None]) -> bytes:
    """The bytes of an Avro file, each of its records as ``change`` leaves it.

    Raises:
        ValueError: pyiceberg's: these are not the bytes of such a file.
    """
    source: Any = SimpleNamespace(open=lambda: BytesIO(data))
    with AvroFile[Any](source) as file:
        schema, header, records = file.schema, file.header, list(file)
    struct = schema.as_struct()
    for record in records:
        change(AvroRecord(record, struct))
    stream = BytesIO()
    target: Any = SimpleNamespace(create=lambda overwrite: stream)
    with _AsBefore(target, schema, "", metadata=header.meta) as out:
        out.write_block(records)
        return stream.getvalue()
