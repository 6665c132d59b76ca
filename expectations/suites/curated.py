"""Suites of the curated zone: what data scientists train on holds no personal data, and pairs no two people."""

from __future__ import annotations

from expectations.suite import Check, Suite

_CUSTOMER = Suite(
    table="curated.customer_curated",
    facts=(
        """WITH expected AS (
          SELECT * FROM {customer_trusted} c
          WHERE EXISTS (SELECT 1 FROM {accelerometer_trusted} a WHERE a.user = c.email)
        )
        SELECT count(j.email) AS rows, count(e.email) AS expected,
          count_if(e.email IS NULL) AS strangers, count_if(j.email IS NULL) AS missing,
          count(j.email) - count(DISTINCT j.email) AS duplicates,
          count_if(e.email IS NOT NULL AND j.email IS NOT NULL AND NOT (
            struct(e.customerName, e.phone, e.birthDay, e.serialNumber, e.registrationDate, e.lastUpdateDate,
              e.shareWithResearchAsOfDate, e.shareWithPublicAsOfDate, e.shareWithFriendsAsOfDate)
            <=> struct(j.customerName, j.phone, j.birthDay, j.serialNumber, j.registrationDate, j.lastUpdateDate,
              j.shareWithResearchAsOfDate, j.shareWithPublicAsOfDate, j.shareWithFriendsAsOfDate))) AS altered
        FROM expected e FULL OUTER JOIN {customer_curated} j ON e.email = j.email""",
    ),
    checks=(
        Check(
            name="only_trusted_customers_with_readings",
            promise="consent",
            sentence="Every customer here is trusted and has trusted accelerometer readings.",
            fact="strangers",
        ),
        Check(
            name="every_customer_with_readings_is_here",
            promise="completeness",
            sentence="Every trusted customer with readings is here.",
            fact="missing",
        ),
        Check(
            name="one_row_per_customer",
            promise="uniqueness",
            sentence="An e-mail address stands once.",
            fact="duplicates",
        ),
        Check(
            name="records_are_as_trusted",
            promise="shape",
            sentence="Each record is the trusted one, field by field.",
            fact="altered",
        ),
    ),
)

_MOTION = "xxhash64(timestamp, x + 0.0D, y + 0.0D, z + 0.0D)"
_DISTANCE = "xxhash64(timestamp, distanceFromObject, 'distance')"

# The join is judged without doing it. For a device and instant with n motion and m distance readings it has n * m rows,
# and sums over them of motion hashes, distance hashes and of their products follow from sums over either side. The last
# one notices pairs that are each right in number and wrong in partner. 64-bit sums wrap around, on both sides alike.
_JOIN = f"""
WITH sides AS (
  SELECT xxhash64(c.serialNumber) AS device, a.timestamp, 1 AS n, {_MOTION} AS motion, 0 AS m, 0L AS distance
  FROM {{accelerometer_trusted}} a JOIN {{customer_curated}} c ON a.user = c.email
  UNION ALL
  SELECT xxhash64(serialNumber), timestamp, 0, 0L, 1, {_DISTANCE}
  FROM (SELECT *, sensorReadingTime AS timestamp FROM {{step_trainer_trusted}})
),
instants AS (
  SELECT device, timestamp, sum(n) AS n, sum(motion) AS motion, sum(m) AS m, sum(distance) AS distance
  FROM sides GROUP BY device, timestamp
),
expected AS (
  SELECT coalesce(sum(n * m), 0) AS rows, coalesce(sum(motion * m), 0) AS motion,
    coalesce(sum(n * distance), 0) AS distance, coalesce(sum(motion * distance), 0) AS pairs,
    count(DISTINCT IF(n > 0 AND m > 0, device, NULL)) AS people,
    coalesce(sum(IF(m = 0, n, 0)), 0) AS motion_unmatched, coalesce(sum(IF(n = 0, m, 0)), 0) AS distance_unmatched
  FROM instants
),
judged AS (
  SELECT count(*) AS rows, coalesce(sum({_MOTION}), 0) AS motion, coalesce(sum({_DISTANCE}), 0) AS distance,
    coalesce(sum({_MOTION} * {_DISTANCE}), 0) AS pairs, count(DISTINCT pseudonym) AS people,
    count(*) - count(DISTINCT xxhash64(pseudonym, timestamp, x + 0.0D, y + 0.0D, z + 0.0D, distanceFromObject))
      AS duplicates,
    count_if(pseudonym IS NULL OR length(pseudonym) <> 64 OR NOT pseudonym RLIKE '^[0-9a-f]+$') AS not_pseudonyms,
    count_if(unix_millis(readingTime) IS DISTINCT FROM timestamp) AS wrong_time
  FROM {{machine_learning_curated}}
)
SELECT j.rows, e.people AS people, greatest(e.rows - j.rows, 0) AS missing, greatest(j.rows - e.rows, 0) AS surplus,
  IF(j.motion = e.motion AND j.distance = e.distance AND j.pairs = e.pairs, 0, 1) AS wrong_pairs,
  abs(j.people - e.people) AS people_mixed, j.duplicates, j.not_pseudonyms, j.wrong_time,
  e.motion_unmatched, e.distance_unmatched
FROM judged j CROSS JOIN expected e"""

_KEYLESS = """
SELECT count(*) AS keyless_hashes FROM (SELECT DISTINCT pseudonym FROM {machine_learning_curated}) p
WHERE p.pseudonym IN (
  SELECT hash FROM (
    SELECT explode(array(sha2(value, 256), sha2(lower(value), 256), md5(value), sha1(value), value)) AS hash
    FROM (SELECT explode(array(email, serialNumber, phone, customerName)) AS value FROM {customer_landing})
  )
)"""

_MACHINE_LEARNING = Suite(
    table="curated.machine_learning_curated",
    facts=(_JOIN, _KEYLESS),
    checks=(
        Check(
            name="people_are_keyed_pseudonyms",
            promise="no personal data",
            sentence="People are named by 64 hexadecimal digits and by nothing else.",
            fact="not_pseudonyms",
        ),
        Check(
            name="pseudonyms_need_the_key",
            promise="no personal data",
            sentence="No pseudonym is a plain hash of personal data, which anybody could compute.",
            fact="keyless_hashes",
        ),
        Check(
            name="no_pair_is_missing",
            promise="completeness",
            sentence="Every trusted motion reading with a distance reading of the same person and instant is here.",
            fact="missing",
        ),
        Check(
            name="no_pair_is_surplus",
            promise="completeness",
            sentence="There are no more pairs than readings of the same person and instant make.",
            fact="surplus",
        ),
        Check(
            name="pairs_are_of_one_person",
            promise="consent",
            sentence="Each row pairs motion and distance of one person: checksums of the pairs are as expected.",
            fact="wrong_pairs",
        ),
        Check(
            name="one_pseudonym_per_person",
            promise="no personal data",
            sentence="There are as many pseudonyms as people with pairs.",
            fact="people_mixed",
        ),
        Check(
            name="no_row_stands_twice",
            promise="uniqueness",
            sentence="A pair of readings stands once.",
            fact="duplicates",
        ),
        Check(
            name="reading_time_is_the_instant",
            promise="shape",
            sentence="readingTime is the readings' epoch milliseconds as a timestamp.",
            fact="wrong_time",
        ),
    ),
)

SUITES = (_CUSTOMER, _MACHINE_LEARNING)
