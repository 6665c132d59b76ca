"""The verbs ``stedi backup`` and ``stedi restore``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalog.errors import UsageError
from catalog.plural import counted
from catalog.profiles.named import ProfileName, profile_named
from catalog.profiles.profile import LocalProfile
from jobs.cli.options import DEFAULT_LAKE, Format, Lake, Profile, Wait
from jobs.cli.output import Output, OutputFormat

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile as LakeProfile

_PLACE = "a folder, a file that ends in .tar, or s3://bucket/prefix for a lake on S3"


def backup(
    to: Annotated[str, typer.Option("--to", help=f"Where to: {_PLACE}; it must be new or empty.")],
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Back up the lake as of one moment: all snapshots and tags of its tables, reports, and records of erasures.

    A backup holds personal data of everybody in the lake, and keeps it when they are erased from the lake. The
    pseudonym key is not in it: keep that elsewhere.

    Exit codes: 0 done, 2 usage, 3 run again, 4 a file of the lake is missing.
    """
    from catalog.backup.make import make_backup
    from catalog.backup.store import backup_store
    from catalog.lake import load_catalog
    from catalog.profiles.writer_lock import writer_lock

    out, place = Output(output), profile_named(profile, lake)
    store = backup_store(place, to)
    load_catalog(place)  # where there is no lake, no lock is left in its place
    with writer_lock(place, wait):
        made = make_backup(place, store)
    document = {"lake": place.place, "to": to, "files": len(made.files), "bytes": made.size, "madeAt": made.made_at}
    text = f"{to}: {counted(len(made.files), 'file')}, {made.size:,} bytes. Next: stedi restore --from {to} --lake NEW"
    out.result(document, text)


def restore(
    source: Annotated[str | None, typer.Option("--from", help=f"A backup to make the lake of: {_PLACE}.")] = None,
    catalog: Annotated[
        bool, typer.Option("--catalog", help="Find the tables of a lake again whose catalog is lost.")
    ] = False,
    here: Annotated[
        bool, typer.Option("--here", help="Make a lake that was copied or moved as files one of its own, where it is.")
    ] = False,
    erasures: Annotated[
        str | None,
        typer.Option(
            "--erasures",
            help="Records of erasures since: the folder privacy of the original lake; or none: nobody was erased.",
        ),
    ] = None,
    lake: Lake = DEFAULT_LAKE,
    profile: Profile = ProfileName.LOCAL,
    wait: Wait = 10,
    output: Format = OutputFormat.TEXT,
) -> None:
    """Make a lake of a backup (--from), a copy (--here) or tables without a catalog (--catalog).

    Every file of a backup is checked first, and the lake appears when all of it is there. It may hold people who were
    erased since the backup: it answers nothing until these erasures are replayed, or --erasures shows that there are
    none; --erasures also works alone, on a lake that was restored without it.

    Exit codes: 0 done, 2 usage, 3 run again, 4 the backup or the lake is damaged.
    """
    if sum((source is not None, catalog, here)) > 1 or not (source or catalog or here or erasures):
        raise UsageError("say what to restore: one of --from BACKUP, --here and --catalog, or --erasures alone")
    out, place = Output(output), profile_named(profile, lake)
    document: dict[str, Any] = {"lake": place.place}
    if source is not None:
        lines = [_restored(place, source, erasures, document)]
    elif catalog or here:
        lines = [_repaired(_local(place), wait, document, here=here)]
    else:
        place.for_replay().must_exist()
        lines = []
    document["answers"] = _answers(place, erasures, lines)
    out.result(document, "\n".join(lines))


def _restored(place: LakeProfile, source: str, erasures: str | None, document: dict[str, Any]) -> str:
    from catalog.backup.manifest import open_backup
    from catalog.backup.replay import NO_ERASURES, read_records
    from catalog.backup.restore import restore as make_lake
    from catalog.backup.store import backup_store

    found = open_backup(backup_store(place, source), source)
    if erasures not in {None, NO_ERASURES}:
        read_records(place, str(erasures))  # a wrong folder is told before a lake is made
    make_lake(found, place)
    files, size = len(found.manifest.files), found.manifest.size
    document |= {"from": source, "files": files, "bytes": size, "backupMadeAt": found.manifest.made_at}
    return f"{place.place}: {counted(files, 'file')}, {size:,} bytes, from {source}"


def _repaired(place: LocalProfile, wait: float, document: dict[str, Any], *, here: bool) -> str:
    from catalog.backup.here import register_here
    from catalog.backup.rebuild import rebuild_catalog
    from catalog.profiles.writer_lock import writer_lock

    if not place.warehouse.is_dir():
        raise UsageError(f"there is no lake in {place.lake}: it has no folder {place.warehouse.name}")
    with writer_lock(place, wait):
        if here:
            document["madeFor"] = register_here(place)
            return f"{place.place}: a lake of its own now; it was made for {document['madeFor']}"
        document["tables"] = rebuild_catalog(place)
        return f"{place.place}: {counted(len(document['tables']), 'table')} found again"


def _answers(place: LakeProfile, erasures: str | None, lines: list[str]) -> bool:
    """Whether the lake answers from now on, which a line for people says, too."""
    from catalog.backup.replay import take_erasures

    if erasures is not None:
        newer = take_erasures(place, erasures)
        lines.append(f"{counted(len(newer), 'record')} of erasures to be replayed" if newer else "nothing to replay")
    if place.restored_mark() is not None:
        lines.append(
            f"it answers nothing until erasures are replayed. Next: stedi privacy replay {place.options}; where nobody "
            f"was erased since: stedi restore --erasures none {place.options}"
        )
        return False
    lines.append(f"Next: stedi status {place.options}")
    return True


def _local(place: LakeProfile) -> LocalProfile:
    if not isinstance(place, LocalProfile):
        raise UsageError("Glue's catalog is AWS's to keep, and a lake on S3 has its place from it: restore a backup")
    return place
