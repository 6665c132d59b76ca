"""Exports without the rows of people who were erased since, and with a manifest that says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from catalog.training.content_hash import ContentHash
from catalog.training.export import MANIFEST, digest_of, writer_of
from catalog.training.split import PARTS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pyarrow as pa

    from catalog.training.export import ExportFormat


def remove_people(folder: Path, pseudonyms: Collection[str]) -> int:
    """Write an export's files anew without some people's rows; how many rows went.

    Raises:
        OSError: it cannot be read or written.
        ValueError: the folder's manifest is not an export's.
    """
    import pyarrow as pa

    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    file_format: ExportFormat = manifest["format"]
    gone = pa.array(sorted(pseudonyms), pa.string())
    hashed, removed, people = ContentHash(), 0, 0
    for part in PARTS:
        path = folder / f"{part}.{file_format}"
        rows = _read(path, file_format)
        kept = _without(rows, gone)
        if kept.num_rows < rows.num_rows:
            with writer_of(path.with_suffix(".new"), kept.schema, file_format) as writer:
                writer.write(kept)
            path.with_suffix(".new").replace(path)
        for batch in kept.to_batches():
            hashed.update(batch)
        of_part = len(kept["pseudonym"].unique())
        manifest["splits"][part] |= {"rows": kept.num_rows, "people": of_part, "sha256": digest_of(path)}
        removed, people = removed + rows.num_rows - kept.num_rows, people + of_part
    if removed:
        manifest |= {"rows": manifest["rows"] - removed, "people": people, "contentHash": hashed.hexdigest()}
        manifest["erasedRows"] = manifest.get("erasedRows", 0) + removed
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return removed


def _without(rows: pa.Table, gone: pa.Array[Any]) -> pa.Table:
    import pyarrow.compute as pc

    return rows.filter(pc.invert(pc.is_in(rows["pseudonym"], value_set=gone)))


def _read(path: Path, file_format: str) -> pa.Table:
    if file_format == "csv":
        from pyarrow import csv

        from catalog.schema.types import arrow_schema
        from catalog.training.dataset import TRAINING

        types: dict[str, pa.DataType] = {field.name: field.type for field in arrow_schema(TRAINING)}
        return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))
    from pyarrow import parquet

    return parquet.read_table(path)
