"""A small lake in which people agree and withdraw: records arrive, and the tables are published as jobs would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobs.pseudonym import load_key, pseudonym
from tests.lake_without_spark import append, customer, make_lake, overwrite, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from catalog.profiles.profile import LocalProfile

START = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = (10, 20, 30)
"""The instants of everybody's readings, epoch ms."""
CUSTOMERS, CURATED = "trusted.customer_trusted", "curated.customer_curated"
MOTION, STEPS, TRAINING = (
    "trusted.accelerometer_trusted",
    "trusted.step_trainer_trusted",
    "curated.machine_learning_curated",
)
SHARED = (CUSTOMERS, MOTION, STEPS, CURATED, TRAINING)


def day(number: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=number)


def two_who_agreed(folder: Path) -> Story:
    """Ann and Ben agreed on day 0, and everything was published and tagged."""
    told = Story(folder)
    for who in ("ann", "ben"):
        told.arrive(who, 0, since=10)
    told.publish({"ann": 10, "ben": 10})
    told.tag("before")
    return told


class Story:
    """The lake, and what is done to it."""

    def __init__(self, folder: Path) -> None:
        self.profile: LocalProfile = make_lake(folder)
        self.records = 0

    def arrive(self, who: str, at: float, since: int | None, **values: Any) -> None:
        """A customer record arrives on a day; its lastUpdateDate grows with the day."""
        self.records += 1
        row = customer(who, lastUpdateDate=int(at * 1000) + 1, shareWithResearchAsOfDate=since) | values
        append(self.profile, "landing.customer_landing", [row | self._origin(at)])

    def refuse(self, who: str, at: float) -> None:
        """A refused customer record that names a person arrives."""
        self.records += 1
        row = {"source": "customer", "reason": "r", "detail": "d", "rawText": f"text {self.records}", "people": who}
        append(self.profile, "landing.quarantine", [row | self._origin(at)])

    def publish(self, agreed: Mapping[str, int], holders: Mapping[str, str] | None = None) -> dict[str, int]:
        """Publish every table from who agrees since when; the snapshots by table.

        Args:
            agreed: the instant of consent, by person.
            holders: who holds a device, where it is not the person of that name.
        """
        people = [customer(who, shareWithResearchAsOfDate=since) for who, since in agreed.items()]
        used = [(who, instant) for who, since in agreed.items() for instant in INSTANTS if instant >= since]
        owners = [(who, (holders or {}).get(who, who), instant) for who, instant in used]
        time = {"readingTime": START}
        xyz = {"x": 1.0, "y": 2.0, "z": 3.0}
        key = load_key()
        rows: dict[str, Iterable[dict[str, Any]]] = {
            CUSTOMERS: people,
            CURATED: people,
            MOTION: ({"user": who, "person": who, "timestamp": at, **xyz, **time} for who, at in used),
            STEPS: (
                {"serialNumber": f"d-{device}", "person": who, "sensorReadingTime": at, "distanceFromObject": 5, **time}
                for device, who, at in owners
            ),
            TRAINING: (
                {"pseudonym": pseudonym(who, key), "timestamp": at, "distanceFromObject": 5, **xyz, **time}
                for _, who, at in owners
            ),
        }
        return {name: overwrite(self.profile, name, list(each)) for name, each in rows.items()}

    def tag(self, name: str) -> None:
        """Tag every shared table."""
        for identifier in SHARED:
            target = table(self.profile, identifier)
            current = target.current_snapshot()
            assert current is not None
            target.manage_snapshots().create_tag(current.snapshot_id, name).commit()

    def expire(self) -> None:
        """Forget every snapshot that no branch or tag names."""
        for identifier in SHARED:
            table(self.profile, identifier).maintenance.expire_snapshots().older_than(datetime.now(UTC)).commit()

    def _origin(self, at: float) -> dict[str, Any]:
        number = {"sourceFile": "f.json", "sourceFileSha256": f"{self.records:064}", "recordNumber": self.records}
        return number | {"ingestedAt": day(at)}
