"""Opening a lake for a verb that writes: folders, lock, session, tables; and the run itself."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.errors import DataRefusedError, StediError
from catalog.lock import writer_lock
from jobs.pseudonym import load_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pyspark.sql import SparkSession

    from catalog.profile import Profile
    from catalog.session import Work
    from jobs.cli.output import Output
    from jobs.forecast import Forecast
    from jobs.plan import Policy
    from jobs.refusals import Tolerance
    from jobs.run import Run
    from jobs.stages import Stages

# Deliveries of fewer bytes are done before the JVM's better code has paid for its compilation.
_SHORT_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True)
class LakeOptions:
    """Which lake, and how to open it.

    Attributes:
        profile: the lake.
        wait_seconds: how long to wait for another writer.
        create: whether to make it where there is none.
        run_name: whoever's started the run, to find it again by; without one the run makes its own.
        short: little is to be done, so the session is to start fast.
        judged: suites will be needed.
    """

    profile: Profile
    wait_seconds: float
    create: bool
    run_name: str | None = None
    short: bool = False
    judged: bool = False


@dataclass(frozen=True)
class OpenedLake:
    """A lake held by this process, its tables in place."""

    profile: Profile
    spark: SparkSession
    stages: Stages
    created: list[str]


@dataclass(frozen=True)
class RunResult:
    """A run that is done, its report, the seconds of its stages, what it cost besides, and what to look at.

    Attributes:
        suspended: how many people's consent is suspended, as a refused record names them.
    """

    run: Run
    report: str
    seconds: dict[str, float]
    work: Work
    warnings: list[str]
    suspended: int = 0


@contextmanager
def opened(options: LakeOptions, out: Output) -> Iterator[OpenedLake]:
    """Hold the lake for writing.

    Raises:
        UsageError: there is no lake, it cannot be written to, or an earlier version made it.
        LakeBusyError: another process holds it.
    """
    from catalog.session import spark_session
    from catalog.status import has_all_tables
    from catalog.tables import create_tables
    from catalog.upkeep import look_after
    from jobs.ingest import finish_interrupted_ingest
    from jobs.judge import load_suites

    profile = options.profile
    if not options.create:
        profile.must_exist()
    profile.prepare()
    stages = out.stages()
    try:
        with writer_lock(profile, options.wait_seconds):
            with stages.stage("start Spark"):
                spark = spark_session(profile, short=options.short)
            with stages.stage("open the lake") as said:
                complete = has_all_tables(profile)
                if options.judged:
                    # Not before: Spark's JVM is forked, and a fork beside a thread that imports can lock up both; and
                    # pyiceberg was imported just now: beside that thread, the two waited for each other's imports.
                    load_suites()
                created = [] if complete else create_tables(spark)
                look_after(profile)
                said += [f"completed interrupted ingest {run}" for run in finish_interrupted_ingest(spark)]
            try:
                yield OpenedLake(profile, spark, stages, created)
            finally:
                spark.stop()
    except StediError as error:
        error.warnings = tuple(stages.warnings)
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
) -> RunResult:
    """Ingest where a drop folder is given, then make the tables (all where None), and report.

    Raises:
        DataRefusedError: a suite refused data; the report is written all the same.
    """
    from catalog.drop import list_drop
    from jobs.ingest import begin_ingest
    from jobs.lineage import job_for, jobs_in_order
    from jobs.making import begin_table
    from jobs.publishing import publish_awaited

    jobs = jobs_in_order() if tables is None else [job_for(name) for name in tables]
    key = load_key(options.profile, landing)
    if landing is not None:
        files = list_drop(landing).files  # a wrong folder is told before Spark starts and a lake is made
        options = replace(options, short=sum(file.size for file in files) < _SHORT_BYTES, judged=True)

    def work(run: Run) -> None:
        if landing is not None:
            begin_ingest(run, landing, tolerance)
        for job in jobs:
            begin_table(run, job)
            publish_awaited(run, done_only=True)

    return work_on(options, out, key, work, _policy(tables, rebuild))


def work_on(
    options: LakeOptions, out: Output, key: bytes, work: Callable[[Run], None], policy: Policy | None = None
) -> RunResult:
    """Hold the lake, do the work as one run, record its verdicts and report.

    Raises:
        DataRefusedError: a suite refused data; the report is written all the same.
    """
    from catalog.reports import report_folder
    from catalog.session import work_done
    from jobs.publishing import guarded, record
    from jobs.report import report_run
    from jobs.run import begin
    from jobs.suspension import count_suspended

    with opened(options, out) as lake:
        run = begin(lake.spark, lake.profile, lake.stages, key, policy, options.run_name)
        refusal, suspended = None, 0
        with closing(run):
            try:
                guarded(run, work)
                suspended = count_suspended(run)
            except DataRefusedError as error:
                refusal = error
            with lake.stages.stage("record and report"):
                record(run)
                with report_folder(lake.profile) as folder:
                    report = folder.address(report_run(run, folder.path))
                work_so_far = work_done(lake.spark)
        if refusal is not None:
            raise DataRefusedError(f"{refusal}\n  report: {report}")
    return RunResult(run, report, lake.stages.seconds, work_so_far, lake.stages.warnings, suspended)


def plan_lake(
    profile: Profile, out: Output, landing: Path | str | None, tables: list[str] | None, *, rebuild: bool = False
) -> Forecast:
    """What ``run_lake`` would do with the same arguments; nothing is written, and a run may write meanwhile.

    Raises:
        UsageError: there is no lake.
    """
    from catalog.session import spark_session
    from catalog.upkeep import refuse_earlier
    from jobs.forecast import forecast
    from jobs.lineage import job_for

    names = None if tables is None else [job_for(name).writes for name in tables]
    profile.must_exist()
    refuse_earlier(profile)
    stages, key = out.stages(), load_key(profile, landing)
    try:
        with stages.stage("start Spark"):
            spark = spark_session(profile, short=True)
        try:
            with stages.stage("look at snapshots"):
                return forecast(spark, profile, landing, key, _policy(tables, rebuild), names)
        finally:
            spark.stop()
    finally:
        out.done()


def _policy(tables: list[str] | None, rebuild: bool) -> Policy:
    from jobs.lineage import jobs_in_order
    from jobs.plan import Policy

    names = [job.writes for job in jobs_in_order()] if tables is None else tables
    return Policy(frozenset(names) if rebuild else frozenset())
