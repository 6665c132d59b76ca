"""Options that verbs share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.output import OutputFormat


class ProfileName(StrEnum):
    """Where the lake is kept."""

    LOCAL = "local"


Lake = Annotated[Path, typer.Option("--lake", envvar="STEDI_LAKE", help="Folder of the local lake.", show_default=True)]
Profile = Annotated[ProfileName, typer.Option("--profile", help="Where the lake is kept.")]
Wait = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another run to end.")]
Format = Annotated[OutputFormat, typer.Option("--output", "-o", help="Text for people or JSON for programs.")]
DEFAULT_LAKE = Path("lake")
