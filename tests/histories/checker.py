"""What a history must never show: each anomaly by its name, with the events that show it.

Nothing of the lake is asked: only what its users were told, and when. A read must see what was done before it began,
and may see what was done while it lasted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tests.histories.event import AGAIN, DONE, KILLED, REFUSED, USAGE, Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LANDING, TRAINING = "landing", "training"
_TOLD = ("tables come from different runs", "an ingest is partly published")


class Anomaly(NamedTuple):
    """Something that must not be.

    Attributes:
        kind: its name.
        event: who saw it.
        row: of which row; None: of none alone.
        other: what it contradicts, in words.
    """

    kind: str
    event: Event
    row: int | None
    other: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.kind}: {self.event}, row {self.row}: {self.other}"


@dataclass(frozen=True)
class History:
    """The events, in the order in which they began."""

    events: Sequence[Event]

    def of(self, *kinds: str) -> list[Event]:
        """The events of some kinds."""
        return [event for event in self.events if event.kind in kinds]

    @cached_property
    def delivered(self) -> dict[int, Event]:
        """The delivery of each row."""
        return {int(row): event for event in self.of("deliver") for row in event.rows}

    @cached_property
    def persons(self) -> dict[int, str]:
        """Whose each row is."""
        return {int(row): who for event in self.of("deliver") for row, who in event.rows.items()}

    @cached_property
    def erased_from(self) -> dict[str, int]:
        """When each erased person's first erasure began."""
        began: dict[str, int] = {}
        for event in self.of("erase"):
            began.setdefault(event.person, event.began)
        return began

    @cached_property
    def erased_since(self) -> dict[str, int]:
        """Since when it was certified that a person is gone."""
        ended: dict[str, int] = {}
        for event in self.of("erase"):
            if event.code == DONE:
                ended[event.person] = min(event.ended, ended.get(event.person, event.ended))
        return ended

    def may_lack(self, row: int, until: int) -> bool:
        """Whether the row's person was being erased by then."""
        began = self.erased_from.get(self.persons[row])
        return began is not None and began <= until


def anomalies(events: Sequence[Event]) -> list[Anomaly]:
    """Everything in a history that must not be."""
    history = History(events)
    reads = [event for event in history.of("query") if event.code == DONE]
    return [
        *_unexpected(history),
        *(found for read in reads for found in _dirty(history, read)),
        *(found for read in reads for found in _doubled(read)),
        *(found for read in reads for found in _erased_back(history, read)),
        *(found for read in reads if not read.name for found in _lost(history, read)),
        *(found for read in reads for found in _half(history, read)),
        *_unrepeatable(history, reads),
    ]


def _unexpected(history: History) -> Iterator[Anomaly]:
    """A run is refused only by what had to be refused; a read never fails for good, and nothing says 'damaged'."""
    refused = [event for event in history.of("deliver") if event.code == REFUSED]
    taken = {event.name: event.ended for event in history.of("withhold")}
    for event in history.events:
        if event.kind in {"deliver", "withhold"} or event.code in {DONE, AGAIN, KILLED}:
            continue
        there = [
            each for each in refused if each.began < event.ended and taken.get(each.name, event.ended) >= event.began
        ]
        if event.code == REFUSED and event.kind == "run" and there:
            continue
        if event.code == USAGE and _erasing(history, event):
            continue
        yield Anomaly("unexpected failure", event, None, "; ".join(event.told))


def _erasing(history: History, event: Event) -> bool:
    """Whether an erasure was not finished at the time, so that nobody else may begin."""
    erasures = [each for each in history.of("erase") if each is not event and each.began < event.ended]
    done = max((each.ended for each in erasures if each.code == DONE), default=0)
    return any(each.ended > max(done, event.began) or (each.code and each.ended > done) for each in erasures)


def _dirty(history: History, read: Event) -> Iterator[Anomaly]:
    """G1a: a row that no run can have published by then: it was refused, or no run had begun since it came."""
    runs = [event for event in history.of("run") if event.began <= read.ended]
    for row in set(read.seen[LANDING]) | set(read.seen[TRAINING]):
        delivery = history.delivered.get(row)
        if delivery is None or delivery.began > read.ended:
            yield Anomaly("dirty read", read, row, "nobody had delivered it")
        elif delivery.code == REFUSED:
            yield Anomaly("dirty read", read, row, f"it had to be refused: {delivery}")
        elif not any(run.ended >= delivery.began for run in runs):
            yield Anomaly("dirty read", read, row, f"no run had begun since {delivery}")


def _doubled(read: Event) -> Iterator[Anomaly]:
    for table, rows in read.seen.items():
        for row, times in Counter(rows).items():
            if times > 1:
                yield Anomaly("rows doubled", read, row, f"{times} times in {table}")


def _erased_back(history: History, read: Event) -> Iterator[Anomaly]:
    for row in set(read.seen[LANDING]) | set(read.seen[TRAINING]):
        gone = history.erased_since.get(history.persons.get(row, ""))
        if gone is not None and gone < read.began:
            yield Anomaly("somebody erased back", read, row, f"certified at {gone}")


def _lost(history: History, read: Event) -> Iterator[Anomaly]:
    """Of a read of now: what a run that had ended took from a delivery that was complete when it began."""
    begun = max((run.began for run in history.of("run") if run.code == DONE and run.ended < read.began), default=None)
    if begun is None:
        return
    for row, delivery in history.delivered.items():
        if delivery.code == DONE and delivery.ended < begun and not history.may_lack(row, read.ended):
            for table in (LANDING, TRAINING):
                if row not in read.seen[table]:
                    yield Anomaly("lost update", read, row, f"not in {table}, though a run took {delivery}")


def _half(history: History, read: Event) -> Iterator[Anomaly]:
    """G1b: some rows of a delivery and not the others, or tables of two runs without a word of it."""
    seen = set(read.seen[LANDING])
    for delivery in {id(event): event for event in map(history.delivered.get, seen) if event is not None}.values():
        for row in map(int, delivery.rows):
            if row not in seen and not history.may_lack(row, read.ended):
                yield Anomaly("intermediate read", read, row, f"others are there of {delivery}")
    if not any(word in note for note in read.told for word in _TOLD):
        for row in seen ^ set(read.seen[TRAINING]):
            if not history.may_lack(row, read.ended):
                yield Anomaly("intermediate read", read, row, "in one of two tables, and nobody was told")


def _unrepeatable(history: History, reads: Sequence[Event]) -> Iterator[Anomaly]:
    """A moment that has a name holds the same rows for ever; now never loses one: but those of erased people."""
    last: dict[tuple[str, str], Event] = {}
    by_end: dict[str, list[Event]] = defaultdict(list)
    for read in reads:
        by_end[read.name].append(read)
    for name, some in by_end.items():
        for read in sorted(some, key=lambda each: each.began):
            before = last.get((name, ""))
            if before is not None and before.ended < read.began:
                yield from _between(history, before, read)
            if before is None or before.ended < read.ended:
                last[name, ""] = read


def _between(history: History, before: Event, read: Event) -> Iterator[Anomaly]:
    for table in (LANDING, TRAINING):
        was, now = set(before.seen[table]), set(read.seen[table])
        for row in was - now:
            if not history.may_lack(row, read.ended):
                yield Anomaly("non-repeatable read", read, row, f"{before} had seen it in {table}")
        if read.name:
            for row in now - was:
                yield Anomaly("non-repeatable read", read, row, f"{before} had not seen it in {table}")
