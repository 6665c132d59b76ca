"""Spark sessions: the only place that builds one."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from importlib import resources
from subprocess import TimeoutExpired
from typing import TYPE_CHECKING

from catalog.machine.jars import resolved_jars
from catalog.machine.java import java_home
from catalog.machine.workplace import workplace
from catalog.profiles.profile import SPARK_CATALOG

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import SparkSession

    from catalog.profiles.profile import Profile

_OF_THIS_MACHINE = {
    # Both, or Spark on a laptop listens on the network and fails where the host name does not resolve.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    # Hadoop gives files their mode by itself, whatever the process's umask.
    "spark.hadoop.fs.permissions.umask-mode": "077",
    "spark.ui.showConsoleProgress": "false",
}
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # Glue 5.1's default; said here because the suites' sums and casts rely on it.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    # The time join of 4.25 M x 1.5 M rows took 11 s hashed and 30 s sorted, on two cores.
    "spark.sql.join.preferSortMergeJoin": "false",
    "spark.sql.autoBroadcastJoinThreshold": "64m",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    # Parquet's checksums of pages, of files that Spark writes and of all that it reads.
    "spark.hadoop.parquet.page.write-checksum.enabled": "true",
    "spark.hadoop.parquet.page.verify-checksum.enabled": "true",
}
"""Settings of every session, on a laptop and on Glue, besides those of the lake."""
FEW_ROWS = {
    # A run makes some forty statements, of several stages each: to plan a stage when those before it are done, and to
    # compile it, takes longer than to interpret it on a hundred thousand rows.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
}
"""Settings of a session on this machine for few rows."""


def spark_session(profile: Profile, jars: Sequence[str] = (), *, few_rows: bool = False) -> SparkSession:
    """A session whose catalog ``stedi`` is the profile's lake; the process's own session where there is one.

    Args:
        profile: the lake.
        jars: artefacts that other sessions of this process will need besides.
        few_rows: whether there are so few that to prepare statements takes longer than to compute them.

    Raises:
        UsageError: there is no Java 17.
        RetryableError: the jars are not there and cannot be brought.
    """
    if profile.hosted:
        return _hosted_session(profile)
    os.environ["JAVA_HOME"] = str(java_home())
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Only pyspark's own launcher must be found: a SPARK_HOME from elsewhere brings other versions.
    os.environ.pop("SPARK_HOME", None)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ.pop("SPARK_LOCAL_DIRS", None)  # it would outrank the private folder
    os.environ.update(profile.environment)
    class_path = resolved_jars((*profile.jars, *jars))

    from pyspark.sql import SparkSession

    cores = os.cpu_count() or 1
    builder = SparkSession.builder.appName("stedi").master(f"local[{cores}]")
    # Not ``spark.jars``: those are copied at every start.
    builder = builder.config("spark.driver.extraClassPath", os.pathsep.join(map(str, class_path)))
    builder = builder.config("spark.driver.extraJavaOptions", _java_options())
    builder = builder.config("spark.driver.memory", os.environ.get("STEDI_DRIVER_MEMORY", "4g"))
    builder = builder.config("spark.sql.shuffle.partitions", str(2 * cores))
    # Or one task writes what is small for a cluster, while the other cores are idle.
    builder = builder.config("spark.sql.adaptive.coalescePartitions.minPartitionNum", str(cores))
    builder = builder.config("spark.local.dir", str(workplace() / "spark"))
    builder = builder.config("spark.sql.warehouse.dir", f"file://{workplace() / 'warehouse'}")
    for key, value in (_OF_THIS_MACHINE | SETTINGS | (FEW_ROWS if few_rows else {}) | profile.spark_conf()).items():
        builder = builder.config(key, value)
    with _signals_left_alone():
        return builder.getOrCreate()


@contextmanager
def _signals_left_alone() -> Iterator[None]:
    """Spark answers Ctrl-C by itself, and would from then on: it is for the command to say what it means."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def java_ended(spark: SparkSession, wait_seconds: float = 0) -> bool:
    """Whether the JVM that this process started is gone, at least after so many seconds; Glue's is not ours to ask."""
    process = getattr(spark.sparkContext._gateway, "proc", None)  # noqa: SLF001 - kept there for whoever started it
    if process is None:
        return False
    with suppress(TimeoutExpired):
        process.wait(wait_seconds)
    return process.poll() is not None


def _java_options() -> str:
    logging = resources.files("catalog") / "log4j2.properties"
    options = [
        f"-Dlog4j2.configurationFile=file:{logging}",
        # One thread collects garbage: on two cores, more took a seventh of a full run's CPU seconds from the tasks.
        "-XX:+UseSerialGC",
        # Or a JVM that compiles fast rather than well has a fifth of it, and compiles no more when that is full.
        "-XX:ReservedCodeCacheSize=240m",
        # What the JVM has to say must not stand between the JSON of a verb.
        "-XX:+DisplayVMOutputToStderr",
        "-Xlog:disable",
        "-Xlog:all=warning:stderr",
        # Quoted, as the folder's name may have blanks.
        f'"-Djava.io.tmpdir={workplace()}"',
        os.environ.get("STEDI_JAVA_OPTIONS", ""),
    ]
    return " ".join(options).strip()


def _hosted_session(profile: Profile) -> SparkSession:
    """Glue's session, told of the lake: master, memory, jars and addresses are set before the script begins."""
    from pyspark.sql import SparkSession

    os.environ.update(profile.environment)
    builder = SparkSession.builder.appName("stedi")
    for key, value in (SETTINGS | profile.spark_conf()).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def session_beside(spark: SparkSession, profile: Profile) -> SparkSession:
    """A session on another lake in the same JVM, which must have been started with the jars that it needs."""
    other = spark.newSession()
    for row in other.sql("SET").collect():
        if row.key.startswith(SPARK_CATALOG):
            other.conf.unset(row.key)
    for key, value in profile.spark_conf().items():
        other.conf.set(key, value)
    return other
