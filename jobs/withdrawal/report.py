"""The privacy report: consents over time, readings held and used, deadlines, erasures; counts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog.history.withdrawn import published_now
from catalog.read.snapshot_reader import SnapshotReader
from catalog.specs.curated import MACHINE_LEARNING_CURATED
from catalog.specs.landing import ACCELEROMETER_LANDING, STEP_TRAINER_LANDING
from catalog.specs.trusted import ACCELEROMETER_TRUSTED, STEP_TRAINER_TRUSTED
from jobs.withdrawal.consents import Consents
from jobs.withdrawal.deadlines import deadlines_by, document

if TYPE_CHECKING:
    from datetime import date

    from catalog.profiles.profile import Profile
    from catalog.schema.table_spec import TableSpec

_MOST_DAYS = 60
"""More days than these are counted by week."""
_READINGS = (
    ("accelerometer readings", ACCELEROMETER_LANDING, ACCELEROMETER_TRUSTED),
    ("step trainer readings", STEP_TRAINER_LANDING, STEP_TRAINER_TRUSTED),
)


def privacy_report(profile: Profile, key: bytes) -> dict[str, Any]:
    """The report as one document.

    Args:
        profile: the lake.
        key: of the pseudonyms.

    Raises:
        UsageError: there is no lake, or a setting is no number of days.
    """
    published = published_now(profile)
    with SnapshotReader(profile) as reader:
        consents = Consents(profile, reader, key)
        deadlines = document(deadlines_by(profile, reader, consents))
        [(ended,)] = reader.fetch(f"SELECT count(*) FROM {consents.losses}")

        def rows(spec: TableSpec) -> int:
            return reader.rows(spec, published(spec))

        return {
            "at": deadlines["at"],
            "lake": profile.place,
            "people": _people(reader, consents),
            **_changes(reader, consents),
            "readings": [
                {"what": what, "held": rows(landed), "used": rows(trusted)} for what, landed, trusted in _READINGS
            ],
            "trainingRows": rows(MACHINE_LEARNING_CURATED),
            "deadlines": _counted(deadlines, ended),
            "warnings": deadlines["warnings"],
            "erasures": deadlines["erasures"],
        }


def _people(reader: SnapshotReader, consents: Consents) -> dict[str, int | None]:
    return reader.one_row(
        f"""SELECT count(*) AS known, count(since) AS agreed, count_if(suspended) AS suspended,
            count_if(since IS NULL AND NOT suspended) AS "withoutConsent"
        FROM {consents.people}"""
    )


def _changes(reader: SnapshotReader, consents: Consents) -> dict[str, Any]:
    """How many people agreed and stopped to agree, by day or, of a long time, by Monday's week (UTC)."""
    [(first, last)] = reader.fetch(f"SELECT min(arrived)::DATE, max(arrived)::DATE FROM {consents.states}")
    unit = "week" if first is not None and (last - first).days > _MOST_DAYS else "day"
    found: list[tuple[date, int, int, int]] = reader.fetch(
        f"""SELECT date_trunc('{unit}', arrived)::DATE AS since_day,
            count_if(since IS NOT NULL AND before IS NULL),
            count_if(since IS NULL AND before IS NOT NULL AND suspended),
            count_if(since IS NULL AND before IS NOT NULL AND NOT suspended)
        FROM {consents.states} GROUP BY 1 ORDER BY 1"""
    )
    names = ("agreed", "suspended", "withdrew")
    return {
        "unit": unit,
        "changes": [{unit: when.isoformat(), **dict(zip(names, row, strict=True))} for when, *row in found],
    }


def _counted(deadlines: dict[str, Any], ended: int) -> dict[str, Any]:
    """How the deadlines of consents that ended, or were moved to later, stand; those that came back count as gone."""
    missed = sum(each["missed"] for each in deadlines["open"])
    opened = len(deadlines["open"])
    return {
        "days": deadlines["deadlineDays"],
        "ended": ended,
        "gone": max(0, ended - opened),
        "open": opened - missed,
        "missed": missed,
        "unattributedRows": sum(each["rows"] for each in deadlines["unattributed"]),
        "success": deadlines["success"],
    }
