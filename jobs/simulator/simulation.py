"""Run a simulation customer by customer, in constant memory."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from catalog.errors import UsageError
from catalog.specs.landing import SOURCES
from jobs.simulator.customer import BASE_DATE, DAY, customer, generator
from jobs.simulator.delivery import Delivery
from jobs.simulator.readings import accelerometer_readings, step_trainer_readings
from jobs.simulator.source_stream import SourceStream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobs.simulator.customer import Customer
    from jobs.simulator.scenario import Scenario

_CUSTOMERS_A_REPORT = 1_000


def simulate(scenario: Scenario, to: Path, *, progress: Callable[[int], None] | None = None) -> Delivery:
    """Write the landing data of a scenario as ``to/<source>/landing/<source>-<epoch ms>.json``.

    Files appear under their names when they are complete. File names in order are the order of delivery.

    Args:
        scenario: the options.
        to: an empty folder, or one that does not exist yet.
        progress: called with the number of customers written, every 1,000 customers and at the end.

    Returns:
        What was written, to compare with the result of a pipeline.

    Raises:
        UsageError: the folder contains files, or cannot be written to.
    """
    try:
        _refuse_used(to)
        return _Simulation(scenario, to).run(progress)
    except OSError as error:
        raise UsageError(
            f"cannot write to {to}: {error.strerror or error}; make room or choose another, empty folder"
        ) from error


def _refuse_used(to: Path) -> None:
    if to.exists() and not to.is_dir():
        raise UsageError(f"{to} is a file; choose an empty folder")
    if any(not path.is_dir() for path in to.rglob("*")):
        raise UsageError(f"{to} already contains files, and nothing was written; choose an empty folder")


class _Simulation:
    def __init__(self, scenario: Scenario, to: Path) -> None:
        self._scenario = scenario
        # After the last reading and the last change of a consent, which comes at most a day later.
        first = BASE_DATE + (scenario.days + 2) * DAY + scenario.instants * 4_000
        self._later_from = first + DAY
        self._streams = {}
        for source in SOURCES:
            folder = to / source / "landing"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._streams[source] = SourceStream(scenario, folder, source, first, self._later_from)
        self._counts: Counter[str] = Counter()

    def run(self, progress: Callable[[int], None] | None) -> Delivery:
        try:
            for done in range(1, self._scenario.customers + 1):
                self._deliver(done - 1)
                if progress and (done % _CUSTOMERS_A_REPORT == 0 or done == self._scenario.customers):
                    progress(done)
            sources = {source: stream.complete() for source, stream in self._streams.items()}
        except BaseException:
            for stream in self._streams.values():
                stream.discard()
            raise
        return Delivery(
            sources=sources, customers=self._scenario.customers, later_from=self._later_from, **self._counts
        )

    def _deliver(self, index: int) -> None:
        scenario = self._scenario
        rng = generator(scenario.seed, "customer", index)
        person = customer(scenario, index, rng)
        accelerometer = accelerometer_readings(person, rng, scenario.readings_per_instant)
        step_trainer = step_trainer_readings(person, rng)
        # Newest first, as the exercise's devices deliver.
        newest_first = list(itertools.chain.from_iterable(reversed(accelerometer)))
        first, *second = person.records()
        self._streams["customer"].deliver([first], rng, late=0)
        self._streams["customer"].deliver_later(second)
        self._streams["accelerometer"].deliver(newest_first, rng, late=scenario.late)
        self._streams["step_trainer"].deliver(step_trainer[::-1], rng, late=scenario.late)
        self._count(person, [len(readings) for readings in accelerometer])

    def _count(self, person: Customer, readings: list[int]) -> None:
        since = person.final_consent
        changed = person.consent != since
        usable = []
        if since is not None:
            usable = [count for instant, count in zip(person.instants, readings, strict=True) if instant >= since]
        self._counts.update(
            consented=int(since is not None),
            consented_midway=int(person.midway and not changed),
            consented_later=int(changed and since is not None),
            withdrawn=int(changed and since is None),
            usable_accelerometer=sum(usable),
            usable_step_trainer=len(usable),
        )
