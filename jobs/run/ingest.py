"""Ingest as part of a run: all landing tables, the quarantine and the ledger are published together, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from catalog.commit.publish import complete_interrupted, discard, publish_together
from catalog.drop.listing import is_as_listed, list_drop, open_delivered
from catalog.plural import counted
from catalog.privacy.suppression import load_suppression, suppression_key
from catalog.specs.landing import DELIVERED_FILE
from catalog.storage.files import storage_of
from jobs.ingest_landing import WRITES
from jobs.reader.erased import Erased
from jobs.reader.unread import UnreadFile, UnreadFilesError
from jobs.run.discover import new_deliveries
from jobs.run.landing import Landing
from jobs.run.publish import PendingPublication, TableResult
from jobs.run.refusals import Tolerance, advice
from jobs.run.validate import load_suites

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import Path

    import pyarrow as pa

    from catalog.commit.publish import Candidate
    from catalog.engine.workers import Workers
    from catalog.lake import Lake
    from catalog.profiles.profile import Profile
    from expectations.validation.validate import Verdict
    from jobs.ingest_landing import NewFile
    from jobs.run.context import RunContext
    from jobs.run.discover import Deliveries
    from jobs.run.refusals import Refusals
    from jobs.run.snapshots import Snapshots

Objects = dict[str, Any]
"""How many objects a file holds, by the suites' count: source, sourceFileSha256, objects."""
_GATE = "few_records_are_refused"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Landed:
    """What became of a drop folder.

    Attributes:
        snapshots: what later steps read: the candidates, where anything is new.
        publication: the candidates; None where nothing is new.
        unchanged: results of the landing tables where nothing is new.
        refusals: records that were refused, by source.
    """

    snapshots: Snapshots
    publication: PendingPublication | None = None
    unchanged: tuple[TableResult, ...] = ()
    refusals: tuple[Refusals, ...] = ()


def finish_interrupted_ingest(lake: Lake) -> list[str]:
    """Publish the rest of an ingest that was killed while it published; its run ids."""
    return complete_interrupted(lake, WRITES)


def ingest(context: RunContext, drop: Path | str, snapshots: Snapshots, tolerance: Tolerance | None = None) -> Landed:
    """Write candidates of the landing tables with every file of the drop folder whose content is new.

    They are published together or not at all. A file that is written or taken away meanwhile is left for the next run,
    one that cannot be read is named in the quarantine; the others are landed.

    Args:
        context: the run.
        drop: the drop folder.
        snapshots: what readers see.
        tolerance: how much of the delivery may be refused.

    Raises:
        UsageError: the folder is missing or empty.
    """
    reader, progress = context.reader, context.progress
    erased = load_erased(context.lake.profile, context.pseudonym_key)
    listing = erased.listing(list_drop(drop)) if erased else list_drop(drop)
    with progress.stage("look at delivered files") as notes:
        new = new_deliveries(context.engine.workers, reader, listing, snapshots.of(DELIVERED_FILE))
        notes.append(f"{counted(len(listing.files), 'file')}, {len(new.files):,} with new content")
        if new.refused:
            notes.append(f"{len(new.refused):,} not read")
    for warning in new.warnings:
        progress.warn(warning)
    if new:
        load_suites()
    while new:
        landing = Landing(context, snapshots, new, _arrival(context, snapshots), erased)
        try:
            candidates, objects = _landed(landing)
        except UnreadFilesError as error:
            new = _without(landing, error.unread)
        else:
            after = snapshots.with_candidates(*candidates)
            publication = _validation(landing, candidates, after, objects, tolerance or Tolerance())
            return Landed(after, publication, refusals=tuple(landing.refusals))
    unchanged = (TableResult(spec.identifier, "unchanged", reader.rows(spec, snapshots.of(spec))) for spec in WRITES)
    return Landed(snapshots, unchanged=tuple(unchanged))


def load_erased(profile: Profile, pseudonym_key: bytes) -> Erased:
    """Whose records must stay away.

    Raises:
        DamagedLakeError: the suppression list cannot be read.
    """
    return Erased(load_suppression(storage_of(profile), profile), suppression_key(pseudonym_key))


