"""Opening a lake for a verb, and the run itself: folders, lock, catalog, engine, report."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.errors import CompactedError, DataRefusedError, StediError
from catalog.profiles.writer_lock import forget_interrupted, writer_lock
from jobs.pseudonym import load_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from catalog.engine.engines import Choice, Engine, EngineWanted
    from catalog.lake import Lake
    from catalog.profiles.profile import Profile
    from jobs.cli.output import Output
    from jobs.run.context import RunContext
    from jobs.run.forecast import DryRun
    from jobs.run.pipeline import RunResult
    from jobs.run.plan import Policy
    from jobs.run.progress import Stages
    from jobs.run.refusals import Tolerance

_ATTEMPTS = 3
"""Runs that are begun again where tables' files were rewritten meanwhile."""


@dataclass(frozen=True)
class LakeOptions:
    """Which lake, and how to open it.

    Attributes:
        profile: the lake.
        wait_seconds: how long to wait for another writer.
        create: whether to make it where there is none.
        engine: which engine does the work.
        run_name: whoever's started the run, to find it again by; without one the run makes its own.
        erasing: whether to open it although an erasure is not finished: to finish it.
        completes: whether nothing that died before is left to do once this is done.
    """

    profile: Profile
    wait_seconds: float
    create: bool
    engine: EngineWanted = "auto"
    run_name: str | None = None
    erasing: bool = False
    completes: bool = False


@dataclass(frozen=True)
class OpenedLake:
    """A lake held by this process, its tables in place."""

    lake: Lake
    progress: Stages
    created: list[str]


@dataclass(frozen=True)
class ReportedRun:
    """A run that is done, its report, the seconds of its stages, what it cost besides, and what to look at.

    Attributes:
        result: what it came to.
        run_id: its name.
        engine: which engine made the rows, and why that one.
        report: where its report is.
        seconds: wall-clock seconds by stage.
        gates_cpu: CPU seconds of this process while suites were at work.
        warnings: what somebody should look at.
        suspended: how many people's consent is suspended, as a refused record names them.
    """

    result: RunResult
    run_id: str
    engine: str
    report: str
    seconds: dict[str, float]
    gates_cpu: float
    warnings: list[str]
    suspended: int = 0


@contextmanager
def opened(options: LakeOptions, out: Output) -> Iterator[OpenedLake]:
    """Hold the lake for writing.

    Raises:
        UsageError: there is no lake, it cannot be written to, or an earlier version made it.
        LakeBusyError: another process holds it.
    """
    from catalog.commit.tables import create_tables
    from catalog.commit.upkeep import look_after
    from catalog.history.status import has_all_tables
    from catalog.lake import Lake, connect_catalog
    from catalog.privacy.erasures import refuse_open_erasure
    from jobs.run.recovery import recover

    profile = options.profile
    if not options.create:
        profile.must_exist()
    profile.prepare()
    progress = out.stages()
    try:
        with writer_lock(profile, options.wait_seconds):
            if not options.erasing:
                refuse_open_erasure(profile)
            with progress.stage("open the lake") as notes:
                lake = Lake(profile, connect_catalog(profile))
                created = [] if has_all_tables(lake) else create_tables(lake)
                look_after(lake)
                # An erasure that goes on knows the files that it wrote, and proves by itself that nothing is left.
                notes.extend(recover(lake, sweeps=not options.erasing))
            yield OpenedLake(lake, progress, created)
    except StediError as error:
        error.warnings = tuple(progress.warnings)
        raise
    finally:
        out.done()


def run_lake(
    options: LakeOptions,
    out: Output,
    landing: Path | str | None,
    tables: list[str] | None,
    *,
    rebuild: bool = False,
    tolerance: Tolerance | None = None,
) -> ReportedRun:
    """Ingest where a drop folder is given, then make the tables (all where None), and report.

    Raises:
        DataRefusedError: a suite refused data; the report is written all the same.
    """
    from catalog.drop.listing import list_drop
    from jobs.lineage import job_for, jobs_in_order
    from jobs.run.pipeline import run
    from jobs.run.recovery import with_missing_verdicts

    jobs = jobs_in_order() if tables is None else [job_for(name) for name in tables]
    key = load_key(options.profile, landing)
    # A wrong folder is told before a lake is made.
    delivered = 0 if landing is None else sum(file.size for file in list_drop(landing).files)
    policy = _policy(tables, rebuild)

    def work(context: RunContext) -> RunResult:
        return with_missing_verdicts(context, run(context, jobs, landing, tolerance))

    return work_on(replace(options, completes=tables is None), out, key, work, policy, delivered)


