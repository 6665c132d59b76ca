"""The verb ``stedi doctor``: checks what a run needs, and names the remedy for what is missing or damaged."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.errors import DamagedLakeError, UsageError
from catalog.profiles.named import ProfileName
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile, Wait
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.doctor.machine import Finding
    from catalog.profiles.profile import Profile as LakeProfile

_EXIT_CODES = {"missing": UsageError.exit_code, "damaged": DamagedLakeError.exit_code}


def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read every file of the lake, and compare what it says with the others.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="With --deep: do what is safe; nothing that is in doubt is deleted.")
    ] = False,
    backup: Annotated[
        str | None, typer.Option("--from", help="With --repair: a backup to take missing and damaged files from.")
    ] = None,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Check this machine, and on AWS the account: versions, settings, buckets, catalog, permissions; --deep: the lake.

    Exit codes: 0 ready to run, 2 something is missing, 4 something is damaged; each line names the remedy.
    """
    from catalog.doctor.machine import examine
    from jobs.cli.demo import furnished

    if (repair and not deep) or (backup and not repair):
        raise UsageError("--repair belongs to --deep, and --from to --repair; see: stedi doctor --help")
    out = Output(output)
    # If no emulator is running, one is started for the checks.
    own = profile is ProfileName.EMULATED and not os.environ.get("STEDI_ENDPOINT")
    with furnished(profile, lake, new_emulator=own) as place:
        findings = examine(place)
        if deep:
            findings += _deep(place, wait, backup, repair=repair)
    rows = [(f.what, f.state, f"{f.found}\n  {f.next}" if f.next else f.found) for f in findings]
    out.table(f"profile {place.name}: {place.place}", ["", "", "found, and the remedy"], rows)
    wrong = [finding for finding in findings if finding.state in _EXIT_CODES]
    document = {
        "profile": place.name,
        "lake": place.place,
        "ready": not wrong,
        "findings": [vars(finding) for finding in findings],
    }
    first = wrong[0] if wrong else None
    out.result(document, f"{first.what} is {first.state}. Next: {first.next}" if first else "ready to run")
    if wrong:
        raise typer.Exit(max(_EXIT_CODES[finding.state] for finding in wrong))


def _deep(place: LakeProfile, wait: float, named: str | None, *, repair: bool) -> list[Finding]:
    """What is found of the lake, with the tables that are made from damaged ones."""
    from catalog.backup.manifest import open_backup
    from catalog.backup.store import backup_store
    from catalog.doctor.deep import deep_findings
    from catalog.profiles.writer_lock import writer_lock
    from jobs.cli.damage import dependants

    backup = open_backup(backup_store(place, named), named) if named else None
    if repair:
        with writer_lock(place, wait):
            findings = deep_findings(place, repair=True, backup=backup)
    else:
        findings = deep_findings(place)
    return [
        replace(each, found=f"{each.found}; made from it: {', '.join(dependants(each.what))}")
        if each.state == "damaged" and dependants(each.what)
        else each
        for each in findings
    ]
