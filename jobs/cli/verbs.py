"""The verbs of ``stedi`` that work on a lake."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobs.cli.output import Output, OutputFormat
from jobs.cli.query import query
from jobs.cli.simulate import simulate_command

if TYPE_CHECKING:
    from jobs.run import Run

app = typer.Typer(
    name="stedi",
    help="The STEDI lakehouse: delivered JSON becomes a consent-filtered training table, validated zone by zone.",
    epilog="Begin with: stedi simulate --to landing, then: stedi run --landing landing",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("simulate")(simulate_command())
app.command("query")(query)


class ProfileName(StrEnum):
    """Where the lake is kept."""

    LOCAL = "local"


Lake = Annotated[Path, typer.Option("--lake", envvar="STEDI_LAKE", help="Folder of the local lake.", show_default=True)]
Profile = Annotated[ProfileName, typer.Option("--profile", help="Where the lake is kept.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another run to end.")]
Format = Annotated[OutputFormat, typer.Option("--output", "-o", help="Text for people or JSON for programs.")]
Timings = Annotated[bool, typer.Option("--timings", help="Print how long each stage took.")]
Landing = Annotated[
    Path | None,
    typer.Option("--landing", help="Drop folder to ingest first: DIR/{customer,accelerometer,step_trainer}/landing."),
]
DEFAULT_LAKE = Path("lake")


@app.command()
def init(
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Make the lake: its catalog and all its tables, empty. Harmless on a lake that is there."""
    from jobs.cli.lake import LakeOptions, opened

    _ = profile
    out = Output(output)
    with opened(LakeOptions(lake, wait, create=True), out) as opened_lake:
        created = opened_lake.created
    out.result(
        {"lake": str(lake), "created": created}, f"{lake}: {len(created)} tables created. Next: stedi run --landing DIR"
    )


@app.command()
def ingest(
    landing: Annotated[
        Path, typer.Option("--landing", help="Drop folder: DIR/{customer,accelerometer,step_trainer}/landing.")
    ],
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    timings: Timings = False,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Land what is new in a drop folder: each file content once; what is refused is quarantined with a reason."""
    _ = profile
    _run(lake, wait, output, timings, landing=landing, tables=[])


@app.command()
def run(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables to make, such as trusted.customer_trusted; all by default.")
    ] = None,
    landing: Landing = None,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    timings: Timings = False,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Ingest (with --landing) and make every table: write to an audit branch, validate, publish.

    Exit codes: 0 done, 1 a suite refused data and nothing of it is published, 2 usage, 3 run again, 4 a damaged lake.
    """
    _ = profile
    _run(lake, wait, output, timings, landing=landing, tables=tables)


def _run(
    lake: Path, wait: float, output: OutputFormat, timings: bool, *, landing: Path | None, tables: list[str] | None
) -> None:
    from jobs.cli.lake import LakeOptions, run_lake

    out = Output(output)
    result = run_lake(LakeOptions(lake, wait, create=landing is not None), out, landing, tables)
    out.table("", ["table", "outcome", "rows"], [(step.table, step.outcome, step.rows) for step in result.run.steps])
    if timings:
        out.table("", ["stage", "seconds"], [(name, f"{seconds:.1f}") for name, seconds in result.seconds.items()])
    out.result(_document(result.run, result.report, result.seconds), f"validation report: {result.report}")


def _document(run: Run, report: Path, seconds: dict[str, float]) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "tables": [{"table": step.table, "outcome": step.outcome, "rows": step.rows} for step in run.steps],
        "report": str(report),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }


@app.command()
def status(lake: Lake = DEFAULT_LAKE, profile: Profile = ProfileName.LOCAL, output: Format = OutputFormat.TEXT) -> None:
    """What is in the lake: rows and last publication of every table, and the last run's verdict."""
    from catalog.profile import local_profile
    from catalog.status import lake_status

    _ = profile
    out = Output(output)
    tables = lake_status(local_profile(lake))
    rows = [(state.table, state.rows, state.published or "never", state.run or "") for state in tables]
    out.table(str(lake), ["table", "rows", "published (UTC)", "by run"], rows)
    out.result({"lake": str(lake), "tables": [vars(state) for state in tables]}, "")
