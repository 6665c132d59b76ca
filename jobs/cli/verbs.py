"""The verbs of ``stedi`` that work on a lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import UsageError
from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli import (
    backup,
    demo,
    describe,
    doctor,
    erase,
    export,
    history,
    maintain,
    privacy,
    status,
    validate,
)
from jobs.cli.group import Verbs
from jobs.cli.options import DEFAULT_LAKE, Engine, EngineOption, Format, Lake, Profile, Wait, for_every_verb
from jobs.cli.output import Output, OutputFormat
from jobs.cli.query import query
from jobs.cli.simulate import simulate_command

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.run.lake import LakeOptions, ReportedRun
    from jobs.run.refusals import Tolerance

app = typer.Typer(
    name="stedi",
    cls=Verbs,
    epilog="Start with: stedi demo. Then: stedi simulate --to DIR, and: stedi run --landing DIR",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.callback()(for_every_verb)
app.command("simulate")(simulate_command())
app.command("query")(query)
app.command("describe")(describe.describe)
app.command("status")(status.status)
app.add_typer(privacy.app)


Timings = Annotated[bool, typer.Option("--timings", help="Print the duration of each stage.")]
Landing = Annotated[
    str | None,
    typer.Option(
        "--landing", help="Drop folder to ingest first: DIR/{customer,accelerometer,step_trainer}/landing, or s3://…"
    ),
]
Tables = Annotated[
    list[str] | None, typer.Argument(help="Tables to update, such as trusted.customer_trusted; all by default.")
]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Rebuild the tables from scratch; their history is kept.")]

Strict = Annotated[
    bool,
    typer.Option("--strict", help="Refuse a delivery that has a customer record whose person cannot be recognised."),
]
AcceptRefused = Annotated[
    bool,
    typer.Option("--accept-refused", help="Publish the accepted records, however many of a delivery were refused."),
]


@app.command()
def init(
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Create a lake: its catalog and all its tables, empty. An existing lake is left as it is."""
    from jobs.run.lake import LakeOptions, opened

    place, out = profile_named(profile, lake), Output(output)
    with opened(LakeOptions(place, wait, create=True), out) as opened_lake:
        created = opened_lake.created
    text = f"{place.place}: {counted(len(created), 'table')} created. Next: stedi run --landing DIR"
    out.result({"lake": place.place, "created": created}, text)


