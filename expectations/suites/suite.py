"""A suite: SQL that computes facts, and checks that say which values are right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["critical", "warning"]

FINITE = "1.7976931348623157E308"
"""The largest finite double, as SQL: what is compared with it is neither infinite nor NaN."""

DELIVERED, TOLERATED = "{delivered}", "{tolerated}"
"""What stands in SQL for the objects of a drop folder, and for how many may be refused: known at ingest only."""


@dataclass(frozen=True)
class Check:
    """One thing that must be true of a table.

    Attributes:
        name: names it within its suite.
        promise: what it guards: consent, completeness, uniqueness, no personal data, reconciliation, shape, delivery,
            freshness or volume.
        sentence: the same in plain words.
        fact: the column of the facts that it judges: a number of offences, which must be 0.
        severity: a ``critical`` one holds the table back; a ``warning`` is for people to look at.
        rows: SQL of Athena that shows the offending rows, with placeholders like the facts'.
        at_ingest: it compares with what is being delivered, so that it cannot be judged at any other time.
    """

    name: str
    promise: str
    sentence: str
    fact: str
    rows: str | None = None
    at_ingest: bool = False
    severity: Severity = "critical"


@dataclass(frozen=True)
class Suite:
    """What must be true of one table.

    Attributes:
        table: its identifier.
        facts: DuckDB's SQL, statements of one row of whole numbers each; ``{customer_landing}`` is a table, and so on.
        columns: the only ones that the table may have, where that is a promise of its own; empty: those of its spec.
        checks: judged against the facts; facts that no check names are for the reader of the report.
    """

    table: str
    facts: tuple[str, ...]
    checks: tuple[Check, ...]
    columns: tuple[str, ...] = ()

    def of_published(self) -> Suite:
        """The part of the suite that can be evaluated at any time, without a drop folder."""
        return replace(
            self,
            facts=tuple(fact for fact in self.facts if DELIVERED not in fact and TOLERATED not in fact),
            checks=tuple(check for check in self.checks if not check.at_ingest),
        )
