"""Candidates of the landing tables: what a run writes of new files, table by table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from catalog.commit.arrow_files import arrow_files
from catalog.commit.publish import Changes, write_candidate
from catalog.drop.delivery import DAMAGED, damaged, nothing_accepted
from catalog.plural import counted
from catalog.specs.landing import CUSTOMER_LANDING, DELIVERED_FILE, QUARANTINE, SOURCES
from jobs.ingest_landing import LANDING, ledger, refused_rows, write_accepted, write_quarantined
from jobs.reader.unread import UnreadFilesError
from jobs.run.refusals import refusals, unrecognised_warning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from catalog.commit.arrow_files import ArrowFiles, WrittenFile
    from catalog.commit.publish import Candidate
    from catalog.schema.table_spec import TableSpec
    from jobs.ingest_landing import NewFile, Written
    from jobs.reader.erased import Erased
    from jobs.run.context import RunContext
    from jobs.run.discover import Deliveries
    from jobs.run.refusals import Refusals
    from jobs.run.snapshots import Snapshots

_BYTES_OF_JSON = 40
"""About how many bytes of delivered records become one of a table."""


@dataclass
class Landing:
    """What a run writes of new files, in this order: records, quarantine, ledger.

    Attributes:
        context: the run.
        snapshots: what readers see.
        new: the files.
        arrived_at: when they arrived.
        erased: whose records are refused as those of people who were erased.
        refusals: records that were refused, by source; known once the quarantine is written.
    """

    context: RunContext
    snapshots: Snapshots
    new: Deliveries
    arrived_at: datetime
    erased: Erased
    refusals: list[Refusals] = field(default_factory=list)
    _counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _written: dict[TableSpec, list[WrittenFile]] = field(default_factory=dict)

    def records(self) -> list[Candidate]:
        """Candidates of the landing tables that the files have records for.

        Raises:
            UnreadFilesError: some could not be read any more.
        """
        reader, progress = self.context.reader, self.context.progress
        holding = [file for file in self.new.files if file.inventory.records]
        files = {spec: [file for file in holding if file.file.source == source] for source, spec in LANDING.items()}
        with progress.stage("land records") as notes:
            candidates: list[Candidate] = []
            if self.erased.waits_for_others:
                # Who registered an erased person's device since, in this delivery even, has its readings from then on.
                customers = {spec: some for spec, some in files.items() if some and spec == CUSTOMER_LANDING}
                candidates += [self._candidate(spec) for spec in self._all_landed(customers)]
                self.erased = self.erased.released(self._registered(candidates))
            others = {spec: some for spec, some in files.items() if some and spec not in self._written}
            candidates += [self._candidate(spec) for spec in self._all_landed(others)]
            for candidate in candidates:
                rows = reader.rows(candidate.spec, candidate.snapshot_id)
                notes.append(f"{counted(rows, 'row')} in {candidate.spec.name}")
        self._count(candidates)
        return candidates

    def _registered(self, customers: Sequence[Candidate]) -> list[tuple[str, int]]:
        """Every device, with when each person's records first name it: of what readers see, and of candidates."""
        snapshots = self.snapshots.with_candidates(*customers)
        rows = self.context.reader.relation(CUSTOMER_LANDING, snapshots.of(CUSTOMER_LANDING))
        return self.context.reader.fetch(
            f"SELECT device, min(least(registrationDate, lastUpdateDate)) FROM {rows} GROUP BY device, person"
        )

    def _all_landed(self, files: dict[TableSpec, list[NewFile]]) -> list[TableSpec]:
        """Write the records of each table; the tables that have any, in their order."""
        submitted: dict[TableSpec, Future[Written]] = {}
        with ThreadPoolExecutor(len(LANDING), "land") as threads:
            # Together, so that no core is idle while the last files of a source are read; most bytes first.
            for spec in sorted(files, key=lambda spec: -sum(file.inventory.bytes for file in files[spec])):
                to = self._to(spec)
                delivered = sum(file.inventory.bytes for file in files[spec])
                write = replace(to, table_bytes=to.table_bytes + delivered // _BYTES_OF_JSON).write
                submitted[spec] = threads.submit(
                    write_accepted, self.context.engine.workers, files[spec], self.arrived_at, self.erased, write
                )
        done = {spec: future.result() for spec, future in submitted.items()}
        self._written |= {spec: list(written.files) for spec, written in done.items()}
        self._check(list(done.values()))
        return [spec for spec in LANDING.values() if spec in done]

    def quarantine(self) -> list[Candidate]:
        """The candidate of the quarantine, if anything is refused; what is refused is told.

        Only files that landed fewer records than they hold are read again for it.

        Raises:
            UnreadFilesError: some could not be read any more.
        """
        reader, progress = self.context.reader, self.context.progress
        short = [file for file in self.new.files if self._landed(file) < file.inventory.records]
        if not short and not self.new.refused:
            return []
        with progress.stage(QUARANTINE.identifier) as notes:
            to = self._to(QUARANTINE)
            written = write_quarantined(self.context.engine.workers, short, self.arrived_at, self.erased, to.write)
            self._written[QUARANTINE] = list(written.files)
            self._check([written])
            self._written[QUARANTINE] += to.write_rows(refused_rows(self.new.refused, self.arrived_at))
            candidate = self._candidate(QUARANTINE)
            self._count([candidate])
            self.refusals = self._refusals(candidate)
            notes.append(f"{counted(reader.rows(QUARANTINE, candidate.snapshot_id), 'row')} in all")
            notes.extend(map(str, self.refusals))
        for warning in (*self._file_warnings(candidate), *unrecognised_warning(self.refusals)):
            progress.warn(warning)
        return [candidate]

    def ledger(self) -> Candidate:
        """The candidate of the ledger."""

        def count(kind: str, source: str, sha256: str) -> int:
            return self._counts.get((kind, source, sha256), 0)

        rows = ledger(self.new.files, self.new.refused, count, self.arrived_at)
        self._written[DELIVERED_FILE] = self._to(DELIVERED_FILE).write_rows(rows)
        return self._candidate(DELIVERED_FILE)

    def remove(self) -> None:
        """Remove what was written; nothing of it may be on a branch any more."""
        for spec, files in self._written.items():
            self._to(spec).remove(files)
        self._written.clear()

    def _check(self, written: Sequence[Written]) -> None:
        if unread := [each for one in written for each in one.unread]:
            raise UnreadFilesError(unread)

    def _landed(self, file: NewFile) -> int:
        return self._counts.get(("landed", file.file.source, file.inventory.sha256), 0)

    def _count(self, candidates: Sequence[Candidate]) -> None:
        """Count this run's rows by (landed or quarantined, source, SHA-256 of the file)."""
        sources = {spec: source for source, spec in LANDING.items()}
        for candidate in candidates:
            kind, source = (
                ("quarantined", "source")
                if candidate.spec == QUARANTINE
                else ("landed", f"'{sources[candidate.spec]}'")
            )
            rows = self.context.reader.fetch(
                f"SELECT {source}, sourceFileSha256, count(*) FROM {self._appended(candidate)} GROUP BY 1, 2"
            )
            self._counts |= {(kind, name, sha256): number for name, sha256, number in rows}

    def _refusals(self, candidate: Candidate) -> list[Refusals]:
        rows = self.context.reader.fetch(
            "SELECT source, reason, count(*), count(*) FILTER (NOT coalesce(isRecognised, source <> 'customer')) "
            f"FROM {self._appended(candidate)} GROUP BY 1, 2"
        )
        by_source = {
            source: sum(n for (kind, name, _), n in self._counts.items() if (kind, name) == ("landed", source))
            for source in SOURCES
        }
        return refusals(by_source, rows, SOURCES)

    def _file_warnings(self, candidate: Candidate) -> list[str]:
        """Files that were read in part, and files of which nothing was accepted."""
        reasons = ", ".join(f"'{reason}'" for reason in DAMAGED)
        rows = self.context.reader.fetch(
            f"SELECT DISTINCT sourceFile, detail FROM {self._appended(candidate)} "
            f"WHERE reason IN ({reasons}) ORDER BY 1"
        )
        refused = [new.file.name for new in self.new.files if new.inventory.records and not self._landed(new)]
        return [*(damaged(name, detail) for name, detail in rows), *nothing_accepted(refused)]

    def _appended(self, candidate: Candidate) -> str:
        return self.context.reader.appended(candidate.spec, self.snapshots.of(candidate.spec), candidate.snapshot_id)

    def _to(self, spec: TableSpec) -> ArrowFiles:
        return arrow_files(self.context.lake, spec)

    def _candidate(self, spec: TableSpec) -> Candidate:
        changes = Changes(self._written[spec])
        return write_candidate(self.context.lake, spec, self.snapshots.of(spec), changes, self.context.run_id, {})
