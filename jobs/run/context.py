"""What stays the same throughout a run."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.clock import not_before
from catalog.engine.engines import Choice
from catalog.specs import TABLES
from jobs.pseudonym import key_fingerprint, pseudonym
from jobs.run.plan import Policy
from jobs.run.validate import Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.engine.engines import Engine
    from catalog.lake import Lake
    from catalog.read.snapshot_reader import SnapshotReader
    from catalog.read.statements import Functions
    from jobs.job import Job
    from jobs.run.progress import Stages


@dataclass(frozen=True)
class RunContext:
    """A run's lake, engine and settings.

    Attributes:
        lake: the lake.
        engine: makes rows and writes files.
        choice: which engine that is, and why.
        validator: judges candidates, in a thread of its own.
        progress: hears of stages and warnings.
        pseudonym_key: the key of the training table's pseudonyms; empty where none is needed.
        started: UTC, to the millisecond.
        run_id: names the run in branches, snapshots and reports.
        policy: when to rebuild a table that could be made incrementally.
    """

    lake: Lake
    engine: Engine
    choice: Choice
    validator: Validator
    progress: Stages
    pseudonym_key: bytes
    started: datetime
    run_id: str
    policy: Policy = field(default_factory=Policy)

    @property
    def reader(self) -> SnapshotReader:
        """Reads tables on this machine; for the run's own thread."""
        return self.engine.reader

    @property
    def key_fingerprint(self) -> str:
        """Of the pseudonym key."""
        return key_fingerprint(self.pseudonym_key)

    def functions(self, job: Job) -> Functions:
        """The functions that the job's statement uses; a key in a statement itself would stand in plans and logs."""
        key = self.pseudonym_key
        known = {"pseudonym": lambda person: pseudonym(person, key)}
        return {name: known[name] for name in job.functions}


@contextmanager
def begin_run(
    lake: Lake,
    engine: Engine,
    progress: Stages,
    pseudonym_key: bytes,
    policy: Policy | None = None,
    name: str | None = None,
    why: str = "asked for",
) -> Iterator[RunContext]:
    """Begin a run and choose its id; at its end, work that is not done is dropped.

    Args:
        lake: the lake.
        engine: makes rows and writes files.
        progress: hears of stages and warnings.
        pseudonym_key: the key of the training table's pseudonyms.
        policy: when to rebuild a table that could be made incrementally.
        name: whoever started the run finds it again by this; without one it makes its own.
        why: why this engine.
    """
    now = datetime.now(UTC)
    # Runs are told apart, and the latest is known, by when they began: also where a clock was set back since the last.
    committed = [lake.known_table(spec).metadata.last_updated_ms for spec in TABLES.values()]
    started = not_before(now.replace(microsecond=now.microsecond // 1000 * 1000), committed)
    run_id = f"{started:%Y%m%dT%H%M%S}_{name or secrets.token_hex(3)}"
    validator = Validator(engine.validation_reader(), run_id)
    try:
        choice = Choice(engine.name, why)
        yield RunContext(lake, engine, choice, validator, progress, pseudonym_key, started, run_id, policy or Policy())
    finally:
        validator.close()
