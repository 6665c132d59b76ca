"""What the words mean, in plain Python over delivered records: shares no code with the jobs or the suites.

Written from docs/meaning.md, rule by rule, without a thought of speed.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Record = dict[str, Any]
Rows = Counter[tuple[Any, ...]]
REQUIRED = {"customerName", "email", "phone", "birthDay", "serialNumber", "registrationDate", "lastUpdateDate"}


def person(address: str) -> str:
    """The person of an address."""
    return unicodedata.normalize("NFC", address).strip().lower()


def device(serial_number: str) -> str:
    """The device of a serial number."""
    return "".join(serial_number.split()).lower()


def expected(
    deliveries: Sequence[Sequence[Record]], motions: Iterable[Record], steps: Iterable[Record], key: bytes
) -> dict[str, Rows]:
    """The rows of each table, without readingTime; customers by person, serial number and consent alone.

    Args:
        deliveries: customer records, those that lack a required field among them, by delivery in order of arrival.
        motions: accelerometer records.
        steps: step trainer records.
        key: of the pseudonyms.
    """
    landed = [record for records in deliveries for record in records if record.keys() >= REQUIRED]
    people = {person(record["email"]): record for record in landed}
    latest = {who: newest(landed, who) for who in people}
    since = {
        who: record["shareWithResearchAsOfDate"]
        for who, record in latest.items()
        if "shareWithResearchAsOfDate" in record and not is_suspended(deliveries, who)
    }
    motion = {
        (who, r["timestamp"], r["x"], r["y"], r["z"])
        for r in motions
        if (who := person(r["user"])) in since and r["timestamp"] >= since[who]
    }
    users = {row[0] for row in motion}
    distance = {
        (holder, device(r["serialNumber"]), r["sensorReadingTime"], r["distanceFromObject"])
        for r in steps
        if (holder := holder_of(landed, device(r["serialNumber"]), r["sensorReadingTime"])) in users
        and r["sensorReadingTime"] >= since[str(holder)]
    }
    pairs = {
        (hmac.new(key, user.encode(), hashlib.sha256).hexdigest(), time, x, y, z, centimetres)
        for user, time, x, y, z in motion
        for holder, _, instant, centimetres in distance
        if instant == time and holder == user
    }
    customers = {who: (who, latest[who]["serialNumber"], date) for who, date in since.items()}
    return {
        "trusted.customer_trusted": Counter(customers.values()),
        "trusted.accelerometer_trusted": Counter(motion),
        "curated.customer_curated": Counter(customers[who] for who in users),
        "trusted.step_trainer_trusted": Counter(distance),
        "curated.machine_learning_curated": Counter(pairs),
    }


def newest(landed: Iterable[Record], who: str) -> Record:
    """The record that counts: of the newest, one without consent, else the one with the latest consent."""
    mine = [record for record in landed if person(record["email"]) == who]
    last = max(record["lastUpdateDate"] for record in mine)
    tied = [record for record in mine if record["lastUpdateDate"] == last]
    never = float("inf")
    return min(
        tied,
        # Of records that say the same of consent, the first by device and spelling: some rule has to say which.
        key=lambda r: (
            -r.get("shareWithResearchAsOfDate", never),
            device(r["serialNumber"]),
            r["email"],
            r["serialNumber"],
        ),
    )


def is_suspended(deliveries: Sequence[Sequence[Record]], who: str) -> bool:
    """Whether a refused record names the person, and no readable one that came after it lifts that."""
    for arrival, records in enumerate(deliveries):
        for refused in records:
            if refused.keys() >= REQUIRED or person(refused["email"]) != who:
                continue
            bars = [refused.get("lastUpdateDate", 0), *_dates(deliveries[: arrival + 1], who)]
            if not any(date > max(bars) for date in _dates(deliveries[arrival + 1 :], who)):
                return True
    return False


def _dates(deliveries: Iterable[Iterable[Record]], who: str) -> list[int]:
    return [
        record["lastUpdateDate"]
        for records in deliveries
        for record in records
        if record.keys() >= REQUIRED and person(record["email"]) == who
    ]


def holder_of(landed: Sequence[Record], wanted: str, time: int) -> str | None:
    """The one person who held a device at an instant; None where nobody did, or several."""
    owners = {person(record["email"]) for record in landed if device(record["serialNumber"]) == wanted}
    if len(owners) == 1:
        return owners.pop()
    holding = [who for who in owners if any(start <= time < end for start, end in _turns(landed, who, wanted))]
    return holding[0] if len(holding) == 1 else None


def _turns(landed: Sequence[Record], who: str, wanted: str) -> list[tuple[float, float]]:
    """From when until when a person held a device, each time that they came to have it."""
    by_date: dict[int, set[str]] = {}
    for record in landed:
        if person(record["email"]) == who:
            by_date.setdefault(record["lastUpdateDate"], set()).add(device(record["serialNumber"]))
    turns: list[tuple[float, float]] = []
    before = set[str]()
    for date in sorted(by_date):
        if wanted in by_date[date] and before != {wanted}:
            start = _instant(landed, who, wanted, date)
            other_device = [later for later in by_date if later >= date and by_date[later] != {wanted}]
            other_person = [
                at
                for record in landed
                if person(record["email"]) != who and device(record["serialNumber"]) == wanted
                if (at := _instant(landed, person(record["email"]), wanted, record["lastUpdateDate"])) > start
            ]
            turns.append((start, min([*other_device, *other_person, float("inf")])))
        before = by_date[date]
    return turns


def _instant(landed: Sequence[Record], who: str, wanted: str, date: int) -> int:
    """When the person's records of a date name the device: at registration, if these are the person's first."""
    mine = [record for record in landed if person(record["email"]) == who]
    if date > min(record["lastUpdateDate"] for record in mine):
        return date
    named = [r for r in mine if r["lastUpdateDate"] == date and device(r["serialNumber"]) == wanted]
    registered: int = max(record["registrationDate"] for record in named)
    return min(date, registered)
