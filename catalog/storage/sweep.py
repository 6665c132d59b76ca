"""Files under a table's folder that nothing names any more, and which of them may go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from catalog.errors import DamagedLakeError
from catalog.schema.table_spec import DAY_MS
from catalog.storage.files import storage_of
from catalog.storage.reachable import reachable_files

if TYPE_CHECKING:
    from collections.abc import Container

    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec
    from catalog.storage.files import Storage, StoredFile


def unreachable_files(
    storage: Storage, catalog: Catalog, table: Table, older_than_ms: int, named_before: Container[str] = ()
) -> list[StoredFile]:
    """What of a table's folder its metadata does not reach: what it named before, and what is older than some time.

    Storage is listed before the table is looked at, so a file of a commit in between is reached, or not listed.

    Args:
        storage: where the files are.
        catalog: the lake's catalog.
        table: the table.
        older_than_ms: younger files may be of a commit that is under way, epoch ms UTC.
        named_before: locations that the table named until just now, as ``place`` gives them: these go at any age.

    Raises:
        DamagedLakeError: a file that the table names is not in the listing: what is there cannot be trusted.
        OSError: the listing is not whole, or a manifest cannot be read.
    """
    listed = list(storage.files(f"{table.location().rstrip('/')}/"))
    table = catalog.load_table(table.name())
    named = {place(location) for location in reachable_files(table)}
    missing = named - {place(file.location) for file in listed if file.current}
    if missing:
        name = ".".join(table.name())
        raise DamagedLakeError(
            f"{len(missing):,} files that {name} names are not in its folder; nothing was deleted; next: stedi doctor"
        )
    return [
        file
        for file in listed
        if not (file.current and place(file.location) in named)
        and (file.modified_ms < older_than_ms or place(file.location) in named_before or not file.current)
    ]


def sweep_table(lake: Lake, spec: TableSpec, named_before: Container[str]) -> list[StoredFile]:
    """Delete what a table names no more, and what nothing ever named; where others may commit, not what is new.

    Raises:
        DamagedLakeError: as of ``unreachable_files``.
        RetryableError: something could not be deleted.
    """
    now_ms = time.time_ns() // 1_000_000
    older_than = now_ms + 1 if lake.profile.lock_folder is not None else now_ms - DAY_MS
    storage, table = storage_of(lake.profile), lake.table(spec)
    found = unreachable_files(storage, lake.catalog, table, older_than, named_before)
    storage.delete(found)
    storage.drop_unfinished(f"{table.location().rstrip('/')}/", older_than)
    return found


def place(location: str) -> str:
    """A location however it is written: writers name files of this machine in three ways, and S3 in two."""
    if location.startswith("file:"):
        return "/" + location.removeprefix("file:").lstrip("/")
    return location.replace("s3a://", "s3://", 1)
