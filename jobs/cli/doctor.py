"""The verb ``stedi doctor``: checks what a run needs, and names the remedy for what is missing."""

from __future__ import annotations

import os

import typer

from catalog.profiles.named import ProfileName
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile
from jobs.cli.output import Output, OutputFormat

_MISSING = 2


def doctor(
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Check this machine, and on AWS the account: versions, settings, buckets, catalog, permissions.

    Exit codes: 0 ready to run, 2 something is missing; each line names the remedy.
    """
    from catalog.doctor.machine import examine
    from jobs.cli.demo import furnished

    out = Output(output)
    # If no emulator is running, one is started for the checks.
    own = profile is ProfileName.EMULATED and not os.environ.get("STEDI_ENDPOINT")
    with furnished(profile, lake, new_emulator=own) as place:
        findings = examine(place)
    missing = [finding for finding in findings if finding.state == "missing"]
    rows = [(f.what, f.state, f"{f.found}\n  {f.next}" if f.next else f.found) for f in findings]
    out.table(f"profile {place.name}: {place.place}", ["", "", "found, and the remedy"], rows)
    document = {
        "profile": place.name,
        "lake": place.place,
        "ready": not missing,
        "findings": [vars(finding) for finding in findings],
    }
    first = missing[0] if missing else None
    out.result(document, f"{first.what} is missing. Next: {first.next}" if first else "ready to run")
    if missing:
        raise typer.Exit(_MISSING)
