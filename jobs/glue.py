"""Running as a Glue job: the arguments are Glue's, the log is JSON lines, and the run fails by an exception.

What Glue shows of a failed run is the error's family and its one line: ``RetryableError`` may be started again,
``DataRefusedError`` names the branch that holds the refused rows, all others need somebody.
"""

from __future__ import annotations

import json
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from catalog.errors import StediError
from catalog.machine.aws_errors import classify_error
from catalog.machine.private import write_privately
from catalog.profiles.glue_job import GlueArguments, glue_arguments
from jobs.cli.output import Output, OutputFormat
from jobs.run.progress import Stages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class GlueLog(Output):
    """Progress and results as JSON lines on standard output, each with the job and the run that it is of."""

    def __init__(self, job_name: str, run_id: str) -> None:
        super().__init__(OutputFormat.JSON)
        self._origin = {"job": job_name, "jobRun": run_id}

    def line(self, level: str, message: str, **more: Any) -> None:
        """Write one line."""
        document = {"time": datetime.now(UTC).isoformat(), "level": level, **self._origin, "message": message, **more}
        sys.stdout.write(json.dumps(document, default=str) + "\n")
        sys.stdout.flush()

    def stages(self) -> Stages:
        """A line for every stage that ends."""
        return Stages(on_end=lambda line: self.line("INFO", line), on_warning=self.warn)

    def warn(self, warning: str) -> None:
        """A line for what somebody should look at."""
        self.line("WARNING", warning)


def run_glue_job(work: Callable[[GlueArguments, GlueLog], None], argv: Sequence[str]) -> None:
    """Do a job's work, as a Glue job.

    Args:
        work: what the job does; it logs what that came to.
        argv: the script and its arguments.

    Raises:
        StediError: of the family that says what to do; never with more than its one line.
    """
    write_privately()
    arguments = glue_arguments(argv)
    log = GlueLog(arguments.job_name, arguments.run_id)
    try:
        work(arguments, log)
    except Exception as error:  # noqa: BLE001 - every error is told as one of ours
        known = classify_error(error)
        if known is None:
            # Messages of Spark's own errors can hold rows, and so personal data; where it happened holds none.
            known = StediError(f"unexpected {type(error).__name__}; where it came from is in the log")
            log.line("ERROR", str(known), frames=traceback.format_tb(error.__traceback__))
        log.line("ERROR", str(known), error=type(known).__name__, exitCode=known.exit_code)
        raise known from None


def run_lineage(table: str | None, arguments: GlueArguments, log: GlueLog) -> None:
    """Make one table, or ingest where none is named."""
    from catalog.profiles.settings import load_settings
    from jobs.run.lake import LakeOptions, run_lake
    from jobs.run.refusals import tolerance_of

    profile = arguments.profile()
    drop = profile.drop(arguments.options.get("landing")) if table is None else None
    options = LakeOptions(profile, wait_seconds=0, create=True, run_name=arguments.run_id or None)
    rebuild = arguments.options.get("rebuild", "").lower() == "true"
    tolerance = tolerance_of(load_settings(arguments.settings))
    tables = [] if table is None else [table]
    result = run_lake(options, log, drop, tables, rebuild=rebuild, tolerance=tolerance)
    for step in result.result.tables:
        log.line("INFO", f"{step.table}: {step.outcome}", table=step.table, outcome=step.outcome, rows=step.rows)
    log.line("INFO", "done", run=result.run_id, report=result.report, seconds=result.seconds)
