"""A customer's readings: the app's accelerometer and the device's step trainer, at the same instants."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from jobs.simulator.customer import Customer

# Chances of 1 to 6 accelerometer readings at an instant: mostly 3, as in the exercise's data; 4 to 6 are more frequent
# than there, so that a small simulation has them too.
_WEIGHTS = (0.02, 0.15, 0.81, 0.01, 0.005, 0.005)

# The exercise's app reports -1, 0 and 1 only. Formatted once: a simulation writes millions of readings.
_AXES = [f',"x":{x},"y":{y},"z":{z}}}' for x, y, z in itertools.product((-1.0, 0.0, 1.0), repeat=3)]
_STRIDES = [stride for stride in range(1, len(_AXES)) if stride % 3]

# Steps that have no divisor in common with the number of positions never meet one twice: whole records stay unique.
_BURSTS = [
    [
        tuple(_AXES[(first + nth * stride) % len(_AXES)] for nth in range(size))
        for first in range(len(_AXES))
        for stride in _STRIDES
    ]
    for size in range(1, len(_WEIGHTS) + 1)
]
_DISTANCES = [f',"distanceFromObject":{distance}}}' for distance in range(201, 301)]


def accelerometer_readings(customer: Customer, rng: random.Random, most: int) -> list[list[str]]:
    """The app's records at each of the customer's instants, as JSON; all are distinct.

    Args:
        customer: whose readings.
        rng: the customer's random numbers.
        most: readings of an instant, 1 to 6.
    """
    head = f'{{"user":"{customer.email}","timestamp":'
    sizes = rng.choices(_BURSTS[:most], weights=_WEIGHTS[:most], k=len(customer.instants))
    return [
        [f"{head}{instant}{axes}" for axes in rng.choice(bursts)]
        for instant, bursts in zip(customer.instants, sizes, strict=True)
    ]


def step_trainer_readings(customer: Customer, rng: random.Random) -> list[str]:
    """The device's record at each of the customer's instants, as JSON."""
    tails = rng.choices(_DISTANCES, k=len(customer.instants))
    return [
        f'{{"sensorReadingTime":{instant},"serialNumber":"{customer.serial_number}"{tail}'
        for instant, tail in zip(customer.instants, tails, strict=True)
    ]
