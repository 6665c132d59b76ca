"""The verb ``stedi validate``: an audit of what is published, or was."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.profiles import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile, Wait
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from expectations.validation import Verdict
    from jobs.run import Run


class EngineName(StrEnum):
    """What computes the facts that suites judge."""

    EMBEDDED = "embedded"
    SPARK = "spark"


def validate(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables to judge, such as trusted.customer_trusted; all by default.")
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", help="The moment to judge: a tag, a UTC time, a snapshot id, or main for now.")
    ] = "main",
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    engine: Annotated[
        EngineName, typer.Option("--engine", help="What computes the suites' facts: DuckDB in this process, or Spark.")
    ] = EngineName.EMBEDDED,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Judge published tables, whole, by their suites; no job runs and nothing is published but the verdicts.

    Exit codes: 0 everything holds, 1 a suite refuses a table, 2 usage, 3 run again, 4 a damaged lake.
    """
    from expectations.names import what_it_takes
    from jobs.audit import audit_of, judge
    from jobs.cli.lake import LakeOptions, work_on
    from jobs.pseudonym import find_key

    out = Output(output)
    place = profile_named(profile, lake)
    audit = audit_of(place, tables or [], as_of)
    # An auditor may have no key: none is made for this, and what it would tell is left out by name.
    key = find_key(place) or b""

    def work(run: Run) -> None:
        if engine is EngineName.EMBEDDED:
            judge(run, audit)
            return
        from catalog.spark_reader import spark_reader

        with spark_reader(place) as reader:
            judge(run, audit, reader)

    result = work_on(LakeOptions(place, wait, create=False), out, key, work)
    verdicts = result.run.verdicts
    rows = [
        (v.table, str(v.snapshot_id), v.facts.get("rows") or 0, sum(r.success for r in v.results)) for v in verdicts
    ]
    out.table("", ["table", "snapshot", "rows", "expectations held"], rows)
    left_out = [
        f"left out, as it takes {what_it_takes(name)}: {v.table} {name}" for v in verdicts for name in v.left_out
    ]
    document = {
        "run": result.run.run_id,
        "asOf": as_of,
        "engine": engine.value,
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
