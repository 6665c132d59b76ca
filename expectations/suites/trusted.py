"""Suites of the trusted zone: only what people agreed to share, from the moment they agreed, and all of it.

The reading tables are compared with landing in one shuffle: every row's 64-bit hash, from either side, is grouped once,
which tells what is missing, unexplained and duplicated. Two different rows of ten million share a hash with a chance of
about one in 400,000; a refusal by such an accident would be told apart by its rows query.
"""

from __future__ import annotations

from expectations.suites.consent import CONSENT_BY_NAME, HOLDERS, NEWEST, PEOPLE, SUSPENDED_BY_NAME
from expectations.suites.suite import Check, Suite

_CUSTOMER_FIELDS = (
    "customerName, email, phone, birthDay, serialNumber, registrationDate, lastUpdateDate, "
    "shareWithResearchAsOfDate, shareWithPublicAsOfDate, shareWithFriendsAsOfDate, person, device"
)
# Adding 0.0 makes -0.0 the same as 0.0, as they are in a comparison.
_MOTION_HASH = "hash({person}, timestamp, x + 0.0, y + 0.0, z + 0.0)"
_STEP_HASH = "hash({device}, sensorReadingTime, distanceFromObject, {person})"

_CUSTOMER = Suite(
    table="trusted.customer_trusted",
    facts=(
        f"""WITH {PEOPLE},
        records AS (SELECT person, list(row({_CUSTOMER_FIELDS})) AS candidates FROM newest
          WHERE shareWithResearchAsOfDate IS NOT NULL GROUP BY person),
        judged AS (
          SELECT person, count(*) AS copies, list(row({_CUSTOMER_FIELDS})) AS records,
            min(shareWithResearchAsOfDate) AS first, max(shareWithResearchAsOfDate) AS last
          FROM {{customer_trusted}} GROUP BY person
        )
        SELECT coalesce(sum(j.copies), 0) AS rows, count(k.person) AS customers_known,
          count(*) FILTER (k.since IS NULL AND NOT k.in_doubt) AS customers_without_consent,
          count(*) FILTER (k.in_doubt) AS customers_suspended,
          count(*) FILTER (j.person IS NOT NULL AND k.since IS NULL AND k.in_doubt IS NOT TRUE) AS not_consented,
          count(*) FILTER (j.person IS NOT NULL AND k.in_doubt) AS published_in_doubt,
          count(*) FILTER (j.person IS NULL AND k.since IS NOT NULL) AS missing,
          count(*) FILTER (j.person IS NOT NULL AND (k.since IS NOT NULL)
            AND (list_has_all(r.candidates, j.records) AND j.first = k.since AND j.last = k.since) IS NOT TRUE)
            AS not_latest,
          count(*) FILTER (j.copies > 1) AS duplicates
        FROM people k FULL OUTER JOIN judged j ON k.person = j.person LEFT JOIN records r ON r.person = k.person""",
    ),
    checks=(
        Check(
            name="everyone_agreed",
            promise="consent",
            sentence="The newest records of every person in landing all have a research consent date.",
            fact="not_consented",
            rows=f"WITH {NEWEST} SELECT t.* FROM {{customer_trusted}} t "
            "LEFT JOIN newest n ON n.person = t.person WHERE n.shareWithResearchAsOfDate IS NULL",
        ),
        Check(
            name="nobody_is_in_doubt",
            promise="consent",
            sentence="No person is here who is named by a refused record, unless a newer record has arrived since.",
            fact="published_in_doubt",
            rows=f"WITH {SUSPENDED_BY_NAME} SELECT t.* FROM {{customer_trusted}} t "
            "JOIN suspended s ON s.person = t.person",
        ),
        Check(
            name="everyone_who_agreed_is_here",
            promise="completeness",
            sentence="Every person whose newest records agree is here, except people in doubt.",
            fact="missing",
            rows=f"WITH {CONSENT_BY_NAME} SELECT c.* FROM consent c "
            "LEFT JOIN {customer_trusted} t ON t.person = c.person WHERE t.person IS NULL",
        ),
        Check(
            name="records_are_the_latest",
            promise="consent",
            sentence="Each record is one of the person's newest records, field by field, with the latest consent date.",
            fact="not_latest",
        ),
        Check(
            name="one_row_per_customer",
            promise="uniqueness",
            sentence="Each person has one row, however the address is spelt.",
            fact="duplicates",
            rows="SELECT person, count(*) FROM {customer_trusted} GROUP BY 1 HAVING count(*) > 1",
        ),
    ),
)


def _reading_checks(bad_rows: str) -> tuple[Check, ...]:
    """The checks that both reading tables share; ``bad_rows`` is SQL of published readings without consent."""
    return (
        Check(
            name="only_consented_readings",
            promise="consent",
            sentence="Every reading is of a person who agreed, under their address, at or after their consent.",
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
            sentence="Every reading here is a usable reading in landing.",
            fact="unexplained",
        ),
        Check(
            name="identical_readings_count_once",
            promise="uniqueness",
            sentence="Each reading has one row, however often it was delivered.",
            fact="duplicates",
        ),
        Check(
            name="zones_reconcile",
            promise="reconciliation",
            sentence="Landed = here + left out (each for a counted reason) + delivered again.",
            fact="unreconciled",
        ),
        Check(
            name="reading_time_is_the_instant",
            promise="shape",
            sentence="readingTime is the reading's epoch milliseconds as a timestamp.",
            fact="wrong_time",
        ),
    )


