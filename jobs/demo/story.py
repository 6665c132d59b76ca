"""What the demonstration tells: every number is the answer of a query over the lake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.errors import DamagedLakeError
from catalog.history.difference import difference
from catalog.history.publications import table_history
from catalog.query.engine import query_local
from catalog.query.result import printed
from catalog.specs.landing import CUSTOMER_LANDING, QUARANTINE
from expectations.suites.consent import SUSPENDED_BY_NAME
from jobs.lineage import jobs_in_order

if TYPE_CHECKING:
    from catalog.profiles.profile import Profile

FIRST = "first_delivery"
"""The tag on the lake as it was after the first delivery."""
TRAINING = "curated.machine_learning_curated"

Row = dict[str, Any]

_SOURCES = """
SELECT source, count(*) AS files, sum(landed + quarantined) AS delivered, sum(landed) AS landed,
  sum(quarantined) AS quarantined
FROM landing.delivered_file GROUP BY source ORDER BY source"""
_REASONS = """
SELECT reason, count(*) AS records FROM landing.quarantine GROUP BY reason ORDER BY records DESC, reason"""
_EXAMPLE = """
SELECT source, recordNumber, reason, detail FROM landing.quarantine
ORDER BY CASE WHEN source = 'customer' THEN 0 ELSE 1 END, reason, recordNumber, sourceFileSha256 LIMIT 1"""
_SUSPENDED = SUSPENDED_BY_NAME.format(
    customer_landing=CUSTOMER_LANDING.identifier, quarantine=QUARANTINE.identifier
).strip()
_PEOPLE = f"""
WITH {_SUSPENDED},
people AS (SELECT DISTINCT person FROM landing.customer_landing)
SELECT count(*) AS known, count(c.person) AS trusted, count(s.person) AS suspended,
  count_if(c.person IS NULL AND s.person IS NULL) AS without_consent
FROM people p
LEFT JOIN trusted.customer_trusted c ON c.person = p.person
LEFT JOIN suspended s ON s.person = p.person"""
_READINGS = f"""
WITH {_SUSPENDED}
SELECT count(*) AS landed,
  count_if(c.person IS NULL AND s.person IS NULL) AS without_consent,
  count_if(s.person IS NOT NULL) AS suspended,
  count_if(a.timestamp < c.shareWithResearchAsOfDate) AS before_consent,
  count_if(a.timestamp >= c.shareWithResearchAsOfDate) AS usable
FROM landing.accelerometer_landing a
LEFT JOIN trusted.customer_trusted c ON c.person = a.person
LEFT JOIN suspended s ON s.person = a.person"""
_TRUSTED = "SELECT count(*) AS trusted FROM trusted.accelerometer_trusted"
_KEPT = f"""
SELECT max_reference_age_in_ms AS kept_ms FROM curated."machine_learning_curated$refs" WHERE name = '{FIRST}'"""


@dataclass(frozen=True)
class Asked:
    """A query and its only value.

    Attributes:
        sql: the query.
        answer: the value.
        withdrawn: whether it reads rows of people who have withdrawn since, which is refused unless asked for.
    """

    sql: str
    answer: int
    withdrawn: bool = False


def landed_and_refused(profile: Profile, moment: str | None) -> Row:
    """What was delivered, landed and quarantined, and why.

    Args:
        profile: the lake.
        moment: a tag; None for now.
    """
    example = ask(profile, _EXAMPLE, moment)
    return {
        "sources": ask(profile, _SOURCES, moment),
        "quarantined": ask(profile, _REASONS, moment),
        "example": example[0] if example else None,
    }


def kept_out(profile: Profile, moment: str | None) -> Row:
    """How many people and accelerometer readings consent kept out of the trusted zone, and for which reason."""
    [people], [readings], [trusted] = (ask(profile, sql, moment) for sql in (_PEOPLE, _READINGS, _TRUSTED))
    usable = readings.pop("usable")
    readings["delivered_again"] = usable - trusted["trusted"]
    return {"people": people, "readings": readings | trusted}


def changes(profile: Profile) -> list[Row]:
    """How each table changed since the first delivery, and by which operation its last snapshot was committed."""
    found = []
    for spec in (job.table for job in jobs_in_order()):
        # Without examples nothing is shown that could have to be concealed.
        change = difference(profile, spec, FIRST, "main", conceal=lambda _column, _value: "")
        [last] = table_history(profile, spec, 1)
        found.append(
            {
                "table": spec.identifier,
                "before": change.from_rows,
                "removed": change.removed,
                "added": change.added,
                "changed": change.changed,
                "now": change.to_rows,
                "operation": last.operation,
            }
        )
    return found


def before_and_after(profile: Profile, pseudonym: str | None = None) -> tuple[Asked, Asked]:
    """The rows of the training table after the first delivery, and now: all, or one person's."""
    condition = "" if pseudonym is None else f" WHERE pseudonym = '{pseudonym}'"

    def asked(version: str) -> Asked:
        sql = f"SELECT count(*) FROM {TRAINING}{version}{condition}"
        return Asked(sql, next(iter(ask(profile, sql)[0].values())), withdrawn=bool(version))

    return asked(f" FOR VERSION AS OF '{FIRST}'"), asked("")


def kept_days(profile: Profile) -> int:
    """For how many days the tag keeps the first delivery's snapshots from expiring."""
    [row] = ask(profile, _KEPT)
    return int(row["kept_ms"]) // 86_400_000


def check_consent(withdrawn: tuple[Asked, Asked], agreed: tuple[Asked, Asked]) -> None:
    """Stop the demonstration where a change of consent did not reach the training table.

    Raises:
        DamagedLakeError: a person who withdrew is still in it, or another change is not to be seen.
    """
    if withdrawn[1].answer:
        raise DamagedLakeError(
            f"the person who withdrew still has {withdrawn[1].answer:,} rows in {TRAINING}: do not use this lake; "
            "its report says what was validated: stedi report"
        )
    wanted = {
        "the person who withdrew has no rows after the first delivery": withdrawn[0].answer > 0,
        "the person who agreed later has rows after the first delivery": agreed[0].answer == 0,
        "the person who agreed later has no rows now": agreed[1].answer > 0,
    }
    for what, right in wanted.items():
        if not right:
            raise DamagedLakeError(
                f"{what}: another pseudonym key or other landing data made this lake; remove both and begin again"
            )


def ask(profile: Profile, sql: str, moment: str | None = None) -> list[Row]:
    """The rows of an answer, those of people who have withdrawn since among them: the story is of them."""
    with query_local(profile, sql, as_of=moment, withdrawn=True) as result:
        names, types = [column.name for column in result.columns], [column.type for column in result.columns]
        return [
            {name: printed(value, type_) for name, value, type_ in zip(names, row.values(), types, strict=True)}
            for batch in result.batches
            for row in batch.to_pylist()
        ]
