"""Conditions of commits that Iceberg has none for: no branch or tag changed, or no history was rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table.update import ValidatableTableRequirement

from catalog.errors import MovedError
from catalog.lake import HISTORY

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata


class AssertUnchangedRefs(ValidatableTableRequirement):
    """The table, and each of its branches and tags, is what it was: what expires must not be what was just tagged.

    Iceberg's own conditions are about one reference each. Of SQL's and Glue's catalogs, clients look at conditions
    themselves, and then swap the pointer only where nobody committed meanwhile.
    """

    type: Literal["assert-unchanged-refs"] = Field(default="assert-unchanged-refs")
    uuid: str
    refs: dict[str, int]

    @classmethod
    def of(cls, metadata: TableMetadata) -> Self:
        """The condition, by the table as it is now."""
        return cls(uuid=str(metadata.table_uuid), refs=_refs(metadata))

    # The name is pyiceberg's, and one of pydantic's, too.
    def validate(self, base_metadata: TableMetadata | None) -> None:  # type: ignore[override]
        """Look at what is committed upon.

        Raises:
            CommitFailedException: it is something else.
        """
        if base_metadata is None or str(base_metadata.table_uuid) != self.uuid or _refs(base_metadata) != self.refs:
            raise CommitFailedException("a branch or tag changed meanwhile")


class AssertSameHistory(ValidatableTableRequirement):
    """The table's history was not rewritten since.

    Rewritten snapshots keep their ids, so no reference tells: a snapshot that was made of what they were would name
    files that are deleted, and bring back the rows that left.
    """

    type: Literal["assert-same-history"] = Field(default="assert-same-history")
    history: str | None

    # As above.
    def validate(self, base_metadata: TableMetadata | None) -> None:  # type: ignore[override]
        """Look at what is committed upon.

        Raises:
            MovedError: it was.
        """
        if base_metadata is not None and base_metadata.properties.get(HISTORY) != self.history:
            raise MovedError("rows left the table's history meanwhile, for good. Run again")


def _refs(metadata: TableMetadata) -> dict[str, int]:
    return {name: ref.snapshot_id for name, ref in metadata.refs.items()}
