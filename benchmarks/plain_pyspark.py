"""The rival of ``full_run``: a plain PySpark job over landing JSON. Arguments: landing folder, output folder."""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as sf


def main(landing: str, out: str) -> None:
    """Infer schemas, filter, join per person from consent on, write Parquet."""
    spark = SparkSession.builder.master("local[*]").config("spark.driver.memory", "4g").getOrCreate()

    def stored(name: str) -> str:
        return f"{out}/{name}"

    customers = spark.read.json(f"{landing}/customer/landing")
    customers.where("shareWithResearchAsOfDate IS NOT NULL").write.parquet(stored("customer_trusted"))
    trusted = spark.read.parquet(stored("customer_trusted"))

    readings = spark.read.json(f"{landing}/accelerometer/landing")
    usable = readings.join(trusted, sf.expr("user = email AND timestamp >= shareWithResearchAsOfDate"), "left_semi")
    usable.distinct().write.parquet(stored("accelerometer_trusted"))
    motion = spark.read.parquet(stored("accelerometer_trusted"))

    trusted.join(motion, sf.expr("email = user"), "left_semi").write.parquet(stored("customer_curated"))
    curated = spark.read.parquet(stored("customer_curated"))

    steps = spark.read.json(f"{landing}/step_trainer/landing")
    devices = curated.selectExpr("serialNumber AS device", "shareWithResearchAsOfDate AS since")
    usable = steps.join(devices, sf.expr("serialNumber = device AND sensorReadingTime >= since"), "left_semi")
    usable.distinct().write.parquet(stored("step_trainer_trusted"))
    distance = spark.read.parquet(stored("step_trainer_trusted"))

    people = curated.select("email", "serialNumber")
    distance = distance.withColumnRenamed("sensorReadingTime", "timestamp")
    pairs = motion.join(people, sf.expr("user = email")).join(distance, ["serialNumber", "timestamp"])
    pairs.select("user", "timestamp", "x", "y", "z", "distanceFromObject").write.parquet(
        stored("machine_learning_curated")
    )
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
