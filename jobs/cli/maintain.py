"""The verb ``stedi maintain``: what there is to do to tables' files and snapshots; with ``--yes``, doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile, Wait
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.maintenance.deletion import Deletion
    from catalog.maintenance.maintain import Limits, Maintenance, TablePlan
    from catalog.profiles.profile import Profile as LakeProfile
    from catalog.schema.table_spec import TableSpec
    from jobs.withdrawal.purge import Purged


def maintain(
    tables: Annotated[
        list[str] | None, typer.Option("--table", help="A table to maintain; may be repeated. All by default.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes/--dry-run", help="Do it; by default it is only told.")] = False,
    keep_days: Annotated[
        int | None,
        typer.Option("--keep-days", min=0, help="Days that old snapshots stay readable, instead of each table's own."),
    ] = None,
    orphan_hours: Annotated[
        int | None,
        typer.Option(
            "--orphan-hours",
            min=0,
            help="Hours after which a file that no snapshot ever reached is deleted; more than any run takes. "
            "Instead of each table's own (24).",
        ),
    ] = None,
    withdrawn_days: Annotated[
        int | None,
        typer.Option(
            "--withdrawn-days",
            min=0,
            help="Remove from history what was withdrawn so many days ago, instead of at the last maintenance before "
            "its deadline; 0: at once.",
        ),
    ] = None,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Compact small files and deleted rows away, expire old snapshots, and delete what nothing reaches any more.

    Without --yes it lists every file that would go, and why; nothing is written. No row of any table or tag changes,
    but rows of people who withdrew leave old snapshots and tags before their deadline (stedi privacy status).
    Kept are: what readers see, every tag as long as it says, what was published within the retention, and the snapshots
    that the next run begins from.

    Exit codes: 0 done, 2 usage, 3 run again, 4 files that snapshots need are missing, and nothing was deleted.
    """
    from catalog.maintenance.maintain import Limits
    from catalog.specs import TABLES, named_table

    place, out = profile_named(profile, lake), Output(output)
    specs = [named_table(name) for name in tables] if tables else list(TABLES.values())
    try:
        limits = Limits(keep_days, orphan_hours)
        purged, done = maintain_lake(place, specs, limits, withdrawn_days, wait if yes else None, out)
    finally:
        out.done()
    _print(purged, done, yes=yes, out=out, place=place)


def maintain_lake(
    place: LakeProfile,
    specs: list[TableSpec],
    limits: Limits,
    withdrawn_days: int | None,
    wait: float | None,
    out: Output,
) -> tuple[list[Purged], Maintenance]:
    """Find what there is to do, and do it if ``wait`` says how many seconds to wait for the writer's lock."""
    from catalog.commit.upkeep import look_after, refuse_earlier
    from catalog.lake import open_lake
    from catalog.maintenance.maintain import Maintainer
    from catalog.privacy.erasures import refuse_open_erasure
    from catalog.profiles.writer_lock import writer_lock
    from jobs.pseudonym import find_key
    from jobs.run.recovery import recover
    from jobs.withdrawal.purge import purge_withdrawn

    lake, progress = open_lake(place), out.stages()
    key = find_key(place) or b""
    if wait is None:
        refuse_earlier(lake)
        with progress.stage("look at tables and storage"):
            purged = purge_withdrawn(lake, key, specs, days=withdrawn_days, do=False)
            return purged, Maintainer(lake, specs, limits).plan()
    with writer_lock(place, wait):
        refuse_open_erasure(place)
        look_after(lake)
        with progress.stage("complete what was interrupted") as notes:
            notes.extend(recover(lake))
        with progress.stage("remove what people withdrew") as notes:
            purged = purge_withdrawn(lake, key, specs, days=withdrawn_days)
            notes += [
                f"{counted(each.rows, 'row')} of {each.table}" for each in purged if each.rows and not each.behind
            ]
        maintainer = Maintainer(lake, specs, limits)
        with progress.stage("look at tables and storage"):
            plan = maintainer.plan()
        with progress.stage("compact, expire and delete"):
            return purged, maintainer.carry_out(plan)


