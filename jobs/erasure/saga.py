"""Erasing people step by step; each step can be done again, and what a journal says is done is not.

Suppression comes first, so that nothing brings them back meanwhile; then each table's whole history, delivered files,
what was made of tables, and what was left lying about. The proof then looks for what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from catalog.commit.arrow_files import arrow_files
from catalog.commit.marks import INGEST_MARK
from catalog.commit.publish import Changes as TableChanges
from catalog.commit.publish import publish, write_candidate
from catalog.drop.listing import list_drop, shown
from catalog.errors import RetryableError, UsageError
from catalog.machine.workplace import remove_abandoned
from catalog.maintenance.forget import forget_rows
from catalog.privacy.exports import known_exports
from catalog.privacy.suppression import load_suppression, save_suppression
from catalog.rewrite.history import HistoryChange
from catalog.rewrite.row_change import DataFiles
from catalog.specs.landing import DELIVERED_FILE, QUARANTINE
from catalog.storage.files import storage_of
from catalog.training.erased_export import remove_people
from jobs.erasure.changes import Changes, counts_now, tables_in_order
from jobs.erasure.delivered import Mentioned, plain_bytes, rewritten_file
from jobs.erasure.journal import drop_of
from jobs.ingest_landing import LANDING
from jobs.reader.erased import PLACEHOLDER, Erased

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from catalog.lake import Lake
    from catalog.schema.table_spec import TableSpec
    from jobs.erasure.journal import Journal
    from jobs.run.progress import Stages

_TEXTS = (".json", ".html", ".md", ".txt", ".xml", ".csv", ".svg", ".jsonl")
Step = tuple[str, Callable[[], dict[str, Any]]]
"""What a step is called, and what does it; it gives what it came to, in numbers."""


@dataclass
class Saga:
    """An erasure under way; the caller holds the writer's lock.

    Attributes:
        lake: the lake.
        journal: what is to be done and what is done.
        pseudonym_key: of the lake.
        progress: hears of steps.
    """

    lake: Lake
    journal: Journal
    pseudonym_key: bytes
    progress: Stages
    erased: Erased = field(init=False)

    def __post_init__(self) -> None:
        self.subjects = self.journal.subjects
        self.erased = self.subjects.erased(self.pseudonym_key, self.journal.begun_ms)
        self._storage = storage_of(self.lake.profile)
        self._pattern = self.subjects.pattern()

    def run(self) -> None:
        """Do every step that is not done.

        Raises:
            RetryableError: a step could not be done now; what was done before is kept.
        """
        for name, step in self.steps():
            if not self.journal.is_done(name):
                with self.progress.stage(name) as notes:
                    counts = step()
                    notes += [f"{value:,} {what.replace('_', ' ')}" for what, value in counts.items() if value]
                self.journal.done(name, **counts)

    def steps(self) -> Iterable[Step]:
        """The steps, in order."""
        yield "suppress", self._suppress
        for spec in tables_in_order():
            yield f"rewrite {spec.identifier}", partial(self._rewrite, spec)
        if self.journal.document["landing"] is not None:
            yield "rewrite delivered files", self._rewrite_delivered
            yield "enter rewritten files in the ledger", self._enter_rewritten
        yield "clean reports", self._clean_reports
        yield "clean exports", self._clean_exports
        yield "clean the catalog", self._clean_catalog
        yield "remove temporary folders", self._remove_temporary

    def _suppress(self) -> dict[str, Any]:
        profile = self.lake.profile
        save_suppression(self._storage, profile, load_suppression(self._storage, profile) | self.erased.suppressed)
        return {"people": len(self.subjects.people)}

    def _rewrite(self, spec: TableSpec) -> dict[str, Any]:
        """Rewrite a table's history, and delete the files that nothing names any more."""
        with closing(DataFiles(self.lake)) as reader:
            rows = Changes(reader, self.subjects, self.erased).of(spec, self._counts(reader, spec))
            names = {name: self._safe_name(name) for name in self.lake.table(spec).metadata.refs}
            change = HistoryChange(rows, self.journal.erasure_id, names, self._scrubbed)
            done, deleted = forget_rows(self.lake, spec, reader, change)
        return {
            "removed_rows": done.removed_rows,
            "rewritten_bytes": done.written_bytes,
            "table_bytes": done.table_bytes,
            "snapshots": len(done.snapshots),
            "moved_tags": len([ref for ref in done.refs if ref != "main"]),
            "deleted_files": len(deleted),
        }

    def _counts(self, reader: DataFiles, spec: TableSpec) -> dict[Any, tuple[int, int]]:
        if spec != DELIVERED_FILE:
            return {}
        snapshots = {
            each: self.lake.table(each).metadata.current_snapshot_id for each in (*LANDING.values(), QUARANTINE)
        }
        return counts_now(reader, snapshots, [(source, sha256) for source, sha256 in self.journal.plan["files"]])

    def _safe_name(self, name: str) -> str:
        """The name of a tag or branch, or another in its place that names nobody."""
        return name if self._scrubbed(name) == name else f"{PLACEHOLDER}_{self.journal.erasure_id}_{len(name)}"

    def _scrubbed(self, text: str) -> str:
        """A text without the people's values."""
        return self._pattern.sub(PLACEHOLDER, text)

    def _rewrite_delivered(self) -> dict[str, Any]:
        """Rewrite or delete the delivered files that hold their records; noted before, so that none is lost."""
        values = (value.lower().encode() for value in (*self.subjects.values, *self.subjects.all_serials))
        wanted = Mentioned(self.erased, self._pattern, tuple(values))
        rewritten = records = 0
        try:
            files = list_drop(self._drop()).files
        except UsageError:
            files = ()  # nothing is left in it
        for file in files:
            new = rewritten_file(file, wanted)
            if new is None:
                continue
            rewritten, records = rewritten + 1, records + new.records
            if new.data:
                self.journal.plan["rewritten"].append([new.source, new.name, new.sha256, new.was])
                self.journal.keep_plan()
                self._storage.write(new.new_location, new.data)
            keep = new.new_location if new.data else None
            self._storage.delete(
                [each for each in self._storage.files(new.location) if each.location != keep or not each.current]
            )
        return {"files": rewritten, "records": records, "versions": self._delete_earlier(wanted)}

    def _delete_earlier(self, wanted: Mentioned) -> int:
        """Delete earlier versions of delivered files that may name them, and markers of what was deleted."""
        address = shown(self._drop())
        gone = [
            file
            for file in (self._storage.files(f"{address.rstrip('/')}/") if address.startswith("s3://") else ())
            if not file.current and (file.marker or wanted.may_be_in(plain_bytes(self._storage.read(file))))
        ]
        self._storage.delete(gone)
        return len(gone)

    def _enter_rewritten(self) -> dict[str, Any]:
        """Let the ledger know the rewritten files, so that nobody ingests them again.

        A file whose first content was never landed is left to the next run: other people's records are in it. The
        ledger gets a snapshot even without rows, or a run that listed the files before could publish them.

        Raises:
            RetryableError: a run is publishing what it ingested.
        """
        rewritten = self.journal.plan["rewritten"]
        if not rewritten:
            return {"files": 0}
        table = self.lake.table(DELIVERED_FILE)
        if any(name.startswith(INGEST_MARK) for name in table.metadata.refs):
            raise RetryableError("a run is publishing what it ingested, or died while it did; go on with --resume")
        base = table.metadata.current_snapshot_id
        with closing(DataFiles(self.lake)) as reader:
            known = set(reader.fetch(f"SELECT source, sourceFileSha256 FROM {reader.relation(DELIVERED_FILE, base)}"))
        landed = set(known)
        for source, _, sha256, was in rewritten:
            landed |= {(source, sha256)} if (source, was) in landed else set()
        rows = self._ledger_rows(landed - known)
        changes = TableChanges(arrow_files(self.lake, DELIVERED_FILE).write_rows(rows))
        publish(self.lake, write_candidate(self.lake, DELIVERED_FILE, base, changes, self.journal.erasure_id, {}))
        return {"files": len(rows)}

    def _ledger_rows(self, contents: set[tuple[str, str]]) -> list[dict[str, Any]]:
        """What the ledger is to say of rewritten files, those of these contents (source, SHA-256) that are there."""
        written = {(source, name): sha256 for source, name, sha256, _ in self.journal.plan["rewritten"]}
        try:
            listed = list_drop(self._drop()).files
        except UsageError:
            listed = ()  # nothing is left in it
        rows = {
            (file.source, sha256): {
                "source": file.source,
                "sourceFile": file.name,
                "sourceFileSha256": sha256,
                "bytes": file.size,
                "modifiedAt": datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=file.modified_micros),
                "landed": 0,
                "quarantined": 0,
                "ingestedAt": datetime.fromisoformat(self.journal.document["begun"]),
            }
            for file in listed
            if (sha256 := written.get((file.source, file.name))) and (file.source, sha256) in contents
        }
        return list(rows.values())

    def _drop(self) -> Path | str:
        return drop_of(self.lake.profile, self.journal.document["landing"])

    def _clean_reports(self) -> dict[str, Any]:
        """Take their values out of reports: these hold pseudonyms of rows that a suite refused."""
        cleaned = 0
        for file in list(self._storage.files(f"{self.lake.profile.report_location}/")):
            if not file.current:
                self._storage.delete([file])
            elif file.location.endswith(_TEXTS):
                text = self._storage.read(file).decode("utf-8", "surrogateescape")
                if (new := self._scrubbed(text)) != text:
                    self._storage.write(file.location, new.encode("utf-8", "surrogateescape"))
                    self._storage.delete([each for each in self._storage.files(file.location) if not each.current])
                    cleaned += 1
        return {"files": cleaned}

    def _clean_exports(self) -> dict[str, Any]:
        """Take their rows out of the exports that are still where they were written."""
        there = [folder for folder in known_exports(self.lake.profile) if (folder / "manifest.json").is_file()]
        return {"rows": sum(remove_people(folder, self.subjects.pseudonyms) for folder in there), "exports": len(there)}

    def _clean_catalog(self) -> dict[str, Any]:
        self.lake.profile.forget_deleted()
        return {}

    def _remove_temporary(self) -> dict[str, Any]:
        remove_abandoned()
        return {}
