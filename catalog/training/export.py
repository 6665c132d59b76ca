"""Exports: a training set on disk, split by person, with a manifest that says exactly what it is."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from catalog.errors import DataRefusedError, UsageError
from catalog.history.coherence import notes_on
from catalog.history.time_travel import open_table, resolve, snapshots_at
from catalog.privacy.exports import note_export
from catalog.specs import TABLES
from catalog.training.content_hash import ContentHash
from catalog.training.dataset import TRAINING, rows_at, training_rows, verdict_of
from catalog.training.split import PARTS

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from catalog.profiles.profile import Profile
    from catalog.training.dataset import TrainingVerdict
    from catalog.training.split import Shares

MANIFEST = "manifest.json"


class ExportFormat(StrEnum):
    """How an export's rows are written."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass
class _Written:
    """What went into the files so far."""

    hashed: ContentHash = field(default_factory=ContentHash)
    rows: Counter[str] = field(default_factory=Counter)
    people: dict[str, str] = field(default_factory=dict)


def export(
    profile: Profile, moment: str, to: Path, file_format: ExportFormat, shares: Shares, *, withdrawn: bool = False
) -> dict[str, Any]:
    """Write the training set of a moment into a new folder: one file for each part, and the manifest.

    Rows that have left the published table since, as those of people who withdrew have, are left out and counted.

    Args:
        profile: the lake.
        moment: a tag, a UTC time, a snapshot id or ``main``.
        to: a folder that is not there yet, or empty; it appears when everything is written.
        file_format: of the rows.
        shares: how people are shared out over train, validation and test.
        withdrawn: also rows that have left the published table since; the manifest says so.

    Returns:
        The manifest.

    Raises:
        UsageError: there is no lake or no such moment, or the folder is used or cannot be written.
        DataRefusedError: the snapshot's recorded verdict is absent or not green, or none of its rows is left.
    """
    _refuse_used(to)
    table = open_table(profile, TRAINING)
    snapshot = resolve(table, TRAINING, moment)
    verdict = verdict_of(profile, table, snapshot)
    partial = to.with_name(f".{to.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        with training_rows(profile, table, snapshot, withdrawn=withdrawn) as rows:
            schema, written = rows.schema, _write(rows, partial, file_format, shares)
        left_out = rows_at(table, snapshot) - written.rows.total()
        if not written.rows.total():
            raise DataRefusedError(
                f"none of the {left_out:,} rows of snapshot {snapshot} is still published; export a newer moment"
            )
        snapshots = snapshots_at(profile, moment)
        manifest = {
            "table": TRAINING.identifier,
            "moment": moment,
            "snapshot": snapshot,
            "snapshots": snapshots,
            "notes": _notes(profile, snapshots),
            "createdAt": datetime.now(UTC).isoformat(timespec="seconds"),
            **_described(written, schema, verdict),
            "leftOutRows": left_out,
            "withdrawnIncluded": withdrawn,
            "format": str(file_format),
            "shares": {"train": shares.train, "validation": shares.validation, "test": shares.test},
            "splits": {part: _part(written, partial / f"{part}.{file_format}", part) for part in PARTS},
        }
        (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if to.exists():
            to.rmdir()
        partial.rename(to)
        note_export(profile, to)
    except OSError as error:
        raise UsageError(f"cannot write to {to}: {error.strerror or error}; choose another folder with --to") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _notes(profile: Profile, snapshots: dict[str, int]) -> list[str]:
    """That tables stem from two runs; of a snapshot id nothing can be said, as it is of one table."""
    tables = {name: open_table(profile, spec) for name, spec in TABLES.items()}
    return notes_on(tables, snapshots) if len(snapshots) > 1 else []


def _refuse_used(to: Path) -> None:
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UsageError(f"{to} is already in use and nothing was written; choose a new folder with --to")


def _write(rows: pa.RecordBatchReader, folder: Path, file_format: ExportFormat, shares: Shares) -> _Written:
    import pyarrow as pa
    import pyarrow.compute as pc

    written = _Written()
    with ExitStack() as files:
        writers = {
            part: files.enter_context(writer_of(folder / f"{part}.{file_format}", rows.schema, file_format))
            for part in PARTS
        }
        for batch in rows:
            written.hashed.update(batch)
            encoded = batch.column("pseudonym").dictionary_encode()
            of_person = [
                written.people.setdefault(name, shares.part(name)) for name in map(str, encoded.dictionary.to_pylist())
            ]
            of_row = pa.array(of_person, pa.string()).take(encoded.indices)
            for part, writer in writers.items():
                chosen = pa.Table.from_batches([batch]).filter(pc.equal(of_row, pa.scalar(part)))
                written.rows[part] += chosen.num_rows
                if chosen.num_rows:
                    writer.write(chosen)
    return written


def writer_of(path: Path, schema: pa.Schema, file_format: ExportFormat) -> Any:
    """Writes rows to a file; to be closed."""
    if file_format is ExportFormat.CSV:
        from pyarrow.csv import CSVWriter

        return CSVWriter(path, schema)
    from pyarrow.parquet import ParquetWriter

    return ParquetWriter(path, schema, compression="zstd", write_page_checksum=True)


def _described(written: _Written, schema: pa.Schema, verdict: TrainingVerdict) -> dict[str, Any]:
    columns = {column.name: column for column in TRAINING.columns}
    return {
        "rows": written.rows.total(),
        "people": len(written.people),
        "schema": [{"name": name, "type": columns[name].type, "doc": columns[name].doc} for name in schema.names],
        "contentHash": written.hashed.hexdigest(),
        "verdict": {
            "success": True,
            "run": verdict.run,
            "expectations": verdict.expectations,
            "evaluatedAt": verdict.evaluated,
        },
    }


def _part(written: _Written, path: Path, part: str) -> dict[str, Any]:
    people = sum(1 for of in written.people.values() if of == part)
    return {"file": path.name, "rows": written.rows[part], "people": people, "sha256": digest_of(path)}


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