def notes_of(purged: list[Purged], done: Maintenance) -> list[str]:
    """What somebody should look at."""
    behind = [f"{each.table} still shows withdrawn rows; next: stedi run" for each in purged if each.behind]
    other_key = [
        f"{counted(each.unknown, 'pseudonym')} in the history of {each.table} are of another key: whether these people "
        "withdrew is not known, and their rows stay until snapshots expire"
        for each in purged
        if each.unknown
    ]
    return [*behind, *other_key, *done.notes]


def _print(purged: list[Purged], done: Maintenance, *, yes: bool, out: Output, place: LakeProfile) -> None:
    notes = notes_of(purged, done)
    for note in notes:
        out.warn(note)
    deletions = [(each.spec.identifier, deletion) for each in done.tables for deletion in each.deletions]
    header = ["table", "files rewritten", "into", "snapshots expired", "refs dropped", "files deleted", "bytes"]
    if any(done.tables):
        out.table(place.place, header, [_row(each) for each in done.tables if each])
    if deletions:
        out.table("", ["file", "bytes", "why"], [(_name(each), each.file.size, _why(each)) for _, each in deletions])
    freed = sum(each.file.size for _, each in deletions)
    document = {
        "lake": place.place,
        "dryRun": not yes,
        "tables": [_described(each) for each in done.tables],
        "withdrawn": [
            {"table": each.table, "rows": each.rows, "behind": each.behind, "unknownPseudonyms": each.unknown}
            for each in purged
        ],
        "temporaryFolders": [str(folder) for folder in done.folders],
        "deletedFiles": len(deletions),
        "deletedBytes": freed,
        "notes": notes,
    }
    out.result(document, "\n".join(_text(purged, done, len(deletions), freed, yes=yes, place=place)))


def _row(each: TablePlan) -> tuple[object, ...]:
    return (
        each.spec.identifier,
        len(each.compaction.files),
        "" if each.written is None else each.written,
        len(each.expiry.snapshots),
        len(each.expiry.refs),
        len(each.deletions),
        sum(deletion.file.size for deletion in each.deletions),
    )


def _text(
    purged: list[Purged], done: Maintenance, files: int, freed: int, *, yes: bool, place: LakeProfile
) -> Iterator[str]:
    removed = [each for each in purged if each.removes]
    for each_purged in removed:
        verb = "removed" if yes else "would be removed"
        yield f"{counted(each_purged.rows, 'withdrawn row')} {verb} from the history of {each_purged.table}"
    for folder in done.folders:
        yield f"temporary folder of a process that died: {folder}"
    for each in done.tables:
        for location in each.uploads:
            yield f"upload that was never finished: {location}"
    if not any(done.tables) and not done.folders and not removed:
        yield "nothing to do"
    elif yes:
        yield f"{counted(files, 'file')} of {freed:,} bytes deleted"
    else:
        yield f"{counted(files, 'file')} of {freed:,} bytes would be deleted; nothing was changed"
        yield f"Next: stedi maintain --yes {place.options} (with the same options)"


def _described(each: TablePlan) -> dict[str, Any]:
    return {
        "table": each.spec.identifier,
        "rewrittenFiles": len(each.compaction.files),
        "rewrittenBytes": sum(file.file_size_in_bytes for file in each.compaction.files),
        "writtenFiles": each.written,
        "committed": each.commits,
        "expiredSnapshots": sorted(each.expiry.snapshots),
        "droppedRefs": sorted(each.expiry.refs),
        "deletions": [
            {
                "file": deletion.file.location,
                "version": deletion.file.version,
                "bytes": deletion.file.size,
                "why": _why(deletion),
            }
            for deletion in each.deletions
        ],
        "unfinishedUploads": list(each.uploads),
    }


def _name(each: Deletion) -> str:
    return each.file.location + (f" version {each.file.version}" if each.file.version not in {None, "null"} else "")


def _why(each: Deletion) -> str:
    return f"{each.kind}: {each.why}" if each.kind else each.why