def _arrival(context: RunContext, snapshots: Snapshots) -> datetime:
    """When the delivery arrived: at the start of the run, or after all others where a clock was set back since."""
    ledger = context.reader.relation(DELIVERED_FILE, snapshots.of(DELIVERED_FILE))
    [(newest,)] = context.reader.fetch(f"SELECT epoch_us(max(ingestedAt)) FROM {ledger}")
    if newest is None:
        return context.started
    return max(context.started, _EPOCH + timedelta(microseconds=newest, milliseconds=1))


def _delivered(workers: Workers, files: Sequence[NewFile]) -> pa.Table:
    """The objects of files as the suites count them; it goes on while they are landed."""
    from expectations.validation.delivered import delivered_objects

    read = [(new.file.source, new.file.uri, new.file.size) for new in files]
    return delivered_objects(workers, read, open_delivered)


def _landed(landing: Landing) -> tuple[list[Candidate], list[Objects]]:
    """Candidates of all files, and how many objects these hold.

    Raises:
        UnreadFilesError: some were written or taken away, or could not be read any more.
    """
    counting = landing.context.validator.submit(partial(_delivered, landing.context.engine.workers, landing.new.files))
    candidates = landing.records()
    objects_per_file = _objects_per_file(landing, counting)
    candidates += landing.quarantine()
    return [*candidates, landing.ledger()], objects_per_file


def _objects_per_file(landing: Landing, counting: Future[pa.Table]) -> list[Objects]:
    """The objects of each file; the suite notices where one was not counted, or with other contents."""
    files = [each.file for each in landing.new.files]
    try:
        objects_per_file: list[Objects] = counting.result().to_pylist()
    except Exception as error:
        if changed := [UnreadFile(file, None) for file in files if not is_as_listed(file)]:
            raise UnreadFilesError(changed) from error
        raise
    known = {(row["source"], row["sourceFileSha256"]) for row in objects_per_file}
    others = [each.file for each in landing.new.files if (each.file.source, each.inventory.sha256) not in known]
    if changed := [UnreadFile(file, None) for file in others if not is_as_listed(file)]:
        raise UnreadFilesError(changed)
    return objects_per_file


def _without(landing: Landing, unread: Sequence[UnreadFile]) -> Deliveries:
    """What is new but for these files; all that was written so far is dropped, as it holds records of theirs."""
    for each in unread:
        landing.context.progress.warn(each.warning)
    discard(landing.context.lake, landing.context.run_id, WRITES)
    landing.remove()
    return landing.new.without(unread)


def _validation(
    landing: Landing,
    candidates: Sequence[Candidate],
    after: Snapshots,
    objects_per_file: list[Objects],
    tolerance: Tolerance,
) -> PendingPublication:
    """The candidates' publication, which waits for their verdicts."""
    import pyarrow as pa

    from expectations.increment.scope import appended_scope

    context, before = landing.context, landing.snapshots
    validator = context.validator
    moved = {spec.identifier: (before.of(spec), after.of(spec)) for spec in WRITES}
    unread = [{"source": each.source, "sourceFileSha256": each.key, "objects": 1} for each in landing.new.refused]
    columns: dict[str, pa.DataType] = {"source": pa.string(), "sourceFileSha256": pa.string(), "objects": pa.int64()}

    def hold() -> None:
        delivered = pa.Table.from_pylist(objects_per_file + unread, pa.schema(columns))
        validator.views["delivered"] = validator.reader.load_arrow("delivered", delivered)
        validator.views["tolerated"] = validator.reader.load_arrow("tolerated", tolerance.table())

    held = validator.submit(hold)

    def verdict(candidate: Candidate) -> Verdict:
        held.result()
        name = candidate.spec.identifier
        scope = partial(appended_scope, validator.reader, moved)
        return validator.validate_candidate(name, after, before[name], scope)

    def advise(verdict: Verdict) -> str:
        refused = {result.name for result in verdict.results if result.refuses}
        return advice(landing.refusals) if _GATE in refused else ""

    verdicts = [validator.submit(partial(verdict, candidate)) for candidate in candidates]
    publish = partial(publish_together, context.lake, candidates, context.run_id)
    return PendingPublication(candidates, verdicts, publish, advise=advise)