@app.command()
def ingest(
    landing: Annotated[
        str | None,
        typer.Option(
            "--landing",
            help="Drop folder: DIR/{customer,accelerometer,step_trainer}/landing, or s3://…; on AWS the drop bucket.",
        ),
    ] = None,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    strict: Strict = False,
    accept_refused: AcceptRefused = False,
    wait: Wait = 10,
    timings: Timings = False,
    engine: Engine = EngineOption.AUTO,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Ingest new files from a drop folder, each content once; refused records go to quarantine with a reason."""
    from jobs.run.lake import LakeOptions

    place = profile_named(profile, lake)
    drop = place.drop(landing)
    if drop is None:
        raise UsageError("a local lake has no drop bucket; name a folder with --landing DIR")
    options = LakeOptions(place, wait, create=True, engine=engine.value)
    _run(options, output, timings, landing=drop, tables=[], tolerance=_tolerance(strict, accept_refused))


@app.command()
def run(
    tables: Tables = None,
    landing: Landing = None,
    rebuild: Rebuild = False,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    strict: Strict = False,
    accept_refused: AcceptRefused = False,
    wait: Wait = 10,
    timings: Timings = False,
    engine: Engine = EngineOption.AUTO,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Ingest (with --landing) and update every table: write to an audit branch, validate, publish.

    Tables are updated incrementally if possible: new rows are added, and people whose records changed are recomputed.
    `stedi plan` shows it beforehand.

    Exit codes: 0 done, 1 a suite refused data, which is not published, 2 usage, 3 run again, 4 a damaged lake.
    """
    from jobs.run.lake import LakeOptions

    place = profile_named(profile, lake)
    drop = place.drop(landing) if landing else None
    tolerance = _tolerance(strict, accept_refused)
    options = LakeOptions(place, wait, create=drop is not None, engine=engine.value)
    _run(options, output, timings, landing=drop, tables=tables, rebuild=rebuild, tolerance=tolerance)


@app.command()
def plan(
    tables: Tables = None,
    landing: Landing = None,
    rebuild: Rebuild = False,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    engine: Engine = EngineOption.AUTO,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Show what `stedi run` with the same arguments would do to each table, and why; writes nothing."""
    from jobs.run.lake import plan_lake

    place, out = profile_named(profile, lake), Output(output)
    drop = place.drop(landing) if landing else None
    told = plan_lake(place, out, drop, tables, rebuild=rebuild, engine=engine.value)
    for warning in told.warnings:
        out.warn(warning)
    out.table("to ingest", ["table", "new files", "records"], [(a.table, a.files, a.records) for a in told.arrivals])
    rows = [(each.table, each.action, told.people.get(each.table, ""), each.reason) for each in told.decisions]
    out.table("to update", ["table", "action", "people at most", "reason"], rows)
    document = {
        "landing": [vars(arrival) for arrival in told.arrivals],
        "tables": [
            {
                "table": each.table,
                "action": each.action,
                "reason": each.reason,
                "new": each.new,
                "people": told.people.get(each.table),
            }
            for each in told.decisions
        ],
        "engine": str(told.engine),
        "warnings": list(told.warnings),
    }
    out.result(document, f"engine: {told.engine}")


def _tolerance(strict: bool, accept_refused: bool) -> Tolerance:
    from catalog.profiles.settings import load_settings
    from jobs.run.refusals import tolerance_of

    return tolerance_of(load_settings(), strict=strict, accepted=accept_refused)


def _run(
    options: LakeOptions,
    output: OutputFormat,
    timings: bool,
    *,
    landing: Path | str | None,
    tables: list[str] | None,
    tolerance: Tolerance,
    rebuild: bool = False,
) -> None:
    from jobs.run.lake import run_lake

    out = Output(output)
    result = run_lake(options, out, landing, tables, rebuild=rebuild, tolerance=tolerance)
    rows = [(step.table, step.outcome, step.rows, step.how) for step in result.result.tables]
    out.table("", ["table", "outcome", "rows", "how"], rows)
    if timings:
        out.table("", ["stage", "seconds"], [(name, f"{seconds:.1f}") for name, seconds in result.seconds.items()])
        out.table("", ["CPU s of the suites"], [(f"{result.gates_cpu:.1f}",)])
    out.result(_document(result), f"validation report: {result.report}")


def _document(result: ReportedRun) -> dict[str, Any]:
    return {
        "run": result.run_id,
        "engine": result.engine,
        "tables": [vars(step) for step in result.result.tables],
        "report": str(result.report),
        "seconds": {name: round(value, 3) for name, value in result.seconds.items()},
        "gatesCpuSeconds": round(result.gates_cpu, 3),
        "refused": [
            {"source": each.source, "records": each.refused, "delivered": each.delivered, "reasons": each.reasons}
            for each in result.result.refusals
        ],
        "suspendedPeople": result.suspended,
        "warnings": result.warnings,
    }


@app.command()
def report(
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    run: Annotated[str | None, typer.Option("--run", help="Id of a run; the latest by default.")] = None,
    browse: Annotated[bool, typer.Option("--open", help="Open the report in a browser.")] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="Print a summary in Markdown, for a pull request.")
    ] = False,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Show a run's verdict and the address of its report; pages of an older version are rendered again."""
    from jobs.cli.report import ReportOptions, show_report

    show_report(ReportOptions(profile_named(profile, lake), run, summary, browse), Output(output))


app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(demo.emulator)
for verb in (
    history.history,
    history.diff,
    history.tag,
    history.rollback,
    export.export,
    validate.validate,
    maintain.maintain,
    erase.erase,
    backup.backup,
    backup.restore,
):
    app.command()(verb)
