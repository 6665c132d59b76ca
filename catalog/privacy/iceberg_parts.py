"""Iceberg's metadata: manifests and lists of them (Avro), and metadata.json."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from catalog.privacy.neighbours import Layout
from catalog.privacy.part import Part, fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.io import InputFile

_SYNC = 16
_KINDS = {
    "lower_bounds": "manifest bound",
    "upper_bounds": "manifest bound",
    "lower_bound": "manifest list bound",
    "upper_bound": "manifest list bound",
    "partition": "partition value",
    "key_metadata": "key metadata",
}


class _InMemory:
    """The one thing of pyiceberg's input files that reading Avro asks for."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self) -> io.BytesIO:
        return io.BytesIO(self._data)


def avro_parts(data: bytes) -> Iterator[Part]:
    """Every string and byte string of an Avro file, by what it is in manifests and their lists.

    Raises:
        ValueError: the file is no Avro file of Iceberg's, or is not whole.
    """
    from pyiceberg.avro.file import AvroFile

    found: dict[str, list[bytes | str]] = defaultdict(list)
    with AvroFile[Any](cast("InputFile", _InMemory(data))) as file:
        if not data.endswith(file.header.sync):
            raise ValueError("the Avro file ends within a block")
        yield fields("manifest header", (text for pair in file.header.meta.items() for text in pair))
        for record in file:
            _collect(record, file.schema.as_struct(), "manifest", found)
    for kind, values in found.items():
        yield fields(kind, values, Layout.BOUNDS)


def _collect(value: Any, type_: Any, kind: str, found: dict[str, list[bytes | str]]) -> None:
    """Gather what a value holds, by the kind of the field that it is in."""
    if isinstance(value, bytes | str):
        found[kind].append(value)
    elif isinstance(value, dict):
        for key, each in value.items():
            _collect(key, None, kind, found)
            _collect(each, getattr(type_, "value_type", None), kind, found)
    elif isinstance(value, list):
        for each in value:
            _collect(each, getattr(type_, "element_type", None), kind, found)
    elif type_ is not None and hasattr(type_, "fields"):
        for place, field in enumerate(type_.fields):
            if value is not None:
                _collect(value[place], field.field_type, _KINDS.get(field.name, kind), found)


def metadata_parts(data: bytes) -> Iterator[Part]:
    """Names of tags and branches, summaries, properties and the rest of a metadata.json; of other text, nothing."""
    if not (data[:1] == b"{" and b'"format-version"' in data and b'"table-uuid"' in data):
        return
    metadata = json.loads(data)
    refs = metadata.pop("refs", {})
    for kind in ("tag", "branch"):
        yield fields(f"{kind} name", (name for name, ref in refs.items() if ref.get("type") == kind))
    summaries = [snapshot.pop("summary", {}) for snapshot in metadata.get("snapshots", ())]
    yield fields("snapshot summary", _texts(summaries))
    yield fields("table property", _texts(metadata.pop("properties", {})))
    yield fields("table metadata", _texts(metadata))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
