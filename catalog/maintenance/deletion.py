"""Files that nothing reaches go for good: those of snapshots that are gone, and those of commits that never were.

Storage is listed before the table is loaded anew: a file that is listed and that the later metadata does not reach is
of the past, or somebody's unfinished commit, which is told by its age.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from catalog.commit.arrow_files import data_folder
from catalog.errors import DamagedLakeError
from catalog.plural import counted
from catalog.specs import TABLES
from catalog.storage.files import canonical, storage_of
from catalog.storage.reachable import FileKind, ReadManifests, formerly_reachable, reachable_files

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pyiceberg.table import Table

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec
    from catalog.storage.files import Storage, StoredFile

_LAST = (FileKind.MANIFEST, FileKind.MANIFEST_LIST, FileKind.METADATA_LOG, FileKind.METADATA)
"""Kinds in the order in which they go, after all others: until then they tell what an interrupted deletion has left."""


@dataclass(frozen=True)
class Deletion:
    """A file to be deleted, or one of its versions.

    Attributes:
        file: what is stored.
        why: in words.
        kind: what it was to the table; None: nothing reached it.
    """

    file: StoredFile
    why: str
    kind: FileKind | None = None


def list_files(lake: Lake, spec: TableSpec) -> list[StoredFile]:
    """Everything that is stored under the table's folders.

    Raises:
        DamagedLakeError: other tables' files are under them.
        OSError: the listing is not whole; botocore's errors likewise.
    """
    storage = storage_of(lake.profile)
    stored = (file for folder in _folders(lake, spec) for file in storage.files(folder))
    # Arrow makes empty objects in the place of folders.
    return [file for file in stored if not file.location.endswith("/")]


def unfinished_uploads(lake: Lake, spec: TableSpec, before_ms: int) -> list[str]:
    """Locations under the table's folders of uploads that began before then and were never finished."""
    storage = storage_of(lake.profile)
    return [location for folder in _folders(lake, spec) for location in storage.unfinished(folder, before_ms)]


def _folders(lake: Lake, spec: TableSpec) -> list[str]:
    """The table's folders, with a slash at their ends; none is within another."""

    def of(each: TableSpec) -> list[str]:
        table = lake.known_table(each)
        home, data = canonical(table.location()) + "/", canonical(data_folder(table)) + "/"
        return [home] if data.startswith(home) else [home, data]

    mine = of(spec)
    for other in TABLES.values():
        if other != spec and any(a.startswith(b) or b.startswith(a) for a in mine for b in of(other)):
            raise DamagedLakeError(
                f"the folders of {spec.identifier} and {other.identifier} are within each other: nothing is deleted"
            )
    return mine


def unreachable(
    listing: Collection[StoredFile],
    before: Mapping[str, FileKind],
    after: Collection[str],
    former: Callable[[], Mapping[str, FileKind]],
    orphans_before_ms: int,
    versions_before_ms: int | None = None,
) -> list[Deletion]:
    """What of a listing can go.

    Args:
        listing: what is stored.
        before: what the table reached before.
        after: what it reaches, of those and others.
        former: what it once reached; only asked where there is something of which it is not known.
        orphans_before_ms: what is older and never was reached is nobody's, epoch ms UTC.
        versions_before_ms: earlier versions of files that it reaches go where they are older; None: as orphans.
    """
    versions_before_ms = orphans_before_ms if versions_before_ms is None else versions_before_ms
    was, now = {canonical(each): kind for each, kind in before.items()}, {canonical(each) for each in after}
    unknown = [f for f in listing if (at := _about(f)) not in was and at not in now]
    if any(file.modified_ms >= orphans_before_ms for file in unknown):
        was |= {canonical(each): kind for each, kind in former().items()}
    found = []
    for file in listing:
        location = _about(file)
        if location in now:
            if not file.current and file.modified_ms < versions_before_ms:
                found.append(Deletion(file, "an earlier version", was.get(location)))
        elif location in was:
            found.append(Deletion(file, "no snapshot reaches it any more", was[location]))
        elif file.modified_ms < orphans_before_ms:
            found.append(Deletion(file, "no snapshot ever reached it"))
    return found


def _about(file: StoredFile) -> str:
    """The location of the file, or of that whose checksum it is, as Spark writes them beside its files."""
    folder, _, name = file.location.rpartition("/")
    return canonical(f"{folder}/{name[1:-4]}" if name.startswith(".") and name.endswith(".crc") else file.location)


def delete_unreachable(
    lake: Lake,
    spec: TableSpec,
    before: Mapping[str, FileKind],
    orphans_before_ms: int,
    only: Collection[StoredFile] | None = None,
    read: ReadManifests | None = None,
    versions_before_ms: int | None = None,
) -> list[Deletion]:
    """Delete what the table reached before and reaches no more, and orphans; on S3 every version of each.

    Args:
        lake: the lake.
        spec: the table.
        before: what it reached before the commits that let go of files (``reachable_files``).
        orphans_before_ms: what is older and never was reached is an orphan, epoch ms UTC.
        only: what may go; None: all.
        read: what was read of manifests before.
        versions_before_ms: as ``unreachable`` has it.

    Returns:
        What was deleted.

    Raises:
        DamagedLakeError: the listing lacks what the table reaches, or the table reaches nothing of a kind that it must:
            nothing was deleted.
        RetryableError: some files are still there.
    """
    listing = list_files(lake, spec)
    table = lake.table(spec)  # not before: what is committed meanwhile is reached by this
    after = reachable_files(table, read=read)
    refuse_partial(spec, table, listing, before, after)
    former = partial(formerly_reachable, table, read)
    found = unreachable(listing, before, after, former, orphans_before_ms, versions_before_ms)
    doomed = [each for each in found if only is None or each.file in only]
    storage: Storage = storage_of(lake.profile)
    storage.delete(each.file for each in sorted(doomed, key=_order))
    for folder in _folders(lake, spec):
        storage.drop_unfinished(folder, orphans_before_ms)
    return doomed


def _order(each: Deletion) -> tuple[int, StoredFile]:
    return _LAST.index(each.kind) + 1 if each.kind in _LAST else 0, each.file


def refuse_partial(
    spec: TableSpec,
    table: Table,
    listing: Sequence[StoredFile],
    before: Mapping[str, FileKind],
    after: Mapping[str, FileKind],
) -> None:
    """Refuse to delete by a listing or by metadata that cannot be whole.

    Raises:
        DamagedLakeError: see ``delete_unreachable``.
    """
    listed = {canonical(file.location) for file in listing if file.current}
    kinds = {canonical(each): kind for each, kind in before.items() if each in after}
    # Earlier metadata files go with commits, whoever makes them; nobody reads a table by them.
    missing = sorted(each for each, kind in kinds.items() if each not in listed and kind is not FileKind.METADATA_LOG)
    if missing:
        raise DamagedLakeError(
            f"{spec.identifier}: {counted(len(missing), 'file')} that its snapshots need not in storage, such as "
            f"{missing[0]}; nothing was deleted. If listings are whole, restore them from a backup"
        )
    snapshot, counts = table.current_snapshot(), Counter(after.values())
    holds = (
        snapshot is not None
        and snapshot.summary is not None
        and snapshot.summary["total-data-files"] not in {None, "0"}
    )
    needed = (FileKind.METADATA, *((FileKind.MANIFEST_LIST, FileKind.MANIFEST, FileKind.DATA) if holds else ()))
    if empty := [kind.value for kind in needed if not counts[kind]]:
        raise DamagedLakeError(f"{spec.identifier} reaches no {' or '.join(empty)} file, and must; nothing was deleted")
