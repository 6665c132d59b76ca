"""The verb ``stedi status``: what readers see of every table, how it is, and how the last validation ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.maintenance.health import TableHealth
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
    """Show rows, last publication and health of every table, and the verdict of the last run that validated any."""
    from catalog.commit.upkeep import refuse_earlier
    from catalog.history.coherence import lake_notes
    from catalog.history.status import lake_status
    from catalog.lake import open_lake
    from catalog.maintenance.health import THRESHOLDS, lake_health

    place, out = profile_named(profile, lake), Output(output)
    tables = lake_status(place)
    refuse_earlier(open_lake(place))
    notes, verdict = lake_notes(place), last_verdict(place)
    health = lake_health(place)
    rows = [(state.table, state.rows, state.published or "never", state.run or "") for state in tables]
    out.table(place.place, ["table", "rows", "published (UTC)", "by run"], rows)
    header = [
        "table",
        "files",
        "delete files",
        "manifests",
        "snapshots",
        "expired",
        "metadata bytes",
        "maintained (UTC)",
    ]
    out.table("", header, [_health_row(each) for each in health])
    document = {
        "lake": place.place,
        "tables": [vars(state) for state in tables],
        "health": [vars(each) | {"due": each.due} for each in health],
        "thresholds": vars(THRESHOLDS),
        "lastVerdict": verdict,
        "notes": notes,
    }
    out.result(document, "\n".join([_maintenance(health, place), _in_words(verdict), *notes]))


def _health_row(each: TableHealth) -> tuple[object, ...]:
    from catalog.history.time_travel import utc

    maintained = utc(each.maintained_ms)[:19] if each.maintained_ms else ""
    numbers = (each.data_files, each.delete_files, each.manifests, each.snapshots, each.expired_snapshots)
    return each.table, *numbers, each.metadata_bytes, maintained


def _maintenance(health: list[TableHealth], place: LakeProfile) -> str:
    """Which tables should be maintained, and why."""
    due = [f"{each.table} ({', '.join(name.replace('_', ' ') for name in each.due)})" for each in health if each.due]
    if not due:
        return "no maintenance is due"
    return f"maintenance is due: {'; '.join(due)}; next: stedi maintain {place.options}"


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
