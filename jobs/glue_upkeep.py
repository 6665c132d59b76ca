"""The Glue jobs that may delete: one erases people, the other maintains tables. Each log line holds counts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.errors import DataRefusedError, UsageError
from catalog.plural import counted

if TYPE_CHECKING:
    from catalog.profiles.glue_job import GlueArguments
    from jobs.glue import GlueLog


def erase_listed(arguments: GlueArguments, out: GlueLog) -> None:
    """Erase whom the privacy officer's lists name; finish what was begun before.

    Raises:
        UsageError: the job is not told which jobs write, or where lists are.
        DataRefusedError: something is left of somebody.
        RetryableError: other jobs are at work, or a step could not be done now.
    """
    from catalog.profiles.job_runs import Quiet
    from jobs.erasure.requests import erase_requested
    from jobs.pseudonym import load_key
    from jobs.run.lake import LakeOptions, opened

    profile = arguments.profile()
    writers = [name for name in arguments.options.get("writers", "").split(",") if name]
    if not writers or not profile.settings.requests_bucket:
        raise UsageError("the job needs --writers, the names of all other jobs, and --requests_bucket")
    quiet = Quiet(profile.client("glue"), writers)
    quiet()  # who has begun already ends without a failure
    key = load_key(profile)
    with opened(LakeOptions(profile, 0, create=False, erasing=True), out) as held:
        place = f"s3://{profile.settings.requests_bucket}"
        certificates = erase_requested(held.lake, place, key, held.progress, quiet)
    for certificate in certificates:
        out.line(
            "INFO",
            f"certificate {certificate['number']}: nothing is left",
            certificate=certificate["number"],
            publicKey=certificate["publicKey"],
            removedRows=sum(table["rowsRemoved"] for table in certificate["tables"].values()),
            filesRead=certificate["filesRead"],
        )
    out.line("INFO", "done", erasures=len(certificates))


def maintain_tables(arguments: GlueArguments, out: GlueLog) -> None:
    """Compact, expire and delete, then look at the deadlines of withdrawals.

    Raises:
        DataRefusedError: a deadline is missed, or nobody can tell.
        DamagedLakeError: files that snapshots need are missing; of that table nothing was deleted.
        RetryableError: something could not be done now.
    """
    from catalog.maintenance.maintain import Limits
    from catalog.specs import TABLES
    from jobs.cli.maintain import maintain_lake, notes_of

    profile = arguments.profile()
    profile.must_exist()
    purged, done = maintain_lake(profile, list(TABLES.values()), Limits(), None, 0, out)
    for note in notes_of(purged, done):
        out.warn(note)
    for each in done.tables:
        if each:
            out.line(
                "INFO",
                f"{each.spec.identifier}: maintained",
                table=each.spec.identifier,
                rewrittenFiles=len(each.compaction.files),
                expiredSnapshots=len(each.expiry.snapshots),
                deletedFiles=len(each.deletions),
                deletedBytes=sum(deletion.file.size for deletion in each.deletions),
            )
    _require_deadlines(arguments, out)
    out.line("INFO", "done", withdrawnRows=sum(each.rows for each in purged if each.removes))


def _require_deadlines(arguments: GlueArguments, out: GlueLog) -> None:
    """Fail where a deadline is missed: nobody looks at a log without a reason."""
    from jobs.pseudonym import load_key
    from jobs.withdrawal.deadlines import find_deadlines

    profile = arguments.profile()
    found = find_deadlines(profile, load_key(profile))
    for warning in found.chain.warnings:
        out.warn(warning)
    if not found.success:
        raise DataRefusedError(
            f"deadlines: {counted(len(found.missed), 'withdrawal')} missed, "
            f"{counted(len(found.overdue_erasures), 'erasure')} overdue, rows of nobody who is known in "
            f"{counted(len(found.unattributed), 'place')}; see: stedi privacy status {profile.options}"
        )
