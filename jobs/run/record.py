"""The verdicts of a run, kept in quality.validation_result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from catalog.clock import not_before
from catalog.commit.arrow_files import arrow_files
from catalog.commit.publish import Changes, publish, write_candidate
from catalog.specs import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catalog.lake import Lake
    from expectations.validation.validate import Verdict


def record_verdicts(lake: Lake, run_id: str, verdicts: Sequence[Verdict]) -> None:
    """Append a run's verdicts to quality.validation_result, a row for each expectation."""
    spec = table("quality.validation_result")
    # The newest verdict counts: one that a clock dates before those that are there already is dated after them.
    recorded = [lake.table(spec).metadata.last_updated_ms] if verdicts else []
    rows = [
        {
            "runId": run_id,
            "tableName": verdict.table,
            "snapshotId": verdict.snapshot_id,
            "expectation": result.name,
            "severity": result.severity,
            "promise": result.promise,
            "sentence": result.sentence,
            "success": result.success,
            "observed": json.dumps(result.error or result.observed),
            "evaluatedAt": not_before(verdict.evaluated_at, recorded),
        }
        for verdict in verdicts
        for result in verdict.results
    ]
    if rows:
        files = arrow_files(lake, spec).write_rows(rows)
        base = lake.table(spec).metadata.current_snapshot_id
        publish(lake, write_candidate(lake, spec, base, Changes(files), run_id, {}))
