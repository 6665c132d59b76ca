"""What of a drop folder is new: files whose content no run has landed, and files that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.drop.delivery import RefusedFile, oddly_named
from catalog.specs.landing import DELIVERED_FILE
from jobs.ingest_landing import new_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.drop.delivery import Listing
    from catalog.engine.workers import Workers
    from catalog.read.snapshot_reader import SnapshotReader
    from jobs.ingest_landing import NewFile
    from jobs.reader.unread import UnreadFile


@dataclass(frozen=True)
class Deliveries:
    """What is new.

    Attributes:
        files: files with new content.
        refused: files and links that are not read, and that the ledger does not know as such.
        warnings: what somebody should look at in the drop folder, whether it is new or not, a line each.
    """

    files: tuple[NewFile, ...] = ()
    refused: tuple[RefusedFile, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is new."""
        return bool(self.files or self.refused)

    def without(self, unread: Sequence[UnreadFile]) -> Deliveries:
        """The same, these files not being read."""
        names = {each.file.name for each in unread}
        refused = [each.refused for each in unread if each.refused is not None]
        return replace(
            self,
            files=tuple(new for new in self.files if new.file.name not in names),
            refused=(*self.refused, *refused),
        )


def new_deliveries(workers: Workers, reader: SnapshotReader, listing: Listing, ledger: int | None) -> Deliveries:
    """What of a drop folder the ledger, at a snapshot, does not know.

    A file whose name, size and time of writing are in the ledger is taken for the one that was read then: it costs a
    look at the folder, where the content of all others is hashed. One that could not be read then is tried again.
    """
    known = reader.fetch(
        "SELECT source, sourceFile, bytes, epoch_us(modifiedAt), sourceFileSha256 "
        f"FROM {reader.relation(DELIVERED_FILE, ledger)}"
    )
    contents = {(source, sha256) for source, *_, sha256 in known}
    seen = {row[1:4] for row in known if row[4] != RefusedFile(row[0], row[1], "", "", row[2], row[3]).key}
    unseen = [file for file in listing.files if (file.name, file.size, file.modified_micros) not in seen]
    files, unread = new_files(workers, unseen, contents) if unseen else ([], [])
    refused = [*listing.refused, *(each.refused for each in unread if each.refused is not None)]
    warnings = [
        *listing.warnings,
        *(each.warning for each in listing.refused),
        *(each.warning for each in unread),
        *oddly_named(unseen),
    ]
    new = tuple(each for each in refused if (each.source, each.key) not in contents)
    return Deliveries(tuple(files), new, tuple(warnings))
