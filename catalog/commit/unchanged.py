"""A commit's condition that no branch or tag changed: a snapshot that expires must not be one that was just tagged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table.update import ValidatableTableRequirement

if TYPE_CHECKING:
    from pyiceberg.table.metadata import TableMetadata


class AssertUnchangedRefs(ValidatableTableRequirement):
    """The table, and each of its branches and tags, is what it was.

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


def _refs(metadata: TableMetadata) -> dict[str, int]:
    return {name: ref.snapshot_id for name, ref in metadata.refs.items()}
