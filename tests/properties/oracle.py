"""What the words mean, in plain Python over delivered records: shares no code with the jobs or the suites."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Record = dict[str, Any]
Rows = Counter[tuple[Any, ...]]


def expected(
    customers: Sequence[Record], motions: Iterable[Record], steps: Iterable[Record], key: bytes
) -> dict[str, Rows]:
    """The rows of each table, without readingTime; customers by e-mail, serial number and consent alone.

    Args:
        customers: in the order of arrival.
        motions: accelerometer records.
        steps: step trainer records.
        key: of the pseudonyms.
    """
    latest: dict[str, Record] = {}
    for record in customers:
        known = latest.get(record["email"])
        if known is None or record["lastUpdateDate"] >= known["lastUpdateDate"]:
            latest[record["email"]] = record
    since = {email: r["shareWithResearchAsOfDate"] for email, r in latest.items() if "shareWithResearchAsOfDate" in r}
    owners = Counter(record["serialNumber"] for record in latest.values())

    motion = {
        (r["user"], r["timestamp"], r["x"], r["y"], r["z"])
        for r in motions
        if r["user"] in since and r["timestamp"] >= since[r["user"]]
    }
    users = {row[0] for row in motion}
    owner = {latest[email]["serialNumber"]: email for email in users if owners[latest[email]["serialNumber"]] == 1}
    distance = {
        (r["serialNumber"], r["sensorReadingTime"], r["distanceFromObject"])
        for r in steps
        if r["serialNumber"] in owner and r["sensorReadingTime"] >= since[owner[r["serialNumber"]]]
    }
    pairs = {
        (hmac.new(key, user.encode(), hashlib.sha256).hexdigest(), time, x, y, z, centimetres)
        for user, time, x, y, z in motion
        for serial, instant, centimetres in distance
        if instant == time and owner[serial] == user
    }
    people = {email: (email, latest[email]["serialNumber"], date) for email, date in since.items()}
    return {
        "trusted.customer_trusted": Counter(people.values()),
        "trusted.accelerometer_trusted": Counter(motion),
        "curated.customer_curated": Counter(people[email] for email in users),
        "trusted.step_trainer_trusted": Counter(distance),
        "curated.machine_learning_curated": Counter(pairs),
    }
