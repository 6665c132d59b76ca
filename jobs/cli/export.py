"""The verb ``stedi export``: a training set on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from catalog.training.export import ExportFormat
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile, Withdrawn
from jobs.cli.output import Output, OutputFormat

Folder = Annotated[Path, typer.Option("--to", help="Folder to create; it must be new or empty.")]


def export(
    to: Folder,
    tag: Annotated[
        str, typer.Option("--tag", help="The moment to export: a tag, a UTC time, a snapshot id, or main for now.")
    ] = "main",
    file_format: Annotated[ExportFormat, typer.Option("--format", help="Format of the rows.")] = (ExportFormat.PARQUET),
    shares: Annotated[
        str, typer.Option("--shares", help="Percentages of people in train/validation/test.")
    ] = "80/10/10",
    withdrawn: Withdrawn = False,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Export the training table to files, split by person, with a manifest; withdrawn rows are left out.

    Exit codes: 0 done, 1 no green verdict is recorded for the snapshot, 2 usage.
    """
    from catalog.commit.upkeep import refuse_earlier
    from catalog.lake import open_lake
    from catalog.training.export import export as export_training_set
    from catalog.training.split import parse_shares

    out = Output(output)
    place = profile_named(profile, lake)
    refuse_earlier(open_lake(place))
    manifest = export_training_set(place, tag, to, file_format, parse_shares(shares), withdrawn=withdrawn)
    rows = [(part, split["people"], split["rows"], split["file"]) for part, split in manifest["splits"].items()]
    out.table(f"{to}: snapshot {manifest['snapshot']}", ["part", "people", "rows", "file"], rows)
    text = f"content hash {manifest['contentHash']}"
    if withdrawn:
        text += "\nwithdrawn rows are included: train on nothing of it, and delete it when it has been looked at"
    if left_out := manifest["leftOutRows"]:
        text += (
            f"\n{counted(left_out, 'row')} left out, no longer published: the person has withdrawn since, a refused "
            "record suspends their consent, or the device cannot be attributed to one person"
        )
    out.result(manifest, "\n".join([text, *manifest["notes"]]))
