"""Suites of the trusted zone: only what people agreed to share, from the moment they agreed, and all of it.

The reading tables are compared with landing in one shuffle: every row's 64-bit hash, from either side, is grouped once,
which tells what is missing, unexplained and duplicated. Two different rows of ten million share a hash with a chance of
about one in 400,000; a refusal by such an accident would be told apart by its rows query.
"""

from __future__ import annotations

from expectations.consent import CONSENT, LATEST
from expectations.suite import Check, Suite

_CUSTOMER_FIELDS = (
    "customerName, email, phone, birthDay, serialNumber, registrationDate, lastUpdateDate, "
    "shareWithResearchAsOfDate, shareWithPublicAsOfDate, shareWithFriendsAsOfDate"
)
# Adding 0.0 makes -0.0 the same as 0.0, as they are in a comparison.
_MOTION_HASH = 'hash("user", timestamp, x + 0.0, y + 0.0, z + 0.0)'
_STEP_HASH = "hash(serialNumber, sensorReadingTime, distanceFromObject)"

_CUSTOMER = Suite(
    table="trusted.customer_trusted",
    facts=(
        f"""WITH {LATEST},
        known AS (SELECT email, shareWithResearchAsOfDate AS since, row({_CUSTOMER_FIELDS}) AS record FROM latest),
        judged AS (
          SELECT email, count(*) AS copies, any_value(row({_CUSTOMER_FIELDS})) AS record
          FROM {{customer_trusted}} GROUP BY email
        )
        SELECT coalesce(sum(j.copies), 0) AS rows, count(k.email) AS customers_known,
          count(*) FILTER (k.since IS NULL AND k.email IS NOT NULL) AS customers_without_consent,
          count(*) FILTER (j.email IS NOT NULL AND k.since IS NULL) AS not_consented,
          count(*) FILTER (j.email IS NULL AND k.since IS NOT NULL) AS missing,
          count(*) FILTER (j.email IS NOT NULL AND j.record IS DISTINCT FROM k.record) AS not_latest,
          count(*) FILTER (j.copies > 1) AS duplicates
        FROM known k FULL OUTER JOIN judged j ON k.email = j.email""",
    ),
    checks=(
        Check(
            name="everyone_agreed",
            promise="consent",
            sentence="Every customer's latest record in landing has a research consent date.",
            fact="not_consented",
            rows=f"WITH {CONSENT} SELECT t.* FROM {{customer_trusted}} t "
            "LEFT JOIN consent c ON t.email = c.email WHERE c.email IS NULL",
        ),
        Check(
            name="everyone_who_agreed_is_here",
            promise="completeness",
            sentence="Every customer whose latest record agrees is here.",
            fact="missing",
            rows=f"WITH {CONSENT} SELECT c.* FROM consent c "
            "LEFT JOIN {customer_trusted} t ON t.email = c.email WHERE t.email IS NULL",
        ),
        Check(
            name="records_are_the_latest",
            promise="consent",
            sentence="Each record is the customer's latest in landing, field by field.",
            fact="not_latest",
        ),
        Check(
            name="one_row_per_customer",
            promise="uniqueness",
            sentence="An e-mail address stands once.",
            fact="duplicates",
            rows="SELECT email, count(*) FROM {customer_trusted} GROUP BY 1 HAVING count(*) > 1",
        ),
    ),
)


def _reading_checks(bad_rows: str) -> tuple[Check, ...]:
    """The checks that both reading tables share; ``bad_rows`` is SQL of published readings without consent."""
    return (
        Check(
            name="only_consented_readings",
            promise="consent",
            sentence="Every reading is of a person who agreed, at or after the instant of the agreement.",
            fact="without_consent",
            rows=bad_rows,
        ),
        Check(
            name="every_usable_reading_is_here",
            promise="completeness",
            sentence="Every usable reading in landing is here.",
            fact="missing",
        ),
        Check(
            name="every_reading_was_delivered",
            promise="completeness",
            sentence="Every reading here is a usable one in landing: nothing is made up.",
            fact="unexplained",
        ),
        Check(
            name="identical_readings_count_once",
            promise="uniqueness",
            sentence="No reading stands twice, however often it was delivered.",
            fact="duplicates",
        ),
        Check(
            name="zones_reconcile",
            promise="reconciliation",
            sentence="Landed = here + without consent + before consent + unattributable + delivered again.",
            fact="unreconciled",
        ),
        Check(
            name="reading_time_is_the_instant",
            promise="shape",
            sentence="readingTime is the reading's epoch milliseconds as a timestamp.",
            fact="wrong_time",
        ),
    )


