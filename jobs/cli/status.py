"""The verb ``stedi status``: what readers see of every table, and how the last validation ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile as LakeProfile

# What could not be evaluated fails, even if it is a warning: its reason stands, as text, where facts would be.
_LAST_VERDICT = """
SELECT r.runId AS run, count(*) AS expectations, count_if(r.success) AS passed,
  count_if(NOT r.success AND r.severity = 'warning' AND r.observed NOT LIKE '"%') AS warnings,
  count_if(NOT r.success AND (r.severity <> 'warning' OR r.observed LIKE '"%')) AS failed
FROM quality.validation_result r
JOIN (SELECT runId FROM quality.validation_result ORDER BY evaluatedAt DESC, runId DESC LIMIT 1) l ON l.runId = r.runId
GROUP BY r.runId"""


def status(lake: Lake = DEFAULT_LAKE, profile: Profile = ProfileName.LOCAL, output: Format = OutputFormat.TEXT) -> None:
    """Show the rows and the last publication of every table, and the verdict of the last run that validated any."""
    from catalog.history.coherence import lake_notes
    from catalog.history.status import lake_status

    place, out = profile_named(profile, lake), Output(output)
    tables, notes, verdict = lake_status(place), lake_notes(place), last_verdict(place)
    rows = [(state.table, state.rows, state.published or "never", state.run or "") for state in tables]
    out.table(place.place, ["table", "rows", "published (UTC)", "by run"], rows)
    document = {
        "lake": place.place,
        "tables": [vars(state) for state in tables],
        "lastVerdict": verdict,
        "notes": notes,
    }
    out.result(document, "\n".join([_in_words(verdict), *notes]))


def last_verdict(place: LakeProfile) -> dict[str, Any] | None:
    """How many expectations the last validating run evaluated, and how they ended; None if no run has recorded any."""
    from catalog.query.engine import query_local

    with query_local(place, _LAST_VERDICT) as result:
        rows = [row for batch in result.batches for row in batch.to_pylist()]
    return {**rows[0], "success": not rows[0]["failed"]} if rows else None


def _in_words(verdict: dict[str, Any] | None) -> str:
    if verdict is None:
        return "nothing has been validated yet"
    state = "passed" if verdict["success"] else "data refused"
    told = f"last verdict: {state}, {verdict['passed']:,} of {counted(verdict['expectations'], 'expectation')} passed"
    warnings = f", {counted(verdict['warnings'], 'warning')}" if verdict["warnings"] else ""
    return f"{told}{warnings} (run {verdict['run']})"
