"""The verb ``stedi validate``: an audit of published tables, as they are or were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.commit.marks import NOW
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Engine, EngineOption, Format, Lake, Profile, Wait
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from expectations.validation.validate import Verdict


def validate(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables to validate, such as trusted.customer_trusted; all by default.")
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", help="The moment to validate: a tag, a UTC time, a snapshot id, or main for now.")
    ] = "main",
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    engine: Engine = EngineOption.AUTO,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Validate published tables as a whole; no job runs, and only the verdicts are published.

    With another `--engine` than the one that made a table, two engines have to agree on it.

    Exit codes: 0 every table passed, 1 a suite refuses a table, 2 usage, 3 run again, 4 a damaged lake.
    """
    from expectations.increment.names import what_it_takes
    from jobs.pseudonym import find_key
    from jobs.run.audit import audit_of, revalidate
    from jobs.run.lake import LakeOptions, work_on

    out = Output(output)
    place = profile_named(profile, lake)
    audit = audit_of(place, tables or [], as_of)
    # An auditor may have no key: none is created for this, and the checks that need one are left out by name.
    key = find_key(place) or b""
    completes = not tables and as_of == NOW and bool(key)
    result = work_on(
        LakeOptions(place, wait, create=False, engine=engine.value, completes=completes),
        out,
        key,
        lambda context: revalidate(context, audit),
    )
    verdicts = result.result.verdicts
    rows = [
        (v.table, str(v.snapshot_id), v.facts.get("rows") or 0, sum(r.success for r in v.results)) for v in verdicts
    ]
    out.table("", ["table", "snapshot", "rows", "expectations passed"], rows)
    left_out = [f"left out: {v.table} {name} (it needs {what_it_takes(name)})" for v in verdicts for name in v.left_out]
    document = {
        "run": result.run_id,
        "asOf": as_of,
        "engine": result.engine.partition(":")[0],
        "success": True,
        "tables": [_described(verdict) for verdict in verdicts],
        "report": str(result.report),
    }
    out.result(document, "\n".join([*left_out, f"validation report: {result.report}"]))


def _described(verdict: Verdict) -> dict[str, Any]:
    return {
        "table": verdict.table,
        "snapshot": verdict.snapshot_id,
        "success": verdict.success,
        "rows": verdict.facts.get("rows"),
        "expectations": len(verdict.results),
        "warnings": [result.name for result in verdict.results if not result.success and not result.refuses],
        "leftOut": list(verdict.left_out),
    }