# Sums over hash groups; "key" is null for landed rows that are not usable, so that they cost one group.
_JUDGE_READINGS = """
SELECT coalesce(sum(published), 0) AS rows, coalesce(sum(landed), 0) AS landed,
  coalesce(sum(no_consent), 0) AS landed_without_consent, coalesce(sum(too_early), 0) AS landed_before_consent,
  coalesce(sum(unattributable), 0) AS landed_unattributable,
  coalesce(sum(greatest(usable - 1, 0)), 0) AS delivered_again,
  coalesce(sum(bad), 0) AS without_consent, coalesce(sum(wrong_time), 0) AS wrong_time,
  count(*) FILTER (usable > 0 AND published = 0) AS missing,
  count(*) FILTER (published > 0 AND usable = 0) AS unexplained,
  count(*) FILTER (published > 1) AS duplicates,
  abs(coalesce(sum(landed) - sum(published) - sum(no_consent) - sum(too_early) - sum(unattributable)
    - sum(greatest(usable - 1, 0)), 0)) AS unreconciled
FROM (
  SELECT key, sum(landed) AS landed, sum(no_consent) AS no_consent, sum(too_early) AS too_early,
    sum(unattributable) AS unattributable, sum(IF(key IS NULL, 0, landed)) AS usable,
    sum(published) AS published, sum(bad) AS bad, sum(wrong_time) AS wrong_time
  FROM sides GROUP BY key
)"""

_ACCELEROMETER = Suite(
    table="trusted.accelerometer_trusted",
    facts=(
        f"""WITH {CONSENT},
        sides AS (
          SELECT IF(l.timestamp >= c.since, {_MOTION_HASH}, NULL) AS key, 1 AS landed,
            IF(c.email IS NULL, 1, 0) AS no_consent, IF(l.timestamp < c.since, 1, 0) AS too_early,
            0 AS unattributable, 0 AS published, 0 AS bad, 0 AS wrong_time
          FROM {{accelerometer_landing}} l LEFT JOIN consent c ON l."user" = c.email
          UNION ALL
          SELECT {_MOTION_HASH}, 0, 0, 0, 0, 1,
            IF(c.email IS NOT NULL AND t.timestamp >= c.since, 0, 1),
            IF(epoch_ms(t.readingTime) = t.timestamp, 0, 1)
          FROM {{accelerometer_trusted}} t LEFT JOIN consent c ON t."user" = c.email
        ){_JUDGE_READINGS}""",
    ),
    checks=_reading_checks(
        f"WITH {CONSENT} SELECT t.* FROM {{accelerometer_trusted}} t "
        'LEFT JOIN consent c ON t."user" = c.email AND t.timestamp >= c.since WHERE c.email IS NULL',
    ),
)

# Each device with its one owner's consent, if that owner is curated; devices of several customers are unattributable.
_DEVICES = (
    LATEST
    + """,
devices AS (
  SELECT l.serialNumber AS device, count(*) AS owners,
    max(CASE WHEN c.email IS NOT NULL THEN l.shareWithResearchAsOfDate END) AS since
  FROM latest l LEFT JOIN {customer_curated} c ON l.email = c.email GROUP BY 1
)"""
)

_STEP_TRAINER = Suite(
    table="trusted.step_trainer_trusted",
    facts=(
        f"""WITH {_DEVICES},
        sides AS (
          SELECT IF(d.owners = 1 AND l.sensorReadingTime >= d.since, {_STEP_HASH}, NULL) AS key, 1 AS landed,
            IF(d.device IS NULL OR (d.owners = 1 AND d.since IS NULL), 1, 0) AS no_consent,
            IF(d.owners = 1 AND l.sensorReadingTime < d.since, 1, 0) AS too_early,
            IF(d.owners > 1, 1, 0) AS unattributable, 0 AS published, 0 AS bad, 0 AS wrong_time
          FROM {{step_trainer_landing}} l LEFT JOIN devices d ON l.serialNumber = d.device
          UNION ALL
          SELECT {_STEP_HASH}, 0, 0, 0, 0, 1,
            IF(d.owners = 1 AND t.sensorReadingTime >= d.since, 0, 1),
            IF(epoch_ms(t.readingTime) = t.sensorReadingTime, 0, 1)
          FROM {{step_trainer_trusted}} t LEFT JOIN devices d ON t.serialNumber = d.device
        ){_JUDGE_READINGS}""",
    ),
    checks=_reading_checks(
        f"WITH {_DEVICES} SELECT t.* FROM {{step_trainer_trusted}} t LEFT JOIN devices d "
        "ON t.serialNumber = d.device AND d.owners = 1 AND t.sensorReadingTime >= d.since WHERE d.device IS NULL",
    ),
)

SUITES = (_CUSTOMER, _ACCELEROMETER, _STEP_TRAINER)
