"""What a run publishes once suites passed it, and what becomes of the rest."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from catalog.commit.publish import discard, is_marked
from catalog.errors import DataRefusedError
from catalog.specs import TABLES
from jobs.ingest_landing import WRITES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from catalog.commit.publish import Candidate
    from catalog.schema.table_spec import TableSpec
    from expectations.validation.validate import Verdict
    from jobs.run.context import RunContext

TableOutcome = Literal["published", "unchanged", "refused"]


@dataclass(frozen=True)
class TableResult:
    """What a run did to one table.

    Attributes:
        table: its identifier.
        outcome: whether there is something new to see.
        rows: how many rows readers now see; of a refused candidate, how many it has.
        how: incremental or rebuild, and why; empty for tables that are only ever appended to.
    """

    table: str
    outcome: TableOutcome
    rows: int
    how: str = ""


def _no_advice(_: Verdict) -> str:
    return ""


@dataclass(frozen=True)
class PendingPublication:
    """Candidates that are published together, or not at all.

    Attributes:
        candidates: one of each table.
        verdicts: on each.
        publish: makes them what readers see.
        how: what their results say.
        advise: what else to say of a verdict that refuses one.
    """

    candidates: Sequence[Candidate]
    verdicts: Sequence[Future[Verdict]]
    publish: Callable[[], None]
    how: str = ""
    advise: Callable[[Verdict], str] = _no_advice


class PublicationQueue:
    """Candidates in the order in which they are to be published, and what came of those before.

    Attributes:
        results: of every table so far.
        verdicts: validations so far.
    """

    def __init__(self, context: RunContext) -> None:
        self.results: list[TableResult] = []
        self.verdicts: list[Verdict] = []
        self._context = context
        self._pending: list[PendingPublication] = []

    def add(self, publication: PendingPublication) -> None:
        """Publish these once their verdicts are there and all before them are published."""
        self._pending.append(publication)

    @contextmanager
    def publish_or_discard(self) -> Iterator[None]:
        """Publish what the block adds and suites pass.

        A table that could not be made does not keep those before it from being published. Whatever else was written and
        is not published is dropped; but what a suite refused is kept for inspection.

        Raises:
            DataRefusedError: a suite refused a candidate.
        """
        try:
            try:
                yield
            except Exception:
                self.publish()
                raise
            self.publish()
        except DataRefusedError:
            raise
        except BaseException:
            self._discard(TABLES.values())
            raise

    def publish(self, *, finished_only: bool = False) -> None:
        """Publish candidates in their order, each once its suite passed it.

        Args:
            finished_only: leave those whose verdicts are not there yet.

        Raises:
            DataRefusedError: a suite refused one; what was made from it is dropped.
        """
        while self._pending and (not finished_only or all(verdict.done() for verdict in self._pending[0].verdicts)):
            publication = self._pending.pop(0)
            try:
                self._publish(publication)
            except BaseException as error:
                self._pending.clear()
                if isinstance(error, DataRefusedError):
                    refused = {candidate.spec for candidate in publication.candidates}
                    others = [spec for spec in TABLES.values() if spec not in refused]
                    self._discard(others)
                raise

    def _discard(self, specs: Iterable[TableSpec]) -> None:
        """Drop what is not published; the rest of an ingest that is half published is left to the next run."""
        lake, run_id = self._context.lake, self._context.run_id
        kept = WRITES if is_marked(lake, WRITES[-1], run_id) else ()
        discard(lake, run_id, [spec for spec in specs if spec not in kept])

    def _publish(self, publication: PendingPublication) -> None:
        names = ", ".join(candidate.spec.identifier for candidate in publication.candidates)
        with self._context.progress.stage("validate and publish") as notes:
            for candidate, verdict in zip(publication.candidates, publication.verdicts, strict=True):
                self.verdicts.append(verdict.result())
                if not self.verdicts[-1].success:
                    raise self._refusal(candidate, self.verdicts[-1], publication.advise(self.verdicts[-1]))
            publication.publish()
            for candidate in publication.candidates:
                rows = self._context.reader.rows(candidate.spec, candidate.snapshot_id)
                self.results.append(TableResult(candidate.spec.identifier, "published", rows, publication.how))
            notes.append(names)

    def _refusal(self, candidate: Candidate, verdict: Verdict, advice: str) -> DataRefusedError:
        identifier = candidate.spec.identifier
        rows = self._context.reader.rows(candidate.spec, candidate.snapshot_id)
        self.results.append(TableResult(identifier, "refused", rows))
        refusal = verdict.told(
            f"{identifier} refused; readers still see the earlier snapshot. "
            f"Branch {candidate.branch} holds the refused rows"
        )
        return DataRefusedError(f"{refusal}\n{advice}" if advice else refusal)