# From ``landed``, which says what becomes of each reading (``fate``), and ``published``; ``key`` tells a reading from
# others. Only usable ones are compared by it: to group all others too took twice the time.
_JUDGE_READINGS = """,
fates AS (
  SELECT count(*) AS landed, count(*) FILTER (fate = 'no consent') AS landed_without_consent,
    count(*) FILTER (fate = 'in doubt') AS landed_in_doubt, count(*) FILTER (fate = 'unknown') AS landed_of_unknown,
    count(*) FILTER (fate = 'too early') AS landed_before_consent,
    count(*) FILTER (fate = 'nobody') AS landed_unattributable,
    count(*) FILTER (fate = 'no motion') AS landed_without_motion
  FROM landed
),
kept AS (
  SELECT count(*) AS rows, coalesce(sum(bad), 0) AS without_consent, coalesce(sum(wrong_time), 0) AS wrong_time
  FROM published
),
compared AS (
  SELECT coalesce(sum(greatest(usable - 1, 0)), 0) AS delivered_again,
    count(*) FILTER (usable > 0 AND here = 0) AS missing, count(*) FILTER (usable = 0) AS unexplained,
    count(*) FILTER (here > 1) AS duplicates
  FROM (
    SELECT count(*) - count(is_here) AS usable, count(is_here) AS here
    FROM (SELECT key, NULL AS is_here FROM landed WHERE fate = 'usable' UNION ALL SELECT key, true FROM published)
    GROUP BY key
  )
)
SELECT *, abs(landed - rows - landed_without_consent - landed_in_doubt - landed_of_unknown - landed_before_consent
  - landed_unattributable - landed_without_motion - delivered_again) AS unreconciled
FROM fates CROSS JOIN kept CROSS JOIN compared"""

_ACCELEROMETER = Suite(
    table="trusted.accelerometer_trusted",
    facts=(
        f"""WITH {PEOPLE},
        addresses AS (SELECT person, list(email) AS emails FROM newest GROUP BY person),
        landed AS (
          SELECT CASE WHEN p.person IS NULL THEN 'unknown' WHEN p.in_doubt THEN 'in doubt'
              WHEN p.since IS NULL THEN 'no consent' WHEN l.timestamp < p.since THEN 'too early'
              ELSE 'usable' END AS fate,
            {_MOTION_HASH.format(person="l.person")} AS key
          FROM {{accelerometer_landing}} l LEFT JOIN people p ON l.person = p.person
        ),
        published AS (
          SELECT {_MOTION_HASH.format(person="t.person")} AS key,
            IF(t.timestamp >= p.since AND list_contains(a.emails, t."user"), 0, 1) AS bad,
            IF(epoch_ms(t.readingTime) = t.timestamp, 0, 1) AS wrong_time
          FROM {{accelerometer_trusted}} t LEFT JOIN people p ON t.person = p.person
          LEFT JOIN addresses a ON a.person = t.person
        ){_JUDGE_READINGS}""",
    ),
    checks=_reading_checks(
        f"WITH {CONSENT_BY_NAME} SELECT t.* FROM {{accelerometer_trusted}} t "
        "LEFT JOIN consent c ON t.person = c.person AND t.timestamp >= c.since WHERE c.person IS NULL",
    ),
)

# Each device and person with the spans of time in which the device is the person's alone, epoch ms.
_SPANS = f"""{PEOPLE},{HOLDERS},
spans AS (
  SELECT h.device, h.person, h.from_ms, h.until_ms, p.since, p.in_doubt, c.person IS NOT NULL AS is_curated
  FROM (
    SELECT device, person, from_ms, until_ms FROM holders WHERE from_ms < until_ms
    UNION ALL SELECT device, person, 0, 9223372036854775807 FROM owners WHERE people = 1
  ) h
  LEFT JOIN people p ON p.person = h.person
  LEFT JOIN {{customer_curated}} c ON c.person = h.person
)"""

_STEP_TRAINER = Suite(
    table="trusted.step_trainer_trusted",
    facts=(
        f"""WITH {_SPANS},
        landed AS (
          SELECT CASE WHEN o.device IS NULL THEN 'unknown' WHEN s.person IS NULL THEN 'nobody'
              WHEN s.in_doubt THEN 'in doubt' WHEN s.since IS NULL THEN 'no consent'
              WHEN NOT s.is_curated THEN 'no motion' WHEN l.sensorReadingTime < s.since THEN 'too early'
              ELSE 'usable' END AS fate,
            {_STEP_HASH.format(device="l.device", person="s.person")} AS key
          FROM {{step_trainer_landing}} l LEFT JOIN owners o ON l.device = o.device
          LEFT JOIN spans s ON l.device = s.device
            AND l.sensorReadingTime >= s.from_ms AND l.sensorReadingTime < s.until_ms
        ),
        published AS (
          SELECT {_STEP_HASH.format(device="t.serialNumber", person="t.person")} AS key,
            IF(s.is_curated AND t.sensorReadingTime >= s.since, 0, 1) AS bad,
            IF(epoch_ms(t.readingTime) = t.sensorReadingTime, 0, 1) AS wrong_time
          FROM {{step_trainer_trusted}} t
          LEFT JOIN spans s ON t.serialNumber = s.device AND t.person = s.person
            AND t.sensorReadingTime >= s.from_ms AND t.sensorReadingTime < s.until_ms
        ){_JUDGE_READINGS}""",
    ),
    checks=_reading_checks(
        f"WITH {CONSENT_BY_NAME} SELECT t.* FROM {{step_trainer_trusted}} t LEFT JOIN consent c "
        "ON t.person = c.person AND t.sensorReadingTime >= c.since WHERE c.person IS NULL",
    ),
)

SUITES = (_CUSTOMER, _ACCELEROMETER, _STEP_TRAINER)
