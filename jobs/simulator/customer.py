"""An invented customer: identity, device activity, and consent over time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.simulator.scenario import Scenario

BASE_DATE = 1_704_067_200_000
"""2024-01-01T00:00:00Z in epoch ms: a fixed date, so that a simulation does not depend on when it is run."""
DAY = 86_400_000

# The exercise's devices report every 3.7 to 4 seconds, and up to 5 of them at the same millisecond.
_PACE = range(3_700, 4_000)
_GROUP = 5

_FIRST = ("Alder", "Amber", "Birch", "Briar", "Cedar", "Coral", "Dale", "Ember", "Flint", "Hazel", "Opal", "Rowan")
_LAST = ("Arch", "Beacon", "Bridge", "Cove", "Delta", "Field", "Grove", "Harbor", "Meadow", "Orchard", "Ridge", "Shore")
_EVEN_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer; all times are epoch ms UTC.

    Attributes:
        name: full name.
        email: unique in the simulation.
        phone: a number reserved for fiction.
        birth_day: YYYY-MM-DD.
        serial_number: of their device.
        registered: when they registered, before their first reading.
        instants: of their readings, ascending.
        consent: start of consent to research in their first record; None if there is no consent.
        final_consent: the same in their latest record; if it differs from ``consent``, there is a second record.
        changed: time of the second record.
        public: they share with the public.
        friends: they share with friends.
    """

    name: str
    email: str
    phone: str
    birth_day: str
    serial_number: str
    registered: int
    instants: list[int]
    consent: int | None
    final_consent: int | None
    changed: int
    public: bool
    friends: bool

    @property
    def midway(self) -> bool:
        """Whether the consent of their first record begins after their first reading."""
        return self.consent is not None and self.consent > self.instants[0]

    def records(self) -> list[str]:
        """Their customer records as JSON: the first and, if consent changed, the second."""
        first = self._record(self.consent, self.consent or self.registered)
        if self.consent == self.final_consent:
            return [first]
        return [first, self._record(self.final_consent, self.changed)]

    def _record(self, consent: int | None, updated: int) -> str:
        research = "" if consent is None else f', "shareWithResearchAsOfDate": {consent}'
        public = f', "shareWithPublicAsOfDate": {self.registered}' if self.public else ""
        friends = f', "shareWithFriendsAsOfDate": {self.registered}' if self.friends else ""
        return (
            f'{{"customerName": "{self.name}", "email": "{self.email}", "phone": "{self.phone}", '
            f'"birthDay": "{self.birth_day}", "serialNumber": "{self.serial_number}", '
            f'"registrationDate": {self.registered}, "lastUpdateDate": {updated}{research}{public}{friends}}}'
        )


def generator(*key: object) -> random.Random:
    """A random number generator seeded by a key: the same key always gives the same numbers."""
    return random.Random("/".join(map(str, key)))  # noqa: S311 - test data that must be reproducible, no secret


def customer(scenario: Scenario, index: int, rng: random.Random) -> Customer:
    """The customer with this index, 0 to ``scenario.customers`` - 1."""
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    digits = f"{rng.getrandbits(128):032x}"
    instants = _instants(scenario, index, rng)
    registered = instants[0] - rng.randrange(60_000, DAY)
    consent, final_consent = _consent(scenario, rng, registered, instants)
    return Customer(
        name=f"{first} {last}",
        email=f"{first}.{last}{index}@example.test",
        phone=f"80155501{rng.randrange(100):02}",
        birth_day=f"{rng.randrange(1940, 2006)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        serial_number=f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
        registered=registered,
        instants=instants,
        consent=consent,
        final_consent=final_consent,
        changed=final_consent or instants[-1] + rng.randrange(1, DAY),
        public=rng.random() < _EVEN_CHANCE,
        friends=rng.random() < _EVEN_CHANCE,
    )


def _instants(scenario: Scenario, index: int, rng: random.Random) -> list[int]:
    """Customers become active one after the other, as files of a real drop follow the calendar."""
    group, member = divmod(index, _GROUP)
    clock, share_clock = rng, False
    if scenario.shared_milliseconds:
        group_rng = generator(scenario.seed, "group", group)
        share_clock = group_rng.random() < scenario.shared_milliseconds
        clock = group_rng if share_clock else rng
    # A common start for the members of a group that shares a clock, one's own otherwise.
    place = (group * _GROUP if share_clock else index) + clock.random()
    start = BASE_DATE + int(scenario.days * DAY * place / scenario.customers)
    pace = clock.choice(_PACE)
    offset = rng.randrange(1, pace) if share_clock else 0
    # Member 0 is on the group's clock always, member 1 at every second instant, and so on: 1 to 5 devices meet.
    return [start + count * pace + (0 if count % (member + 1) == 0 else offset) for count in range(scenario.instants)]


def _consent(
    scenario: Scenario, rng: random.Random, registered: int, instants: list[int]
) -> tuple[int | None, int | None]:
    """The start of consent to research, in the first and in the latest record."""
    if rng.random() < scenario.consent:
        consent = _midway(rng, instants) if rng.random() < scenario.consent_midway else registered
        return consent, None if rng.random() < scenario.withdrawal else consent
    return None, _midway(rng, instants) if rng.random() < scenario.later_consent else None


def _midway(rng: random.Random, instants: list[int]) -> int:
    """A time after the first reading and not after the last; the only reading's time when there is one."""
    if len(instants) == 1:
        return instants[0]
    nth = rng.randrange(1, len(instants))
    return rng.randrange(instants[nth - 1], instants[nth]) + 1
