"""A run's report: what the run knows, handed to the reporting of ``expectations``, which knows no jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.run import Run


def report_run(run: Run, folder: Path) -> Path:
    """Write the run's pages and files into ``folder/<run>/``; its first page."""
    from expectations.judging import validations
    from expectations.reporting import RunReport, write_report
    from expectations.reporting.data_docs import data_docs
    from jobs.lineage import jobs_in_order

    # What was made from a refused table was perhaps judged as well before it was dropped: that is not told.
    told = {verdict.table for verdict in run.verdicts}
    docs = data_docs(validations(run.started)) if told else ()
    return write_report(
        folder,
        RunReport(
            run_id=run.run_id,
            started=run.started,
            ended=datetime.now(UTC),
            verdicts=tuple(run.verdicts),
            rows={step.table: step.rows for step in run.steps},
            outcomes={step.table: step.outcome for step in run.steps},
            how={step.table: step.how for step in run.steps},
            lineage={job.writes: job.reads for job in jobs_in_order()},
            warnings=tuple(run.stages.warnings),
            data_docs=tuple(each for each in docs if each["suite"].partition(":")[0] in told),
        ),
    )
