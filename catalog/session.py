"""Spark sessions: the only place that builds one."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from catalog.class_archive import reading_options
from catalog.databases import use_databases_of
from catalog.jars import resolved_jars
from catalog.java import java_home
from catalog.profile import SPARK_CATALOG
from catalog.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from catalog.profile import Profile

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
    # Before they are written, rows are brought together by day, whatever a table's own properties say: otherwise a
    # rebuild wrote a file for each task and day. Days of many rows are written by several tasks.
    "spark.sql.iceberg.distribution-mode": "hash",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
}
"""Settings of every session, on a laptop and on Glue, besides those of the lake."""


def spark_session(profile: Profile, jars: Sequence[str] = (), *, short: bool = False) -> SparkSession:
    """A session whose catalog ``stedi`` is the profile's lake; the process's own session where there is one.

    Args:
        profile: the lake.
        jars: artefacts that other sessions of this process will need besides.
        short: little is to be done: the JVM then compiles fast rather than well, for a third less of CPU seconds.

    Raises:
        UsageError: there is no Java 17.
        RetryableError: the jars are not there and cannot be brought.
    """
    use_databases_of(profile)
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
    # Not ``spark.jars``: those are copied at every start, and loaded by a class loader that no archive serves.
    builder = builder.config("spark.driver.extraClassPath", os.pathsep.join(map(str, class_path)))
    builder = builder.config("spark.driver.extraJavaOptions", _java_options(short=short))
    builder = builder.config("spark.driver.memory", os.environ.get("STEDI_DRIVER_MEMORY", "4g"))
    builder = builder.config("spark.sql.shuffle.partitions", str(2 * cores))
    # Or one task writes what is small for a cluster, while the other cores are idle.
    builder = builder.config("spark.sql.adaptive.coalescePartitions.minPartitionNum", str(cores))
    builder = builder.config("spark.local.dir", str(workplace() / "spark"))
    builder = builder.config("spark.sql.warehouse.dir", f"file://{workplace() / 'warehouse'}")
    for key, value in (_OF_THIS_MACHINE | SETTINGS | profile.spark_conf()).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _java_options(*, short: bool) -> str:
    logging = resources.files("catalog") / "log4j2.properties"
    # One thread collects garbage: on two cores, more took a seventh of a full run's CPU seconds from the tasks.
    options = [f"-Dlog4j2.configurationFile=file:{logging}", "-XX:+UseSerialGC"]
    if short:
        options.append("-XX:TieredStopAtLevel=1")
    # Quoted, as the folder's name may have blanks.
    options.append(f'"-Djava.io.tmpdir={workplace()}"')
    return " ".join([*options, *reading_options(), os.environ.get("STEDI_JAVA_OPTIONS", "")]).strip()


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
    use_databases_of(profile)
    return other


@dataclass(frozen=True)
class Work:
    """What a session has done so far: Spark jobs, and bytes that its tasks read."""

    jobs: int
    bytes_read: int


def work_done(spark: SparkSession) -> Work:
    """The work of the session, from Spark's own counts."""
    status: Any = spark._jsparkSession.sparkContext().statusStore()  # noqa: SLF001 - pyspark has no public way to it
    executors = status.executorList(False)
    read = sum(executors.apply(index).totalInputBytes() for index in range(executors.size()))
    # Newest first; old ones are forgotten, so the number of the newest tells how many there were.
    jobs = status.jobsList(None)
    return Work(jobs.apply(0).jobId() + 1 if jobs.size() else 0, read)
