"""Suites of the curated zone: what data scientists train on holds no personal data, and pairs no two people."""

from __future__ import annotations

from expectations.suites.landing import PLAUSIBLE
from expectations.suites.suite import FINITE, Check, Suite

_CUSTOMER = Suite(
    table="curated.customer_curated",
    facts=(
        """WITH expected AS (
          SELECT * FROM {customer_trusted} c
          WHERE EXISTS (SELECT 1 FROM {accelerometer_trusted} a WHERE a.person = c.person)
        )
        SELECT count(j.person) AS rows, count(e.person) AS expected,
          count(*) FILTER (e.person IS NULL) AS strangers, count(*) FILTER (j.person IS NULL) AS missing,
          count(j.person) - count(DISTINCT j.person) AS duplicates,
          count(*) FILTER (e.person IS NOT NULL AND j.person IS NOT NULL AND
            row(e.customerName, e.email, e.phone, e.birthDay, e.serialNumber, e.device, e.registrationDate,
              e.lastUpdateDate, e.shareWithResearchAsOfDate, e.shareWithPublicAsOfDate, e.shareWithFriendsAsOfDate)
            IS DISTINCT FROM
            row(j.customerName, j.email, j.phone, j.birthDay, j.serialNumber, j.device, j.registrationDate,
              j.lastUpdateDate, j.shareWithResearchAsOfDate, j.shareWithPublicAsOfDate, j.shareWithFriendsAsOfDate)
          ) AS altered
        FROM expected e FULL OUTER JOIN {customer_curated} j ON e.person = j.person""",
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
            sentence="Each person has one row, however the address is spelt.",
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

# The join is judged without doing it. For a person and instant with n motion and m distance readings it has n * m rows,
# and a person's sums of motion hashes, distance hashes and their products follow from sums over either side. Prints of
# these sums are compared as a multiset, person by person: they tell wrong partners, and rows under another's pseudonym.
# Hashes are cut to 31 bits, so that no sum of their products overflows 128. People without a pair are among
# the expected for their readings that met no partner, which are counted for the reader; there are no rows to compare.
_BITS = 2147483647
_MOTION = f"(hash(timestamp, x + 0.0, y + 0.0, z + 0.0) & {_BITS})::BIGINT"
_DISTANCE = f"(hash(timestamp, distanceFromObject, 'distance') & {_BITS})::BIGINT"

_JOIN = f"""
WITH sides AS (
  SELECT hash(a.person) AS person, a.timestamp, 1 AS n, {_MOTION} AS motion, 0 AS m, 0 AS distance
  FROM {{accelerometer_trusted}} a JOIN {{customer_curated}} c ON a.person = c.person
  UNION ALL
  SELECT hash(person), timestamp, 0, 0, 1, {_DISTANCE}
  FROM (SELECT DISTINCT person, sensorReadingTime AS timestamp, distanceFromObject FROM {{step_trainer_trusted}})
),
instants AS (
  SELECT person, sum(n)::HUGEINT AS n, sum(motion)::HUGEINT AS motion, sum(m)::HUGEINT AS m,
    sum(distance)::HUGEINT AS distance
  FROM sides GROUP BY person, timestamp
),
expected AS (
  SELECT sum(n * m) AS n, sum(motion * m) AS motion, sum(n * distance) AS distance,
    sum(motion * distance) AS pairs,
    sum(IF(m = 0, n, 0)) AS lone_motion, sum(IF(n = 0, m, 0)) AS lone_distance
  FROM instants GROUP BY person
),
found AS (
  SELECT count(*) AS n, sum(motion) AS motion, sum(distance) AS distance,
    sum((motion * distance)::HUGEINT) AS pairs, 0 AS lone_motion, 0 AS lone_distance
  FROM (SELECT pseudonym, {_MOTION} AS motion, {_DISTANCE} AS distance FROM {{machine_learning_curated}})
  GROUP BY pseudonym
),
prints AS (
  SELECT IF(n = 0, 0, sum(side)) AS surplus, sum(IF(side = 1, n, 0)) AS found,
    sum(IF(side = -1, n, 0)) AS expected,
    count(*) FILTER (side = -1 AND n > 0) AS people,
    sum(lone_motion) AS lone_motion, sum(lone_distance) AS lone_distance
  FROM (SELECT *, 1 AS side FROM found UNION ALL SELECT *, -1 FROM expected)
  GROUP BY n, motion, distance, pairs
)
SELECT coalesce(sum(found), 0) AS rows, coalesce(sum(people), 0) AS people,
  greatest(coalesce(sum(expected) - sum(found), 0), 0) AS missing,
  greatest(coalesce(sum(found) - sum(expected), 0), 0) AS surplus,
  coalesce(sum(abs(surplus)), 0) AS people_differing,
  coalesce(sum(lone_motion), 0) AS motion_without_partner, coalesce(sum(lone_distance), 0) AS distance_without_partner
FROM prints"""

_SHAPE = f"""
SELECT count(*) FILTER ((greatest(abs(x), abs(y), abs(z)) <= {PLAUSIBLE}
    AND distanceFromObject BETWEEN -{PLAUSIBLE} AND {PLAUSIBLE}) IS NOT TRUE) AS implausible,
  count(*) FILTER ((abs(x) <= {FINITE} AND abs(y) <= {FINITE} AND abs(z) <= {FINITE}) IS NOT TRUE) AS not_finite,
  count(*) FILTER (epoch_ms(readingTime) IS DISTINCT FROM timestamp) AS wrong_time,
  count(*) - count(DISTINCT hash(pseudonym, timestamp, x + 0.0, y + 0.0, z + 0.0, distanceFromObject))
    AS duplicates
FROM {{machine_learning_curated}}"""

# What an e-mail address, a device's serial number (a UUID) and a phone number look like, known or not. Digits alone
# can stand in a pseudonym by chance: only a value that is a phone number as a whole is taken for one.
_LOOKS_PERSONAL = (
    "pseudonym LIKE '%@%' OR regexp_matches(pseudonym, '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-') "
    "OR regexp_matches(pseudonym, '^[+(]?[0-9][0-9 ()./-]{5,18}$')"
)
_PERSONAL = f"""
WITH known AS (
  SELECT DISTINCT unnest([email, person, serialNumber, device, phone, customerName]) AS value FROM {{customer_landing}}
),
plain AS (SELECT value AS text FROM known UNION SELECT lower(value) FROM known),
hashed AS (
  SELECT sha256(text) AS text FROM plain UNION ALL SELECT md5(value) FROM known UNION ALL SELECT sha1(value) FROM known
),
people AS (SELECT pseudonym, count(*) AS n FROM {{machine_learning_curated}} GROUP BY pseudonym)
SELECT coalesce(sum(n) FILTER (regexp_matches(pseudonym, '^[0-9a-f]{{{{64}}}}$') IS NOT TRUE), 0) AS not_pseudonyms,
  count(*) FILTER (h.text IS NOT NULL) AS keyless_hashes,
  count(*) FILTER (p.text IS NOT NULL OR {_LOOKS_PERSONAL.replace("{", "{{").replace("}", "}}")}) AS personal_values
FROM people LEFT JOIN (SELECT DISTINCT text FROM hashed) h ON h.text = pseudonym
LEFT JOIN plain p ON p.text = pseudonym"""

_MACHINE_LEARNING = Suite(
    table="curated.machine_learning_curated",
    facts=(_JOIN, _SHAPE, _PERSONAL),
    columns=("pseudonym", "timestamp", "x", "y", "z", "distanceFromObject", "readingTime"),
    checks=(
        Check(
            name="people_are_keyed_pseudonyms",
            promise="no personal data",
            sentence="Pseudonyms are 64 hexadecimal digits, and nothing else identifies people.",
            fact="not_pseudonyms",
        ),
        Check(
            name="pseudonyms_need_the_key",
            promise="no personal data",
            sentence="No pseudonym is an unkeyed hash of personal data, which anybody could compute.",
            fact="keyless_hashes",
        ),
        Check(
            name="no_value_is_personal",
            promise="no personal data",
            sentence="No text is, or looks like, an e-mail address, a phone number, a serial number or a known name.",
            fact="personal_values",
        ),
        Check(
            name="no_pair_is_missing",
            promise="completeness",
            sentence="Every pair of trusted motion and distance readings of one person and instant is here.",
            fact="missing",
        ),
        Check(
            name="no_pair_is_surplus",
            promise="completeness",
            sentence="There are no more pairs than readings of the same person and instant form.",
            fact="surplus",
        ),
        Check(
            name="pairs_are_of_one_person",
            promise="consent",
            sentence="Each person's rows pair only readings of that person, under one pseudonym.",
            fact="people_differing",
        ),
        Check(
            name="no_row_stands_twice",
            promise="uniqueness",
            sentence="Each pair of readings has one row.",
            fact="duplicates",
        ),
        Check(
            name="reading_time_is_the_instant",
            promise="shape",
            sentence="readingTime is the readings' epoch milliseconds as a timestamp.",
            fact="wrong_time",
        ),
        Check(
            name="values_are_numbers",
            promise="shape",
            sentence="x, y and z are finite numbers.",
            fact="not_finite",
        ),
        # One device must not hold back everybody's data.
        Check(
            name="values_are_plausible",
            promise="shape",
            sentence="Motion and distance are within what devices can measure, in any unit.",
            fact="implausible",
            severity="warning",
        ),
    ),
)

SUITES = (_CUSTOMER, _MACHINE_LEARNING)
