"""Spark sessions: the only place that builds one."""

from __future__ import annotations

import os
import sys
from importlib import resources
from typing import TYPE_CHECKING

from catalog.jars import resolved_jars
from catalog.java import java_home

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from catalog.profile import LocalProfile

_SETTINGS = {
    # Both, or Spark on a laptop listens on the network and fails where the host name does not resolve.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    # Glue 5.1's default; said here because the suites' sums and casts rely on it.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    # The time join of 4.25 M x 1.5 M rows took 11 s hashed and 30 s sorted, on two cores.
    "spark.sql.join.preferSortMergeJoin": "false",
    "spark.sql.autoBroadcastJoinThreshold": "64m",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
}


def spark_session(profile: LocalProfile) -> SparkSession:
    """A session whose catalog ``stedi`` is the profile's lake; the process's own session where there is one.

    Raises:
        UsageError: there is no Java 17.
        RetryableError: the jars are not there and cannot be brought.
    """
    os.environ["JAVA_HOME"] = str(java_home())
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Only pyspark's own launcher must be found: a SPARK_HOME from elsewhere brings other versions.
    os.environ.pop("SPARK_HOME", None)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    jars = ",".join(str(path) for path in resolved_jars())

    from pyspark.sql import SparkSession

    cores = os.cpu_count() or 1
    builder = SparkSession.builder.appName("stedi").master(f"local[{cores}]").config("spark.jars", jars)
    logging = resources.files("catalog") / "log4j2.properties"
    builder = builder.config("spark.driver.extraJavaOptions", f"-Dlog4j2.configurationFile=file:{logging}")
    builder = builder.config("spark.driver.memory", os.environ.get("STEDI_DRIVER_MEMORY", "4g"))
    builder = builder.config("spark.sql.shuffle.partitions", str(2 * cores))
    for key, value in (_SETTINGS | profile.spark_conf()).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
