"""curated.machine_learning_curated: the training table; a person's motion and device distance at one instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.job import Job, main
from jobs.pseudonym import with_pseudonym

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def machine_learning_curated(
    accelerometer_trusted: DataFrame,
    step_trainer_trusted: DataFrame,
    customer_curated: DataFrame,
    *,
    pseudonym_key: bytes,
) -> DataFrame:
    """Trusted accelerometer readings joined, per person and instant, to step trainer readings; no personal column.

    Joining on time alone would pair one person's movement with another's device: devices share milliseconds.
    """
    from pyspark.sql import functions as sf

    people = with_pseudonym(customer_curated, pseudonym_key).select("email", "serialNumber", "pseudonym")
    motion = accelerometer_trusted.join(sf.broadcast(people), sf.expr("user = email"))
    distance = step_trainer_trusted.selectExpr("serialNumber", "sensorReadingTime AS timestamp", "distanceFromObject")
    return motion.drop("user", "email").join(distance, ["serialNumber", "timestamp"]).drop("serialNumber")


JOB = Job(
    reads=("trusted.accelerometer_trusted", "trusted.step_trainer_trusted", "curated.customer_curated"),
    writes="curated.machine_learning_curated",
    transform=machine_learning_curated,
    parameters=("pseudonym_key",),
)

if __name__ == "__main__":
    main(JOB)
