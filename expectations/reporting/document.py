"""A run's report as one document: the source of its pages, JUnit and Markdown, and the format for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from expectations.validation.validate import Verdict

Document = dict[str, Any]


@dataclass(frozen=True)
class RunReport:
    """The outcome of a run.

    Attributes:
        run_id: the run.
        started: UTC.
        ended: UTC.
        verdicts: in the order of evaluation.
        rows: published rows, by table; for a refused table, the rows that were not published.
        outcomes: published, unchanged or refused, by table.
        how: how each table was made and why, by table, where known.
        lineage: the inputs of each table, by table.
        warnings: other warnings, one line each.
        engine: which engine made the rows, and why; empty where none did.
        data_docs: Great Expectations' own results, from ``expectations.reporting.data_docs``.
    """

    run_id: str
    started: datetime
    ended: datetime
    verdicts: tuple[Verdict, ...]
    rows: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    how: Mapping[str, str] = field(default_factory=dict)
    lineage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    data_docs: tuple[Document, ...] = ()
    warnings: tuple[str, ...] = ()
    engine: str = ""

    @property
    def success(self) -> bool:
        """Whether no table was refused."""
        return all(verdict.success for verdict in self.verdicts) and "refused" not in self.outcomes.values()

    def document(self) -> Document:
        """The report for programs: counts and SQL, no personal data."""
        return {
            "run": self.run_id,
            "success": self.success,
            "engine": self.engine,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "tables": [
                {"table": name, "outcome": outcome, "rows": self.rows.get(name), "how": self.how.get(name, "")}
                for name, outcome in self.outcomes.items()
            ],
            "lineage": {name: list(inputs) for name, inputs in self.lineage.items()},
            "verdicts": [
                {
                    "table": verdict.table,
                    "snapshot": verdict.snapshot_id,
                    "success": verdict.success,
                    "evaluated": verdict.evaluated_at.isoformat(),
                    "facts": verdict.facts,
                    "leftOut": list(verdict.left_out),
                    "results": [asdict(result) for result in verdict.results],
                }
                for verdict in self.verdicts
            ],
            "dataDocs": list(self.data_docs),
            "warnings": list(self.warnings),
        }
