"""curated.machine_learning_curated: the training table; a person's motion and device distance at one instant."""

from __future__ import annotations

from catalog.specs.curated import CUSTOMER_CURATED, MACHINE_LEARNING_CURATED
from catalog.specs.trusted import ACCELEROMETER_TRUSTED, STEP_TRAINER_TRUSTED
from jobs.job import Job


def machine_learning_curated(accelerometer_trusted: str, step_trainer_trusted: str, customer_curated: str) -> str:
    """Trusted accelerometer readings joined, per person and instant, to step trainer readings; no personal column.

    Joining on time alone would pair one person's movement with another's device: devices share milliseconds. Two
    devices of one person that measured the same at one instant are one reading of that person.
    """
    return f"""
        SELECT p.pseudonym, m.timestamp, m.x, m.y, m.z, m.readingTime, d.distanceFromObject
        FROM {accelerometer_trusted} m
        JOIN (SELECT person, pseudonym(person) AS pseudonym FROM {customer_curated}) p ON m.person = p.person
        JOIN (SELECT DISTINCT person, sensorReadingTime, distanceFromObject FROM {step_trainer_trusted}) d
        ON d.person = m.person AND d.sensorReadingTime = m.timestamp"""


JOB = Job(
    inputs=(ACCELEROMETER_TRUSTED, STEP_TRAINER_TRUSTED, CUSTOMER_CURATED),
    table=MACHINE_LEARNING_CURATED,
    transform=machine_learning_curated,
    functions=("pseudonym",),
)

if __name__ == "__main__":
    from jobs.script import make_table

    make_table(JOB)
