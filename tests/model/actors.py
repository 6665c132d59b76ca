"""What all actors of the model have: steps, each one look or act, and the memory of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model.lake import AUDIT

if TYPE_CHECKING:
    from tests.model.lake import Lake, Table

END = "end"
"""The last ``pc`` of every actor."""


class Move(NamedTuple):
    """One step of an actor.

    Attributes:
        says: what it does.
        local: what it has in its memory then.
        lake: the lake then.
        faults: how many of the faults that may happen it takes.
    """

    says: str
    local: Any
    lake: Lake
    faults: int = 0


class Run(NamedTuple):
    """What a run has in its memory.

    Attributes:
        name: the run.
        pc: what it does next.
        began: how often each table's history had been rewritten.
        base: the snapshots that it reads, by table, as far as it has looked.
        new: the contents that it ingests.
        loaded: what it read of a table before it commits.
        rows: the rows that trusted is to have.
        of: the run whose landing tables it is publishing: its own, or one that was interrupted.
        moved: whether others had published when its landing tables were.
        locked: whether the lake has a lock.
    """

    name: str
    pc: str = "idle"
    began: tuple[int, ...] = ()
    base: tuple[tuple[str, str], ...] = ()
    new: tuple[tuple[str, tuple[str, ...]], ...] = ()
    loaded: tuple[Any, ...] = ()
    rows: tuple[str, ...] = ()
    of: str = ""
    moved: bool = False
    locked: bool = False

    def at(self, table: str) -> str:
        """The snapshot that it reads of a table."""
        return dict(self.base)[table]

    @property
    def branch(self) -> str:
        """Its audit branch."""
        return AUDIT + self.name


def moved(table: Table, branch: str) -> bool:
    """Whether what readers see is not in the history of a branch."""
    head = table.ref(branch)
    return head is None or not table.follows(head, table.main)
