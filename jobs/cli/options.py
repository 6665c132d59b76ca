"""Options shared by verbs, and those before the verb."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog.profiles.named import ProfileName
from jobs.cli.output import OutputFormat
from jobs.cli.version import print_version

Lake = Annotated[Path, typer.Option("--lake", envvar="STEDI_LAKE", help="Folder of a local lake.", show_default=True)]
Profile = Annotated[ProfileName, typer.Option("--profile", help="Where the lake is.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another run to finish.")]
Format = Annotated[OutputFormat, typer.Option("--output", "-o", help="Text for people or JSON for programs.")]
DEFAULT_LAKE = Path("lake")


class ResultFormat(StrEnum):
    """The format of the answer."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


class EngineOption(StrEnum):
    """Which engine does the work."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    SPARK = "spark"


Engine = Annotated[
    EngineOption,
    typer.Option(
        "--engine",
        help="embedded: DuckDB, on this machine; spark: for more than it can do, and on Glue; auto chooses.",
    ),
]


def for_every_verb(
    context: typer.Context,
    profile: Annotated[
        ProfileName | None,
        typer.Option("--profile", envvar="STEDI_PROFILE", help="Where the lake is; also accepted after the verb."),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings", envvar="STEDI_SETTINGS", help="File with the output of `terraform output -json`, for aws."
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, help="Print the versions of stedi and its runtime."
        ),
    ] = False,
) -> None:
    """The STEDI lakehouse: turn delivered JSON into a consent-filtered training table, validated zone by zone."""
    if profile is not None and isinstance(context.command, typer.core.TyperGroup):
        context.default_map = _in_every_verb(context.command, "profile", profile.value)
    if settings is not None:
        os.environ["STEDI_SETTINGS"] = str(settings)


def _in_every_verb(group: typer.core.TyperGroup, option: str, value: str) -> dict[str, Any]:
    """Click's defaults of an option, of verbs within groups, too."""
    return {
        name: _in_every_verb(verb, option, value) if isinstance(verb, typer.core.TyperGroup) else {option: value}
        for name, verb in group.commands.items()
    }
