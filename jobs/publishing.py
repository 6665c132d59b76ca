"""What a run publishes once the suites let it through, and what becomes of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.errors import DataRefusedError
from catalog.publish import discard, publish
from catalog.specs import TABLES, table
from jobs.run import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.publish import Candidate
    from expectations.validation import Verdict
    from jobs.run import Awaited, Run


def guarded(run: Run, work: Callable[[Run], None]) -> None:
    """Do the work, and publish what it made and the suites let through.

    A table that could not be made does not keep those before it from being published. Whatever else was written and is
    not published is dropped; but what a suite refused is kept, to be looked at.

    Raises:
        DataRefusedError: a suite refused a candidate.
    """
    try:
        try:
            work(run)
        except Exception:
            publish_awaited(run)
            raise
        publish_awaited(run)
    except DataRefusedError:
        raise
    except BaseException:
        discard(run.spark, run.run_id, TABLES.values())
        raise


def publish_awaited(run: Run, *, done_only: bool = False) -> None:
    """Publish candidates in their order, each once its suite lets it through.

    Args:
        run: the run.
        done_only: leave those whose verdicts are not there yet.

    Raises:
        DataRefusedError: a suite refused one; what was made from it is dropped.
    """
    while run.awaited and (not done_only or all(verdict.done() for verdict in run.awaited[0].verdicts)):
        awaited = run.awaited.pop(0)
        try:
            _publish(run, awaited)
        except BaseException as error:
            run.awaited.clear()
            if isinstance(error, DataRefusedError):
                refused = {candidate.spec for candidate in awaited.candidates}
                discard(run.spark, run.run_id, [spec for spec in TABLES.values() if spec not in refused])
            raise


def _publish(run: Run, awaited: Awaited) -> None:
    names = ", ".join(candidate.spec.identifier for candidate in awaited.candidates)
    with run.stages.stage("validate and publish") as said:
        for candidate, verdict in zip(awaited.candidates, awaited.verdicts, strict=True):
            run.verdicts.append(verdict.result())
            if not run.verdicts[-1].success:
                raise _refusal(run, candidate, run.verdicts[-1], awaited.advise(run.verdicts[-1]))
        awaited.publish()
        for candidate in awaited.candidates:
            rows = run.reader.rows(candidate.spec, candidate.snapshot_id)
            run.steps.append(Step(candidate.spec.identifier, "published", rows, awaited.how))
        said.append(names)


def _refusal(run: Run, candidate: Candidate, verdict: Verdict, advice: str) -> DataRefusedError:
    identifier = candidate.spec.identifier
    rows = run.reader.rows(candidate.spec, candidate.snapshot_id)
    run.steps.append(Step(identifier, "refused", rows))
    refusal = verdict.told(
        f"{identifier} refused; what readers see is as it was. Branch {candidate.branch} holds the refused rows"
    )
    return DataRefusedError(f"{refusal}\n{advice}" if advice else refusal)


def record(run: Run) -> None:
    """Append the run's verdicts to quality.validation_result."""
    import json

    from catalog.added_files import add_files
    from catalog.arrow_files import arrow_files

    spec = table("quality.validation_result")
    rows = [
        {
            "runId": run.run_id,
            "tableName": verdict.table,
            "snapshotId": verdict.snapshot_id,
            "expectation": result.name,
            "severity": result.severity,
            "promise": result.promise,
            "sentence": result.sentence,
            "success": result.success,
            "observed": json.dumps(result.error or result.observed),
            "evaluatedAt": verdict.evaluated_at,
        }
        for verdict in run.verdicts
        for result in verdict.results
    ]
    if rows:
        files = arrow_files(run.spark, run.profile, spec).write_rows(rows)
        publish(run.spark, add_files(run.spark, spec, files, run.run_id, {}))
