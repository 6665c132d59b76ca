"""A delivery after a simulated one: new readings of known people, and people who change their minds."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from catalog.schema.table_spec import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_next_delivery(
    landing: Path, to: Path, *, people: int, instants: int, changes: int, seed: int = 1, later_ms: int = 0
) -> int:
    """Write the delivery.

    Args:
        landing: the earlier delivery, as JSON Lines.
        to: the new drop folder.
        people: how many of the known customers have new readings, weeks after the last.
        instants: at how many instants each; two accelerometer readings and one of the step trainer at each.
        changes: how many customers agree who did not, or withdraw who did.
        seed: chooses them.
        later_ms: how much later than another such delivery.

    Returns:
        How many readings it holds.
    """
    random_ = random.Random(seed)  # noqa: S311 - a choice that can be repeated, not a secret
    latest = {record["email"]: record for record in _records(landing / "customer" / "landing")}
    chosen = random_.sample(sorted(latest), people)
    start = max(record["lastUpdateDate"] for record in latest.values()) // DAY_MS * DAY_MS + 40 * DAY_MS
    motion, distance = [], []
    for email in chosen:
        for instant in range(instants):
            time = start + later_ms + instant * 1000 + random_.randrange(1000)
            motion += [{"user": email, "timestamp": time, "x": x, "y": 0.5, "z": -x} for x in (1.0, 2.0)]
            serial = latest[email]["serialNumber"]
            distance.append({"sensorReadingTime": time, "serialNumber": serial, "distanceFromObject": instant})
    changed = [_changed(latest[email], start + later_ms) for email in random_.sample(sorted(latest), changes)]
    for source, records in (("customer", changed), ("accelerometer", motion), ("step_trainer", distance)):
        folder = to / source / "landing"
        folder.mkdir(parents=True)
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (folder / f"{source}-next.json").write_text(lines, encoding="utf-8")
    return len(motion) + len(distance)


def _changed(record: dict[str, Any], now: int) -> dict[str, Any]:
    other = {name: value for name, value in record.items() if name != "shareWithResearchAsOfDate"}
    if "shareWithResearchAsOfDate" not in record:
        # From the beginning on: the readings that were delivered before are shared, too.
        other["shareWithResearchAsOfDate"] = record["registrationDate"]
    return other | {"lastUpdateDate": now}


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.iterdir()):
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)