def work_on(
    options: LakeOptions,
    out: Output,
    key: bytes,
    work: Callable[[RunContext], RunResult],
    policy: Policy | None = None,
    delivered_bytes: int = 0,
) -> ReportedRun:
    """Hold the lake, do the work as one run, record its verdicts and report.

    A run that finds a table's files rewritten meanwhile (Glue's optimizer compacts them) begins anew from these.

    Raises:
        DataRefusedError: a suite refused data; the report is written all the same.
    """
    from catalog.engine.engines import choose_engine

    with opened(options, out) as lake:
        choice = choose_engine(lake.lake, options.engine, delivered_bytes)
        for attempt in range(_ATTEMPTS):
            with _started(lake, choice) as engine:
                try:
                    return _reported(lake, engine, choice, options, key, work, policy)
                except CompactedError as error:
                    if attempt + 1 == _ATTEMPTS:
                        raise
                    lake.progress.warn(f"{error}: begun again")
    raise AssertionError


@contextmanager
def _started(lake: OpenedLake, choice: Choice) -> Iterator[Engine]:
    """The engine; to start Spark takes seconds."""
    from catalog.engine.engines import open_engine

    stage = lake.progress.stage("start Spark") if choice.engine == "spark" else nullcontext()
    with ExitStack() as stack:
        with stage:
            engine = stack.enter_context(open_engine(lake.lake, choice))
        yield engine


def _reported(
    lake: OpenedLake,
    engine: Engine,
    choice: Choice,
    options: LakeOptions,
    key: bytes,
    work: Callable[[RunContext], RunResult],
    policy: Policy | None,
) -> ReportedRun:
    from catalog.profiles.report_store import report_folder
    from jobs.run.context import begin_run
    from jobs.run.record import record_verdicts
    from jobs.run.report import report_run
    from jobs.run.suspension import count_suspended

    with begin_run(lake.lake, engine, lake.progress, key, policy, options.run_name, choice.reason) as context:
        result = work(context)
        suspended = 0 if result.refusal else count_suspended(context, result)
        with lake.progress.stage("record and report"):
            record_verdicts(lake.lake, context.run_id, result.verdicts)
            with report_folder(lake.lake.profile) as folder:
                report = folder.address(report_run(context, result, folder.path))
        if result.refusal is not None:
            raise DataRefusedError(f"{result.refusal}\n  report: {report}")
        if options.completes:
            forget_interrupted(options.profile)
        seconds, warnings = lake.progress.seconds, lake.progress.warnings
        gates = context.validator.cpu
        return ReportedRun(result, context.run_id, str(choice), report, seconds, gates, warnings, suspended)


def plan_lake(
    profile: Profile,
    out: Output,
    landing: Path | str | None,
    tables: list[str] | None,
    *,
    rebuild: bool = False,
    engine: EngineWanted = "auto",
) -> DryRun:
    """What ``run_lake`` would do with the same arguments; nothing is written, and a run may write meanwhile.

    Raises:
        UsageError: there is no lake.
    """
    from catalog.commit.upkeep import refuse_earlier
    from catalog.engine.engines import open_engine
    from catalog.lake import open_lake
    from jobs.lineage import job_for
    from jobs.run.forecast import dry_run

    names = None if tables is None else [job_for(name).writes for name in tables]
    lake = open_lake(profile)
    refuse_earlier(lake)
    progress, key = out.stages(), load_key(profile, landing)
    try:
        with progress.stage("look at snapshots"), open_engine(lake) as embedded:
            return dry_run(lake, embedded, landing, key, _policy(tables, rebuild), names, engine)
    finally:
        out.done()


def _policy(tables: list[str] | None, rebuild: bool) -> Policy:
    from jobs.lineage import jobs_in_order
    from jobs.run.plan import Policy

    names = [job.writes for job in jobs_in_order()] if tables is None else tables
    return Policy(frozenset(names) if rebuild else frozenset())
