"""Ingest as part of a run: all landing tables, the quarantine and the ledger are published together, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from catalog.drop import is_as_listed, list_drop, open_delivered
from catalog.publish import complete_interrupted, discard, publish_together
from catalog.specs.landing import DELIVERED_FILE
from catalog.workers import SparkWorkers
from jobs.deliveries import new_deliveries
from jobs.ingest_landing import WRITES
from jobs.judge import load_suites
from jobs.landing import Landing
from jobs.publishing import publish_awaited
from jobs.refusals import Tolerance, advice
from jobs.run import Awaited, Step
from jobs.unread import UnreadFile, UnreadFilesError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import Path

    import pyarrow as pa
    from pyspark.sql import SparkSession

    from catalog.publish import Candidate
    from expectations.validation import Verdict
    from jobs.deliveries import Deliveries
    from jobs.ingest_landing import NewFile
    from jobs.run import Run

Objects = dict[str, Any]
"""How many objects a file holds, by the suites' count: source, sourceFileSha256, objects."""
_GATE = "few_records_are_refused"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def finish_interrupted_ingest(spark: SparkSession) -> list[str]:
    """Publish the rest of an ingest that was killed while it published; its run ids."""
    return complete_interrupted(spark, WRITES)


def ingest(run: Run, drop: Path | str, tolerance: Tolerance | None = None) -> None:
    """Land every file of the drop folder whose content is new.

    Raises:
        UsageError: the folder is missing or empty.
        DataRefusedError: a suite refused what would be landed; nothing is.
    """
    begin_ingest(run, drop, tolerance)
    publish_awaited(run)


def begin_ingest(run: Run, drop: Path | str, tolerance: Tolerance | None = None) -> None:
    """Write candidates of the landing tables with every file of the drop folder whose content is new.

    They are published by ``publish_awaited``, together or not at all. A file that is written or taken away meanwhile is
    left for the next run, one that cannot be read is named in the quarantine; the others are landed.

    Args:
        run: the run.
        drop: the drop folder.
        tolerance: how much of it may be refused.

    Raises:
        UsageError: the folder is missing or empty.
    """
    listing = list_drop(drop)
    with run.stages.stage("look at delivered files") as said:
        new = new_deliveries(run.spark, run.reader, listing, run.pins[DELIVERED_FILE.identifier])
        said.append(f"{len(listing.files):,} files, {len(new.files):,} with new content")
        if new.refused:
            said.append(f"{len(new.refused):,} not read")
    for warning in new.warnings:
        run.stages.warn(warning)
    if new:
        load_suites()
    while new:
        landing = Landing(run, new, arrival(run))
        try:
            candidates, counted = _landed(landing)
        except UnreadFilesError as error:
            new = _without(landing, error.unread)
        else:
            _give_to_judge(run, new, candidates, counted, tolerance or Tolerance())
            return
    run.steps += [Step(spec.identifier, "unchanged", run.rows(spec.identifier)) for spec in WRITES]


def arrival(run: Run) -> datetime:
    """When the delivery arrived: at the start of the run, or after all others where a clock was set back since."""
    ledger = run.reader.relation(DELIVERED_FILE, run.pins[DELIVERED_FILE.identifier])
    [(newest,)] = run.reader.fetch(f"SELECT epoch_us(max(ingestedAt)) FROM {ledger}")
    if newest is None:
        return run.started
    return max(run.started, _EPOCH + timedelta(microseconds=newest, milliseconds=1))


def _delivered(spark: SparkSession, files: Sequence[NewFile]) -> pa.Table:
    """The objects of files as the suites count them; it goes on while they are landed."""
    from expectations.delivered import delivered_objects

    read = [(new.file.source, new.file.uri, new.file.size) for new in files]
    return delivered_objects(SparkWorkers(spark), read, open_delivered)


def _landed(landing: Landing) -> tuple[list[Candidate], list[Objects]]:
    """Candidates of all files, and how many objects these hold.

    Raises:
        UnreadFilesError: some were written or taken away, or could not be read any more.
    """
    counting = landing.run.judge.submit(partial(_delivered, landing.run.spark, landing.new.files))
    candidates = landing.records()
    counted = _counted(landing, counting)
    candidates += landing.quarantine()
    return [*candidates, landing.ledger()], counted


def _counted(landing: Landing, counting: Future[pa.Table]) -> list[Objects]:
    """The objects of each file; the suite notices where one was not counted, or with other contents."""
    files = [each.file for each in landing.new.files]
    try:
        counted: list[Objects] = counting.result().to_pylist()
    except Exception as error:
        if changed := [UnreadFile(file, None) for file in files if not is_as_listed(file)]:
            raise UnreadFilesError(changed) from error
        raise
    known = {(row["source"], row["sourceFileSha256"]) for row in counted}
    others = [each.file for each in landing.new.files if (each.file.source, each.inventory.sha256) not in known]
    if changed := [UnreadFile(file, None) for file in others if not is_as_listed(file)]:
        raise UnreadFilesError(changed)
    return counted


def _without(landing: Landing, unread: Sequence[UnreadFile]) -> Deliveries:
    """What is new but for these files; all that was written so far is dropped, as it holds records of theirs."""
    run = landing.run
    for each in unread:
        run.stages.warn(each.warning)
    discard(run.spark, run.run_id, WRITES)
    landing.remove()
    return landing.new.without(unread)


def _give_to_judge(
    run: Run, new: Deliveries, candidates: Sequence[Candidate], counted: list[Objects], tolerance: Tolerance
) -> None:
    import pyarrow as pa

    from expectations.scope import appended_scope

    before = {spec.identifier: run.pins[spec.identifier] for spec in WRITES}
    run.pins |= {candidate.spec.identifier: candidate.snapshot_id for candidate in candidates}
    moved = {name: (pin, run.pins[name]) for name, pin in before.items()}
    judge, pins = run.judge, dict(run.pins)
    unread = [{"source": each.source, "sourceFileSha256": each.key, "objects": 1} for each in new.refused]
    columns: dict[str, pa.DataType] = {"source": pa.string(), "sourceFileSha256": pa.string(), "objects": pa.int64()}

    def hold() -> None:
        judge.views["delivered"] = judge.reader.hold(
            "delivered", pa.Table.from_pylist(counted + unread, pa.schema(columns))
        )
        judge.views["tolerated"] = judge.reader.hold("tolerated", tolerance.table())

    held = judge.submit(hold)

    def verdict(candidate: Candidate) -> Verdict:
        held.result()
        name = candidate.spec.identifier
        return judge.audit(name, pins, before[name], lambda: appended_scope(judge.reader, moved))

    def advise(verdict: Verdict) -> str:
        refused = {result.name for result in verdict.results if result.refuses}
        return advice(run.refusals) if _GATE in refused else ""

    verdicts = [judge.submit(partial(verdict, candidate)) for candidate in candidates]
    publish = partial(publish_together, run.spark, candidates, run.run_id)
    run.awaited.append(Awaited(candidates, verdicts, publish, advise=advise))
