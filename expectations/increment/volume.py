"""Compare a table's change with its history: a truncated or doubled delivery shows in its volume first."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from expectations.increment.scope import Scope
from expectations.suites.suite import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.read.relation_reader import RelationReader
    from catalog.schema.table_spec import TableSpec

USUAL_VOLUME = Check(
    name="volume_is_usual",
    promise="volume",
    sentence="The table grew or shrank about as it did in its last runs.",
    fact="unusual_volume",
    severity="warning",
)
"""What is judged of every table besides its suite. It holds nothing back: a campaign may well double a delivery."""

_RUNS = 10
_LEAST_CHANGES = 3
_SLACK = 0.2


def volume_scope(reader: RelationReader, spec: TableSpec, before: int | None, candidate: int) -> Scope:
    """The check on the candidate's rows against the table's own history up to the snapshot ``before``.

    Its facts are rows_before, runs_known (at most 10 of them) and unusual_volume (0 or 1).
    """
    history = reader.rows_by_run(spec, before, _RUNS)
    unusual = is_unusual(history, reader.rows(spec, candidate))
    rows_before = history[-1] if history else 0
    fact = f"SELECT {int(unusual)} AS unusual_volume, {rows_before} AS rows_before, {len(history)} AS runs_known"
    return Scope({}, (fact,), (USUAL_VOLUME,))


def is_unusual(history: Sequence[int], rows: int) -> bool:
    """Whether the change to so many rows lies beyond those of the history, oldest first.

    Beyond: by more than a fifth of the table's rows. Fewer than three changes are no history to judge by.
    """
    changes = [after - before for before, after in pairwise(history)]
    if len(changes) < _LEAST_CHANGES:
        return False
    slack = _SLACK * history[-1]
    return not min(changes) - slack <= rows - history[-1] <= max(changes) + slack
