"""Ingest as part of a run: all landing tables, the quarantine and the ledger are published together, or none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from catalog.added_files import add_files
from catalog.arrow_files import arrow_files
from catalog.drop import delivered_files, open_delivered
from catalog.publish import Candidate, complete_interrupted, publish_together
from catalog.specs.landing import DELIVERED_FILE, QUARANTINE
from jobs.ingest_landing import LANDING, WRITES, landed, ledger, new_files, quarantined
from jobs.judge import load_suites
from jobs.publishing import publish_awaited
from jobs.run import Awaited, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.arrow_files import ArrowFiles, WrittenFile
    from catalog.drop import DeliveredFile
    from catalog.snapshot_reader import SnapshotReader
    from catalog.spec import TableSpec
    from expectations.validation import Verdict
    from jobs.ingest_landing import NewFile
    from jobs.run import Run


def finish_interrupted_ingest(spark: SparkSession) -> list[str]:
    """Publish the rest of an ingest that was killed while it published; its run ids."""
    return complete_interrupted(spark, WRITES)


def ingest(run: Run, drop: Path | str) -> None:
    """Land every file of the drop folder whose content is new.

    Raises:
        UsageError: the folder is missing or empty.
        DataRefusedError: a suite refused what would be landed; nothing is.
    """
    begin_ingest(run, drop)
    publish_awaited(run)


def begin_ingest(run: Run, drop: Path | str) -> None:
    """Write candidates of the landing tables with every file of the drop folder whose content is new.

    They are published by ``publish_awaited``, together or not at all.

    Raises:
        UsageError: the folder is missing or empty.
    """
    files = delivered_files(drop)
    with run.stages.stage("look at delivered files") as said:
        new = new_deliveries(run.spark, run.reader, files, run.pins[DELIVERED_FILE.identifier])
        said.append(f"{len(files):,} files, {len(new):,} with new content")
    if not new:
        run.steps += [Step(spec.identifier, "unchanged", run.rows(spec.identifier)) for spec in WRITES]
        return
    load_suites()
    candidates = [*_land(run, new)]
    counts = _counts(run, candidates)
    if quarantined := _quarantine(run, new, counts):
        candidates.append(quarantined)
        counts |= _counts(run, [quarantined])
    candidates.append(_enter(run, new, counts))
    _give_to_judge(run, new, candidates)


def new_deliveries(
    spark: SparkSession, reader: SnapshotReader, files: Sequence[DeliveredFile], ledger: int | None
) -> list[NewFile]:
    """Files with content that the ledger, at a snapshot, does not know.

    A file whose name, size and time of writing are in the ledger is taken for the one that was read then: it costs a
    look at the folder, where the content of all others is hashed.
    """
    known = reader.fetch(
        "SELECT sourceFile, bytes, epoch_us(modifiedAt), source, sourceFileSha256 "
        f"FROM {reader.relation(DELIVERED_FILE, ledger)}"
    )
    seen = {(name, size, modified) for name, size, modified, *_ in known}
    unseen = [file for file in files if (file.name, file.size, file.modified_micros) not in seen]
    return new_files(spark, unseen, {(source, sha256) for *_, source, sha256 in known}) if unseen else []


def _land(run: Run, new: Sequence[NewFile]) -> list[Candidate]:
    """Candidates of the landing tables that the files have records for."""
    holding = [file for file in new if file.inventory.records]
    files = {spec: [file for file in holding if file.file.source == source] for source, spec in LANDING.items()}
    written: dict[TableSpec, Future[list[WrittenFile]]] = {}
    candidates = []
    with run.stages.stage("land records") as said, ThreadPoolExecutor(len(LANDING), "land") as threads:
        # Together, so that no core is idle while the last files of a source are read; most bytes first.
        for spec in sorted(files, key=lambda spec: -sum(file.inventory.bytes for file in files[spec])):
            if files[spec]:
                written[spec] = threads.submit(landed, run.spark, files[spec], run.started, _to(run, spec).write)
        for spec in LANDING.values():
            if spec in written:
                candidates.append(add_files(run.spark, spec, written[spec].result(), run.run_id, {}))
                said.append(f"{run.reader.rows(spec, candidates[-1].snapshot_id):,} rows in {spec.name}")
    return candidates


Counts = dict[tuple[str, str, str], int]


def _counts(run: Run, candidates: Sequence[Candidate]) -> Counts:
    """Rows of this run by (landed or quarantined, source, SHA-256 of the file)."""
    counts: Counts = {}
    sources = {spec: source for source, spec in LANDING.items()}
    for candidate in candidates:
        kind, source = (
            ("quarantined", "source") if candidate.spec == QUARANTINE else ("landed", f"'{sources[candidate.spec]}'")
        )
        new = run.reader.appended(candidate.spec, run.pins[candidate.spec.identifier], candidate.snapshot_id)
        rows = run.reader.fetch(f"SELECT {source}, sourceFileSha256, count(*) FROM {new} GROUP BY 1, 2")
        counts |= {(kind, name, sha256): number for name, sha256, number in rows}
    return counts


def _quarantine(run: Run, new: Sequence[NewFile], counts: Counts) -> Candidate | None:
    """The candidate of the quarantine; only files that landed fewer records than they hold are read again for it."""

    def landed_rows(file: NewFile) -> int:
        return counts.get(("landed", file.file.source, file.inventory.sha256), 0)

    short = [file for file in new if landed_rows(file) < file.inventory.records]
    if not short:
        return None
    with run.stages.stage(QUARANTINE.identifier) as said:
        files = quarantined(run.spark, short, run.started, _to(run, QUARANTINE).write)
        candidate = add_files(run.spark, QUARANTINE, files, run.run_id, {})
        said.append(f"{run.reader.rows(QUARANTINE, candidate.snapshot_id):,} rows in all")
    return candidate


def _enter(run: Run, new: Sequence[NewFile], counts: Counts) -> Candidate:
    """The candidate of the ledger."""

    def count(kind: str, source: str, sha256: str) -> int:
        return counts.get((kind, source, sha256), 0)

    files = _to(run, DELIVERED_FILE).write_rows(ledger(new, count, run.started))
    return add_files(run.spark, DELIVERED_FILE, files, run.run_id, {})


def _to(run: Run, spec: TableSpec) -> ArrowFiles:
    return arrow_files(run.spark, run.profile, spec)


def _give_to_judge(run: Run, new: Sequence[NewFile], candidates: Sequence[Candidate]) -> None:
    from expectations.delivered import delivered_objects
    from expectations.scope import appended_scope

    before = {spec.identifier: run.pins[spec.identifier] for spec in WRITES}
    run.pins |= {candidate.spec.identifier: candidate.snapshot_id for candidate in candidates}
    moved = {name: (pin, run.pins[name]) for name, pin in before.items()}
    read = [(file.file.source, file.file.uri, file.file.size) for file in new]
    judge, pins = run.judge, dict(run.pins)

    def count_delivered() -> None:
        judge.views["delivered"] = judge.reader.hold("delivered", delivered_objects(run.spark, read, open_delivered))

    counted = judge.submit(count_delivered)

    def verdict(candidate: Candidate) -> Verdict:
        counted.result()
        name = candidate.spec.identifier
        return judge.audit(name, pins, before[name], lambda: appended_scope(judge.reader, moved))

    verdicts = [judge.submit(partial(verdict, candidate)) for candidate in candidates]
    run.awaited.append(Awaited(candidates, verdicts, partial(publish_together, run.spark, candidates, run.run_id)))
