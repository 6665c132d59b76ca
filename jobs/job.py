"""What a job is: a declaration of what it reads and writes, and one pure function that says in SQL what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalog.read.statements import Statement
    from catalog.schema.table_spec import TableSpec


@dataclass(frozen=True)
class Job:
    """One step of the lineage.

    Attributes:
        inputs: the tables that it reads.
        table: the table that it makes.
        transform: says what the table's rows are, from the names of one relation per input, by the table's short name.
        functions: names of the run's functions that the statement uses.
    """

    inputs: tuple[TableSpec, ...]
    table: TableSpec
    transform: Statement
    functions: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Identifiers of the inputs."""
        return tuple(spec.identifier for spec in self.inputs)

    @property
    def writes(self) -> str:
        """Identifier of the table."""
        return self.table.identifier
