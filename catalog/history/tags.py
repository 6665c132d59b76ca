"""Tags over the whole lake: one name for what readers saw of every table at one moment."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from catalog.commit.marks import INGEST_MARK
from catalog.errors import DamagedLakeError, RetryableError, UsageError
from catalog.history.coherence import notes_on
from catalog.history.time_travel import open_table
from catalog.schema.table_spec import DAY_MS
from catalog.specs import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.table import Table

    from catalog.profiles.profile import Profile

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_TAKEN = re.compile(r"main|audit_.*|ready_.*")


def tag_lake(profile: Profile, name: str, keep_days: int) -> dict[str, int]:
    """Tag what is published of every table that has something; all of them, or none. Call it under the writer lock.

    Args:
        profile: the lake.
        name: letters, digits, ``.``, ``_`` and ``-``, beginning with a letter: no time or id can be meant.
        keep_days: how long the tag, and with it what it points at, is kept from being expired.

    Returns:
        The snapshot ids by table.

    Raises:
        UsageError: the name cannot be used or is, or nothing is published.
        RetryableError: an ingest is half published, tables stem from two runs, or a tag could not be made; there is
            none of that name.
    """
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a valid tag: use a letter, then letters, digits, '.', '_' or '-', at most 64 characters; "
            "main, audit_… and ready_… are reserved"
        )
    tables = _published_tables(profile)
    if not tables:
        raise UsageError(f"nothing is published in {profile.place}; start with: stedi run --landing DIR")
    _refuse_half_published(tables)
    if notes := notes_on(tables):
        raise RetryableError(f"{notes[0]}, then tag")
    if used := [identifier for identifier, table in tables.items() if name in table.metadata.refs]:
        raise UsageError(
            f"the tag {name!r} already exists on {', '.join(used)}; choose another name, "
            f"or remove it first: stedi tag {name} --remove"
        )
    return _tag_all(tables, name, keep_days)


def untag_lake(profile: Profile, name: str) -> list[str]:
    """Remove the tag from every table that has it; their identifiers. Call it under the writer lock.

    Raises:
        UsageError: no table has it.
    """
    tables = _published_tables(profile)
    tagged = {
        identifier: table
        for identifier, table in tables.items()
        if (ref := table.metadata.refs.get(name)) and ref.snapshot_ref_type == "tag" and not _TAKEN.fullmatch(name)
    }
    if not tagged:
        raise UsageError(f"no table has a tag {name!r}; see the tags with: stedi history TABLE")
    for table in tagged.values():
        table.manage_snapshots().remove_tag(name).commit()
    return list(tagged)


def _published_tables(profile: Profile) -> dict[str, Table]:
    tables = {identifier: open_table(profile, spec) for identifier, spec in TABLES.items()}
    return {identifier: table for identifier, table in tables.items() if table.current_snapshot()}


def _refuse_half_published(tables: Mapping[str, Table]) -> None:
    if any(ref.startswith(INGEST_MARK) for table in tables.values() for ref in table.metadata.refs):
        raise RetryableError("an ingest was interrupted while it published; finish it with: stedi run, then tag")


def _tag_all(tables: Mapping[str, Table], name: str, keep_days: int) -> dict[str, int]:
    snapshots: dict[str, int] = {}
    try:
        for identifier, table in tables.items():
            snapshots[identifier] = _tag(table, name, keep_days)
    except BaseException as error:
        _undo(tables, name, error)
        if not isinstance(error, Exception):
            raise
        raise RetryableError(
            f"{list(tables)[len(snapshots)]} could not be tagged ({type(error).__name__}); "
            f"no table has the tag {name!r} now. Run again"
        ) from error
    return snapshots


def _tag(table: Table, name: str, keep_days: int) -> int:
    snapshot = table.current_snapshot()
    if snapshot is None:
        raise DamagedLakeError(f"{table.name()} lost its snapshot while it was tagged; see: stedi status")
    # Iceberg counts a tag's age from when its snapshot was written, not from when the tag was made.
    age = max(0, int(time.time() * 1000) - snapshot.timestamp_ms)
    retention = age + keep_days * DAY_MS
    table.manage_snapshots().create_tag(snapshot.snapshot_id, name, max_ref_age_ms=retention).commit()
    return snapshot.snapshot_id


def _undo(tables: Mapping[str, Table], name: str, cause: BaseException) -> None:
    """Remove the tag wherever it was made, also by a commit whose outcome was not told."""
    left = []
    for identifier, table in tables.items():
        try:
            table.refresh()
            if name in table.metadata.refs:
                table.manage_snapshots().remove_tag(name).commit()
        except Exception:  # noqa: BLE001 - the other tables' tags must go all the same
            left.append(identifier)
    if left:
        raise DamagedLakeError(
            f"tagging failed ({type(cause).__name__}), and the tag {name!r} may be left on {', '.join(left)}; "
            f"remove it with: stedi tag {name} --remove"
        ) from cause
