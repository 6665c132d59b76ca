"""What a job is: a declaration of what it reads and writes, and one pure function that says in SQL what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.specs import table

if TYPE_CHECKING:
    from catalog.read.statements import Statement


@dataclass(frozen=True)
class Job:
    """One step of the lineage.

    Attributes:
        reads: identifiers of the input tables.
        writes: identifier of the table that it makes.
        transform: says what the table's rows are, from the names of one relation per input, by the table's short name.
            Spark does it where there is much to be made, the embedded engine where there is little.
        functions: names of the run's functions that the statement uses.
    """

    reads: tuple[str, ...]
    writes: str
    transform: Statement
    functions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that no spec has, at import rather than in the middle of a run."""
        for identifier in (*self.reads, self.writes):
            table(identifier)
