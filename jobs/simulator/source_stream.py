"""Deliver one source's records to its landing folder: late, repeated, varied and malformed ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.simulator.delivery import SourceDelivery
from jobs.simulator.file_series import FileSeries
from jobs.simulator.malformation import Malformer, Reason
from jobs.simulator.record_shape import record_shape
from jobs.simulator.scenario import Layout
from jobs.simulator.variation import Varier

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from jobs.simulator.scenario import Scenario

# A file with one object that is delivered again would be the same file again, not the same record in another file.
_LATER = [Layout.LINES, Layout.JOINED, Layout.TRAILING_COMMAS, Layout.ARRAY]


class SourceStream:
    """Delivers one source's records: punctual ones in its first files, the others in later ones.

    Args:
        scenario: the switches.
        folder: of the source; it is there.
        source: customer, accelerometer or step_trainer.
        first: number of the first punctual file, epoch ms.
        later: number of the first later file, epoch ms.
    """

    def __init__(self, scenario: Scenario, folder: Path, source: str, first: int, later: int) -> None:
        shape = record_shape(source)
        layouts = [*_LATER, Layout.OBJECT] if scenario.layout is Layout.MIXED else [scenario.layout]
        later_layouts = [layout for layout in layouts if layout in _LATER] or [Layout.ARRAY]
        size, gzip = scenario.records_per_file, scenario.gzip
        copies = scenario.redelivered_files
        self._punctual = FileSeries(folder, source, first, layouts, size, compress=gzip, remembered=copies)
        self._later = FileSeries(folder, source, later, later_layouts, size, compress=gzip)
        self._scenario = scenario
        self._malformer = Malformer(shape)
        self._varier = Varier(shape)
        self._malformed_quota = _Quota(scenario.malformed)
        self._variation_quota = _Quota(scenario.variations)
        self._late = self._redelivered = 0

    def deliver(self, records: list[str], rng: random.Random, *, late: float) -> None:
        """Deliver a customer's records.

        Args:
            records: as compact JSON.
            rng: the customer's random numbers.
            late: share of the records that come in a later file.
        """
        good = records
        if self._scenario.variations:
            records = [self._varied(record) for record in records]
        again = late + (1 - late) * self._scenario.redelivered
        fates = [rng.random() for _ in records]
        punctual = [record for record, fate in zip(records, fates, strict=True) if fate >= late]
        later = [record for record, fate in zip(records, fates, strict=True) if fate < again]
        self._late += len(records) - len(punctual)
        self._redelivered += len(punctual) + len(later) - len(records)
        self._punctual.write(punctual)
        self._later.write(later)
        if self._scenario.malformed:
            self._add_malformed(good)

    def deliver_later(self, records: list[str]) -> None:
        """Deliver records in later files only."""
        self._late += len(records)
        self._later.write([self._varied(record) for record in records])

    def complete(self) -> SourceDelivery:
        """Complete all files, add empty and copied ones, and return what was written."""
        punctual, later = self._punctual, self._later
        punctual.complete()
        for _ in range(self._scenario.empty_files):
            punctual.write_empty()
        for original in punctual.first_files:
            later.write_copy(original)
        later.complete()
        return SourceDelivery(
            files=punctual.files + later.files,
            bytes=punctual.bytes + later.bytes,
            objects=punctual.objects + later.objects,
            empty_files=self._scenario.empty_files,
            copied_files=len(punctual.first_files),
            copied_objects=sum(original.objects for original in punctual.first_files),
            late=self._late,
            redelivered=self._redelivered,
            varied=self._varier.made,
            malformed={str(reason): count for reason, count in sorted(self._malformer.made.items())},
        )

    def discard(self) -> None:
        """Remove incomplete files."""
        self._punctual.discard()
        self._later.discard()

    def _varied(self, record: str) -> str:
        return self._varier.varied(record) if self._variation_quota.due() else record

    def _add_malformed(self, good: list[str]) -> None:
        for record in good:
            if self._malformed_quota.due():
                # Of somebody else: a refused record suspends the consent of whoever it names.
                stranger = record.replace('"email": "', '"email": "stranger.')
                reason, broken = self._malformer.malformed(stranger)
                if reason is Reason.TRUNCATED_OBJECT:
                    self._punctual.write_truncated(broken)
                else:
                    self._punctual.write([broken])


class _Quota:
    """Spreads a share evenly: of the first n items, floor(n * share) are due."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._seen = self._due = 0

    def due(self) -> bool:
        self._seen += 1
        if self._seen * self._share < self._due + 1:
            return False
        self._due += 1
        return True
