"""A run's report: what the run knows, handed to the reporting of ``expectations``, which knows no jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobs.run.context import RunContext
    from jobs.run.pipeline import RunResult


def report_run(context: RunContext, result: RunResult, folder: Path) -> Path:
    """Write the run's pages and files into ``folder/<run>/``; its first page."""
    from expectations.reporting import RunReport, write_report
    from jobs.lineage import jobs_in_order

    # What was made from a refused table was perhaps judged as well before it was dropped: that is not told.
    told = {verdict.table for verdict in result.verdicts}
    docs: Sequence[dict[str, Any]] = ()
    if told:
        from expectations.reporting.data_docs import data_docs
        from expectations.validation.judge import validations

        docs = data_docs(validations(context.started))
    return write_report(
        folder,
        RunReport(
            run_id=context.run_id,
            started=context.started,
            ended=max(datetime.now(UTC), context.started),
            verdicts=tuple(result.verdicts),
            rows={step.table: step.rows for step in result.tables},
            outcomes={step.table: step.outcome for step in result.tables},
            how={step.table: step.how for step in result.tables},
            lineage={job.writes: job.reads for job in jobs_in_order()},
            warnings=tuple(context.progress.warnings),
            engine=str(context.choice),
            data_docs=tuple(each for each in docs if each["suite"].partition(":")[0] in told),
        ),
    )
