"""Who plays a part in the demonstration: invented people whose consent changes, or is in doubt."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from catalog.errors import UsageError
from jobs.identity import normalise_person
from jobs.simulator.customer import DAY, Customer, customer, generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.simulator import Scenario


@dataclass(frozen=True)
class Cast:
    """Three people of a scenario, each of whom has one customer record in its first delivery.

    Attributes:
        withdrawing: agreed, and withdraws in the second delivery.
        agreeing: did not agree, and does so in the second delivery, from the middle of their readings on.
        suspended: agreed, but a broken record of the first delivery may say otherwise.
    """

    withdrawing: Customer
    agreeing: Customer
    suspended: Customer

    def withdrawal(self) -> str:
        """The customer record with which consent is withdrawn, as JSON."""
        person = self.withdrawing
        return replace(person, final_consent=None, changed=person.instants[-1] + DAY).records()[1]

    def agreement(self) -> str:
        """The customer record with which consent is given, as JSON."""
        person = self.agreeing
        since = person.instants[len(person.instants) // 2]
        return replace(person, final_consent=since, changed=since).records()[1]

    def broken_record(self) -> str:
        """A customer record that lacks a required field, as JSON."""
        record = json.loads(self.suspended.records()[0])
        del record["birthDay"]
        return json.dumps(record)


def person_of(someone: Customer) -> str:
    """How the lake's column ``person`` names them."""
    return normalise_person(someone.email)


def cast_of(scenario: Scenario) -> Cast:
    """The first people of a scenario who can play the parts.

    Raises:
        UsageError: it has too few customers.
    """
    agreed = (each for each in _customers(scenario) if each.consent is not None and each.consent == each.final_consent)
    others = (each for each in _customers(scenario) if each.consent is None and each.final_consent is None)
    parts = [next(agreed, None), next(others, None), next(agreed, None)]
    withdrawing, agreeing, suspended = parts
    if withdrawing is None or agreeing is None or suspended is None:
        raise UsageError(
            f"among {scenario.customers:,} invented customers (seed {scenario.seed}) nobody can change their consent; "
            "invent more with --customers"
        )
    return Cast(withdrawing, agreeing, suspended)


def _customers(scenario: Scenario) -> Iterator[Customer]:
    """As the simulator invents them."""
    return (
        customer(scenario, index, generator(scenario.seed, "customer", index)) for index in range(scenario.customers)
    )
